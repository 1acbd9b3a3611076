"""sts-pvc-retain: the claims of a workload after its pods, its replicas or the workload itself are gone."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.departure import After, why_not_departed
from pytest_kworkload.guarantees.storage.pvc_retained import check_pvc_retained, claims_of

from ...histories import (
    Change,
    Json,
    at,
    changed,
    claim,
    config_map,
    deployment,
    gone,
    moment,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    terminating,
    using,
    what_broke_with_lines,
)

UID = "StatefulSet/db"
DB = stateful_set(replicas=2)
DB_0, DB_1 = (using(replica(DB, n), f"data-db-{n}") for n in range(2))
CLAIM_0, CLAIM_1 = claim("data-db-0"), claim("data-db-1")
CLAIMS = {obj["metadata"]["uid"]: obj for obj in (CLAIM_0, CLAIM_1)}

AGAIN = using(replica(DB, 1, uid="again"), "data-db-1")
EVENTS: dict[After, list[Change]] = {
    "pod-delete": [at(1, terminating(DB_1)), gone(2, DB_1), at(3, AGAIN)],
    "scale-down": [at(1, stateful_set(replicas=1)), at(1.1, terminating(DB_1)), gone(2, DB_1)],
    "delete": [gone(1, DB), *(at(1.1, terminating(one)) for one in (DB_0, DB_1)), gone(2, DB_0), gone(2, DB_1)],
}
EVERY = pytest.mark.parametrize("after", list(EVENTS))


def held(after: After, *changes: Change, claims: dict[str, Json] | None = None, db: Json = DB) -> Finding:
    history = story(db, DB_0, DB_1, CLAIM_0, CLAIM_1, *EVENTS[after], *changes)
    return check_pvc_retained(history, "StatefulSet", UID, CLAIMS if claims is None else claims, after)


class TestClaimsOf:
    def test_the_claims_that_its_pods_use(self) -> None:
        other = claim("data-of-others")
        assert claims_of(story(DB, DB_0, DB_1, CLAIM_0, CLAIM_1, other), "StatefulSet", UID).keys() == CLAIMS.keys()

    def test_of_a_deployment_through_its_replica_set(self) -> None:
        web = deployment(replicas=1)
        inner = replica_set("web-1", web)
        shared = claim("shared")
        history = story(web, inner, using(pod("a", inner), "shared"), shared)
        assert set(claims_of(history, "Deployment", "Deployment/web")) == {"PersistentVolumeClaim/shared"}

    def test_of_a_pod(self) -> None:
        history = story(using(pod("one"), "shared"), claim("shared"), claim("other"))
        assert set(claims_of(history, "Pod", "Pod/one")) == {"PersistentVolumeClaim/shared"}


class TestWhyNotDeparted:
    @EVERY
    def test_at_the_end(self, after: After) -> None:
        assert why_not_departed(story(DB, DB_0, DB_1, *EVENTS[after]), "StatefulSet", UID, after) is None

    @EVERY
    def test_nothing_yet(self, after: After) -> None:
        assert why_not_departed(story(DB, DB_0, DB_1), "StatefulSet", UID, after) == {
            "pod-delete": "no pod was deleted",
            "scale-down": "the replicas were not lowered: 2 before, 2 now",
            "delete": "the StatefulSet is still there",
        }.get(after)

    @EVERY
    def test_not_before_the_pods_are_gone(self, after: After) -> None:
        ending = [change for change in EVENTS[after] if not (change.gone and change.object["kind"] == "Pod")]
        reason = why_not_departed(story(DB, DB_0, DB_1, *ending), "StatefulSet", UID, after)
        assert reason is not None
        assert reason.startswith("still terminating: db-")

    def test_scaled_down_and_up_again(self) -> None:
        up = [at(3, DB), at(3.1, AGAIN)]
        assert why_not_departed(story(DB, DB_0, DB_1, *EVENTS["scale-down"], *up), "StatefulSet", UID, "scale-down") is None

    def test_pods_that_a_deleted_set_left_behind(self) -> None:
        """Deleted with propagation Orphan: the pods live on, and use their claims."""
        orphans = [at(1.1, changed(one, "metadata.ownerReferences", [])) for one in (DB_0, DB_1)]
        reason = why_not_departed(story(DB, DB_0, DB_1, gone(1, DB), *orphans), "StatefulSet", UID, "delete")
        assert reason == "pods still there: db-0, db-1"

    def test_a_bare_pod(self) -> None:
        one = pod("one")
        assert why_not_departed(story(one, gone(1, one)), "Pod", "Pod/one", "delete") is None
        assert why_not_departed(story(one, gone(1, one)), "Pod", "Pod/one", "pod-delete") is None
        assert why_not_departed(story(one), "Pod", "Pod/one", "pod-delete") == "no pod was deleted"
        assert why_not_departed(story(one, at(1, terminating(one))), "Pod", "Pod/one", "pod-delete") == "still terminating: one"

    @EVERY
    def test_pods_of_others_do_not_matter(self, after: After) -> None:
        stranger = terminating(pod("stranger", stateful_set("other")))
        assert why_not_departed(story(DB, DB_0, DB_1, stranger, *EVENTS[after]), "StatefulSet", UID, after) is None


@EVERY
def test_claims_that_stay(after: After) -> None:
    finding = held(after)
    assert finding.holds
    assert finding.terms == ("2 claims", f"after {after}")
    assert finding.evidence == {"claims": {"data-db-0": "volume-of-data-db-0", "data-db-1": "volume-of-data-db-1"}}


KEPT_NO_MORE = ("claim data-db-1 is not kept", ("data-db-1  was bound to volume-of-data-db-1",))


@EVERY
@pytest.mark.parametrize(
    "changes",
    [
        [gone(4, CLAIM_1)],
        [at(4, changed(CLAIM_1, "metadata.deletionTimestamp", "2026-01-02T03:04:09Z"))],
    ],
)
def test_a_claim_that_is_deleted(after: After, changes: list[Change]) -> None:
    finding = held(after, *changes)
    assert what_broke_with_lines(finding) == [KEPT_NO_MORE]
    assert finding.breaches[0].at == moment(4)
    assert (finding.cause, finding.change) == ("", "")
    assert finding.check == "find what deletes the claim; the StatefulSet's own policy keeps it"


@EVERY
def test_upstream_would_pass_a_claim_that_was_made_anew(after: After) -> None:
    """Upstream sees that a claim of that name exists now; this one is empty."""
    assert what_broke_with_lines(held(after, gone(4, CLAIM_1), at(5, claim("data-db-1", uid="new")))) == [KEPT_NO_MORE]


@EVERY
@pytest.mark.parametrize("later", [[], [at(5, changed(claim("data-db-1", DB_1), "metadata.deletionTimestamp", "x"))], [gone(5, CLAIM_1)]])
def test_a_claim_that_its_pod_takes_along(after: After, later: list[Change]) -> None:
    """The same text however far the garbage collector has got; the promise broke when the claim got its owner."""
    finding = held(after, at(4, claim("data-db-1", DB_1)), *later)
    assert what_broke_with_lines(finding) == [KEPT_NO_MORE]
    assert finding.breaches[0].at == moment(4)
    assert finding.cause == "claim data-db-1 was given the owner Pod db-1, and goes with it"


@pytest.mark.parametrize(("after", "breaches"), [("pod-delete", 0), ("scale-down", 0), ("delete", 2)])
def test_a_set_that_owns_its_claims_takes_them_along_only_when_it_goes(after: After, breaches: int) -> None:
    """whenDeleted: Delete. Nothing is lost by scaling down."""
    owned = [claim(f"data-db-{n}", DB) for n in range(2)]
    history = story(DB, DB_0, DB_1, *owned, *EVENTS[after])
    finding = check_pvc_retained(history, "StatefulSet", UID, {obj["metadata"]["uid"]: obj for obj in owned}, after)
    assert [breach.at for breach in finding.breaches] == [moment(1)] * breaches  # when the set was deleted
    assert finding.holds == (breaches == 0)
    assert ("claim data-db-0 was given the owner StatefulSet db, and goes with it" in finding.cause) == (breaches > 0)


@EVERY
def test_an_owner_of_before_that_stays_takes_nothing(after: After) -> None:
    """An operator's object, which owns the claims beside the set."""
    boss = config_map("cluster")
    owned = [claim(f"data-db-{n}", boss) for n in range(2)]
    history = story(DB, boss, DB_0, DB_1, *owned, *EVENTS[after])
    assert check_pvc_retained(history, "StatefulSet", UID, {obj["metadata"]["uid"]: obj for obj in owned}, after).holds


