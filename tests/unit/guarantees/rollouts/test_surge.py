"""deploy-rolling-surge: how many pods the ReplicaSets want together."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.surge import check_surge

from ...histories import Change, Json, at, deployment, gone, moment, pod, replica_set, story

UID = "Deployment/web"
WEB = deployment(replicas=4, unavailable=1, surge=1)
NEW = deployment(replicas=4, image="web:2", unavailable=1, surge=1)


def sized(name: str, size: int) -> Json:
    return replica_set(name, WEB, size)


def held(*parts: Json | Change, max_surge: int | str | None = None) -> Finding:
    return check_surge(story(*parts), UID, max_surge)


UPDATE = (
    *(WEB, sized("old", 4), at(1, NEW)),
    *(at(1.1, sized("new", 1)), at(2, sized("old", 2)), at(2.1, sized("new", 3)), at(3, sized("old", 0))),
)


def test_what_the_strategy_allows() -> None:
    finding = held(*UPDATE)
    assert finding.holds
    assert finding.terms == ("replicas 4", "its strategy promises: at most 5 wanted at a time")
    assert finding.evidence == {"highest_wanted": 5}


@pytest.mark.parametrize(("max_surge", "holds"), [(1, True), ("25%", True), ("1%", True), (0, False), ("0%", False)])
def test_what_there_is_room_for(max_surge: int | str, holds: bool) -> None:
    assert held(*UPDATE, max_surge=max_surge).holds is holds


def test_every_stretch_with_too_many() -> None:
    finding = held(*UPDATE, max_surge=0)
    assert [(one.what, one.at, one.until, one.lines) for one in finding.breaches] == [
        ("5 pods wanted", moment(1.1), moment(2), ("new  wants 1", "old  wants 4")),
        ("5 pods wanted", moment(2.1), moment(3), ("new  wants 3", "old  wants 2")),
    ]
    assert finding.trigger == moment(1)
    assert finding.cause == "the strategy allows 1 more than the replicas"
    assert finding.change == "spec.strategy.rollingUpdate.maxSurge: 0 (now 1)"


def test_the_trigger_is_never_said_to_come_after_what_it_led_to() -> None:
    finding = held(WEB, sized("old", 4), at(1, sized("new", 1)), at(1.01, NEW), max_surge=0)
    assert (finding.trigger, finding.breaches[0].at) == (moment(1), moment(1))


def test_one_of_the_two_fields_must_leave_room() -> None:
    web = deployment(replicas=4, unavailable=0, surge="50%")
    finding = held(web, sized("old", 4), at(1, sized("new", 2)), max_surge=0)
    assert finding.change == "spec.strategy.rollingUpdate.maxSurge: 0 (now 50%) and maxUnavailable: 1 (now 0)"


def test_upstream_would_pass_a_moment_between_two_polls() -> None:
    """Upstream looks at the sizes every two seconds."""
    finding = held(WEB, sized("old", 4), at(1, NEW), at(1.1, sized("new", 4)), at(1.2, sized("old", 1)))
    assert [(one.what, one.at, one.until) for one in finding.breaches] == [("8 pods wanted", moment(1.1), moment(1.2))]
    assert finding.check == "find what, other than the controller, scales ReplicaSets of this Deployment"


def test_a_stretch_that_grows_and_lasts() -> None:
    (breach,) = held(*UPDATE[:4], at(2, sized("new", 3)), max_surge=0).breaches
    assert (breach.what, breach.until) == ("5, then 7 pods wanted", None)


def test_pods_do_not_count_nor_the_sets_of_others() -> None:
    old, other = sized("old", 4), replica_set("other", None, 50)
    assert held(WEB, old, other, *[pod(f"p{n}", old) for n in range(9)], *UPDATE[2:]).holds


def test_a_set_that_is_gone_wants_nothing() -> None:
    finding = held(WEB, sized("old", 3), sized("older", 2), gone(1, sized("older", 2)), at(2, sized("new", 2)))
    assert finding.evidence == {"highest_wanted": 5}


def test_scaling_in_the_block_is_not_held_against_the_update() -> None:
    smaller = deployment(replicas=2, image="web:2", unavailable=1, surge=1)
    assert held(*UPDATE, at(4, smaller), at(4.1, sized("new", 2))).holds


def test_a_strategy_that_the_block_made_stricter() -> None:
    loose = deployment(replicas=4, unavailable=1, surge=3)
    assert held(loose, sized("old", 4), at(1, sized("new", 3)), at(2, WEB), at(3, sized("old", 1))).holds


SIZES = st.tuples(st.sampled_from(["old", "new", "newer"]), st.integers(0, 12))


@given(st.integers(1, 9), st.integers(0, 150), st.lists(SIZES, max_size=9))
def test_the_check_agrees_with_a_sum_at_every_step(replicas: int, percent: int, steps: list[tuple[str, int]]) -> None:
    now, sums = {"old": replicas}, [replicas]
    for name, size in steps:
        now[name] = size
        sums.append(sum(now.values()))
    web = deployment(replicas=replicas, surge=f"{percent}%", unavailable=1)
    changes = [at(n, replica_set(name, web, size)) for n, (name, size) in enumerate(steps, 1)]
    finding = held(web, replica_set("old", web, replicas), *changes)
    assert finding.holds == (max(sums) <= replicas + math.ceil(replicas * percent / 100))
    assert finding.holds == held(web, replica_set("old", web, replicas), *changes, max_surge=f"{percent}%").holds
