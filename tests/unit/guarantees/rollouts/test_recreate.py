"""deploy-recreate."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.recreate import check_recreate
from pytest_kworkload.history.model import History

from ...histories import (
    Json,
    at,
    changed,
    crashed,
    deployment,
    failed,
    gone,
    moment,
    pending,
    pod,
    replica_set,
    story,
    template,
    terminating,
    what_broke_with_lines,
)

RECREATE = {"type": "Recreate"}
ONE = deployment(replicas=2, strategy=RECREATE)
TWO = changed(ONE, "spec.template", template("web:2"))
OLD, NEW = replica_set("web-1", ONE, 2), replica_set("web-2", ONE, 2, number=2)
A, B = pod("web-1-a", OLD), pod("web-1-b", OLD)
X, Y = pod("web-2-x", NEW), pod("web-2-y", NEW)


def ended(obj: Json) -> Json:
    """The last status before the object goes: the node reported that the containers have ended."""
    return terminating(crashed(obj, 0))


def check(history: History) -> Finding:
    return check_recreate(history, "Deployment/web")


def test_new_pods_come_when_all_old_ones_are_gone() -> None:
    leaving = [at(2, terminating(A)), at(2, terminating(B)), gone(3, ended(A)), gone(4, ended(B))]
    finding = check(story(ONE, OLD, A, B, at(1, TWO), *leaving, at(5, NEW), at(6, pending(X)), at(6, pending(Y))))
    assert finding.holds
    assert finding.terms == ("replicas 2", "strategy Recreate")
    assert finding.evidence == {"old": ("web-1-a", "web-1-b"), "new": ("web-2-x", "web-2-y")}


def test_upstream_would_pass_a_new_pod_beside_a_terminating_one() -> None:
    """Upstream looks at the Deployment's status, which does not count what is terminating."""
    leaving = [at(2, terminating(A)), at(2, terminating(B)), gone(3, ended(A))]
    finding = check(story(ONE, OLD, A, B, at(1, TWO), *leaving, at(4, NEW), at(5, pending(X)), gone(6, ended(B))))
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
        ("web-2-x was created while pods of another version were there", moment(5), ("web-1-b  of web-1: terminating",))
    ]
    assert finding.cause == "the controller waits for the old pods: something else created the new one"


def test_a_rolling_update_mixes_versions() -> None:
    one = changed(ONE, "spec.strategy", {"type": "RollingUpdate"})
    two = changed(TWO, "spec.strategy", {"type": "RollingUpdate"})
    finding = check(story(one, OLD, A, at(1, two), at(1.5, NEW), at(2, pending(X)), at(3, pending(Y))))
    assert what_broke_with_lines(finding) == [
        ("web-2-x was created while pods of another version were there", ("web-1-a  of web-1: Ready",))
    ]
    assert finding.cause == "RollingUpdate creates new pods while old ones are still at work"
    assert finding.change == "spec.strategy.type: Recreate (now RollingUpdate)"


def test_a_rolling_update_whose_old_pods_end_quickly_is_luck() -> None:
    """maxSurge 0 and maxUnavailable 100 %: here the old pod is gone before the new one comes."""
    one = deployment(replicas=1, unavailable="100%", surge=0)
    two = changed(one, "spec.template", template("web:2"))
    finding = check(story(one, OLD, A, at(1, two), at(1.1, terminating(A)), gone(1.15, ended(A)), at(1.16, NEW), at(1.2, pending(X))))
    assert finding.vacuous == "only luck kept the versions apart: strategy RollingUpdate does not wait for the old pods"
    assert finding.change == "spec.strategy.type: Recreate (now RollingUpdate)"


def test_an_old_pod_that_was_deleted_by_force_may_still_run() -> None:
    finding = check(story(ONE, OLD, A, at(1, TWO), gone(2, A), at(3, NEW), at(4, pending(X))))
    assert what_broke_with_lines(finding) == [
        ("web-2-x was created although processes of another version may still run", ("web-1-a  of web-1: Ready",))
    ]
    assert finding.check.startswith("who deletes pods with grace_seconds=0")


@pytest.mark.parametrize("last", [failed(A), changed(A, "status.phase", "Succeeded")])
def test_an_old_pod_that_has_finished_is_an_object_only(last: Json) -> None:
    assert check(story(ONE, OLD, A, at(1, TWO), at(2, last), at(3, NEW), at(4, pending(X)))).holds


def test_a_deleted_pod_is_replaced_within_its_version() -> None:
    again = [at(1, terminating(A)), at(1.1, pod("web-1-c", OLD)), gone(2, ended(A))]
    rest = [gone(4, ended(B)), gone(4, ended(pod("web-1-c", OLD)))]
    finding = check(story(ONE, OLD, A, B, *again, at(3, TWO), *rest, at(5, NEW), at(6, pending(X))))
    assert finding.holds
    assert finding.evidence["new"] == ("web-2-x",)


def test_pods_of_others_do_not_count() -> None:
    other = pod("other", replica_set("other"))
    assert check(story(ONE, OLD, A, other, at(1, TWO), gone(2, ended(A)), at(3, NEW), at(4, pending(X)))).holds


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [
        (story(at(1, ONE), at(2, OLD), at(3, A)), "the block created the Deployment"),
        (story(ONE, OLD, A, at(1, changed(ONE, "spec.replicas", 3))), "no new revision"),
        (story(ONE, OLD, at(1, TWO), at(2, NEW), at(3, X)), "there was no old pod"),
        (story(ONE, OLD, A, at(1, changed(TWO, "spec.paused", True))), "no pod of the new version was created"),
    ],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert vacuous in finding.vacuous
    assert finding.check