@pytest.mark.parametrize("end", [gone(3, config_map("cluster")), at(3, terminating(config_map("cluster")))])
def test_an_owner_of_before_that_goes_takes_the_claim_along(end: Change) -> None:
    boss = config_map("cluster")
    owned = [claim(f"data-db-{n}", boss) for n in range(2)]
    finding = check_pvc_retained(
        story(DB, boss, DB_0, DB_1, *owned, *EVENTS["pod-delete"], end),
        "StatefulSet",
        UID,
        {obj["metadata"]["uid"]: obj for obj in owned},
        "pod-delete",
    )
    assert "claim data-db-0 was given the owner ConfigMap cluster, and goes with it" in finding.cause


def test_the_last_owner_of_a_deleted_claim_is_the_cause() -> None:
    finding = held("delete", at(2.5, claim("data-db-1", DB)), at(3, claim("data-db-1", DB_1)), gone(4, CLAIM_1))
    assert finding.cause == "claim data-db-1 was given the owner Pod db-1, and goes with it"
    assert finding.breaches[0].at == moment(3)


def test_an_owner_that_was_taken_back_in_time_takes_nothing() -> None:
    assert held("scale-down", at(3, claim("data-db-1", DB_1)), at(4, CLAIM_1)).holds


@EVERY
@pytest.mark.parametrize(
    ("later", "text"),
    [
        (claim("data-db-1", phase="Lost"), "claim data-db-1 is Lost and has volume-of-data-db-1"),
        (claim("data-db-1", volume="another"), "claim data-db-1 is Bound and has another"),
    ],
)
def test_a_claim_that_lost_its_volume(after: After, later: Json, text: str) -> None:
    finding = held(after, at(4, later))
    assert what_broke_with_lines(finding) == [(text, ("data-db-1  was bound to volume-of-data-db-1",))]
    assert finding.breaches[0].at == moment(4)


