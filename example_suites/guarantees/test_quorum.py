"""Three members of which two must always be there, and shards that do not care.

Belief: "A StatefulSet is updated and scaled one pod at a time." Or: "There is never a second pod of one name." Or: "A
    StatefulSet cannot be rolled back, there is no ReplicaSet", "the next replica comes once the last one runs".
Guarantee: an update goes from the highest ordinal down, with at most maxUnavailable (default 1) replicas unavailable; those
    below the partition keep the old version, also when they are deleted. With podManagementPolicy OrderedReady (the default)
    replicas come from the lowest up and go from the highest down, one at a time, and scaling halts while one is unhealthy:
    Running is not enough, it must be Ready, and have been so for minReadySeconds. The way back is a ControllerRevision.
    With Parallel they do not wait for one another. A name's next pod comes only when the processes of the last one have
    ended, unless somebody deletes it by force.
To see it break: set maxUnavailable to 2 in manifests/quorum.yaml. README.md shows more.
"""

from pytest_kworkload import (
    Namespace,
    assert_at_most_one_per_ordinal,
    assert_failed_pod_replaced,
    assert_immutable,
    assert_ordered_start,
    assert_ordered_stop,
    assert_ordered_update,
    assert_ordinals_shift,
    assert_parallel_management,
    assert_partition,
    assert_rollback,
    assert_scaling_halts,
)

CANARY = {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 2}}}}


def test_an_update_never_takes_two_members(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")

    with assert_ordered_update(quorum, max_unavailable=1) as update:
        quorum.restart()

    assert update.order == ("quorum-2", "quorum-1", "quorum-0")


def test_a_canary_first(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")
    quorum.patch(CANARY)

    with assert_partition(quorum, 2) as canary:
        quorum.restart()
        quorum.pods()[0].delete()

    assert canary.updated == ("quorum-2",)


def test_a_canary_is_taken_back(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")
    quorum.patch(CANARY).restart().wait_ready()

    with assert_rollback(quorum):
        quorum.rollback()


def test_a_member_waits_until_the_one_before_has_proven_itself(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")
    quorum.patch({"spec": {"minReadySeconds": 3}})

    with assert_ordered_start(quorum) as start:
        quorum.scale(5)

    assert start.order == ("quorum-3", "quorum-4")


def test_members_leave_in_order(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")

    with assert_ordered_stop(quorum) as stop:
        quorum.scale(1)

    assert stop.order == ("quorum-2", "quorum-1")


def test_no_member_is_there_twice(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")

    with assert_at_most_one_per_ordinal(quorum) as successors:
        quorum.pods()[0].delete()

    assert successors.replaced == ("quorum-0",)


def test_no_member_comes_while_one_is_unhealthy(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")
    member = quorum.pods()[1]
    member.exec("rm /tmp/ready")

    assert_scaling_halts(quorum, member, replicas=4, heal=lambda: member.exec("touch /tmp/ready"))


def test_shards_do_not_wait_for_one_another(kworkload: Namespace) -> None:
    shards = kworkload.stateful_set("shards", expected=True)

    with assert_parallel_management(shards) as start:
        kworkload.apply("manifests/shards.yaml")

    assert len(start.created) == 3


def test_members_move_up_by_one(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")

    with assert_ordinals_shift(quorum) as shift:
        quorum.patch({"spec": {"ordinals": {"start": 1}}})

    assert (shift.removed, shift.created) == (("quorum-0",), ("quorum-3",))


def test_a_member_that_failed_comes_back(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").wait_ready().stateful_set("quorum")
    member = quorum.pods()[1]

    with assert_failed_pod_replaced(quorum, member) as failed:
        member.patch({"spec": {"activeDeadlineSeconds": 1}})

    assert failed.replacement == "quorum-1"


def test_the_order_of_members_is_for_life(kworkload: Namespace) -> None:
    quorum = kworkload.apply("manifests/quorum.yaml").stateful_set("quorum")

    assert_immutable(quorum, {"spec": {"podManagementPolicy": "Parallel"}})
