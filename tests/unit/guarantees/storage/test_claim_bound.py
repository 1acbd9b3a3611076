"""pvc-bound: a claim and its volume."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.claim_bound import check_claim_bound, is_bound

from ...histories import Change, Json, changed, claim, event, gone, pod, storage_class, story, using, volume, what_broke

UID = "PersistentVolumeClaim/data"


def wanted(*, phase: str = "Bound", **spec: Any) -> Json:
    """The claim: 1Gi of class standard, once."""
    obj = claim("data", volume="v", phase=phase)
    obj["spec"] |= {
        "storageClassName": "standard",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        **spec,
    }
    return obj


def unbound(**spec: Any) -> Json:
    return wanted(phase="Pending", volumeName="", **spec)


DATA = wanted()
VOLUME = volume("v", DATA, storageClassName="standard")


def held(*parts: Json | Change, storage_class: str | None = None) -> Finding:
    return check_claim_bound(story(*parts), UID, storage_class)


def test_bound_both_ways() -> None:
    finding = held(DATA, VOLUME, storage_class="standard")
    assert finding.holds
    assert finding.terms == ("class standard", "asks for 1Gi ReadWriteOnce")
    assert finding.evidence == {"volume": "v", "storage_class": "standard", "capacity": "1Gi"}
    assert is_bound(story(DATA, VOLUME), UID)


def test_a_larger_volume_with_more_modes_does() -> None:
    more = volume("v", DATA, storageClassName="standard", capacity={"storage": "1Ti"}, accessModes=["ReadWriteOnce", "ReadWriteMany"])
    assert held(DATA, more).holds


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("spec.claimRef.uid", "other", "its volume belongs to another claim (test/data, uid other)"),
        ("spec.capacity.storage", "1023Mi", "its volume has 1023Mi, less than the 1Gi that it asks for"),
        ("spec.accessModes", ["ReadOnlyMany"], "its volume lacks ReadWriteOnce"),
        ("spec.volumeMode", "Block", "its volume has volumeMode Block, not Filesystem"),
        ("spec.storageClassName", "slow", "its volume has storageClassName slow, not standard"),
    ],
)
def test_upstream_would_pass_a_claim_whose_phase_is_bound(path: str, value: object, text: str) -> None:
    """Upstream's WaitForPersistentVolumeClaimPhase looks at the claim's phase alone."""
    finding = held(DATA, changed(VOLUME, path, value))
    assert [(breach.what, breach.lines) for breach in finding.breaches] == [(text, ("v  Bound",))]
    assert (finding.change, finding.check) == ("", "which of the two is wrong: PersistentVolume v, or what the claim asks for")


def test_a_volume_that_is_gone() -> None:
    (breach,) = held(DATA).breaches
    assert breach.what == "its volume v does not exist"
    assert not is_bound(story(DATA), UID)


def test_a_volume_that_is_not_bound_yet() -> None:
    assert not is_bound(story(DATA, volume("v", DATA, phase="Available")), UID)


def test_another_class_than_expected() -> None:
    finding = held(DATA, VOLUME, storage_class="fast")
    assert finding.breaches[0].what == "it has class standard, not 'fast'"
    assert finding.change == "spec.storageClassName: fast (now standard)"


def test_a_claim_that_was_deleted() -> None:
    assert held(DATA, VOLUME, gone(1, DATA)).breaches[0].what == "it was deleted"
    assert not is_bound(story(DATA, VOLUME, gone(1, DATA)), UID)


class TestPending:
    def held(self, data: Json, *parts: Json) -> Finding:
        finding = held(data, *parts)
        assert what_broke(finding) == ["it is Pending"]
        return finding

    def test_no_class(self) -> None:
        finding = self.held(unbound(storageClassName=None))
        assert finding.cause == "it names no class, and there is no default class"
        assert finding.change == "spec.storageClassName: the name of a class (now none); or make one the default"

    def test_the_empty_class(self) -> None:
        finding = self.held(unbound(storageClassName=""))
        assert finding.cause == "class '' takes only volumes that somebody made, and none of those that fit is free"
        assert finding.change == "spec.storageClassName: a class that makes volumes (now ''); or make a PersistentVolume that fits"

    def test_an_unknown_class(self) -> None:
        finding = self.held(unbound(), storage_class("shared"), storage_class("fast"))
        assert finding.cause == "there is no StorageClass standard (there: fast, shared)"
        assert finding.change == "spec.storageClassName: fast or shared (now standard)"
        finding = self.held(unbound())
        assert finding.cause == "there is no StorageClass standard (there is none at all)"
        assert finding.change == "spec.storageClassName: a class (now standard)"

    def test_no_first_consumer(self) -> None:
        finding = self.held(unbound(), storage_class("standard", "WaitForFirstConsumer"))
        assert finding.cause == "class standard waits for the first pod that uses the claim, and there is none"
        assert (finding.change, finding.check) == ("", "apply a pod that uses the claim first")

    def test_a_warning(self) -> None:
        data = unbound()
        warning = event("ProvisioningFailed", data, "no room", warning=True)
        user = using(pod("one"), "data")
        history = story(data, storage_class("standard", "WaitForFirstConsumer"), user, Change(1, warning))
        assert check_claim_bound(history, UID, None).cause == "Warning ProvisioningFailed PersistentVolumeClaim/data: no room"

    def test_nothing_is_known(self) -> None:
        assert self.held(unbound(), storage_class("standard")).cause == "no warning about it was seen"
