"""job-ttl."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.jobs.ttl import check_ttl, gone_with_pods

from ...histories import Change, Json, at, changed, gone, job, pod, stamp, story

UID = "Job/sum"
SUM = job()
A = pod("sum-a", SUM)


def done(second: int, ttl: int | None = 3) -> Json:
    obj = job("sum", {"type": "Complete", "status": "True", "lastTransitionTime": stamp(second)})
    return obj if ttl is None else changed(obj, "spec.ttlSecondsAfterFinished", ttl)


def going(second: int, ttl: int = 3, finished: int = 1) -> Json:
    return changed(done(finished, ttl), "metadata.deletionTimestamp", stamp(second))


FIELD = "spec.ttlSecondsAfterFinished"


class TestTtl:
    def held(self, *parts: Json | Change, seconds: int = 3) -> Finding:
        return check_ttl(story(*parts), UID, seconds)

    def test_it_goes_when_its_time_is_up(self) -> None:
        finding = self.held(at(1, done(1)), A, at(4, going(4)), gone(4.1, A), gone(4.2, going(4)))
        assert finding.holds
        assert finding.evidence == {"seconds": 3}

    def test_without_a_timestamp_our_clock_counts(self) -> None:
        assert self.held(at(1, done(1)), gone(4.9, done(1))).evidence == {"seconds": 3}

    @pytest.mark.parametrize(
        ("parts", "what", "change", "check"),
        [
            ((at(1, done(1)), gone(2, going(2))), "it was deleted 1 s after its end", "", "what, other than its TTL, deletes it"),
            ((at(1, done(1, 1)), gone(2, going(2, 1))), "it was deleted 1 s after its end", f"{FIELD}: 3 (now 1)", ""),
            (
                (at(1, done(1, 9)), gone(10, going(10, 9))),
                "it was deleted 9 s after its end",
                f"{FIELD}: 3 (now 9)",
                "",
            ),
            ((at(1, done(1, None)),), "nothing deletes it when it is over", f"{FIELD}: 3 (now not set)", ""),
            ((at(1, done(1, 100)),), "it is still there", f"{FIELD}: 3 (now 100)", ""),
            ((at(1, done(1)),), "it is still there", "", "which finalizers hold it, or whether timeout= is too short"),
            ((at(1, done(1)), A, gone(4, going(4))), "its pods are still there: sum-a", "", "which finalizers hold the pods"),
        ],
    )
    def test_another_time(self, parts: tuple[Json | Change, ...], what: str, change: str, check: str) -> None:
        finding = self.held(*parts)
        assert [one.what for one in finding.breaches] == [what]
        assert (finding.change, finding.check) == (change, check)

    def test_vacuous(self) -> None:
        assert self.held(at(1, SUM)).vacuous == "the Job is not over"
        assert self.held(at(1, SUM), gone(2, SUM)).vacuous == "the Job was deleted before it was over"

    def test_when_to_stop_waiting(self) -> None:
        assert not gone_with_pods(story(), UID)
        assert not gone_with_pods(story(done(1), A, gone(2, done(1))), UID)
        assert gone_with_pods(story(done(1), A, gone(2, done(1)), gone(3, A)), UID)
