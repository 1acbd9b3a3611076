"""The life of one pod.

Belief: "A pod runs, and then it is gone." Or: "A pod cannot be updated."
Guarantee: its init containers run one by one before anything else; a sidecar is there before the others and after them. It is
    Ready when its probes say so, not before. A container that ends is started again in the same pod, and so is one whose image
    was changed. Who is deleted has a grace period, and a hook that runs in it; who evicts says so first.
To see it break: let the cook ignore SIGTERM. README.md shows the lines.
"""

from pytest_kworkload import (
    Namespace,
    assert_consistently,
    assert_disruption_target,
    assert_downward_identity,
    assert_graceful_termination,
    assert_init_order,
    assert_not_ready_before,
    assert_pod_ready,
    assert_restarted_in_place,
    assert_sidecar_order,
    assert_volumes_first,
)


def test_no_cooking_before_shopping(kworkload: Namespace) -> None:
    kitchen = kworkload.pod("kitchen", expected=True)

    with assert_init_order(kitchen) as start:
        kworkload.apply("manifests/kitchen.yaml")

    assert start.order == ("shopping",)
    assert kitchen.logs(container="shopping") == "bread and salt\n"


def test_not_open_before_the_stove_is_hot(kworkload: Namespace) -> None:
    kitchen = kworkload.pod("kitchen", expected=True)

    with assert_not_ready_before(kitchen, "startupProbe"):
        kworkload.apply("manifests/kitchen.yaml")

    assert_pod_ready(kitchen)


def test_the_cook_knows_where_he_is(kworkload: Namespace) -> None:
    kitchen = kworkload.apply("manifests/kitchen.yaml").wait_ready().pod("kitchen")

    assert assert_downward_identity(kitchen).told == {"KITCHEN": "kitchen"}


def test_the_cook_does_not_start_with_an_empty_pantry(kworkload: Namespace) -> None:
    cook = kworkload.pod("cook", expected=True)

    with assert_volumes_first(cook):
        kworkload.apply("manifests/pantry.yaml")
        assert_consistently(kworkload.pods(), lambda pods: pods[0]["status"]["phase"] == "Pending", says="the cook waits", duration=2)
        kworkload.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "pantry"}, "data": {"bread": "rye"}})


def test_the_radio_plays_all_the_time(kworkload: Namespace) -> None:
    kitchen = kworkload.pod("kitchen", expected=True)

    with assert_sidecar_order(kitchen) as opening:
        kworkload.apply("manifests/kitchen.yaml")
    with assert_sidecar_order(kitchen) as closing:
        kitchen.delete()

    assert opening.started
    assert closing.stopped


def test_the_cook_comes_back_to_the_same_kitchen(kworkload: Namespace) -> None:
    kitchen = kworkload.apply("manifests/kitchen.yaml").wait_ready().pod("kitchen")

    with assert_restarted_in_place(kitchen, "cook") as restarted:
        kitchen.exec("touch /tmp/evening", container="cook")

    assert restarted.exit_codes == (0,)


def test_a_new_cook_in_the_same_kitchen(kworkload: Namespace) -> None:
    kitchen = kworkload.apply("manifests/kitchen.yaml").wait_ready().pod("kitchen")

    with assert_restarted_in_place(kitchen, "cook"):
        kitchen.patch({"spec": {"containers": [{"name": "cook", "image": "busybox:1.35"}]}})


def test_the_last_plates_go_out(kworkload: Namespace) -> None:
    kitchen = kworkload.apply("manifests/kitchen.yaml").wait_ready().pod("kitchen")

    with assert_graceful_termination(kitchen, grace_seconds=10, pre_stop=2) as end:
        kitchen.delete()

    assert set(end.exit_codes.values()) == {0}


def test_an_eviction_gives_its_reason(kworkload: Namespace) -> None:
    kitchen = kworkload.apply("manifests/kitchen.yaml").wait_ready().pod("kitchen")

    with assert_disruption_target(kitchen, "EvictionByEvictionAPI"):
        kitchen.evict()
