"""sts-pvc-delete-policy, vol-ephemeral-lifetime: claims that go with what used them."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.departure import After
from pytest_kworkload.guarantees.storage.pvc_deleted import check_pvc_deleted, claims_on_their_way

from ...histories import (
    Change,
    Json,
    at,
    changed,
    claim,
    gone,
    pod,
    replica,
    stateful_set,
    story,
    terminating,
    using,
    what_broke,
    what_broke_with_lines,
)

UID = "StatefulSet/db"
TEMPLATES: Json = {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}
POLICY: Json = {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Delete"}, **TEMPLATES}
DB = stateful_set(replicas=2, **POLICY)
DB_0, DB_1 = (using(replica(DB, n), f"data-db-{n}") for n in range(2))
CLAIM_0, CLAIM_1 = (claim(f"data-db-{n}", DB) for n in range(2))
AGAIN = using(replica(DB, 1, uid="again"), "data-db-1")

DOWN = (at(1, stateful_set(replicas=1, **POLICY)), at(1.1, terminating(DB_1)), gone(2, DB_1))
DELETED = (gone(1, DB), *(at(1.1, terminating(one)) for one in (DB_0, DB_1)), gone(2, DB_0), gone(2, DB_1))


def held(after: After, *changes: Change, start: tuple[Json, ...] = (DB, DB_0, DB_1, CLAIM_0, CLAIM_1)) -> Finding:
    return check_pvc_deleted(story(*start, *changes), "StatefulSet", UID, after)


def test_a_scale_down_takes_the_claims_of_the_replicas_that_go() -> None:
    finding = held("scale-down", *DOWN, gone(3, CLAIM_1))
    assert finding.holds
    assert finding.terms == ("1 of 2 claims must go", "after scale-down")
    assert finding.evidence == {"deleted": ("data-db-1",), "kept": ("data-db-0",)}


def test_the_deletion_of_the_set_takes_all_claims() -> None:
    finding = held("delete", *DELETED, gone(3, CLAIM_0), gone(3, CLAIM_1))
    assert finding.holds
    assert finding.evidence == {"deleted": ("data-db-0", "data-db-1"), "kept": ()}


def test_a_claim_that_comes_back_with_its_replica_was_deleted_all_the_same() -> None:
    new = claim("data-db-1", uid="new")
    up = (at(4, DB), at(4.1, new), at(4.2, AGAIN))
    finding = check_pvc_deleted(story(DB, DB_0, DB_1, CLAIM_0, CLAIM_1, *DOWN, gone(3, CLAIM_1), *up), "StatefulSet", UID, "delete")
    assert finding.vacuous.startswith("the StatefulSet is still there")


@pytest.mark.parametrize(
    ("left", "line"),
    [
        (CLAIM_1, "owned by StatefulSet db"),
        (claim("data-db-1"), "owned by nothing that would take it along"),
        (changed(claim("data-db-1", DB_1), "metadata.deletionTimestamp", "x"), "being deleted, held by nothing"),
    ],
)
def test_a_claim_that_stays(left: Json, line: str) -> None:
    finding = held("scale-down", *DOWN, at(3, left))
    assert what_broke_with_lines(finding) == [("claim data-db-1 is still there", (line,))]
    assert (finding.change, finding.check) == ("", "why it stays, although its policy is Delete")


def test_the_policy_that_keeps_it() -> None:
    db = stateful_set(replicas=2, **TEMPLATES)
    finding = held("delete", *DELETED, start=(db, DB_0, DB_1, claim("data-db-0"), claim("data-db-1")))
    assert what_broke(finding) == ["claim data-db-0 is still there", "claim data-db-1 is still there"]
    assert finding.change == "spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Delete (now Retain)"


def test_a_claim_that_another_pod_uses() -> None:
    other = using(pod("other"), "data-db-1")
    finding = held("scale-down", *DOWN, start=(DB, DB_0, DB_1, CLAIM_0, CLAIM_1, other))
    assert what_broke_with_lines(finding) == [("claim data-db-1 is still there", ("used by other",))]


def test_a_claim_of_a_replica_that_stays() -> None:
    finding = held("scale-down", *DOWN, gone(3, CLAIM_1), gone(4, CLAIM_0))
    assert what_broke_with_lines(finding) == [("claim data-db-0 was deleted, although it had to stay", ())]
    assert (finding.change, finding.check) == ("", "find what deleted it")


def with_shared(one: Json) -> Json:
    more = [{"name": "backup", "persistentVolumeClaim": {"claimName": "backup"}}, {"name": "scratch", "ephemeral": {}}]
    return changed(one, "spec.volumes", [*one["spec"]["volumes"], *more])


POD_0, POD_1 = with_shared(DB_0), with_shared(DB_1)
SHARED, SCRATCH_0, SCRATCH_1 = claim("backup"), claim("db-0-scratch", POD_0), claim("db-1-scratch", POD_1)
EVERY = (DB, POD_0, POD_1, CLAIM_0, CLAIM_1, SHARED, SCRATCH_0, SCRATCH_1)


class TestSharedClaim:
    """A claim that the template names is all replicas', and no policy is about it; an ephemeral one is its pod's."""

    def test_it_stays_when_a_replica_goes(self) -> None:
        finding = held("scale-down", *DOWN, gone(3, CLAIM_1), gone(3, SCRATCH_1), start=EVERY)
        assert finding.holds
        assert finding.terms[0] == "2 of 5 claims must go"
        assert finding.evidence == {"deleted": ("data-db-1", "db-1-scratch"), "kept": ("backup", "data-db-0", "db-0-scratch")}

    def test_it_stays_when_the_set_goes(self) -> None:
        finding = held("delete", *DELETED, gone(3, CLAIM_1), gone(3, SCRATCH_1), gone(3, CLAIM_0), gone(3, SCRATCH_0), start=EVERY)
        assert finding.holds
        assert finding.evidence["kept"] == ("backup",)

    def test_only_the_ephemeral_one_goes_with_a_pod(self) -> None:
        again = changed(POD_1, "metadata.uid", "again")
        finding = held("pod-delete", gone(1, POD_1), gone(2, SCRATCH_1), at(3, again), start=EVERY)
        assert finding.holds
        assert finding.evidence == {"deleted": ("db-1-scratch",), "kept": ("backup", "data-db-0", "data-db-1", "db-0-scratch")}

    def test_it_goes_all_the_same(self) -> None:
        finding = held("scale-down", *DOWN, gone(3, CLAIM_1), gone(3, SCRATCH_1), gone(4, SHARED), start=EVERY)
        assert what_broke_with_lines(finding) == [("claim backup was deleted, although it had to stay", ())]

    def test_a_shared_one_stays_when_all_replicas_go(self) -> None:
        none = (at(1, stateful_set(replicas=0, **POLICY)), gone(2, POD_1), gone(2, POD_0))
        finding = held("scale-down", *none, *(gone(3, one) for one in (CLAIM_0, CLAIM_1, SCRATCH_0, SCRATCH_1, SHARED)), start=EVERY)
        assert what_broke_with_lines(finding) == [("claim backup was deleted, although it had to stay", ())]

    def test_nothing_but_a_shared_one(self) -> None:
        db, pods = stateful_set(replicas=2), [using(replica(DB, n), "backup") for n in range(2)]
        finding = held("scale-down", *DOWN, start=(db, *pods, SHARED))
        assert what_broke_with_lines(finding) == [("claim backup is still there", ("used by db-0",))]


class TestEphemeral:
    POD = changed(pod("one"), "spec.volumes", [{"name": "scratch", "ephemeral": {}}])
    CLAIM = claim("one-scratch", POD)

    def held(self, *changes: Change, one: Any = POD) -> Finding:
        return check_pvc_deleted(story(one, self.CLAIM, *changes), "Pod", "Pod/one", "pod-delete")

    def test_its_claim_goes_with_its_pod(self) -> None:
        finding = self.held(gone(1, self.POD), gone(2, self.CLAIM))
        assert finding.holds
        assert finding.guarantee.id == "vol-ephemeral-lifetime"

    def test_a_claim_by_name_does_not(self) -> None:
        finding = self.held(gone(1, self.POD), one=using(self.POD, "one-scratch"))
        assert finding.change.startswith("spec.volumes[].ephemeral: in place of a claim by name")


class TestClaimsOnTheirWay:
    def of(self, *changes: Change) -> list[str]:
        history = story(DB, DB_0, DB_1, claim("data-db-0"), claim("data-db-1"), *changes)
        return [one["metadata"]["name"] for one in claims_on_their_way(history, "StatefulSet", UID, "scale-down")]

    def test_a_claim_that_has_an_owner_or_is_on_its_way_out(self) -> None:
        assert self.of(*DOWN, at(3, claim("data-db-1", DB_1))) == ["data-db-1"]
        assert self.of(*DOWN, at(3, changed(claim("data-db-1"), "metadata.deletionTimestamp", "x"))) == ["data-db-1"]

    def test_a_claim_that_is_gone_or_that_nothing_takes_along(self) -> None:
        assert self.of(*DOWN) == []
        assert self.of(*DOWN, gone(3, CLAIM_1)) == []


class TestVacuous:
    def test_no_claim(self) -> None:
        finding = held("scale-down", start=(DB, replica(DB, 0), replica(DB, 1)))
        assert finding.vacuous == "none of its pods uses a claim, so none could go"
        assert "spec.volumeClaimTemplates" in finding.change

    def test_nothing_happened(self) -> None:
        assert held("scale-down").vacuous.startswith("the replicas were not lowered: 2 before, 2 now")

    @pytest.mark.parametrize("new", [[], [gone(3, CLAIM_1), at(4.1, claim("data-db-1", uid="new"))]])
    def test_a_replica_that_came_back(self, new: list[Change]) -> None:
        """Its claim may have gone meanwhile, and need not."""
        finding = held("scale-down", *DOWN, *new, at(5, DB), at(6, AGAIN))
        assert finding.vacuous == "each pod that went came back under its name, so no claim had to go"
        assert finding.check == "let them stay away until the block ends"
