"""pvc-in-use-protection: what is used outlives its deletion."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.in_use_protection import check_in_use_protection

from ...histories import Change, Json, at, changed, claim, failed, gone, moment, pod, story, using, volume, what_broke_with_lines

DATA = changed(claim("data"), "metadata.finalizers", ["kubernetes.io/pvc-protection"])
GOING = changed(DATA, "metadata.deletionTimestamp", "x")
USER = using(pod("user"), "data")
VOLUME = volume("v", DATA)


def held(*parts: Json | Change, kind: str = "PersistentVolumeClaim", uid: str = "PersistentVolumeClaim/data") -> Finding:
    return check_in_use_protection(story(*parts), kind, uid, moment(10))


def test_it_stays_until_its_last_user_is_gone() -> None:
    finding = held(DATA, USER, at(1, GOING), gone(11, USER), gone(12, GOING))
    assert finding.holds
    assert finding.terms == ("used by pod user (Running)",)
    assert finding.evidence == {"users": ("pod user (Running)",), "seconds": 10.0}


def test_a_volume_stays_until_its_claim_is_gone() -> None:
    going = changed(VOLUME, "metadata.deletionTimestamp", "x")
    parts = (DATA, VOLUME, at(1, going), gone(11, DATA), gone(12, going))
    assert held(*parts, kind="PersistentVolume", uid="PersistentVolume/v").terms == ("used by claim data",)


@pytest.mark.parametrize(
    ("finalizers", "cause", "change", "check"),
    [
        ([], "it no longer had its finalizer", "metadata.finalizers: [kubernetes.io/pvc-protection] (now none)", ""),
        (["kubernetes.io/pvc-protection"], "something removed its finalizer", "", "find what removes kubernetes.io/pvc-protection"),
    ],
)
def test_it_goes_while_it_is_used(finalizers: list[str], cause: str, change: str, check: str) -> None:
    finding = held(changed(DATA, "metadata.finalizers", finalizers), USER, gone(1, DATA), gone(11, USER))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("it was gone while it was used", moment(1))]
    assert (finding.cause, finding.change, finding.check) == (cause, change, check)


def test_a_finished_pod_holds_it() -> None:
    done = failed(USER)
    finding = held(DATA, done, at(1, GOING))
    assert what_broke_with_lines(finding) == [("it stayed when it should have been free", ("pod user (Failed)",))]
    assert finding.cause == "it is still used by pod user (Failed); a finished pod counts too"


def test_another_finalizer_holds_it() -> None:
    held_back = changed(GOING, "metadata.finalizers", ["example.com/mine"])
    finding = held(DATA, USER, at(1, held_back), gone(11, USER))
    assert finding.breaches[0].lines == ("finalizers: example.com/mine",)
    assert finding.cause == "a finalizer holds it"


class TestVacuous:
    @pytest.mark.parametrize("user", [pod("stranger"), changed(USER, "spec.nodeName", "")])
    def test_nothing_used_it(self, user: Json) -> None:
        finding = held(DATA, user, gone(1, DATA))
        assert finding.vacuous == "nothing used it until the end of the watch, so nothing had to protect it"
        assert finding.check == "let a scheduled pod use the claim"

    def test_its_user_went_early(self) -> None:
        assert held(DATA, USER, at(1, GOING), gone(2, USER), gone(3, GOING)).vacuous

    def test_it_was_not_deleted(self) -> None:
        assert held(DATA, USER).vacuous == "its deletion was not asked for"
