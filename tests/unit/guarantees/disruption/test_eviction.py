"""pdb-blocks-eviction and pdb-unhealthy-policy: refused or accepted, for the right reason."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.disruption.eviction import check_allowed, check_eviction
from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.objects.budgets import caught_up

from ...histories import Change, Json, at, budget, changed, failed, gone, moment, pending, pod, story, succeeded, terminating, unready

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
            budget(healthy=1, needed=1),
            unready(A),
            "the pod was not Ready, and not missed: 1 were healthy and 1 are needed",
            "spec.minAvailable (now 1); or a pod that is Ready",
        ),
        (
            budget(healthy=1, needed=2, unhealthyPodEvictionPolicy="AlwaysAllow", minAvailable=2),
            unready(A),
            "the pod was not Ready, and the policy lets such a pod go always",
            "spec.unhealthyPodEvictionPolicy: IfHealthyBudget (now AlwaysAllow)",
        ),
        (TIGHT, pending(A), "the pod was Pending, and such a pod may always be evicted", "a pod that is Running"),
        (TIGHT, terminating(A), "the pod was terminating, and such a pod may always be evicted", "a pod that is Running"),
    ],
)
def test_accepted(web: Json, one: Json, cause: str, change: str) -> None:
    finding = held(None, one, B, web=web)
    assert [breach.what for breach in finding.breaches] == ["the eviction was accepted"]
    assert (finding.cause, finding.change) == (cause, change)


def test_the_pod_went_all_the_same() -> None:
    finding = held(REFUSAL, A, B, gone(1, A))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("a went all the same", moment(1))]


def test_a_pod_that_is_not_ready_has_to_stay_while_too_few_are_healthy() -> None:
    finding = held(REFUSAL, unready(A), B, web=budget(healthy=1, needed=2))
    assert finding.holds
    assert finding.guarantee.id == "pdb-unhealthy-policy"
    assert finding.terms == ("minAvailable 2", "1 healthy, 2 needed", "pod a, not Ready")


class TestAllowed:
    @staticmethod
    def asked(refusal: str | None, *parts: Json | Change, web: Json) -> Finding:
        return check_allowed(story(web, *parts), UID, "Pod/a", refusal)

    def test_a_healthy_pod_that_is_not_missed(self) -> None:
        finding = self.asked(None, A, B, at(1, terminating(A)), web=budget(healthy=2, needed=1))
        assert finding.holds
        assert finding.guarantee.id == "pdb-blocks-eviction"
        assert finding.evidence == {"healthy": 2, "needed": 1, "pod": "a"}

    def test_a_pod_that_is_not_ready(self) -> None:
        web = budget(healthy=1, needed=2, minAvailable=2, unhealthyPodEvictionPolicy="AlwaysAllow")
        finding = self.asked(None, unready(A), B, gone(1, A), web=web)
        assert finding.holds
        assert finding.guarantee.id == "pdb-unhealthy-policy"

    @pytest.mark.parametrize(
        ("one", "web", "refusal", "cause", "change"),
        [
            (
                unready(A),
                budget(healthy=1, needed=2),
                REFUSAL,
                "the pod was not Ready, and 1 were healthy and 2 are needed: then such a pod has to stay too",
                "spec.unhealthyPodEvictionPolicy: AlwaysAllow (now IfHealthyBudget)",
            ),
            (
                A,
                TIGHT,
                REFUSAL,
                "2 were healthy and 2 are needed, so none could go",
                "spec.minAvailable (now 2); or more spec.replicas",
            ),
            (
                A,
                TIGHT,
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
                "two budgets select the pod, and the server cannot ask both",
                "spec.selector of one of the budgets",
            ),
        ],
    )
    def test_refused(self, one: Json, web: Json, refusal: str, cause: str, change: str) -> None:
        finding = self.asked(refusal, one, B, web=web)
        assert [(breach.what, breach.lines) for breach in finding.breaches] == [("the eviction was refused", (refusal,))]
        assert (finding.cause, finding.change) == (cause, change)

    def test_upstream_would_pass_an_eviction_that_takes_nothing_away(self) -> None:
        """It looks at the answer of the server only."""
        finding = self.asked(None, A, B, web=budget(healthy=2, needed=1))
        assert [breach.what for breach in finding.breaches] == ["a is still there"]

    def test_another_budget_is_vacuous(self) -> None:
        web = budget(healthy=0, needed=0, selector={"matchLabels": {"app": "nobody"}}, minAvailable=2)
        assert self.asked(None, A, gone(1, A), web=web).vacuous == "it does not select the pod, so it has no say"

    @pytest.mark.parametrize(
        ("one", "state"), [(pending(A), "Pending"), (failed(A), "Failed"), (succeeded(A), "Succeeded"), (terminating(A), "terminating")]
    )
    def test_a_pod_that_no_budget_holds_is_vacuous(self, one: Json, state: str) -> None:
        finding = self.asked(None, one, gone(1, one), web=budget(healthy=1, needed=1))
        assert finding.vacuous == f"the pod was {state}, and such a pod may always be evicted"


class TestVacuous:
    def test_refused_for_another_reason(self) -> None:
        message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        assert held(message).vacuous == f"the eviction was refused for another reason: {message}"

    def test_refused_by_another_budget(self) -> None:
        web = budget(healthy=0, needed=0, selector={"matchLabels": {"app": "nobody"}}, minAvailable=2)
        assert held(REFUSAL, web=web).vacuous == "another budget refused the eviction: this one does not select the pod"


class TestCounted:
    def test_when_its_numbers_are_those_of_the_pods(self) -> None:
        assert caught_up(story(TIGHT, A, B), UID)
        assert caught_up(story(budget(healthy=1, needed=1), A, unready(B)), UID)
        assert caught_up(story(budget(healthy=1, needed=1), A, terminating(B), failed(pod("c"))), UID)

    def test_upstream_would_pass_a_budget_that_was_not_processed(self) -> None:
        """Such a budget refuses everything, with the same status."""
        assert not caught_up(story(changed(TIGHT, "metadata.generation", 2), A, B), UID)
        assert not caught_up(story(budget(healthy=1, needed=2), A, B), UID)
        assert not caught_up(story(changed(TIGHT, "status", {}), A, B), UID)
        assert not caught_up(story(A, B), UID)
