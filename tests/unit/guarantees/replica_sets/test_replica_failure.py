"""rs-replica-failure."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.replica_sets.replica_failure import check_replica_failure
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, pod, replica_set, stateful_set, story, terminating, what_broke_with_lines

WEB = replica_set("web", replicas=2)
A = pod("web-a", WEB)


def failing(reason: str = "FailedCreate", status: str = "True") -> Json:
    condition = {"type": "ReplicaFailure", "status": status, "reason": reason, "message": "exceeded quota"}
    return changed(WEB, "status.conditions", [condition])


def check(history: History, *, cured: bool = False, kind: str = "ReplicaSet") -> Finding:
    return check_replica_failure(history, kind, f"{kind}/web", "FailedCreate", cured=cured)


def test_a_refused_pod_shows() -> None:
    finding = check(story(WEB, A, at(1, failing())))
    assert finding.holds
    assert finding.terms == ("replicas 2", "expected: ReplicaFailure with reason FailedCreate")
    assert finding.evidence == {"message": "exceeded quota", "pods": ("web-a",)}


def test_it_goes_when_the_pod_may_come() -> None:
    assert check(story(failing(), A, at(1, WEB)), cured=True).holds


def test_it_stays() -> None:
    finding = check(story(WEB, A, at(1, failing())), cured=True)
    assert what_broke_with_lines(finding) == [("the condition is still there at the end", ("exceeded quota",))]
    assert finding.check == "whether cure= removes what the message names"


def test_nothing_is_refused() -> None:
    finding = check(story(WEB, A, pod("web-b", WEB), terminating(pod("web-c", WEB)), at(1, failing(status="False"))))
    assert what_broke_with_lines(finding) == [("no pod was refused; active pods: 2", ("web-a", "web-b"))]
    assert (finding.cause, finding.check[:23]) == ("nothing forbids its pods", "whether a ResourceQuota")


def test_another_reason() -> None:
    finding = check(story(WEB, at(1, failing("FailedDelete"))))
    assert what_broke_with_lines(finding) == [("ReplicaFailure with reason FailedDelete", ("exceeded quota",))]
    assert finding.check == "reason='FailedDelete', or what refuses the pods"


def test_a_kind_that_has_no_such_condition() -> None:
    finding = check(story(stateful_set("web")), kind="StatefulSet")
    assert finding.vacuous == "a StatefulSet has no condition ReplicaFailure: it reports in its events only"
    assert finding.change == "kind: ReplicaSet or Deployment (now StatefulSet)"
