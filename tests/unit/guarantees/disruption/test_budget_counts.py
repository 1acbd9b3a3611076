"""pdb-math."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.disruption.budget_counts import check_budget_counts, status_agrees
from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.objects.budgets import at_end, bound_text, count, uncountable

from ...histories import (
    Change,
    Json,
    budget,
    changed,
    daemon_set,
    deployment,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    succeeded,
    terminating,
    unready,
)

UID = "PodDisruptionBudget/web"
WEB = deployment(replicas=3)
RS = replica_set("web-1", WEB)
PODS = [pod(name, RS) for name in "abc"]


def counted(expected: int, needed: int, healthy: int, allowed: int, **spec: Any) -> Json:
    return changed(
        budget(healthy=healthy, needed=needed, **spec),
        "status",
        {
            "observedGeneration": 1,
            "expectedPods": expected,
            "desiredHealthy": needed,
            "currentHealthy": healthy,
            "disruptionsAllowed": allowed,
        },
    )


def check(*parts: Json | Change, needed: int | None = None) -> Finding:
    return check_budget_counts(story(*parts), UID, needed)


def test_a_whole_number_is_of_the_pods_that_are_there() -> None:
    finding = check(counted(3, 2, 3, 1, minAvailable=2), WEB, RS, *PODS, needed=2)
    assert finding.holds
    assert finding.terms == ("minAvailable 2", "asked for: 2 needed")
    assert finding.evidence == {"expected": 3, "needed": 2, "healthy": 3, "allowed": 1}


@pytest.mark.parametrize(
    ("spec", "expected", "needed"),
    [({"minAvailable": "50%"}, 3, 2), ({"maxUnavailable": "50%"}, 3, 1), ({"maxUnavailable": 1}, 3, 2), ({"maxUnavailable": 5}, 3, 0)],
)
def test_a_part_is_of_what_the_controllers_want(spec: Json, expected: int, needed: int) -> None:
    """One pod is not there yet, and it is counted all the same."""
    assert check(counted(expected, needed, 2, max(0, 2 - needed), **spec), WEB, RS, *PODS[:2], needed=needed).holds


def test_the_healthy_ones_are_ready_and_stay() -> None:
    pods = [PODS[0], unready(PODS[1]), terminating(PODS[2]), succeeded(pod("d", RS))]
    assert check(counted(4, 1, 1, 0, minAvailable=1), WEB, RS, *pods).holds


def test_two_controllers_add_up() -> None:
    db = stateful_set(replicas=2)
    alone = replica_set("alone", replicas=4)
    parts = (db, alone, replica(db, 0), pod("x", alone), WEB, RS, *PODS)
    assert check(counted(9, 5, 5, 0, minAvailable="50%"), *parts).holds


def test_another_number_than_expected() -> None:
    finding = check(counted(3, 2, 3, 1, minAvailable="50%"), WEB, RS, *PODS, needed=1)
    assert [one.what for one in finding.breaches] == ["2 of 3 pods must stay healthy"]
    assert finding.cause == "50% of 3 pods, rounded up, is 2"
    assert finding.change == "spec.minAvailable: 33% (now 50%)"


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({"minAvailable": 2}, "minAvailable is 2"),
        ({"maxUnavailable": 1}, "1 of 3 pods may be unavailable, which leaves 2"),
        ({"maxUnavailable": "10%"}, "10% of 3 pods, rounded up, is 1 that may be unavailable, which leaves 2"),
    ],
)
def test_how_it_came_to_its_number(spec: Json, cause: str) -> None:
    assert check(counted(3, 2, 3, 1, **spec), WEB, RS, *PODS, needed=3).cause == cause


def test_a_controller_without_a_size() -> None:
    agent = daemon_set()
    finding = check(budget(healthy=0, needed=0, maxUnavailable=1), agent, pod("x", agent))
    assert [(one.what, one.lines) for one in finding.breaches] == [
        ("its pods cannot be counted, so every eviction is refused", ("x  of DaemonSet agent",))
    ]
    assert finding.change == "spec.minAvailable: a whole number (now maxUnavailable 1)"


@pytest.mark.parametrize(("kind", "version"), [("ReplicationController", "v1"), ("StatefulSet", "apps.kruise.io/v1beta1")])
def test_a_controller_that_is_not_recorded(kind: str, version: str) -> None:
    """It may well have a scale, which the budget's controller asks for."""
    a = pod("a", {"kind": kind, "metadata": {"name": "old", "uid": "old"}})
    a["metadata"]["ownerReferences"][0]["apiVersion"] = version
    web = counted(3, 2, 3, 1, maxUnavailable=1)
    assert check(web, a).vacuous == f"how many pods {kind} old asks for is not recorded, so they cannot be counted here"
    assert status_agrees(story(web, a), UID), "there is nothing to wait for"
    assert check(counted(1, 1, 1, 0, minAvailable=1), a).holds, "a whole number counts the pods"


