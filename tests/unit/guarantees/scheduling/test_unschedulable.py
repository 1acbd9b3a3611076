"""sched-unschedulable: a pod that no node may take."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.scheduling.unschedulable import check_unschedulable, scheduler_answered

from ...histories import Change, Json, at, changed, gone, moment, pod, story

UID = "Pod/one"


def with_word(node: str = "", *, status: str = "False", reason: str = "Unschedulable", message: str = "Insufficient cpu") -> Json:
    obj = pod("one", node=node)
    word = {"type": "PodScheduled", "status": status, "reason": reason, "message": message}
    return changed(obj, "status", {"phase": "Pending", "conditions": [word]})


NEW = changed(pod("one", node=""), "status", {"phase": "Pending"})
WAITING = with_word()
PLACED = with_word("node-1", status="True", message="")


def held(*parts: Json | Change, reason: str = "Insufficient cpu") -> Finding:
    return check_unschedulable(story(*parts), UID, reason, 5)


def test_it_waits() -> None:
    finding = held(at(1, NEW), at(2, WAITING))
    assert finding.holds
    assert finding.terms == ("because of 'Insufficient cpu'", "watched for 5 s")
    assert finding.evidence == {"reason": "Unschedulable", "message": "Insufficient cpu"}
    assert held(at(2, WAITING), reason="Unschedulable").holds
    assert [scheduler_answered(story(one), UID) for one in (NEW, WAITING, PLACED)] == [False, True, True]


def test_it_is_placed() -> None:
    finding = held(at(1, NEW), at(2, WAITING), at(3, PLACED))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("it was placed on node-1", moment(3))]
    assert finding.check == ("what should keep it off node-1: its requests (none), nodeSelector, affinity or schedulingGates (now none)")


def test_what_it_requests_is_named() -> None:
    asking = changed(changed(PLACED, "spec.nodeSelector", {"disk": "fast"}), "spec.containers", [{"resources": {"requests": {"cpu": "1"}}}])
    assert held(at(3, asking)).check == "what should keep it off node-1: its requests (cpu 1), nodeSelector"


def test_it_waits_for_another_reason() -> None:
    finding = held(at(2, WAITING), reason="affinity")
    assert [(breach.what, breach.lines) for breach in finding.breaches] == [
        ("it waits for another reason", ("Unschedulable: Insufficient cpu",))
    ]


class TestVacuous:
    def test_it_names_its_node(self) -> None:
        past = changed(pod("one", node="node-1"), "status", {"phase": "Pending"})
        assert held(at(1, past)).vacuous == "spec.nodeName names the node, so the scheduler is not asked"

    def test_nothing_was_said(self) -> None:
        assert held(at(1, NEW)).vacuous == "the scheduler has said nothing about it"

    def test_it_is_gone(self) -> None:
        assert held(WAITING, gone(1, WAITING)).vacuous == "it was deleted"
