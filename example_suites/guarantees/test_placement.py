"""A choir that stands apart, and a giant for whom there is no place.

Belief: "The scheduler spreads my pods", and "a pod that does not fit waits a little".
Guarantee: a constraint with DoNotSchedule binds the scheduler, at the moment in which it places a pod; ScheduleAnyway and the
    defaults only prefer, and nothing repairs a skew that a scale-down leaves. A pod that fits nowhere stays Pending for as
    long as that is so, and its condition PodScheduled says why; unless it is more important than others, which have to go then.
    A replica goes where its volume is.
To see it break: set whenUnsatisfiable to ScheduleAnyway in manifests/choir.yaml. README.md shows more.
"""

import pytest

from pytest_kworkload import (
    Namespace,
    assert_follows_volumes,
    assert_pod_affinity,
    assert_preempts,
    assert_topology_spread,
    assert_unschedulable,
)


@pytest.mark.kworkload(nodes=3)
def test_the_choir_stands_apart(kworkload: Namespace) -> None:
    choir = kworkload.apply("manifests/choir.yaml").wait_ready().deployment("choir")

    with assert_topology_spread(choir, "kubernetes.io/hostname", max_skew=1) as spread:
        choir.scale(6)
    assert spread.highest_skew == 1


def test_no_place_for_a_giant(kworkload: Namespace) -> None:
    giant = kworkload.apply("manifests/giant.yaml").pod("giant")

    assert_unschedulable(giant, "Insufficient cpu", settle=2)


@pytest.mark.kworkload(nodes=3)
def test_soloists_do_not_stand_side_by_side(kworkload: Namespace) -> None:
    soloists = kworkload.apply("manifests/soloists.yaml").wait_ready().deployment("soloists")

    with assert_pod_affinity(soloists, "kubernetes.io/hostname", "apart"):
        soloists.scale(3)


def test_a_star_takes_the_stage(kworkload: Namespace) -> None:
    kworkload.apply("manifests/extra.yaml").wait_ready()

    with assert_preempts(kworkload.pod("star", expected=True), victims=1) as preemption:
        kworkload.apply("manifests/star.yaml")
    assert preemption.victims == ("extra",)


def test_a_replica_comes_back_to_its_volume(kworkload: Namespace) -> None:
    counter = kworkload.apply("manifests/counter.yaml").wait_ready().stateful_set("counter")

    with assert_follows_volumes(counter):
        counter.pods()[0].delete()
