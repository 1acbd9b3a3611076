"""sts-pvc-per-replica: claims that no two replicas share."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.pvc_per_replica import check_pvc_per_replica

from ...histories import Json, claim, deployment, pod, replica, replica_set, stateful_set, story, terminating, using, what_broke

TEMPLATES = [{"metadata": {"name": "data"}}]
DB = stateful_set(replicas=2, volumeClaimTemplates=TEMPLATES)


def member(n: int, *claims: str) -> Json:
    obj = replica(DB, n)
    obj["spec"]["volumes"] = [{"name": one.split("-")[0], "persistentVolumeClaim": {"claimName": one}} for one in claims]
    return obj


MEMBERS = tuple(member(n, f"data-db-{n}") for n in range(2))
CLAIMS = tuple(claim(f"data-db-{n}") for n in range(2))


def held(*parts: Json) -> Finding:
    return check_pvc_per_replica(story(DB, *parts), "StatefulSet", "StatefulSet/db")


def test_each_has_its_own() -> None:
    finding = held(*MEMBERS, *CLAIMS)
    assert finding.holds
    assert finding.terms == ("2 replicas", "claim templates: data")
    assert finding.evidence == {
        "claims": {"db-0": ("data-db-0",), "db-1": ("data-db-1",)},
        "volumes": {"data-db-0": "volume-of-data-db-0", "data-db-1": "volume-of-data-db-1"},
    }


def test_one_claim_for_all() -> None:
    web = deployment(replicas=2)
    inner = replica_set("web-1", web)
    pods = [using(pod(name, inner), "shared") for name in "ab"]
    finding = check_pvc_per_replica(story(web, inner, *pods, claim("shared")), "Deployment", "Deployment/web")
    assert what_broke(finding) == ["a, b have the same claim shared"]
    assert finding.change.startswith("spec.template.spec.volumes[].ephemeral: a claim for each replica")
    named = [using(replica(DB, n), "shared") for n in (0, 1)]
    finding = check_pvc_per_replica(story(DB, *named, claim("shared")), "StatefulSet", "StatefulSet/db")
    assert finding.change.startswith("spec.volumeClaimTemplates: ")


def test_claims_of_one_volume() -> None:
    assert what_broke(held(*MEMBERS, *(claim(f"data-db-{n}", volume="v") for n in range(2)))) == [
        "data-db-0, data-db-1 have the same volume v"
    ]


def test_no_claim() -> None:
    assert what_broke(held(replica(DB, 0), MEMBERS[1], *CLAIMS)) == ["db-0 has no claim", "db-0 does not use its claim data-db-0"]


def test_the_claim_of_another_ordinal() -> None:
    finding = held(member(0, "data-db-1"), member(1, "data-db-0"), *CLAIMS)
    assert what_broke(finding) == ["db-0 does not use its claim data-db-0", "db-1 does not use its claim data-db-1"]


def test_claims_that_are_not_bound() -> None:
    finding = held(*MEMBERS, claim("data-db-0", phase="Pending"))
    assert what_broke(finding) == ["claim data-db-0 is Pending", "claim data-db-1 is not there"]
    assert (finding.change, finding.check) == ("", "the claims' events: why they are not bound, each to a volume of its own")


def test_pods_that_go_do_not_count() -> None:
    assert held(MEMBERS[0], terminating(MEMBERS[1]), *CLAIMS).vacuous == "1 replica cannot share a claim"
