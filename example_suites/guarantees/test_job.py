"""Work that ends, and work that does not.

Belief: "A Job runs my program exactly so many times", and "it tries until it works".
Guarantee: a Job is complete when so many pods have succeeded, never with more at a time than parallelism; a program may have
    been started more often than that. It gives up after backoffLimit failures or activeDeadlineSeconds, says which, and then
    none of its pods is at work any more. A CronJob has one tick a minute at most; what happens to a tick that comes while the
    last Job is at work is concurrencyPolicy's affair.
To see it break: let the program of manifests/sum.yaml end with `exit 1`. README.md shows more.
"""

import pytest

from pytest_kworkload import Namespace, assert_cron_concurrency, assert_job_completes, assert_job_fails


def test_every_piece_is_done(kworkload: Namespace) -> None:
    job = kworkload.job("sum", expected=True)

    with assert_job_completes(job, completions=4, parallelism=2) as run:
        kworkload.apply("manifests/sum.yaml")
    assert run.highest_active <= 2


def test_hopeless_work_is_given_up(kworkload: Namespace) -> None:
    hopeless = kworkload.job("hopeless", expected=True)

    with assert_job_fails(hopeless, "DeadlineExceeded"):
        kworkload.apply("manifests/hopeless.yaml")


@pytest.mark.slow  # a schedule has one tick a minute at most
def test_a_tick_that_comes_too_early_is_skipped(kworkload: Namespace) -> None:
    tick = kworkload.apply("manifests/tick.yaml").object("CronJob", "tick")

    assert_cron_concurrency(tick, "Forbid")
