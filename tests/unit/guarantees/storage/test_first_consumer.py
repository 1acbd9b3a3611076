"""pvc-wait-first-consumer: no volume before a pod needs it."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.first_consumer import check_first_consumer, has_volume_and_node

from ...histories import Change, Json, at, changed, claim, gone, moment, node, pod, story, using, volume, what_broke

UID = "PersistentVolumeClaim/data"
WAITING = claim("data", phase="Pending")
WAITING["spec"] = {"storageClassName": "standard"}
WAITING["metadata"]["annotations"] = {}
SELECTED = changed(WAITING, "metadata.annotations", {"volume.kubernetes.io/selected-node": "node-1"})
BOUND = changed(changed(SELECTED, "spec.volumeName", "v"), "status.phase", "Bound")
VOLUME = volume("v", BOUND, node="node-1")
VOLUME["metadata"]["annotations"] = {"pv.kubernetes.io/provisioned-by": "somebody"}
NODES = (node("node-1"), node("node-2"))
USER = using(pod("user", node="node-1"), "data")
UNSCHEDULED = changed(USER, "spec.nodeName", "")


def held(*parts: Json | Change, start: tuple[Json, ...] = (WAITING,)) -> Finding:
    return check_first_consumer(story(*NODES, *start, *parts), UID)


def test_it_waits() -> None:
    parts = (at(1, UNSCHEDULED), at(2, SELECTED), at(3, VOLUME), at(4, BOUND), at(5, USER))
    finding = held(*parts)
    assert finding.holds
    assert finding.evidence == {"volume": "v", "node": "node-1"}
    assert has_volume_and_node(story(*NODES, WAITING, *parts), UID)
    assert not has_volume_and_node(story(*NODES, WAITING, *parts[:4]), UID)
    assert not has_volume_and_node(story(WAITING, gone(1, WAITING)), UID)


def test_bound_at_the_start() -> None:
    finding = held(at(1, USER), start=(BOUND, VOLUME))
    assert what_broke(finding) == ["it had volume v before any pod used it"]
    assert finding.change == "spec.storageClassName: a class with volumeBindingMode: WaitForFirstConsumer (now standard)"


def test_a_volume_that_was_there_already_and_waits_for_nobody() -> None:
    hasty = changed(BOUND, "metadata.annotations", {})
    finding = held(at(1, volume("v", BOUND)), at(1.5, hasty), at(11, USER))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("it got volume v before any pod used it", moment(1.5))]
    assert finding.change == "spec.storageClassName: a class with volumeBindingMode: WaitForFirstConsumer (now standard)"
    assert held(at(1, pod("stranger")), at(2, hasty), at(11, USER)).breaches[0].what == "it got volume v before any pod used it"


def test_a_pod_that_went_before_the_volume_came_was_a_consumer() -> None:
    again = using(pod("user", node="node-1", uid="again"), "data")
    parts = (at(1, UNSCHEDULED), at(2, SELECTED), gone(3, UNSCHEDULED), at(4, VOLUME), at(5, BOUND), at(6, again))
    assert held(*parts).holds


def test_upstream_would_pass_a_volume_that_came_before_the_pod_was_scheduled() -> None:
    """Upstream asserts Pending once before the pod and Bound once after it."""
    hasty = changed(BOUND, "metadata.annotations", {})
    finding = held(at(1, UNSCHEDULED), at(2, VOLUME), at(3, hasty), at(4, USER))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [
        ("it got volume v before a node was selected for a pod", moment(3))
    ]


def test_a_volume_that_was_there_already_needs_no_selected_node() -> None:
    static = volume("v", BOUND, node="node-1")
    assert held(at(1, UNSCHEDULED), at(2, static), at(3, changed(BOUND, "metadata.annotations", {})), at(4, USER)).holds


def test_a_volume_on_another_node() -> None:
    finding = held(at(1, UNSCHEDULED), at(2, SELECTED), at(3, changed(VOLUME, "spec", volume("v", BOUND, node="node-2")["spec"])))
    assert what_broke(finding) == ["no pod that uses it was scheduled: user"]
    away = volume("v", BOUND, node="node-2")
    finding = held(at(1, UNSCHEDULED), at(2, SELECTED), at(3, away), at(4, BOUND), at(5, USER))
    assert what_broke(finding) == ["volume v cannot be used on node-1, where pod user is"]
    assert (finding.change, finding.check) == ("", "the class's provisioner: where it makes volumes")


def test_a_volume_of_all_nodes() -> None:
    assert held(at(1, UNSCHEDULED), at(2, SELECTED), at(3, volume("v", BOUND)), at(4, BOUND), at(5, USER)).holds


def test_a_scheduled_pod_without_the_volume() -> None:
    finding = held(at(1, USER))
    assert what_broke(finding) == ["it has no volume, although pod user is on node-1"]


class TestVacuous:
    def test_a_pod_used_it_before(self) -> None:
        assert held(start=(BOUND, VOLUME, USER)).vacuous == "a pod used the claim before the block already: user"

    def test_no_pod_came(self) -> None:
        assert held(at(1, pod("stranger"))).vacuous == "no pod that uses the claim came in the block"

    def test_the_claim_came_in_the_block(self) -> None:
        finding = held(at(1, WAITING), at(2, USER), start=())
        assert finding.vacuous == "the block created the PersistentVolumeClaim: nothing shows that it waits"
