"""sts-at-most-one."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.stateful_sets.at_most_one import check_at_most_one
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, crashed, gone, moment, pending, replica, stateful_set, story, terminating

DB = stateful_set(replicas=2)
A, B = replica(DB, 0), replica(DB, 1)
AGAIN = replica(DB, 0, uid="again")


def check(history: History) -> Finding:
    return check_at_most_one(history, "StatefulSet/db")


def ended(pod: Json) -> Json:
    """The kubelet's last word: all containers have ended."""
    return terminating(crashed(pod, 0))


def test_the_successor_comes_after_the_end() -> None:
    finding = check(story(DB, A, B, at(1, terminating(A)), at(2, ended(A)), gone(2.1, ended(A)), at(2.2, pending(AGAIN)), at(3, AGAIN)))
    assert finding.holds
    assert finding.evidence == {"replaced": ("db-0",)}


def test_a_pod_that_never_started_has_nothing_to_end() -> None:
    unscheduled = changed(pending(A), "spec.nodeName", "")
    assert check(story(DB, unscheduled, B, gone(1, unscheduled), at(2, AGAIN))).holds
    assert check(story(DB, pending(A), B, gone(1, pending(A)), at(2, AGAIN))).holds


def test_replaced_twice() -> None:
    third = replica(DB, 0, uid="third")
    assert check(story(DB, A, B, gone(1, ended(A)), at(2, AGAIN), gone(3, ended(AGAIN)), at(4, third))).evidence["replaced"] == (
        "db-0",
        "db-0",
    )


def test_two_objects_of_one_ordinal() -> None:
    finding = check(story(DB, A, B, at(1, terminating(A)), at(2, AGAIN)))
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
        ("db-0 was created beside another pod of its ordinal", moment(2), ("db-0  uid Pod/db-0",))
    ]


def test_upstream_would_pass_two_processes_of_one_replica() -> None:
    """Upstream looks at names, and a name is given once; the processes of a pod that was deleted by force live on."""
    finding = check(story(DB, A, B, gone(1, A), at(2, AGAIN)))
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
        (
            "db-0 was created although its predecessor's processes may still run",
            moment(2),
            ("container main  was running when the pod's object went",),
        )
    ]
    assert finding.cause == "somebody deleted the pod by force (a grace period of 0), so that nothing waited for its processes"


def test_a_template_without_any_grace() -> None:
    db = changed(DB, "spec.template.spec.terminationGracePeriodSeconds", 0)
    finding = check(story(db, A, B, gone(1, A), at(2, AGAIN)))
    assert finding.change == "spec.template.spec.terminationGracePeriodSeconds: 1 or more (now 0)"


def test_nothing_was_replaced() -> None:
    assert check(story(DB, A, B, gone(1, A))).vacuous == "no replica was replaced in the block, so there was no moment for two"


def test_pods_of_another_set_do_not_count() -> None:
    other = replica(stateful_set("other"), 0)
    assert check(story(DB, A, B, gone(1, other), at(2, replica(stateful_set("other"), 0, uid="other-again")))).vacuous
