"""pvc-expand: claims that grow."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.claim_expands import check_claim_expands, has_size

from ...histories import Change, Json, at, changed, claim, gone, storage_class, story, volume, what_broke, what_broke_with_lines

UID = "PersistentVolumeClaim/data"


def sized(asked: str, has: str = "1Gi") -> Json:
    made = changed(claim("data", volume="v"), "spec.resources.requests.storage", asked)
    return changed(changed(made, "spec.storageClassName", "fast"), "status.capacity", {"storage": has})


SMALL, ASKING, LARGE = sized("1Gi"), sized("2Gi"), sized("2Gi", "2Gi")
OLD, NEW = volume("v", SMALL), volume("v", SMALL, capacity={"storage": "2Gi"})
GROWN = (at(1, ASKING), at(2, NEW), at(3, LARGE))


def held(*parts: Json | Change, size: str = "2Gi", refusal: str | None = None) -> Finding:
    return check_claim_expands(story(SMALL, OLD, *parts), UID, size, refusal)


def test_it_grows() -> None:
    finding = held(*GROWN)
    assert finding.holds
    assert finding.terms == ("class fast", "from 1Gi to 2Gi")
    assert finding.evidence == {"volume": "v", "capacity": "2Gi"}
    assert [has_size(story(SMALL, OLD, *GROWN[:n]), UID, "2Gi") for n in (1, 2, 3)] == [False, False, True]


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        (GROWN[:1], "its volume has 1Gi"),
        (GROWN[:2], "its capacity is 1Gi"),
        ((*GROWN, gone(4, NEW), gone(5, LARGE)), "it was deleted"),
        ((*GROWN, at(4, changed(LARGE, "spec.volumeName", "other"))), "it got another volume"),
    ],
)
def test_it_does_not(parts: tuple[Change, ...], what: str) -> None:
    assert what_broke(held(*parts)) == [what]


def test_what_it_waits_for_is_told() -> None:
    waits = changed(ASKING, "status.conditions", [{"type": "FileSystemResizePending", "message": "mount it"}, {"type": "Unused"}])
    assert held(at(1, waits), at(2, NEW)).breaches[0].lines == ("FileSystemResizePending: mount it",)


@pytest.mark.parametrize(
    ("classes", "now"),
    [
        ((), ""),
        ((storage_class("fast"),), " (now not set)"),
        (({**storage_class("fast"), "allowVolumeExpansion": False},), " (now false)"),
    ],
)
def test_it_is_refused(classes: tuple[Json, ...], now: str) -> None:
    finding = held(*classes, refusal="must support resize")
    assert what_broke_with_lines(finding) == [("the API server refused the new size", ("must support resize",))]
    assert finding.change == f"allowVolumeExpansion of StorageClass fast: true{now}"


class TestAVolumeThatIsLargeEnough:
    """A volume that somebody made may be larger than its claim asks for."""

    START, LARGE = sized("1Gi", "5Gi"), volume("v", SMALL, capacity={"storage": "5Gi"})

    def held(self, *parts: Json | Change, claimed: Json = START, size: str = "2Gi") -> Finding:
        return check_claim_expands(story(claimed, self.LARGE, *parts), UID, size, None)

    def test_nothing_had_to_be_resized(self) -> None:
        finding = self.held(at(1, sized("2Gi", "5Gi")))
        assert finding.vacuous == "its capacity was 5Gi already, so nothing had to be resized"
        assert (finding.change, finding.check) == ("", "ask for more than 5Gi")

    def test_more_than_it_has(self) -> None:
        six = volume("v", SMALL, capacity={"storage": "6Gi"})
        assert self.held(at(1, sized("6Gi", "5Gi")), at(2, six), at(3, sized("6Gi", "6Gi")), size="6Gi").holds

    def test_the_claim_had_not_told_it(self) -> None:
        assert self.held(at(1, sized("2Gi")), at(3, sized("2Gi", "5Gi")), claimed=SMALL).holds


@pytest.mark.parametrize("size", ["1Gi", "1024Mi", "10Mi"])
def test_a_claim_only_grows(size: str) -> None:
    assert held(size=size, refusal="can not be less").vacuous == "it asked for 1Gi already, and a claim only grows"
