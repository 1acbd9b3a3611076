"""cron-history, cron-missed: the Jobs that are kept, and the ticks that were missed."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.jobs.cron_history import check_history, check_missed, given_up, made, surplus

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
        ("parts", "cron", "what", "change"),
        [
            (
                (A, B, C),
                cron_job(successfulJobsHistoryLimit=5, failedJobsHistoryLimit=1),
                ["of 3 that succeeded, 3 are kept"],
                "spec.successfulJobsHistoryLimit: 2 (now 5)",
            ),
            (
                (A, gone(1, A), B, gone(1, B)),
                cron_job(successfulJobsHistoryLimit=0, failedJobsHistoryLimit=1),
                ["of 2 that succeeded, 0 are kept"],
                "spec.successfulJobsHistoryLimit: 2 (now 0)",
            ),
            ((A, B, C, gone(4, C)), TICK, ["of 3 that succeeded, a is kept, and a newer one went"], "who else deletes its Jobs"),
            (
                (A, B, C, F, G),
                cron_job(),
                ["of 3 that succeeded, 3 are kept", "of 2 that failed, 2 are kept"],
                "spec.successfulJobsHistoryLimit: 2 (now 3); who else deletes its Jobs",
            ),
        ],
    )
    def test_others_are_kept(self, parts: tuple[Json | Change, ...], cron: Json, what: list[str], change: str) -> None:
        finding = self.held(*parts, cron=cron)
        assert [one.what for one in finding.breaches] == what
        assert finding.change == change

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


def for_tick(name: str, scheduled: int, created: int) -> Json:
    job = changed(ticked(name, TICK), "metadata.creationTimestamp", stamp(created))
    return changed(job, "metadata.annotations", {"batch.kubernetes.io/cronjob-scheduled-timestamp": stamp(scheduled)})


class TestMissed:
    def held(self, *parts: Json | Change, cron: Json = TICK) -> Finding:
        return check_missed(story(cron, *parts), UID)

    def test_one_job_for_all(self) -> None:
        finding = self.held(at(1, for_tick("tick-1", -100, 1)))
        assert finding.holds
        assert finding.terms == ("schedule * * * * *", "startingDeadlineSeconds not set")
        assert finding.evidence == {"job": "tick-1", "scheduled": stamp(-100), "late": 101}

    def test_one_job_for_each(self) -> None:
        finding = self.held(at(1, for_tick("tick-1", -100, 1)), at(2, for_tick("tick-2", -40, 2)))
        assert [(one.what, one.lines) for one in finding.breaches] == [("2 Jobs were made", ("tick-1", "tick-2"))]

    def test_they_are_given_up(self) -> None:
        finding = self.held(cron=cron_job(startingDeadlineSeconds=60))
        assert [one.what for one in finding.breaches] == ["no Job was made"]
        assert finding.change == "spec.startingDeadlineSeconds: longer than the ticks were missed for (now 60)"

    @pytest.mark.parametrize(
        ("parts", "cron", "vacuous"),
        [
            ((), TICK, "no Job was made, so no tick was missed"),
            ((), cron_job(suspend=True), "it is suspended"),
            ((at(1, for_tick("tick-1", 0, 1)),), TICK, "the Job came in time, so no tick was missed"),
            ((at(1, ticked("mine", TICK)),), TICK, "the Job is not for a tick: somebody else made it"),
            ((ticked("before", TICK), at(1, ticked("other", cron_job("other")))), TICK, "no Job was made, so no tick was missed"),
        ],
    )
    def test_vacuous(self, parts: tuple[Json | Change, ...], cron: Json, vacuous: str) -> None:
        assert self.held(*parts, cron=cron).vacuous == vacuous

    def test_what_was_made(self) -> None:
        assert [one["metadata"]["name"] for one in made(story(TICK, A, at(1, B)), UID)] == ["b"]

    def test_what_is_given_up_is_not_waited_for(self) -> None:
        about = {"kind": "CronJob", "name": "tick", "uid": UID}
        event: Json = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "tick.1", "uid": "uid-event"},
            "involvedObject": about,
            "reason": "MissSchedule",
        }
        assert given_up(story(TICK, at(1, event)), UID)
        assert not given_up(story(TICK, at(1, event)), "uid-another")
        assert not given_up(story(TICK, at(1, changed(event, "reason", "JobAlreadyActive"))), UID)
