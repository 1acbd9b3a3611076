"""job-completions, job-failure: how a Job ends."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.jobs.outcome import check_completes, check_fails, is_over

from ...histories import Change, Json, at, changed, failed, job, moment, pod, story, succeeded, terminating

UID = "Job/sum"
JOB = job()
DONE = job("sum", "SuccessCriteriaMet", "Complete", succeeded=2)
A, B, C = (pod(name, JOB) for name in "abc")


def what(finding: Finding) -> list[str]:
    return [breach.what for breach in finding.breaches]


class TestCompletes:
    RUN = (at(1, A), at(1, B), at(3, succeeded(A)), at(4, succeeded(B)))

    def held(self, *parts: Json | Change, **asked: Any) -> Finding:
        return check_completes(story(*parts), UID, asked.get("completions"), asked.get("parallelism"))

    def test_it_completes(self) -> None:
        finding = self.held(at(0.5, JOB), *self.RUN, at(5, DONE), completions=2, parallelism=2)
        assert finding.holds
        assert finding.terms == ("2 completions", "at most 2 at a time")
        assert finding.evidence == {"succeeded": 2, "highest_active": 2, "pods": 2}
        assert is_over(story(JOB, at(5, DONE)), UID)
        assert not is_over(story(JOB), UID)
        assert not is_over(story(A), UID)

    def test_more_at_a_time_than_asked_for(self) -> None:
        finding = self.held(JOB, *self.RUN, at(5, DONE), parallelism=1)
        assert [(breach.what, breach.at, breach.lines) for breach in finding.breaches] == [
            ("2 pods were active at a time", moment(1), ("a", "b"))
        ]
        assert finding.change == "spec.parallelism: 1 (now 2)"

    def test_upstream_would_pass_a_pod_too_many_for_what_is_left(self) -> None:
        """Upstream counts the pods that succeeded when all is over."""
        finding = self.held(JOB, *self.RUN[:3], at(3.5, C), at(4, succeeded(B)), at(5, DONE))
        assert what(finding) == ["2 pods were active when 1 more was needed"]
        assert finding.check == "what, other than its controller, makes pods for this Job"

    def test_a_failed_or_terminating_pod_may_be_replaced(self) -> None:
        parts = (at(1, A), at(1, B), at(2, failed(A)), at(2, terminating(B)), at(3, C), at(3, pod("d", JOB)))
        assert self.held(JOB, *parts, at(4, succeeded(C)), at(4, succeeded(pod("d", JOB))), at(5, DONE)).holds

    @pytest.mark.parametrize(("policy", "holds"), [("TerminatingOrFailed", True), ("Failed", False)])
    def test_a_deleted_pod_that_ends_well_has_counted_as_failed(self, policy: str, holds: bool) -> None:
        """Unless the controller waits until it has ended."""
        end = changed(DONE, "spec.podReplacementPolicy", policy)
        parts = (at(1, A), at(1, B), at(2, terminating(A)), at(3, succeeded(terminating(A))), at(4, C), at(5, succeeded(B)))
        assert self.held(JOB, *parts, at(6, succeeded(C)), at(7, end)).holds == holds

    def test_a_pod_that_is_deleted_when_it_has_succeeded_counts(self) -> None:
        parts = (at(1, A), at(1, B), at(2, succeeded(A)), at(2.5, terminating(succeeded(A))), at(3, C))
        assert what(self.held(JOB, *parts, at(5, DONE))) == ["2 pods were active when 1 more was needed"]

    def test_a_parallelism_that_is_lowered(self) -> None:
        end = changed(DONE, "spec.parallelism", 1)
        finding = self.held(JOB, *self.RUN, at(5, end))
        assert finding.holds
        assert finding.terms == ("2 completions", "at most 2 at a time")
        assert not self.held(JOB, *self.RUN, at(5, end), parallelism=1).holds

    def test_it_fails(self) -> None:
        end = job("sum", "FailureTarget", {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "enough"})
        finding = self.held(JOB, at(1, A), at(2, failed(A, "Error")), at(3, end))
        assert what(finding) == ["it failed: BackoffLimitExceeded: enough"]
        assert finding.breaches[0].lines == ("a  phase Failed (Error)",)
        assert (finding.change, finding.check) == ("spec.backoffLimit: more than 1 (now 1)", "why the program fails: see its logs()")

    @pytest.mark.parametrize(
        ("end", "text"),
        [
            (job("sum", "Complete", succeeded=2), "it ended without the condition SuccessCriteriaMet"),
            (
                job("sum", "SuccessCriteriaMet", "Complete", succeeded=2, active=1, terminating=2),
                "it ended with pods 1 active, 2 terminating",
            ),
            (job("sum", "SuccessCriteriaMet", "Complete", succeeded=1), "it is complete with 1 pod that succeeded"),
        ],
    )
    def test_a_status_that_is_not_right(self, end: Json, text: str) -> None:
        assert what(self.held(JOB, *self.RUN, at(5, end))) == [text]

    def test_every_index_once(self) -> None:
        end = changed(DONE, "spec.completionMode", "Indexed")
        zero = changed(succeeded(A), "metadata.annotations", {"batch.kubernetes.io/job-completion-index": "0"})
        one = changed(succeeded(B), "metadata.annotations", {"batch.kubernetes.io/job-completion-index": "1"})
        assert self.held(JOB, zero, one, at(5, end)).holds
        assert what(self.held(JOB, zero, succeeded(B), at(5, end))) == ["no pod of index 1 succeeded"]
        early = changed(end, "spec.successPolicy", {"rules": []})
        assert self.held(JOB, zero, at(5, early)).holds

    def test_another_number_of_completions(self) -> None:
        finding = self.held(JOB, at(5, DONE), completions=3)
        assert (what(finding), finding.change) == (["spec.completions is 2"], "spec.completions: 3 (now 2)")

    def test_a_queue_has_no_number(self) -> None:
        end = job("sum", "SuccessCriteriaMet", "Complete", completions=None, succeeded=2)
        assert self.held(job(completions=None), *self.RUN, at(5, end)).terms[0] == "any number of completions"

    def test_vacuous(self) -> None:
        assert self.held(DONE).vacuous == "it was complete before the block"
        assert self.held(JOB).vacuous == "it is not complete"


class TestFails:
    def end(self, reason: str = "BackoffLimitExceeded", *conditions: str, **status: Any) -> Json:
        last = {"type": "Failed", "status": "True", "reason": reason, "message": "enough"}
        return job("sum", *(conditions or ("FailureTarget",)), last, completions=1, parallelism=1, **status)

    def held(self, *parts: Json | Change, reason: str = "BackoffLimitExceeded", pods: int | None = None) -> Finding:
        return check_fails(story(*parts), UID, reason, pods)

    def test_it_fails(self) -> None:
        finding = self.held(JOB, failed(A), failed(B), at(5, self.end()))
        assert finding.holds
        assert finding.terms == ("must fail: BackoffLimitExceeded", "after 2 pods")
        assert finding.evidence == {"reason": "BackoffLimitExceeded", "pods": 2}

    def test_after_another_number_of_pods(self) -> None:
        finding = self.held(JOB, failed(A), at(5, self.end()))
        assert [(breach.what, breach.lines) for breach in finding.breaches] == [("1 pod was made", ("a",))]
        assert self.held(JOB, failed(A), at(5, self.end()), pods=1).holds

    def test_the_number_is_not_promised_of_other_reasons_or_of_several_at_a_time(self) -> None:
        assert self.held(JOB, failed(A), at(5, self.end("DeadlineExceeded")), reason="DeadlineExceeded").holds
        wide = changed(self.end(), "spec.parallelism", 2)
        assert self.held(JOB, failed(A), at(5, wide)).holds

    def test_it_is_not_promised_where_a_pod_may_have_succeeded(self) -> None:
        end = changed(self.end(), "spec.completions", 3)
        assert self.held(JOB, succeeded(A), failed(B), failed(C), at(5, end)).holds

    @pytest.mark.parametrize(("field", "rule"), [("podFailurePolicy", {"rules": []}), ("backoffLimitPerIndex", 1)])
    def test_it_is_not_promised_where_failures_are_counted_otherwise(self, field: str, rule: Any) -> None:
        end = changed(self.end(), f"spec.{field}", rule)
        assert self.held(JOB, failed(A), failed(B), failed(C), at(5, end)).holds

    def test_what_to_change(self) -> None:
        assert self.held(JOB, failed(A), at(5, self.end())).check == (
            "what, other than its controller, makes pods for this Job, or writes its status"
        )
        assert self.held(JOB, failed(A), failed(B), at(5, self.end()), pods=1).change == "spec.backoffLimit: 0 (now 1)"

    def test_another_reason(self) -> None:
        finding = self.held(JOB, failed(A), at(5, changed(self.end("DeadlineExceeded"), "spec.activeDeadlineSeconds", 5)))
        assert what(finding) == ["it failed for another reason: DeadlineExceeded: enough"]
        assert finding.change == "spec.activeDeadlineSeconds: more than 5 (now 5)"
        other = self.held(JOB, at(5, self.end("PodFailurePolicy")))
        assert (other.change, other.check) == ("", "what PodFailurePolicy is about: see the Job's events")

    def test_a_status_that_is_not_right(self) -> None:
        end = self.end("BackoffLimitExceeded", "Other", active=1)
        assert what(self.held(JOB, failed(A), failed(B), at(5, end))) == [
            "it ended without the condition FailureTarget",
            "it ended with pods 1 active",
        ]

    def test_it_completes(self) -> None:
        assert what(self.held(JOB, at(5, DONE))) == ["it completed"]

    def test_vacuous(self) -> None:
        assert self.held(self.end()).vacuous == "it had failed before the block"
        finding = self.held(JOB)
        assert (finding.vacuous, finding.change, finding.check) == (
            "it has not failed",
            "spec.backoffLimit: less than 1 (now 1)",
            "wait longer, with timeout=",
        )
        assert self.held(changed(JOB, "spec.backoffLimit", 0)).change == ""
        assert self.held(JOB, reason="DeadlineExceeded").change == "spec.activeDeadlineSeconds: a number (now not set)"
        assert self.held(JOB, reason="PodFailurePolicy").change == ""
