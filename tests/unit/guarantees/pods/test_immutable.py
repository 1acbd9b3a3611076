"""sts-immutable, pod-mutable-fields, immutable-fields."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.immutable import check_immutable
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, deployment, pod, stateful_set, story

DB = stateful_set()
RENAMED = changed(DB, "spec.serviceName", "other")


def check(history: History, status: int, message: str = "") -> Finding:
    return check_immutable(history, "StatefulSet", "StatefulSet/db", status, message)


def test_it_is_refused() -> None:
    finding = check(story(DB, at(1, changed(DB, "status.replicas", 2))), 422, "updates to statefulset spec are forbidden")
    assert finding.holds
    assert finding.evidence == {"message": "updates to statefulset spec are forbidden"}


@pytest.mark.parametrize(
    "said",
    [
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
        'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
        "spec.providerID: Invalid value: null: field cannot be modified once set",
    ],
)
def test_the_words_for_other_kinds(said: str) -> None:
    assert check(story(DB), 422, said).holds


@pytest.mark.parametrize(
    ("obj", "guarantee"), [(DB, "sts-immutable"), (pod("web"), "pod-mutable-fields"), (deployment(), "immutable-fields")], ids=str
)
def test_the_promise_of_its_kind(obj: Json, guarantee: str) -> None:
    assert check_immutable(story(obj), obj["kind"], obj["metadata"]["uid"], 200, "").guarantee.id == guarantee


def test_it_is_accepted() -> None:
    finding = check(story(DB, at(1, RENAMED)), 200)
    assert [one.what for one in finding.breaches] == ["the change was accepted"]
    assert finding.check == "whether the test patches a field that the kind does not let you change"


def test_it_is_refused_and_comes_all_the_same() -> None:
    finding = check(story(DB, at(1, RENAMED)), 422, "field is immutable")
    assert [one.what for one in finding.breaches] == ["the change was refused, and the object changed all the same"]


def test_no_change_is_vacuous() -> None:
    assert check(story(DB), 200).vacuous == "the patch was accepted and changed nothing"


@pytest.mark.parametrize("status", [400, 422])
def test_another_refusal_is_vacuous(status: int) -> None:
    """A field that is misspelt is refused as well, which shows nothing."""
    finding = check(story(DB), status, "unknown field")
    assert finding.vacuous == f"the patch was refused for another reason, with status {status}: unknown field"
    assert finding.check == "take a patch that is wrong only in what it changes: one that is valid otherwise"


def test_the_scheduler_may_write_the_node_meanwhile() -> None:
    placed = story(pod("web", node=""), at(1, pod("web")))
    assert check_immutable(placed, "Pod", "Pod/web", 422, "field is immutable").holds