def test_a_controller_that_is_gone() -> None:
    """Its pods are about to go too, so this may pass."""
    web = counted(3, 2, 1, 0, maxUnavailable=1)
    assert [one.lines for one in check(web, PODS[0]).breaches] == [("a  of ReplicaSet web-1",)]
    assert not status_agrees(story(web, PODS[0]), UID)
    assert not uncountable(story(web, PODS[0]), UID)


def test_with_a_whole_number_nobody_is_asked() -> None:
    agent = daemon_set()
    assert check(counted(1, 1, 1, 0, minAvailable=1), agent, pod("x", agent)).holds


def test_upstream_would_pass_a_status_that_is_believed() -> None:
    """It waits for the numbers that the status tells, and computes none."""
    finding = check(counted(3, 1, 3, 2, minAvailable="50%"), WEB, RS, *PODS)
    assert [(one.what, one.lines) for one in finding.breaches] == [
        ("its status differs", ("desiredHealthy  1 instead of 2", "disruptionsAllowed  2 instead of 1"))
    ]


def test_a_status_about_an_older_spec() -> None:
    web = changed(counted(3, 2, 3, 1, minAvailable=2), "metadata.generation", 2)
    assert [one.lines for one in check(web, WEB, RS, *PODS).breaches] == [("it describes an older spec",)]


def test_a_selector_for_nobody_is_vacuous() -> None:
    assert check(budget(healthy=0, needed=2, selector={"matchLabels": {"app": "nobody"}}, minAvailable=2), *PODS).vacuous


def test_what_is_waited_for() -> None:
    agent = daemon_set()
    assert status_agrees(story(counted(3, 2, 3, 1, minAvailable=2), WEB, RS, *PODS), UID)
    assert not status_agrees(story(counted(3, 2, 2, 0, minAvailable=2), WEB, RS, *PODS), UID)
    assert status_agrees(story(budget(healthy=0, needed=0, maxUnavailable=1), agent, pod("x", agent)), UID), "it never will"
    assert not status_agrees(story(*PODS), UID)


@given(st.integers(0, 40), st.integers(0, 100), st.integers(0, 40), st.sampled_from(["minAvailable", "maxUnavailable"]), st.booleans())
def test_the_numbers_are_those_of_exact_fractions(replicas: int, percent: int, number: int, field: str, part: bool) -> None:
    """Against the words of the API reference, in fractions."""
    spec: Json = {field: f"{percent}%" if part else number}
    web = budget(healthy=0, needed=0, **spec)
    pods = [pod(f"p{n}", RS) for n in range(min(replicas, 3))]
    found = count(web, at_end(story(web, deployment(replicas=replicas), RS, *pods)))
    expected = replicas if pods else 0
    amount = math.ceil(Fraction(percent, 100) * expected) if part else number
    assert found.needed == (amount if field == "minAvailable" else max(0, expected - amount)), bound_text(web)
    assert 0 <= found.allowed <= found.healthy == len(pods)
