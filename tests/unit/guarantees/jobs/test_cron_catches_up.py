"""cron-missed."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.jobs.cron_catches_up import check_catches_up, gave_up
from pytest_kworkload.guarantees.jobs.cron_concurrency import jobs_made

from ...histories import Change, Json, at, changed, cron_job, stamp, story, ticked

UID = "CronJob/tick"
TICK = cron_job()


def for_tick(name: str, scheduled: int, created: int) -> Json:
    job = changed(ticked(name, TICK), "metadata.creationTimestamp", stamp(created))
    return changed(job, "metadata.annotations", {"batch.kubernetes.io/cronjob-scheduled-timestamp": stamp(scheduled)})


class TestCatchesUp:
    def held(self, *parts: Json | Change, cron: Json = TICK) -> Finding:
        return check_catches_up(story(cron, *parts), UID)

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
        assert [one.name for one in jobs_made(story(TICK, ticked("a", TICK), at(1, ticked("b", TICK))), UID)] == ["b"]

    def test_what_is_given_up_is_not_waited_for(self) -> None:
        about = {"kind": "CronJob", "name": "tick", "uid": UID}
        event: Json = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "tick.1", "uid": "uid-event"},
            "involvedObject": about,
            "reason": "MissSchedule",
        }
        assert gave_up(story(TICK, at(1, event)), UID)
        assert not gave_up(story(TICK, at(1, event)), "uid-another")
        assert not gave_up(story(TICK, at(1, changed(event, "reason", "JobAlreadyActive"))), UID)
