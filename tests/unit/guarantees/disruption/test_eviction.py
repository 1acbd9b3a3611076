"""pdb-blocks-eviction and pdb-unhealthy-policy: refused or accepted, for the right reason."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.disruption.eviction import check_eviction_allowed, check_eviction_blocked
from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.objects.budgets import caught_up

from ...histories import Change, Json, at, budget, changed, failed, gone, moment, pending, pod, story, succeeded, terminating, unready

UID = "PodDisruptionBudget/web"
REFUSAL = "Cannot evict pod as it would violate the pod's disruption budget."
A, B = pod("a"), pod("b")
TIGHT = budget(healthy=2, needed=2)


def held(refusal: str | None, *parts: Json | Change, web: Json = TIGHT) -> Finding:
    return check_eviction_blocked(story(web, *(parts or (A, B))), UID, "Pod/a", refusal)


def test_refused() -> None:
    finding = held(REFUSAL)
    assert finding.holds
    assert finding.terms == ("minAvailable 2", "2 healthy, 2 needed", "pod a")
    assert finding.evidence == {"healthy": 2, "needed": 2, "message": REFUSAL}


@pytest.mark.parametrize(
    ("web", "one", "cause", "change", "check"),
    [
        (
            budget(healthy=2, needed=1),
            A,
            "with 2 healthy pods and 1 needed, one could go",
            "spec.minAvailable: 2 (now 1)",
            "",
        ),
        (
            budget(healthy=2, needed=1, maxUnavailable="50%"),
            A,
            "with 2 healthy pods and 1 needed, one could go",
            "spec.maxUnavailable: 0% (now 50%)",
            "",
        ),
        (
            budget(healthy=0, needed=0, selector={"matchLabels": {"app": "nobody"}}, minAvailable=2),
            A,
            "it does not select the pod, so it does not protect it",
            "spec.selector: the labels of the pods' template",
            "",
        ),
        (
            budget(healthy=1, needed=1),
            unready(A),
            "the pod was not Ready, and enough others were: 1 healthy pod, 1 needed",
            "spec.minAvailable: 2 (now 1)",
            "whether a Ready pod was meant",
        ),
        (
            budget(healthy=1, needed=2, unhealthyPodEvictionPolicy="AlwaysAllow", minAvailable=2),
            unready(A),
            "the pod was not Ready, and with AlwaysAllow such a pod may be evicted at any time",
            "spec.unhealthyPodEvictionPolicy: IfHealthyBudget (now AlwaysAllow)",
            "",
        ),
        (TIGHT, pending(A), "the pod was Pending, and such a pod may always be evicted", "", "whether a Running pod was meant"),
        (TIGHT, terminating(A), "the pod was terminating, and such a pod may always be evicted", "", "whether a Running pod was meant"),
    ],
)
def test_accepted(web: Json, one: Json, cause: str, change: str, check: str) -> None:
    finding = held(None, one, B, web=web)
    assert [breach.what for breach in finding.breaches] == ["the eviction was accepted"]
    assert (finding.cause, finding.change, finding.check) == (cause, change, check)


def test_the_pod_went_all_the_same() -> None:
    finding = held(REFUSAL, A, B, gone(1, A))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("a was deleted all the same", moment(1))]


def test_a_pod_that_is_not_ready_has_to_stay_while_too_few_are_healthy() -> None:
    finding = held(REFUSAL, unready(A), B, web=budget(healthy=1, needed=2))
    assert finding.holds
    assert finding.guarantee.id == "pdb-unhealthy-policy"
    assert finding.terms == ("minAvailable 2", "1 healthy, 2 needed", "pod a, not Ready")


class TestAllowed:
    @staticmethod
    def asked(refusal: str | None, *parts: Json | Change, web: Json) -> Finding:
        return check_eviction_allowed(story(web, *parts), UID, "Pod/a", refusal)

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
                "the pod was not Ready, and too few others were: 1 healthy pod, 2 needed",
                "spec.unhealthyPodEvictionPolicy: AlwaysAllow (now IfHealthyBudget)",
            ),
            (
                A,
                TIGHT,
                REFUSAL,
                "with 2 healthy pods and 2 needed, none could go",
                "spec.minAvailable: 1 (now 2); or spec.replicas: more than 2",
            ),
            (
                A,
                TIGHT,
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
                "more than one budget selects the pod, which the server does not support",
                "spec.selector: the pod in one budget only",
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
        assert [breach.what for breach in finding.breaches] == ["a was not deleted"]

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
