"""pvc-unused-condition: what a claim says of its users."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.unused_condition import check_unused_condition, condition_agrees

from ...histories import Change, Json, at, changed, claim, gone, moment, pod, story, succeeded, using

UID = "PersistentVolumeClaim/data"
USER = using(pod("user"), "data")


def saying(unused: bool | None) -> Json:
    made = claim("data")
    return made if unused is None else changed(made, "status.conditions", [{"type": "Unused", "status": str(unused)}])


def held(*parts: Json | Change, ends: float = 60) -> Finding:
    return check_unused_condition(story(*parts, ends=ends), UID)


def test_it_follows() -> None:
    finding = held(saying(False), USER, gone(1, USER), at(3, saying(True)))
    assert finding.holds
    assert finding.terms == ("changes of use: 1",)
    assert finding.evidence == {"unused": True, "changes": 1, "lag": 2}
    assert held(saying(True), at(1, USER), at(2, saying(False))).evidence["unused"] is False


def test_a_pod_that_has_finished_does_not_use_it() -> None:
    assert held(saying(False), USER, at(1, succeeded(USER)), at(2, saying(True))).holds


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ((saying(False), USER, gone(1, USER)), "its condition Unused is False, but no pod uses it"),
        ((saying(True), at(1, USER)), "its condition Unused is True, but it is used by user"),
        ((saying(None), at(1, USER)), "its condition Unused is missing, but it is used by user"),
    ],
)
def test_it_does_not_follow(parts: tuple[Json | Change, ...], what: str) -> None:
    (breach,) = held(*parts).breaches
    assert (breach.what, breach.at, breach.until) == (what, moment(1), None)


def test_a_claim_that_is_not_bound_has_none() -> None:
    waiting = claim("data", phase="Pending")
    finding = held(waiting, at(1, USER))
    assert finding.cause == "the claim is Pending, and Kubernetes keeps this condition of bound claims only"
    assert finding.check == "why the claim is not bound (assert_claim_bound)"
    assert held(saying(True), at(1, USER)).check.startswith("whether kube-controller-manager works, and what else writes its status")


def test_it_follows_too_late() -> None:
    (breach,) = held(saying(False), USER, gone(1, USER), at(8, saying(True))).breaches
    assert (breach.at, breach.until) == (moment(1), moment(8))


def test_the_lag_is_granted() -> None:
    assert held(saying(False), USER, gone(1, USER), ends=5).holds
    assert not condition_agrees(story(saying(False), USER, gone(1, USER)), UID)
    assert condition_agrees(story(saying(False), USER), UID)


def test_a_claim_that_goes_says_nothing_more() -> None:
    assert held(saying(False), USER, gone(1, USER), gone(2, saying(False))).holds
    assert held(saying(False), USER, gone(1, USER), gone(9, saying(False))).breaches[0].until == moment(9)


def test_another_user_is_no_other_difference() -> None:
    users = [at(4 * n + 1, using(pod(f"user-{n}"), "data")) for n in range(10)]
    (breach,) = held(saying(True), *users, at(41, saying(False))).breaches
    assert (breach.what, breach.at, breach.until) == ("its condition Unused is True, but it is used by user-0", moment(1), moment(41))


def test_upstream_would_pass_what_is_right_at_the_end() -> None:
    """Upstream polls until the condition is what it wants."""
    wrong = (saying(False), USER, at(1, saying(True)), at(20, saying(False)), gone(30, USER), at(31, saying(True)))
    assert [(one.at, one.until) for one in held(*wrong).breaches] == [(moment(1), moment(20))]


def test_vacuous() -> None:
    assert held(saying(False), USER).vacuous == "its use did not change, so there was nothing to follow"
    assert held(saying(True), at(1, pod("other"))).vacuous.startswith("its use did not change")


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["a", "b", "condition"])), max_size=25))
def test_as_many_breaches_as_differences_that_last(steps: list[tuple[int, str]]) -> None:
    """Two users come and go, and the condition changes, in any order. Seen from every second, in place of every version."""
    parts: list[Json | Change] = [saying(True)]
    second, there, says = 0, dict[str, Json](), True
    seconds: list[tuple[bool, bool]] = []  # (what is said, what is so) from each second to the next
    for number, (wait, which) in enumerate(steps):
        seconds += [(says, not there)] * wait
        second += wait
        if which == "condition":
            says = not says
            parts.append(at(second, saying(says)))
        elif which in there:
            parts.append(gone(second, there.pop(which)))
        else:
            there[which] = using(pod(which, uid=f"{which}-{number}"), "data")
            parts.append(at(second, there[which]))
    seconds += [(says, not there)] * 20
    wrong = [len([*same]) for (says, so), same in groupby(seconds) if says != so]
    assert len(held(*parts, ends=second + 20).breaches) == sum(length > 5 for length in wrong)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=8))
def test_each_difference_that_lasts_is_a_breach(steps: list[tuple[bool, int]]) -> None:
    """The user comes and goes; each time the claim follows some seconds later."""
    parts: list[Json | Change] = [saying(True)]
    second, there, late, user = 0, False, 0, USER
    for comes, lag in steps:
        second += 20
        if comes == there:
            continue
        there = comes
        late += lag > 5
        user = using(pod("user", uid=f"user-{second}"), "data") if comes else user
        parts += [at(second, user) if comes else gone(second, user), at(second + lag, saying(not comes))]
    finding = held(*parts, ends=second + 20)
    assert len(finding.breaches) == late
