"""pvc-unused-condition: what a claim says of its users."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kworkload.guarantees.claim_usage import agrees, check_usage
from pytest_kworkload.guarantees.finding import Finding

from ..histories import Change, Json, at, changed, claim, gone, moment, pod, story, succeeded, using

UID = "PersistentVolumeClaim/data"
USER = using(pod("user"), "data")


def told(unused: bool | None) -> Json:
    made = claim("data")
    return made if unused is None else changed(made, "status.conditions", [{"type": "Unused", "status": str(unused)}])


def held(*parts: Json | Change, ends: float = 60) -> Finding:
    return check_usage(story(*parts, ends=ends), UID)


def test_it_follows() -> None:
    finding = held(told(False), USER, gone(1, USER), at(3, told(True)))
    assert finding.holds
    assert finding.terms == ("changes of use: 1",)
    assert finding.evidence == {"unused": True, "changes": 1, "lag": 2}
    assert held(told(True), at(1, USER), at(2, told(False))).evidence["unused"] is False


def test_a_pod_that_has_finished_does_not_use_it() -> None:
    assert held(told(False), USER, at(1, succeeded(USER)), at(2, told(True))).holds


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ((told(False), USER, gone(1, USER)), "its condition Unused is False, and nobody uses it"),
        ((told(True), at(1, USER)), "its condition Unused is True, and user uses it"),
        ((told(None), at(1, USER)), "its condition Unused is not there, and user uses it"),
    ],
)
def test_it_does_not_follow(parts: tuple[Json | Change, ...], what: str) -> None:
    (breach,) = held(*parts).breaches
    assert (breach.what, breach.at, breach.until) == (what, moment(1), None)


def test_a_claim_that_is_not_bound_has_none() -> None:
    waiting = claim("data", phase="Pending")
    assert held(waiting, at(1, USER)).change == "bind the claim: it is Pending, and Kubernetes keeps this condition of bound claims only"
    assert held(told(True), at(1, USER)).change.startswith("whether kube-controller-manager works, and who else writes its status")


def test_it_follows_too_late() -> None:
    (breach,) = held(told(False), USER, gone(1, USER), at(8, told(True))).breaches
    assert (breach.at, breach.until) == (moment(1), moment(8))


def test_the_lag_is_granted() -> None:
    assert held(told(False), USER, gone(1, USER), ends=5).holds
    assert not agrees(story(told(False), USER, gone(1, USER)), UID)
    assert agrees(story(told(False), USER), UID)


def test_upstream_would_pass_what_is_right_in_the_end() -> None:
    """Upstream polls until the condition is what it wants."""
    wrong = (told(False), USER, at(1, told(True)), at(20, told(False)), gone(30, USER), at(31, told(True)))
    assert [(one.at, one.until) for one in held(*wrong).breaches] == [(moment(1), moment(20))]


def test_vacuous() -> None:
    assert held(told(False), USER).vacuous == "its use did not change, so there was nothing to tell"
    assert held(told(True), at(1, pod("other"))).vacuous.startswith("its use did not change")


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=8))
def test_each_difference_that_lasts_is_a_breach(steps: list[tuple[bool, int]]) -> None:
    """The user comes and goes; each time the claim follows some seconds later."""
    parts: list[Json | Change] = [told(True)]
    second, there, late, user = 0, False, 0, USER
    for comes, lag in steps:
        second += 20
        if comes == there:
            continue
        there = comes
        late += lag > 5
        user = using(pod("user", uid=f"user-{second}"), "data") if comes else user
        parts += [at(second, user) if comes else gone(second, user), at(second + lag, told(not comes))]
    finding = held(*parts, ends=second + 20)
    assert len(finding.breaches) == late
