"""Work that ends, and work that does not.

Belief: "A Job runs my program exactly so many times", and "it tries until it works".
Guarantee: a Job is complete when so many pods have succeeded, never with more at a time than parallelism; a program may have
    been started more often than that. It gives up after backoffLimit failures or activeDeadlineSeconds, says which, and then
    none of its pods is at work any more. A CronJob has one tick a minute at most; what happens to a tick that comes while the
    last Job is at work is concurrencyPolicy's affair, and for all the ticks that it missed there is one Job.
To see it break: let the program of manifests/sum.yaml end with `exit 1`. README.md shows more.
"""

import pytest

from pytest_kworkload import (
    Namespace,
    assert_cron_catches_up,
    assert_cron_concurrency,
    assert_cron_history,
    assert_eventually,
    assert_job_completes,
    assert_job_fails,
    assert_job_pod_replacement,
    assert_job_suspended,
    assert_job_ttl,
)


def test_every_piece_is_done(kworkload: Namespace) -> None:
    job = kworkload.job("sum", expected=True)

    with assert_job_completes(job, completions=4, parallelism=2) as run:
        kworkload.apply("manifests/sum.yaml")
    assert run.highest_active <= 2


def test_hopeless_work_is_given_up(kworkload: Namespace) -> None:
    hopeless = kworkload.job("hopeless", expected=True)

    with assert_job_fails(hopeless, "DeadlineExceeded"):
        kworkload.apply("manifests/hopeless.yaml")


def test_a_digger_is_sent_home(kworkload: Namespace) -> None:
    digger = kworkload.apply("manifests/digger.yaml").job("digger")
    assert_eventually(kworkload.pods(), lambda pods: [one["status"]["phase"] for one in pods] == ["Running"], says="he digs")

    with assert_job_suspended(digger):
        digger.patch({"spec": {"suspend": True}})


def test_two_diggers_never_share_a_spade(kworkload: Namespace) -> None:
    digger = kworkload.apply("manifests/digger.yaml").job("digger")
    assert_eventually(kworkload.pods(), lambda pods: [one["status"]["phase"] for one in pods] == ["Running"], says="he digs")

    with assert_job_pod_replacement(digger, "Failed"):
        digger.patch({"spec": {"suspend": True}})
        assert_eventually(kworkload.pods(), lambda pods: "deletionTimestamp" in pods[0]["metadata"], says="he cleans his spade")
        digger.patch({"spec": {"suspend": False}})


def test_an_errand_leaves_nothing_behind(kworkload: Namespace) -> None:
    errand = kworkload.job("errand", expected=True)

    with assert_job_ttl(errand, 1):
        kworkload.apply("manifests/errand.yaml")


def test_an_inventory_that_was_forgotten(kworkload: Namespace) -> None:
    inventory = kworkload.apply("manifests/inventory.yaml").object("CronJob", "inventory")
    forgotten = {"status": {"lastScheduleTime": "2020-01-01T00:00:00Z"}}
    kworkload.client.patch("CronJob", "inventory", forgotten, kworkload.name, subresource="status")

    with assert_cron_catches_up(inventory) as caught_up:
        inventory.patch({"spec": {"suspend": False}})
    assert_eventually(kworkload.objects("Job", name=caught_up.job), lambda jobs: jobs[0]["status"].get("succeeded") == 1, says="it is done")

    me = inventory.get()
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": me["metadata"]["name"], "uid": me["metadata"]["uid"], "controller": True}
    extra = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "extra", "ownerReferences": [owner]}}
    kworkload.apply({**extra, "spec": me["spec"]["jobTemplate"]["spec"]}).wait_ready()  # as kubectl create job --from makes it
    assert assert_cron_history(inventory, successful=1).succeeded == ("extra",)


@pytest.mark.slow  # a schedule has one tick a minute at most
def test_a_tick_that_comes_too_early_is_skipped(kworkload: Namespace) -> None:
    tick = kworkload.apply("manifests/tick.yaml").object("CronJob", "tick")

    assert_cron_concurrency(tick, "Forbid")
