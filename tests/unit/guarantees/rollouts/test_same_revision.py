"""revision-per-template."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.same_revision import check_same_revision
from pytest_kworkload.history.model import History

from ...histories import at, changed, controller_revision, deployment, gone, moment, replica_set, stateful_set, story, template, what_broke

WEB, DB = deployment(), stateful_set()
ONE, TWO = replica_set("web-1", WEB), replica_set("web-2", WEB, number=2)
SCALED, UPDATED = changed(WEB, "spec.replicas", 5), changed(WEB, "spec.template", template("web:2"))


def check(history: History) -> Finding:
    return check_same_revision(history, "Deployment", "Deployment/web")


def test_other_fields_make_no_revision() -> None:
    finding = check(story(WEB, ONE, at(1, SCALED), at(1.1, replica_set("web-1", WEB, 5)), at(2, changed(SCALED, "spec.paused", True))))
    assert finding.holds
    assert finding.terms == ("revision 1 before",)
    assert finding.evidence == {"revision": 1, "changed": ("paused", "replicas")}


def test_a_template_makes_one() -> None:
    finding = check(story(WEB, ONE, at(1, UPDATED), at(1.5, TWO), at(2, replica_set("web-3", WEB, number=3))))
    assert [(one.what, one.at) for one in finding.breaches] == [("ReplicaSet web-2 was made, as revision 2", moment(1.5))]
    assert (finding.cause, finding.change) == ("the block changed the pod template", "spec.template: what it was before the block")


def test_a_template_that_waits_is_none_of_the_changes() -> None:
    finding = check(story(WEB, ONE, at(1, changed(UPDATED, "spec.paused", True))))
    assert finding.evidence["changed"] == ("paused",)


def test_an_older_one_is_used_again() -> None:
    again = at(1.5, replica_set("web-1", WEB, number=3))
    finding = check(story(UPDATED, ONE, TWO, at(1, WEB), again))
    assert what_broke(finding) == ["ReplicaSet web-1 was used again, as revision 3"]


def test_somebody_else_makes_one() -> None:
    finding = check(story(WEB, ONE, at(1, SCALED), at(1.5, TWO)))
    assert finding.cause == "only a new template makes a revision"
    assert finding.check == "find what, other than its controller, makes revisions of this Deployment"


def test_controller_revisions() -> None:
    first, second = controller_revision("db-1", DB, 1), controller_revision("db-2", DB, 2)
    scaled = at(1, changed(DB, "spec.replicas", 1))
    assert check_same_revision(story(DB, first, scaled), "StatefulSet", "StatefulSet/db").holds
    finding = check_same_revision(story(DB, first, scaled, at(2, second)), "StatefulSet", "StatefulSet/db")
    assert what_broke(finding) == ["ControllerRevision db-2 was made, as revision 2"]


def test_an_old_revision_that_goes_is_none_that_comes() -> None:
    assert check(story(WEB, ONE, TWO, at(1, changed(WEB, "spec.revisionHistoryLimit", 0)), gone(2, ONE))).holds


def test_revisions_of_others_do_not_count() -> None:
    other = replica_set("other-9", deployment("other"), number=9)
    assert check(story(WEB, ONE, at(1, SCALED), at(2, other))).holds


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [
        (story(at(1, WEB), at(2, ONE)), "the block created the Deployment"),
        (story(WEB, ONE), "the block left the spec as it was"),
        (story(WEB, at(1, SCALED)), "it had no revision before the block"),
        (story(WEB, ONE, at(1, UPDATED)), "the block changed the pod template only"),
    ],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert finding.vacuous.startswith(vacuous)
    assert finding.check
