"""pod-disruption-target."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.disruption_target import check_disruption_target
from pytest_kworkload.history.model import History

from ...histories import at, evicted, failed, gone, pod, story, terminating

POD = pod("web")


def check(history: History, reason: str = "EvictionByEvictionAPI") -> Finding:
    return check_disruption_target(history, "Pod/web", reason)


def test_it_is_told_before_it_goes() -> None:
    finding = check(story(POD, at(1, evicted(POD)), at(1.1, terminating(evicted(POD))), gone(2, terminating(evicted(POD)))))
    assert finding.holds
    assert finding.terms == ("expected: DisruptionTarget with reason EvictionByEvictionAPI",)
    assert finding.evidence["reason"] == "EvictionByEvictionAPI"


def test_a_kubelet_leaves_the_pod_there() -> None:
    ended = failed(evicted(POD, "TerminationByKubelet"), "Evicted")
    ended["status"]["conditions"] = evicted(POD, "TerminationByKubelet")["status"]["conditions"]
    told = at(1, evicted(POD, "TerminationByKubelet"))
    assert check(story(POD, told, at(2, ended)), "TerminationByKubelet").holds
    assert check(story(POD, told, at(2, ended), gone(3, ended)), "TerminationByKubelet").holds
    assert [one.what for one in check(story(POD, at(2, ended))).breaches] == ["DisruptionTarget with reason TerminationByKubelet"]


def test_a_pod_that_fails_by_itself_is_still_there() -> None:
    assert check(story(POD, at(1, failed(POD)))).vacuous == "the pod was not disrupted in the block: it is still there"


def test_a_plain_deletion() -> None:
    finding = check(story(POD, at(1, terminating(POD)), gone(2, terminating(POD))))
    assert [one.what for one in finding.breaches] == ["it went without the condition"]
    assert finding.check == "whether the block disrupts the pod: evict() does, delete() does not"


def test_it_is_told_too_late() -> None:
    finding = check(story(POD, at(1, terminating(POD)), at(2, terminating(evicted(POD)))))
    assert [one.what for one in finding.breaches] == ["it went without the condition, which came only afterwards"]


def test_another_reason() -> None:
    taken = evicted(POD, "PreemptionByScheduler")
    finding = check(story(POD, at(1, terminating(taken))))
    assert [one.what for one in finding.breaches] == ["DisruptionTarget with reason PreemptionByScheduler"]
    assert finding.check == "whether the test means reason='PreemptionByScheduler'; otherwise, what disrupts the pod in the block"


def test_a_pod_that_stays_is_vacuous() -> None:
    finding = check(story(POD, at(1, evicted(POD))))
    assert finding.vacuous == "the pod was not disrupted in the block: it is still there"
    assert finding.check == "evict() it in the block"
