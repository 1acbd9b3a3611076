"""pv-reclaim: volumes whose claim is gone."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.reclaimed import Policy, check_reclaimed, is_reclaimed

from ...histories import Change, Json, at, changed, claim, gone, moment, pod, story, using, volume, what_broke

UID = "PersistentVolumeClaim/data"
DATA = claim("data")


def made(policy: Policy, **spec: Any) -> Json:
    return volume("v", DATA, persistentVolumeReclaimPolicy=policy, **spec)


def released(obj: Json, phase: str = "Released") -> Json:
    return changed(obj, "status.phase", phase)


KEPT, GOING = made("Retain"), made("Delete")


def held(policy: Policy, *parts: Json | Change) -> Finding:
    return check_reclaimed(story(DATA, *parts), UID, policy)


def test_deleted() -> None:
    parts = (GOING, gone(1, DATA), at(2, released(GOING)), gone(3, GOING))
    assert held("Delete", *parts).holds
    assert held("Delete", *parts).evidence == {"volume": "v", "phase": ""}
    assert is_reclaimed(story(DATA, *parts), UID)
    assert not is_reclaimed(story(DATA, *parts[:3]), UID)


def test_retained() -> None:
    parts = (KEPT, gone(1, DATA), at(2, released(KEPT)))
    assert held("Retain", *parts).evidence == {"volume": "v", "phase": "Released"}
    assert is_reclaimed(story(DATA, *parts), UID)
    assert not is_reclaimed(story(DATA, *parts[:2]), UID)


def test_kept_though_it_should_go() -> None:
    finding = held("Delete", KEPT, gone(1, DATA), at(2, released(KEPT)))
    assert what_broke(finding) == ["the volume is still there: Released"]
    assert finding.change == "spec.persistentVolumeReclaimPolicy of the volume, or reclaimPolicy of its class: Delete (now Retain)"


def test_a_deletion_that_fails() -> None:
    broken = changed(released(GOING, "Failed"), "status.message", "no such disk")
    finding = held("Delete", GOING, gone(1, DATA), at(2, broken))
    assert (what_broke(finding), finding.cause) == (["the volume is still there: Failed"], "no such disk")
    assert is_reclaimed(story(DATA, GOING, gone(1, DATA), at(2, broken)), UID)


def test_gone_though_it_should_stay() -> None:
    finding = held("Retain", GOING, gone(1, DATA), gone(3, GOING))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("the volume was deleted, and its data with it", moment(3))]
    assert finding.change == "spec.persistentVolumeReclaimPolicy of the volume, or reclaimPolicy of its class: Retain (now Delete)"


@pytest.mark.parametrize(
    ("holder", "text"),
    [({"name": "other", "uid": "other"}, "the volume was given to claim other"), (None, "the volume's claimRef was taken away")],
)
def test_upstream_would_pass_a_volume_that_was_given_away_in_between(holder: Json | None, text: str) -> None:
    """A look at the end sees a volume that is Released."""
    given = changed(released(KEPT, "Bound"), "spec.claimRef", holder)
    finding = held("Retain", KEPT, gone(1, DATA), at(2, given), at(3, released(KEPT)))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [(text, moment(2))]


def test_not_released() -> None:
    assert what_broke(held("Retain", KEPT, gone(1, DATA))) == ["the volume is Bound, not Released"]


class TestVacuous:
    def test_no_volume(self) -> None:
        assert held("Delete", gone(1, DATA)).vacuous == "it had no volume before the block"
        assert not is_reclaimed(story(DATA, gone(1, DATA)), UID)

    def test_the_claim_was_not_deleted(self) -> None:
        assert held("Delete", GOING).vacuous == "the claim is still there, so its volume is not free"

    def test_the_claim_is_used(self) -> None:
        user = using(pod("user"), "data")
        assert held("Delete", GOING, user).vacuous == "the claim is still used by user, so its volume is not free"
