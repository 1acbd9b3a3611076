"""job-suspend."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.jobs.suspend import check_suspended, suspended

from ...histories import Change, Json, at, changed, gone, job, moment, pod, story, succeeded, terminating

UID = "Job/sum"
SUM = job()
ASKED = changed(SUM, "spec.suspend", True)
ASIDE = changed(job("sum", "Suspended"), "spec.suspend", True)
A, B = pod("sum-a", SUM), pod("sum-b", SUM)


class TestSuspended:
    def held(self, *parts: Json | Change, since: float = 5) -> Finding:
        return check_suspended(story(*parts), UID, moment(since), 5)

    def test_its_pods_are_taken_away(self) -> None:
        finding = self.held(SUM, A, B, at(1, ASIDE), at(1.1, terminating(A)), gone(1.2, B), gone(3, A))
        assert finding.holds
        assert finding.terms == ("pods at work before: 2", "watched for 5 s")
        assert finding.evidence == {"taken": ("sum-a", "sum-b")}

    def test_one_that_is_still_going_is_taken_away_and_one_that_is_done_stays(self) -> None:
        assert self.held(SUM, A, succeeded(B), at(1, ASIDE), at(1.1, terminating(A))).holds

    def test_a_pod_is_left(self) -> None:
        finding = self.held(SUM, A, B, at(1, ASIDE), gone(1.1, A))
        assert [one.what for one in finding.breaches] == ["pods at work: sum-b"]

    def test_whose_part_it_is(self) -> None:
        own = self.held(SUM, A, at(1, changed(ASIDE, "spec.managedBy", "kubernetes.io/job-controller")))
        assert (own.change, own.check) == (
            "",
            "what, other than its controller, makes pods for this Job, or which finalizers hold them",
        )
        other = self.held(SUM, A, at(1, changed(ASIDE, "spec.managedBy", "example.com/nobody")))
        assert other.cause == "Kubernetes leaves the Job to example.com/nobody, which has not seen to it"
        assert other.change == "spec.managedBy: kubernetes.io/job-controller (now example.com/nobody)"

    def test_another_one_comes(self) -> None:
        new = pod("sum-c", SUM)
        finding = self.held(SUM, A, at(1, ASIDE), gone(1.1, A), at(6, new), gone(6.1, new))
        assert [(one.what, one.at) for one in finding.breaches] == [("sum-c was created although the Job was suspended", moment(6))]

    def test_another_one_comes_and_goes_before_all_are_gone(self) -> None:
        new = pod("sum-c", SUM)
        finding = self.held(SUM, A, at(1, ASKED), at(1.1, ASIDE), at(2, new), gone(2.1, new), gone(3, A))
        assert [(one.what, one.at) for one in finding.breaches] == [("sum-c was created although the Job was suspended", moment(2))]

    def test_a_pod_that_came_before_the_controller_knew_is_none_of_its_faults(self) -> None:
        assert self.held(SUM, A, at(1, ASKED), at(1.01, B), at(1.1, ASIDE), gone(1.1, A), gone(1.2, B)).holds

    def test_a_pod_that_came_while_it_was_resumed_for_a_moment(self) -> None:
        parts = SUM, A, at(1, ASIDE), gone(1.1, A), at(2, SUM), at(2.1, B), at(3, ASIDE), gone(3.1, B)
        assert self.held(*parts).holds

    def test_a_pod_is_made_by_somebody_else_and_nobody_says_that_it_is_suspended(self) -> None:
        finding = self.held(SUM, A, at(1, ASKED), gone(1.1, A), at(6, B))
        assert [one.what for one in finding.breaches] == ["sum-b was created although the Job was suspended"]

    def test_the_condition_is_missing(self) -> None:
        finding = self.held(SUM, A, at(1, ASKED), gone(1.1, A))
        assert [one.what for one in finding.breaches] == ["it does not have the condition Suspended"]

    def test_pods_of_others_do_not_count(self) -> None:
        assert self.held(SUM, A, at(1, ASIDE), gone(1.1, A), at(7, pod("other", job("other")))).holds

    @pytest.mark.parametrize(
        ("parts", "vacuous"),
        [
            ((SUM, A), "the Job is not suspended"),
            ((SUM, at(1, ASIDE)), "no pod was at work before the block, so there was none to take away"),
            ((SUM, A, at(1, changed(job("sum", "Complete"), "spec.suspend", True))), "the Job is over"),
        ],
    )
    def test_vacuous(self, parts: tuple[Json | Change, ...], vacuous: str) -> None:
        assert self.held(*parts).vacuous == vacuous

    def test_when_to_stop_waiting(self) -> None:
        assert not suspended(story(SUM, A, at(1, ASIDE)), UID)
        assert not suspended(story(changed(SUM, "spec.suspend", True)), UID)
        assert suspended(story(SUM, A, at(1, ASIDE), gone(2, A)), UID)
