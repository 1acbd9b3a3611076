"""dns-pod-identity: names that lead to their pods."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.services.stable_dns import check_stable_dns, wrong_names

from ...histories import Change, Json, at, changed, endpoint, endpoint_slice, gone, replica, service, stateful_set, story, what_broke

UID = "StatefulSet/db"
DB = stateful_set(replicas=2, serviceName="db")
SERVICE = service("db", clusterIP="None")


def member(ordinal: int, address: str, uid: str = "") -> Json:
    return changed(replica(DB, ordinal, uid=uid), "status.podIP", address)


DB_0, DB_1, AGAIN = member(0, "10.0.0.1"), member(1, "10.0.0.2"), member(1, "10.0.0.3", "again")


def slices(*pods: Json, ready: bool = True) -> Json:
    return endpoint_slice(SERVICE, *(endpoint(one, ready=ready, hostname=one["metadata"]["name"]) for one in pods))


LOST = (gone(1, DB_1), at(2, AGAIN))


def held(*parts: Json | Change, db: Json = DB) -> Finding:
    return check_stable_dns(story(db, DB_0, DB_1, *parts), UID, "Pod/db-1")


def test_the_name_moves_to_the_new_address() -> None:
    finding = held(SERVICE, slices(DB_0, DB_1), *LOST, at(3, slices(DB_0, AGAIN)))
    assert finding.holds
    assert finding.evidence == {"names": ("db-0.db", "db-1.db"), "victim": "Pod/db-1", "replacement": "again"}


def test_the_name_leads_to_the_old_address() -> None:
    parts = (SERVICE, slices(DB_0, DB_1), *LOST)
    assert what_broke(held(*parts)) == ["db-1.db leads to 10.0.0.2, but the pod has 10.0.0.3"]
    assert wrong_names(story(DB, DB_0, DB_1, *parts), UID) == ["db-1.db leads to 10.0.0.2, but the pod has 10.0.0.3"]


def test_the_name_leads_to_both() -> None:
    both = endpoint_slice(SERVICE, *(endpoint(one, hostname=one["metadata"]["name"]) for one in (DB_0, DB_1, AGAIN)))
    assert what_broke(held(SERVICE, *LOST, at(3, both))) == ["db-1.db leads to 10.0.0.2, 10.0.0.3, but the pod has 10.0.0.3"]


def test_addresses_of_two_families() -> None:
    """A Service of both families has slices for each, and a pod's first address need not be of the Service's family."""
    both = [changed(one, "status.podIPs", [{"ip": one["status"]["podIP"]}, {"ip": f"fd00::{n}"}]) for n, one in enumerate((DB_0, AGAIN))]
    four = slices(*both)
    six = endpoint_slice(
        SERVICE, *(endpoint(one, hostname=one["metadata"]["name"], addresses=[f"fd00::{n}"]) for n, one in enumerate(both))
    )
    six["metadata"] |= {"name": "db-six", "uid": "six"}
    start = (DB, both[0], DB_1, SERVICE, gone(1, DB_1), at(2, both[1]))
    for pieces in ([four], [six], [four, six]):
        assert check_stable_dns(story(*start, *(at(3, one) for one in pieces)), UID, "Pod/db-1").holds
    stale = changed(six, "endpoints", [{**one, "addresses": ["fd00::9"]} for one in six["endpoints"]])
    finding = check_stable_dns(story(*start, at(3, four), at(3, stale)), UID, "Pod/db-1")
    assert what_broke(finding)[1] == "db-1.db leads to 10.0.0.3, fd00::9, but the pod has 10.0.0.3, fd00::1"


def test_a_name_that_is_not_ready_leads_nowhere() -> None:
    assert len(what_broke(held(SERVICE, *LOST, at(3, slices(DB_0, AGAIN, ready=False))))) == 2


def test_a_selector_that_does_not_match() -> None:
    finding = held(SERVICE, endpoint_slice(SERVICE), *LOST)
    assert what_broke(finding)[0] == "db-0.db leads to nothing, but the pod has 10.0.0.1"
    assert finding.change == "spec.selector of Service db: labels of the pod template"


def test_no_such_service() -> None:
    assert what_broke(held(*LOST)) == ["there is no Service db"]
    assert what_broke(held(service("web"), *LOST)) == ["there is no Service db (there: web)"]
    unnamed = held(*LOST, db=stateful_set())
    assert (unnamed.terms, what_broke(unnamed)) == (("serviceName (none)",), ["it names no Service"])
    assert unnamed.change == "spec.serviceName: a headless Service (now none)"


def test_a_service_with_an_address_of_its_own() -> None:
    finding = held(service("db", clusterIP="10.96.0.1"), *LOST)
    assert (what_broke(finding), finding.change) == (["Service db has an address of its own"], "spec.clusterIP of Service db: None")


def test_nothing_was_replaced() -> None:
    assert held(SERVICE, slices(DB_0, DB_1)).vacuous == "no replica was replaced, so no name had to move"
