"""job-pod-replacement: the pod that comes in the place of another one."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.jobs.pod_replacement import Policy, check_pod_replacement, replaced, terminated

from ...histories import Change, Json, at, changed, failed, gone, job, moment, pod, story, succeeded, terminating

UID = "Job/sum"
SUM = job(parallelism=1)
WAITING = changed(SUM, "spec.podReplacementPolicy", "Failed")
OLD, NEW = pod("sum-a", SUM), pod("sum-b", SUM)
EARLY = (OLD, at(1, terminating(OLD)), at(2, NEW), gone(4, terminating(OLD)))
LATE = (OLD, at(1, terminating(OLD)), at(4, failed(terminating(OLD))), at(4.5, NEW), gone(5, OLD))


def held(policy: Policy, *parts: Json | Change, of: Json = SUM) -> Finding:
    return check_pod_replacement(story(of, *parts), UID, policy)


def test_at_once() -> None:
    finding = held("TerminatingOrFailed", *EARLY)
    assert finding.holds
    assert finding.terms == ("must be: TerminatingOrFailed", "terminating pods: 1")
    assert finding.evidence == {"ended": ("sum-a",), "replacements": ("sum-b",)}


def test_when_it_has_ended() -> None:
    finding = held("Failed", *LATE, of=WAITING)
    assert finding.holds
    assert finding.evidence == {"ended": ("sum-a",), "replacements": ("sum-b",)}


def test_a_pod_that_is_gone_has_ended() -> None:
    assert held("Failed", OLD, at(1, terminating(OLD)), gone(4, terminating(OLD)), at(4.5, NEW), of=WAITING).holds


def test_it_does_not_wait() -> None:
    finding = held("Failed", *EARLY)
    assert [(one.what, one.at) for one in finding.breaches] == [("sum-b was created while sum-a was terminating", moment(2))]
    assert finding.change == "spec.podReplacementPolicy: Failed (now TerminatingOrFailed)"
    assert held("Failed", *EARLY, of=WAITING).check == "what, other than its controller, makes pods for this Job"


def test_it_waits() -> None:
    finding = held("TerminatingOrFailed", *LATE, of=WAITING)
    assert [(one.what, one.at) for one in finding.breaches] == [("sum-b was created only when the pod before had ended", moment(4.5))]
    assert finding.change == "spec.podReplacementPolicy: TerminatingOrFailed (now Failed)"


def test_upstream_would_pass_a_status_that_says_so() -> None:
    """Upstream reads status.terminating and status.active; the pods themselves were two at a time for a moment."""
    liar = changed(WAITING, "status.terminating", 0)
    assert held("Failed", *EARLY, at(5, changed(liar, "status.active", 1)), of=WAITING).breaches


def test_another_pod_beside_one_that_goes_is_no_replacement() -> None:
    """Two may be at work; one goes, and its successor comes only when it has ended."""
    wide = changed(job(parallelism=2, completions=None), "spec.podReplacementPolicy", "Failed")
    assert held("Failed", OLD, at(1, terminating(OLD)), at(2, NEW), gone(4, OLD), at(5, pod("sum-c", wide)), of=wide).holds
    late = (OLD, pod("sum-c", wide), at(1, terminating(OLD)), at(2, NEW), gone(4, OLD))
    assert held("Failed", *late, of=wide).breaches


def test_what_has_succeeded_makes_room_smaller() -> None:
    """One of two is done: beside the one that is going there is room for none."""
    wide = changed(job(parallelism=2), "spec.podReplacementPolicy", "Failed")
    done = succeeded(pod("sum-c", wide))
    assert held("Failed", done, OLD, at(1, terminating(OLD)), at(2, NEW), gone(4, OLD), of=wide).breaches


def test_a_deleted_pod_that_ended_well_has_counted_as_failed() -> None:
    """Both of two are still to be done: a pod beside the one that goes takes nobody's place."""
    wide, done, last = job(parallelism=2), succeeded(terminating(OLD)), pod("sum-c", SUM)
    gone_before = (OLD, at(1, terminating(OLD)), at(2, done), gone(3, done))
    assert held("Failed", *gone_before, at(4, NEW), at(5, terminating(NEW)), at(6, last), of=wide).vacuous
    waiting = changed(wide, "spec.podReplacementPolicy", "Failed")
    assert held("Failed", *gone_before, at(4, NEW), at(5, terminating(NEW)), at(6, last), of=waiting).breaches


def test_pods_of_others_do_not_count() -> None:
    other = pod("other", job("other"))
    assert held("Failed", *LATE, other, at(2, terminating(other)), at(3, pod("else", job("other"))), of=WAITING).holds


def test_when_to_stop_waiting() -> None:
    assert not terminated(story(SUM, OLD), UID)
    assert terminated(story(SUM, *EARLY), UID)
    assert [replaced(story(SUM, *EARLY[:n]), UID) for n in (2, 3, 4)] == [False, False, True]


class TestVacuous:
    @pytest.mark.parametrize("policy", ["TerminatingOrFailed", "Failed"])
    def test_nothing_went(self, policy: Policy) -> None:
        assert held(policy, OLD, at(1, NEW)).vacuous == "no pod of the Job was terminating in the block"

    def test_nothing_came(self) -> None:
        assert held("Failed", OLD, at(1, terminating(OLD))).vacuous == "no pod was created in the place of another one"

    def test_it_ended_too_soon_to_tell(self) -> None:
        finding = held("Failed", OLD, at(1, terminating(OLD)), gone(1.5, OLD), at(4, NEW), of=WAITING)
        assert finding.vacuous == "it took 0.5 s to end, too short to tell whether the new pod waited for that"

    def test_a_back_off_made_it_wait(self) -> None:
        finding = held("Failed", *LATE)
        assert finding.vacuous == "nothing but a back-off made the new pod wait"
        assert finding.change == "spec.podReplacementPolicy: Failed (now TerminatingOrFailed)"
        assert held("TerminatingOrFailed", *LATE).vacuous.startswith("the pod before had ended when the new one was due")


@given(st.lists(st.sampled_from(["create", "delete", "end"]), max_size=12))
def test_the_check_agrees_with_a_count_at_every_creation(steps: list[str]) -> None:
    """One at a time: a creation while anything is there that has not ended is a breach."""
    parts: list[Json | Change] = []
    there: list[tuple[Json, bool]] = []
    breaches = 0
    for n, step in enumerate(steps):
        going = [one for one, leaves in there if leaves]
        if step == "create":
            breaches += bool(going)
            there.append((pod(f"p{n}", WAITING), False))
            parts.append(at(10 * n, there[-1][0]))
        elif step == "delete" and len(going) < len(there):
            index = next(i for i, (_, leaves) in enumerate(there) if not leaves)
            there[index] = (there[index][0], True)
            parts.append(at(10 * n, terminating(there[index][0])))
        elif step == "end" and going:
            there = [(one, leaves) for one, leaves in there if one is not going[0]]
            parts.append(gone(10 * n, terminating(going[0])))
    assert len(check_pod_replacement(story(WAITING, *parts, ends=200), UID, "Failed").breaches) == breaches
