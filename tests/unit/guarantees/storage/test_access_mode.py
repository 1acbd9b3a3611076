"""pv-access-rwop: one pod at a time."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.access_mode import check_access_mode, scheduler_has_decided

from ...histories import Change, Json, at, changed, claim, failed, gone, moment, pod, story, using

UID = "PersistentVolumeClaim/data"
DATA = changed(claim("data"), "spec.accessModes", ["ReadWriteOncePod"])
HOLDER = using(pod("holder"), "data")
REASON = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"


def asking(reason: str = "") -> Json:
    """A second pod, not scheduled (yet)."""
    obj = using(pod("second", node=""), "data")
    obj["status"] = {"phase": "Pending", "conditions": []}
    if reason:
        obj["status"]["conditions"] = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": reason}]
    return obj


def given(*, scheduled: bool = True) -> Json:
    obj = using(pod("second", node="node-1"), "data")
    if scheduled:
        obj["status"]["conditions"].append({"type": "PodScheduled", "status": "True"})
    return obj


def held(*parts: Json | Change, data: Json = DATA) -> Finding:
    return check_access_mode(story(data, *parts), UID)


def test_the_second_is_refused() -> None:
    finding = held(HOLDER, at(1, asking()), at(2, asking(REASON)))
    assert finding.holds
    assert finding.terms == ("ReadWriteOncePod", "used by holder")
    assert finding.evidence == {"refused": ("second",)}
    assert scheduler_has_decided(story(DATA, HOLDER, at(1, asking(REASON))), UID)
    assert not scheduler_has_decided(story(DATA, HOLDER, at(1, asking())), UID)
    assert not scheduler_has_decided(story(DATA, HOLDER), UID)


def test_the_second_gets_it_too() -> None:
    once = changed(DATA, "spec.accessModes", ["ReadWriteOnce"])
    finding = held(HOLDER, at(1, asking()), at(2, given()), data=once)
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("pod second was given to node-1 beside holder", moment(2))]
    assert (finding.cause, finding.change) == (
        "its access modes are ReadWriteOnce",
        "spec.accessModes: [ReadWriteOncePod] (now [ReadWriteOnce])",
    )


def test_past_the_scheduler() -> None:
    finding = held(HOLDER, at(1, given(scheduled=False)))
    assert finding.cause == "the pod names its node, so the scheduler was not asked"
    assert finding.change == "spec.nodeName of pod second: leave it out (now node-1)"


def test_another_scheduler() -> None:
    finding = held(HOLDER, at(1, given()))
    assert (finding.cause, finding.change) == ("", "")
    assert finding.check == "which scheduler placed it: Kubernetes' own keeps a second pod away"


def test_upstream_would_pass_a_second_pod_that_was_there_for_a_moment() -> None:
    """Upstream looks at the second pod's condition once."""
    assert held(HOLDER, at(1, given()), at(2, asking(REASON))).breaches


class TestVacuous:
    def test_nobody_has_it(self) -> None:
        assert held(at(1, asking(REASON))).vacuous == "no pod used the claim before the block"
        assert held(failed(HOLDER), at(1, asking(REASON))).vacuous == "no pod used the claim before the block"

    def test_nobody_asks(self) -> None:
        assert held(HOLDER).vacuous == "no second pod asked for the claim"

    def test_the_first_went_away(self) -> None:
        finding = held(HOLDER, at(1, asking(REASON)), gone(2, HOLDER), at(3, given()))
        assert finding.vacuous == "holder went away in the block"

    def test_another_reason(self) -> None:
        finding = held(HOLDER, at(1, asking("Insufficient cpu")))
        assert finding.vacuous == "the second pod waits for another reason: second: Insufficient cpu"
        assert held(HOLDER, at(1, asking())).vacuous.endswith("second: the scheduler says nothing")