@pytest.mark.parametrize(
    ("after", "policy", "field"),
    [
        ("scale-down", {"whenScaled": "Delete", "whenDeleted": "Retain"}, "whenScaled"),
        ("delete", {"whenScaled": "Retain", "whenDeleted": "Delete"}, "whenDeleted"),
    ],
)
def test_the_policys_field(after: After, policy: dict[str, str], field: str) -> None:
    finding = held(after, gone(4, CLAIM_1), db=stateful_set(replicas=2, persistentVolumeClaimRetentionPolicy=policy))
    assert finding.change == f"spec.persistentVolumeClaimRetentionPolicy.{field}: Retain (now Delete)"


def test_the_policy_is_not_to_blame_for_what_it_does_not_decide() -> None:
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    finding = held("pod-delete", gone(4, CLAIM_1), db=stateful_set(replicas=2, persistentVolumeClaimRetentionPolicy=policy))
    assert (finding.change, finding.check) == ("", "find what deletes the claim; the StatefulSet's own policy keeps it")


class TestVacuous:
    def test_no_claims(self) -> None:
        finding = held("pod-delete", claims={})
        assert finding.vacuous == "none of its pods uses a claim, so there is nothing to keep"

    def test_it_did_not_happen(self) -> None:
        finding = check_pvc_retained(story(DB, DB_0, DB_1, CLAIM_0, CLAIM_1), "StatefulSet", UID, CLAIMS, "delete")
        assert finding.vacuous == "the StatefulSet is still there, so nothing was shown about what comes after delete"
        assert finding.check == "do it in the block, or pass another `after`"
