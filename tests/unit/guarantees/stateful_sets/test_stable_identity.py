"""sts-identity."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.stateful_sets.stable_identity import check_identity, successor

from ...histories import (
    Change,
    Json,
    at,
    changed,
    deployment,
    gone,
    moment,
    pending,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    terminating,
    using,
)

DB = stateful_set(replicas=2)
DB_0, DB_1 = (using(replica(DB, n), f"data-db-{n}") for n in range(2))
AGAIN = using(replica(DB, 1, uid="again"), "data-db-1")


def check(*changes: Change) -> Finding:
    return check_identity(story(DB, DB_0, DB_1, *changes), "StatefulSet", "StatefulSet/db", "Pod/db-1")


def replaced(new: Json) -> list[Change]:
    return [at(1, terminating(DB_1)), gone(2, DB_1), at(2.1, pending(new)), at(3, new)]


def test_a_replica_comes_back_as_itself() -> None:
    finding = check(*replaced(AGAIN))
    assert finding.holds
    assert finding.evidence == {"name": "db-1", "victim": "Pod/db-1", "replacement": "again"}
    assert finding.trigger == moment(1)


def test_the_successor_has_the_victims_name_when_several_are_replaced() -> None:
    other = using(replica(DB, 0, uid="other"), "data-db-0")
    history = story(DB, DB_0, DB_1, at(1, terminating(DB_1)), gone(1.5, DB_0), at(1.6, other), gone(2, DB_1), at(3, AGAIN))
    found = successor(history, "StatefulSet", "StatefulSet/db", DB_1)
    assert found is not None
    assert found["metadata"]["uid"] == "again"


def test_a_pod_that_came_before_the_deletion_is_no_successor() -> None:
    history = story(DB, DB_0, DB_1, at(0.5, replica(DB, 2)), at(1, terminating(DB_1)))
    assert successor(history, "StatefulSet", "StatefulSet/db", DB_1) is None


@pytest.mark.parametrize(
    ("new", "what", "line"),
    [
        (changed(AGAIN, "spec.hostname", "web"), "host name", "host name: db-1 before, web now"),
        (changed(AGAIN, "spec.subdomain", ""), "subdomain", "subdomain: db before, (none) now"),
        (using(AGAIN, "data-db-7"), "claims", "claims: data-db-1 before, data-db-7 now"),
        (using(AGAIN), "claims", "claims: data-db-1 before, (none) now"),
        (changed(AGAIN, "metadata.labels", {}), "index", "index: 1 before, (none) now"),
    ],
)
def test_each_part_of_the_identity(new: Json, what: str, line: str) -> None:
    finding = check(*replaced(new))
    assert [(one.what, one.lines) for one in finding.breaches] == [(f"the new pod has another {what}", (line,))]
    assert (finding.cause, finding.check) == ("", "what else gives the pods their names and claims: see what created the new one")


def test_without_a_host_name_in_its_spec_a_pod_is_called_by_its_name() -> None:
    plain = [changed(one, "spec.hostname", "") for one in (DB_1, AGAIN)]
    history = story(DB, DB_0, plain[0], gone(2, plain[0]), at(3, plain[1]))
    assert check_identity(history, "StatefulSet", "StatefulSet/db", "Pod/db-1").holds


def test_a_host_name_that_is_not_the_pods() -> None:
    renamed = [changed(one, "spec.hostname", "web") for one in (DB_1, AGAIN)]
    history = story(DB, DB_0, renamed[0], gone(2, renamed[0]), at(3, renamed[1]))
    finding = check_identity(history, "StatefulSet", "StatefulSet/db", "Pod/db-1")
    assert [(one.what, one.lines) for one in finding.breaches] == [("the pod's host name is not its name", ("db-1: web",))]


def test_a_deployment_gives_a_new_name() -> None:
    web = deployment(replicas=1)
    inner = replica_set("web-1", web)
    a, b = pod("web-1-a", inner), pod("web-1-b", inner)
    history = story(web, inner, a, at(1, terminating(a)), at(1.1, b), gone(2, a))
    finding = check_identity(history, "Deployment", "Deployment/web", "Pod/web-1-a")
    assert [(one.what, one.lines) for one in finding.breaches] == [
        (
            "the new pod has another name and another host name",
            ("name: web-1-a before, web-1-b now", "host name: web-1-a before, web-1-b now"),
        )
    ]
    assert finding.cause == "a Deployment replaces a pod by another one with a name of its own"
    assert finding.change == "kind: StatefulSet (now Deployment)"


@pytest.mark.parametrize(("end", "state"), [([gone(2, DB_1)], "gone"), ([], "still terminating")])
def test_nothing_comes_back(end: list[Change], state: str) -> None:
    finding = check(at(1, terminating(DB_1)), *end)
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [("no new pod was created", moment(1), (f"db-1  {state}",))]
    assert finding.check == "what keeps the controller from creating it: see its events"


def test_nothing_was_deleted() -> None:
    assert check(at(1, replica(DB, 2))).vacuous == "db-1 was not deleted, so nothing came back"
