"""Which pods are whose.

Belief: "A ReplicaSet looks after the pods that it made."
Guarantee: it looks after the pods whose owner it is. It takes in a pod that its selector matches and that nobody owns, and
    lets go one that it does not match any more; then it counts, and makes or deletes pods until there are three. Which go
    first can be told it. When a pod may not be created it says so. Its own end is its pods' end, unless the deletion says
    otherwise.
To see it break: give the pod that is set aside only one more label. README.md shows the lines.
"""

from pytest_kworkload import (
    Namespace,
    assert_adopted,
    assert_cascading_delete,
    assert_released,
    assert_replica_count,
    assert_replica_failure,
    assert_scale_down_victims,
)

SINGER = {
    "name": "singer",
    "image": "busybox:1.35.0",
    "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"],
}
SOLOIST = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "soloist", "labels": {"app.kubernetes.io/name": "trio"}},
    "spec": {"containers": [SINGER]},
}
ROOM_FOR_TWO = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "room"}, "spec": {"hard": {"pods": "2"}}}


def test_three_stay_three_when_a_fourth_comes(kworkload: Namespace) -> None:
    trio = kworkload.apply("manifests/replica-set.yaml").wait_ready().replica_set("trio")
    kworkload.apply(SOLOIST)

    assert_replica_count(trio, 3, settle=2)


def test_a_soloist_joins(kworkload: Namespace) -> None:
    soloist = kworkload.apply(SOLOIST).wait_ready().pod("soloist")
    trio = kworkload.apply("manifests/replica-set.yaml").replica_set("trio")

    assert_adopted(trio, soloist)

    assert len(trio.pods()) == 3


def test_a_singer_is_set_aside_to_be_looked_at(kworkload: Namespace) -> None:
    trio = kworkload.apply("manifests/replica-set.yaml").wait_ready().replica_set("trio")
    singer = trio.pods()[0]
    singer.patch({"metadata": {"labels": {"app.kubernetes.io/name": "aside"}}})

    released = assert_released(trio, singer)

    assert released.replacement in [pod.name for pod in trio.pods()]
    assert singer.logs() == "singing the old song\n"


def test_the_one_that_may_go_goes(kworkload: Namespace) -> None:
    trio = kworkload.apply("manifests/replica-set.yaml").wait_ready().replica_set("trio")
    singer = trio.pods()[1]
    singer.patch({"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-1"}}})

    with assert_scale_down_victims(trio, [singer]) as scaling:
        trio.scale(2)

    assert scaling.victims == (singer.name,)


def test_no_room_for_three(kworkload: Namespace) -> None:
    room = kworkload.apply(ROOM_FOR_TWO).wait_ready().object("ResourceQuota", "room")
    trio = kworkload.apply("manifests/replica-set.yaml").replica_set("trio")

    failure = assert_replica_failure(trio, cure=room.delete)

    assert "exceeded quota" in failure.message


def test_nobody_sings_on(kworkload: Namespace) -> None:
    trio = kworkload.apply("manifests/replica-set.yaml").wait_ready().replica_set("trio")

    with assert_cascading_delete(trio, settle=2) as cascade:
        trio.delete()

    assert len(cascade.dependents) == 3
