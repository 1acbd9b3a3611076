"""cron-history."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.jobs.cron_history import check_history, surplus

from ...histories import Change, Json, at, changed, cron_job, gone, stamp, story, ticked

UID = "CronJob/tick"
TICK = cron_job(successfulJobsHistoryLimit=2, failedJobsHistoryLimit=1)


def over(name: str, second: int, outcome: str = "Complete", of: Json = TICK) -> Json:
    return changed(ticked(name, of, outcome), "status.startTime", stamp(second))


A, B, C = (over(name, n) for n, name in enumerate("abc"))
F, G = (over(name, n, "Failed") for n, name in enumerate("fg"))


class TestHistory:
    def held(self, *parts: Json | Change, cron: Json = TICK, successful: int = 2, failed: int = 1) -> Finding:
        return check_history(story(cron, *parts), UID, successful, failed)

    def test_the_newest_are_kept(self) -> None:
        finding = self.held(at(1, A), at(2, B), at(3, C), gone(4, A), at(5, F), at(6, G), gone(7, F))
        assert finding.holds
        assert finding.terms == ("kept: 2 that succeeded, 1 that failed",)
        assert finding.evidence == {"succeeded": ("b", "c"), "failed": ("g",)}

    def test_jobs_at_work_and_those_of_others_do_not_count(self) -> None:
        working, other = ticked("w", TICK), over("o", 9, of=cron_job("other"))
        assert self.held(A, B, C, gone(4, A), at(5, working), at(6, other)).evidence == {"succeeded": ("b", "c"), "failed": ()}

    @pytest.mark.parametrize(
        ("parts", "cron", "what", "change", "check"),
        [
            (
                (A, B, C),
                cron_job(successfulJobsHistoryLimit=5, failedJobsHistoryLimit=1),
                ["of 3 that succeeded, 3 are kept"],
                "spec.successfulJobsHistoryLimit: 2 (now 5)",
                "",
            ),
            (
                (A, gone(1, A), B, gone(1, B)),
                cron_job(successfulJobsHistoryLimit=0, failedJobsHistoryLimit=1),
                ["of 2 that succeeded, 0 are kept"],
                "spec.successfulJobsHistoryLimit: 2 (now 0)",
                "",
            ),
            (
                (A, B, C, gone(4, C)),
                TICK,
                ["of 3 that succeeded, a is kept, and a newer one went"],
                "",
                "what, other than the CronJob, deletes or holds its Jobs",
            ),
            (
                (A, B, C, F, G),
                cron_job(),
                ["of 3 that succeeded, 3 are kept", "of 2 that failed, 2 are kept"],
                "spec.successfulJobsHistoryLimit: 2 (now 3)",
                "what, other than the CronJob, deletes or holds its Jobs",
            ),
        ],
    )
    def test_others_are_kept(self, parts: tuple[Json | Change, ...], cron: Json, what: list[str], change: str, check: str) -> None:
        finding = self.held(*parts, cron=cron)
        assert [one.what for one in finding.breaches] == what
        assert (finding.change, finding.check) == (change, check)

    def test_of_two_that_started_in_one_second_either_may_go(self) -> None:
        twin = over("z", 2)
        assert self.held(A, C, twin, gone(4, A), B, gone(5, B)).holds
        assert self.held(B, C, twin, gone(4, C), cron=cron_job(successfulJobsHistoryLimit=1), successful=2).breaches

    def test_vacuous(self) -> None:
        assert self.held(A, B, F).vacuous == "there never were more finished Jobs than are kept"

    def test_when_to_stop_waiting(self) -> None:
        assert surplus(story(TICK, A, B, C, F, G), UID) == ["a", "f"]
        assert surplus(story(TICK, A, B, C, gone(1, A)), UID) == []
        assert surplus(story(A, B, C), UID) == []
