"""Versions that follow one another.

Belief: "A Deployment updates one version after the other."
Guarantee: a new version starts at once, also in the middle of an update; every older one goes. Scaling meanwhile is shared out
    between the versions. Two versions are at work at the same time, unless the strategy is Recreate. What is not in use any
    more is kept for the way back, up to revisionHistoryLimit.
To see it break: take the lines with Recreate out of the first test. README.md shows them.
"""

from typing import Any

from pytest_kworkload import (
    Namespace,
    assert_eventually,
    assert_observed,
    assert_proportional_scaling,
    assert_recreate,
    assert_revision_history,
    assert_rollover,
    assert_same_revision,
)


def greeting(text: str, image: str = "busybox:1.35.0") -> dict[str, Any]:
    """A new version of the greeter."""
    container = {"name": "greeter", "image": image, "env": [{"name": "GREETING", "value": text}]}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def stuck(kworkload: Namespace) -> None:
    """Wait for the middle of an update: three old pods, and two new ones that cannot start."""
    assert_eventually(
        kworkload.objects("ReplicaSet"),
        lambda sets: sorted(one["status"]["replicas"] for one in sets) == [2, 3],
        says="three old pods and two new ones",
    )


def test_two_versions_never_meet(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")
    greeter.patch({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}})

    with assert_recreate(greeter) as update:
        greeter.patch(greeting("good morning"))

    assert len(update.old) == len(update.new) == 4


def test_a_fix_does_not_wait_for_the_broken_version(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")

    with assert_rollover(greeter) as rollover:
        greeter.patch(greeting("good morning", image="busybox:does-not-exist"))
        stuck(kworkload)
        greeter.patch(greeting("good morning"))

    assert len(rollover.older) == 2
    assert set(greeter.logs().values()) == {"good morning\n"}


def test_both_versions_grow_in_the_middle_of_an_update(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")
    greeter.patch(greeting("good morning", image="busybox:does-not-exist"))
    stuck(kworkload)

    with assert_proportional_scaling(greeter) as scaling:
        greeter.scale(8)

    assert sorted(scaling.after.values()) == [4, 6]  # eight, and two for the surge


def test_only_another_template_is_another_version(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")

    with assert_same_revision(greeter, settle=2) as same:
        greeter.scale(2)
        greeter.patch({"spec": {"minReadySeconds": 1, "strategy": {"rollingUpdate": {"maxSurge": 2}}}})

    assert same.changed == ("minReadySeconds", "replicas", "strategy")


def test_two_old_versions_are_kept(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")
    greeter.patch({"spec": {"revisionHistoryLimit": 2, "replicas": 1}})
    for text in ("good morning", "good evening", "good night"):
        greeter.patch(greeting(text)).wait_ready()

    history = assert_revision_history(greeter, 2)

    assert (len(history.kept), history.ever) == (2, 4)


def test_a_status_is_believed_when_it_is_about_the_present(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").deployment("greeter")
    greeter.scale(3)

    observed = assert_observed(greeter)

    assert observed.generation == 2
