"""pdb-blocks-eviction: refused, for the right reason."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.eviction import check_eviction, counted
from pytest_kworkload.guarantees.finding import Finding

from ..histories import Change, Json, budget, changed, failed, gone, moment, pod, story, terminating, unready

UID = "PodDisruptionBudget/web"
REFUSAL = "Cannot evict pod as it would violate the pod's disruption budget."
A, B = pod("a"), pod("b")
TIGHT = budget(healthy=2, needed=2)


def held(refusal: str | None, *parts: Json | Change, web: Json = TIGHT) -> Finding:
    return check_eviction(story(web, *(parts or (A, B))), UID, "Pod/a", refusal)


def test_refused() -> None:
    finding = held(REFUSAL)
    assert finding.holds
    assert finding.terms == ("minAvailable 2", "2 healthy, 2 needed", "pod a")
    assert finding.evidence == {"healthy": 2, "needed": 2, "message": REFUSAL}


@pytest.mark.parametrize(
    ("web", "one", "cause", "change"),
    [
        (
            budget(healthy=2, needed=1),
            A,
            "2 were healthy and 1 are needed, so one could go",
            "spec.minAvailable (now 1)",
        ),
        (
            budget(healthy=2, needed=1, maxUnavailable="50%"),
            A,
            "2 were healthy and 1 are needed, so one could go",
            "spec.maxUnavailable (now 50%)",
        ),
        (
            budget(healthy=0, needed=0, selector={"matchLabels": {"app": "nobody"}}, minAvailable=2),
            A,
            "it does not select the pod, so it does not protect it",
            "spec.selector: the labels of the pods' template",
        ),
        (
            TIGHT,
            unready(A),
            "the pod was not healthy, and such a pod counts for nothing",
            "a pod that is Ready; or spec.unhealthyPodEvictionPolicy",
        ),
    ],
)
def test_accepted(web: Json, one: Json, cause: str, change: str) -> None:
    finding = held(None, one, B, web=web)
    assert [breach.what for breach in finding.breaches] == ["the eviction was accepted"]
    assert (finding.cause, finding.change) == (cause, change)


def test_the_pod_went_all_the_same() -> None:
    finding = held(REFUSAL, A, B, gone(1, A))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("a went all the same", moment(1))]


class TestVacuous:
    def test_refused_for_another_reason(self) -> None:
        message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        assert held(message).vacuous == f"the eviction was refused for another reason: {message}"

    def test_refused_by_another_budget(self) -> None:
        web = budget(healthy=0, needed=0, selector={"matchLabels": {"app": "nobody"}}, minAvailable=2)
        assert held(REFUSAL, web=web).vacuous == "another budget refused the eviction: this one does not select the pod"


class TestCounted:
    def test_when_its_numbers_are_those_of_the_pods(self) -> None:
        assert counted(story(TIGHT, A, B), UID)
        assert counted(story(budget(healthy=1, needed=1), A, unready(B)), UID)
        assert counted(story(budget(healthy=1, needed=1), A, terminating(B), failed(pod("c"))), UID)

    def test_upstream_would_pass_a_budget_that_was_not_processed(self) -> None:
        """Such a budget refuses everything, with the same status."""
        assert not counted(story(changed(TIGHT, "metadata.generation", 2), A, B), UID)
        assert not counted(story(budget(healthy=1, needed=2), A, B), UID)
        assert not counted(story(changed(TIGHT, "status", {}), A, B), UID)
        assert not counted(story(A, B), UID)
