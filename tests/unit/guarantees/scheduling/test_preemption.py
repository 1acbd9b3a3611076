"""sched-preemption: which pods are preempted for which."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.scheduling.preemption import check_preempts, node_found, placed

from ...histories import Change, Json, at, changed, evicted, gone, moment, pod, story, terminating

UID = "Pod/high"


def ranked(name: str, priority: int, node: str = "node-0", **spec: Any) -> Json:
    return pod(name, node=node, priority=priority, **spec)


LOW, OTHER = ranked("low", 1), ranked("other", 2)
HIGH, WAITING = ranked("high", 10), ranked("high", 10, "")
GOING = terminating(evicted(LOW, "PreemptionByScheduler"))


def held(*parts: Json | Change, victims: int | None = None) -> Finding:
    return check_preempts(story(*parts), UID, victims)


def test_one_goes_for_it() -> None:
    finding = held(LOW, OTHER, at(1, WAITING), at(2, GOING), gone(3, GOING), at(4, HIGH), victims=1)
    assert finding.holds
    assert finding.terms == ("priority 10", "victims: low")
    assert finding.evidence == {"victims": ("low",), "node": "node-0"}


def test_more_than_expected() -> None:
    second = terminating(evicted(OTHER, "PreemptionByScheduler"))
    finding = held(LOW, OTHER, at(1, WAITING), at(2, GOING), at(2.1, second), at(4, HIGH), victims=1)
    assert [(one.what, one.lines) for one in finding.breaches] == [
        ("pods preempted: 2 instead of 1", ("low  priority 1", "other  priority 2"))
    ]
    assert finding.check == "what the pods request; or expect victims=2"


@pytest.mark.parametrize("priority", [10, 11])
def test_one_that_is_as_important(priority: int) -> None:
    peer = evicted(ranked("peer", priority), "PreemptionByScheduler")
    finding = held(ranked("peer", priority), at(1, WAITING), at(2, terminating(peer)), at(4, HIGH))
    assert [one.what for one in finding.breaches] == [f"peer was preempted, with priority {priority}"]


def test_one_that_got_no_time() -> None:
    at_once = changed(GOING, "metadata.deletionGracePeriodSeconds", 0)
    finding = held(LOW, at(1, WAITING), at(2, at_once), at(4, HIGH))
    assert [(one.what, one.at) for one in finding.breaches] == [("low was given no grace period", moment(2))]
    asked = changed(at_once, "spec.terminationGracePeriodSeconds", 0)
    assert held(LOW, at(1, WAITING), at(2, asked), at(4, HIGH)).holds


@pytest.mark.parametrize(
    ("high", "advice"),
    [
        (ranked("high", 1, ""), "spec.priorityClassName: one with a value above 1 (now none)"),
        (ranked("high", 0, "", priorityClassName="small"), "spec.priorityClassName: one with a value above 1 (now small)"),
        (ranked("high", 10, "", preemptionPolicy="Never"), "preemptionPolicy of its PriorityClass: PreemptLowerPriority (now Never)"),
        (WAITING, "what it requests: no victim would make room for that"),
    ],
)
def test_no_node_takes_it(high: Json, advice: str) -> None:
    word = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no ports"}
    finding = held(LOW, OTHER, at(1, changed(high, "status.conditions", [word])))
    assert [(one.what, one.lines) for one in finding.breaches] == [("no node took it", ("Unschedulable: no ports",))]
    assert f"{finding.change}{finding.check}" == advice


def test_nothing_was_said() -> None:
    assert held(LOW, at(1, WAITING)).breaches[0].lines == ("the scheduler said nothing",)


def test_vacuous() -> None:
    assert held(LOW, at(1, HIGH)).vacuous == "it was placed without a victim"
    assert held(HIGH).vacuous == "the Pod was there before the block: nothing shows whether it preempted others"
    by_hand = terminating(evicted(LOW))
    assert held(LOW, at(1, by_hand), at(2, HIGH)).vacuous == "it was placed without a victim"
    before = evicted(LOW, "PreemptionByScheduler")
    assert held(before, at(1, terminating(before)), at(2, HIGH)).vacuous == "it was placed without a victim"


def test_when_to_stop_waiting() -> None:
    chosen = changed(WAITING, "status.nominatedNodeName", "node-0")
    assert [(node_found(story(one), UID), placed(story(one), UID)) for one in (WAITING, chosen, HIGH)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert not node_found(story(), UID)
