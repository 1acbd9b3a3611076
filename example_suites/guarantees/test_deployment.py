"""Four pods, updated while they work.

Belief: "A Deployment updates without downtime."
Guarantee: during a rolling update at least replicas - maxUnavailable pods are available, and a pod counts as available only
    if its readiness probe says so. Nothing is promised of one replica with maxUnavailable 1, and nothing can be seen
    without a probe. A version that never becomes ready stalls, and so many old pods stay; nobody goes back by himself.
To see it break: raise maxUnavailable in manifests/deployment.yaml to 100%. README.md shows what you get.
"""

from pytest_kworkload import Namespace, assert_progress_deadline, assert_rollback, assert_rolling_update, assert_rollout_stalled


def test_an_update_keeps_three_available(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")

    with assert_rolling_update(greeter, min_available=3) as update:
        greeter.set_env("greeter", GREETING="good morning")

    assert update.lowest_available >= 3
    assert set(greeter.logs().values()) == {"good morning\n"}


def test_a_wrong_image_leaves_the_old_version_at_work(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")

    with assert_rollout_stalled(greeter) as stall:
        greeter.set_image("greeter", "busybox:does-not-exist")
    assert stall.old_available >= 3
    assert "ErrImagePull" in stall.reason or "ImagePullBackOff" in stall.reason

    with assert_rollback(greeter) as rollback:
        greeter.rollback()
    assert (rollback.from_number, rollback.number) == (2, 3)  # the first revision, under a new number
    assert set(greeter.logs().values()) == {"hello\n"}


def test_a_wrong_image_is_reported_and_no_more(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")
    greeter.patch({"spec": {"progressDeadlineSeconds": 2}})

    with assert_progress_deadline(greeter, 2):
        greeter.set_image("greeter", "busybox:2-does-not-exist")
