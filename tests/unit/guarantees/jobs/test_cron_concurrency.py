"""cron-concurrency: a tick while a Job is at work."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.jobs.cron_concurrency import Policy, check_concurrency, ticks

from ...histories import Change, Json, at, changed, cron_job, event, gone, moment, stamp, story, ticked

UID = "CronJob/tick"
TICK = cron_job()
A, B = (ticked(f"tick-{n}", TICK) for n in (1, 2))
DONE = ticked("tick-1", TICK, "Complete")
GOING = changed(A, "metadata.deletionTimestamp", "x")


def skip(second: float, times: int = 1) -> Json:
    """The Event, when the controller has said so that many times, in this second for the last time."""
    obj = event("JobAlreadyActive", TICK, "Not starting job because prior execution is running and concurrency policy is Forbid")
    return {**obj, "count": times, "lastTimestamp": stamp(second)}


def held(policy: Policy, *parts: Json | Change, cron: Json = TICK) -> Finding:
    return check_concurrency(story(cron, *parts), UID, policy, 2)


def what(finding: Finding) -> list[tuple[str, object]]:
    return [(breach.what, breach.at) for breach in finding.breaches]


OVERLAP = (at(1, A), at(61, B))
SKIPPED = (at(1, A), at(61, skip(61)))
REPLACED = (at(1, A), gone(61, A), at(61.1, B))


@pytest.mark.parametrize(("policy", "parts"), [("Allow", OVERLAP), ("Forbid", SKIPPED), ("Replace", REPLACED)])
def test_what_the_policy_says(policy: Policy, parts: tuple[Change, ...]) -> None:
    assert held(policy, *parts).holds
    assert ticks(story(TICK, *parts), UID) == 2


def test_a_job_that_is_on_its_way_out_is_replaced() -> None:
    assert held("Replace", at(1, A), at(61, GOING), at(61.1, B), gone(62, GOING)).holds


@pytest.mark.parametrize(
    ("policy", "parts", "breach"),
    [
        ("Forbid", OVERLAP, ("tick-2 was made while tick-1 was at work", moment(61))),
        ("Replace", OVERLAP, ("tick-2 was made while tick-1 was at work", moment(61))),
        ("Allow", SKIPPED, ("1 tick was skipped while a Job was at work", None)),
        ("Replace", SKIPPED, ("1 tick was skipped while a Job was at work", None)),
        ("Allow", REPLACED, ("tick-1 was deleted while it was at work", moment(61))),
        ("Forbid", REPLACED, ("tick-1 was deleted while it was at work", moment(61))),
    ],
)
def test_what_another_policy_does(policy: Policy, parts: tuple[Change, ...], breach: tuple[str, object]) -> None:
    assert what(held(policy, *parts)) == [breach]


def test_the_field() -> None:
    assert held("Forbid", *OVERLAP, cron=cron_job(policy="Allow")).change == "spec.concurrencyPolicy: Forbid (now Allow)"
    assert held("Forbid", *OVERLAP).check == "what, other than the CronJob, makes or deletes its Jobs"


def test_upstream_would_pass_two_at_a_time_that_came_later() -> None:
    """Upstream's Eventually is content with its first look, at which one Job is active."""
    assert what(held("Forbid", *SKIPPED, at(121, B))) == [("tick-2 was made while tick-1 was at work", moment(121))]


def test_an_event_is_repeated_with_each_tick() -> None:
    assert ticks(story(TICK, at(1, A), at(61, skip(61)), at(121, skip(121, 2))), UID) == 3


def test_an_event_is_repeated_with_each_change_of_the_job_at_work() -> None:
    """The tick is still to be met then, so the controller skips it again."""
    changes = (at(70, changed(A, "status.ready", 1)), at(70.1, skip(70, 2)), at(80, changed(A, "status.ready", 0)), at(80.1, skip(80, 3)))
    history = story(TICK, at(1, A), at(61, skip(61)), *changes)
    assert ticks(history, UID) == 2
    assert check_concurrency(history, UID, "Forbid", 3).vacuous == "2 of 3 ticks came"


def test_what_was_skipped_before_does_not_count() -> None:
    assert ticks(story(TICK, A, skip(-60, 7), at(2, skip(2, 8))), UID) == 1
    assert ticks(story(TICK, A, skip(-4, 7), at(2, skip(2, 8))), UID) == 0, "it is said again of the same tick"


def test_jobs_of_others_do_not_count() -> None:
    other = cron_job("other")
    stranger = ticked("other-1", other)
    assert held("Forbid", stranger, *SKIPPED, at(2, ticked("other-2", other)), gone(3, stranger)).holds


class TestVacuous:
    @pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
    def test_never_contended(self, policy: Policy) -> None:
        finding = held(policy, at(1, A), at(2, DONE), at(61, B))
        assert finding.vacuous.startswith("never contended")
        assert finding.change.startswith("spec.jobTemplate: ")

    def test_too_few_ticks(self) -> None:
        finding = held("Forbid", at(1, A))
        assert (finding.vacuous, finding.check) == ("1 of 2 ticks came", "wait longer, with timeout=")
        assert finding.change == "spec.schedule: one with more ticks (now * * * * *)"
        assert held("Forbid", cron=cron_job(suspend=True)).change == "spec.suspend: false (now true)"
