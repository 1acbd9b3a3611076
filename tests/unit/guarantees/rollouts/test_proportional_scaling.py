"""deploy-proportional-scale."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.proportional_scaling import DESIRED, HIGHEST, check_proportional_scaling, shares
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, deployment, replica_set, story, what_broke_with_lines

WEB = deployment(replicas=10, unavailable=2, surge=3)


def rs(n: int, size: int, desired: int = 10, surge: int = 3) -> Json:
    obj = replica_set(f"web-{n}", WEB, size, number=n)
    obj["metadata"]["annotations"] |= {DESIRED: str(desired), HIGHEST: str(desired + surge)}
    return obj


def check(history: History) -> Finding:
    return check_proportional_scaling(history, "Deployment/web")


def scaled(replicas: int, old: int, new: int) -> History:
    return story(
        WEB, rs(1, 8), rs(2, 5), at(1, changed(WEB, "spec.replicas", replicas)), at(2, rs(1, old, replicas)), at(2, rs(2, new, replicas))
    )


def test_thirty_replicas_are_spread_as_ten_were() -> None:
    finding = check(scaled(30, 20, 13))
    assert finding.holds
    assert finding.terms == ("from 10 to 30 replicas", "maxSurge 3")
    assert finding.evidence == {"before": {"web-1": 8, "web-2": 5}, "after": {"web-1": 20, "web-2": 13}, "replicas": 30}


def test_fewer_replicas() -> None:
    assert check(scaled(5, 5, 3)).holds


def test_all_of_it_for_the_new_version() -> None:
    finding = check(scaled(30, 8, 25))
    assert what_broke_with_lines(finding) == [
        (
            "33 pods not spread over the ReplicaSets in proportion to their sizes",
            ("web-1  had 8, got 8; its share is 20", "web-2  had 5, got 25; its share is 13"),
        )
    ]
    assert finding.check == "find what, other than the controller, scales ReplicaSets of this Deployment"


def test_a_replica_set_that_was_forgotten() -> None:
    finding = check(story(WEB, rs(1, 8), rs(2, 5), at(1, changed(WEB, "spec.replicas", 30)), at(2, rs(1, 20, 30))))
    assert finding.breaches[0].lines[1] == "web-2  had 5, got no new size; its share is 13"


def test_what_the_rollout_does_afterwards_is_its_own_affair() -> None:
    after = [at(2, rs(1, 20, 30)), at(2, rs(2, 13, 30)), at(3, rs(1, 18, 30)), at(4, rs(2, 15, 30))]
    assert check(story(WEB, rs(1, 8), rs(2, 5), at(1, changed(WEB, "spec.replicas", 30)), *after)).holds


def test_the_sizes_just_before_count() -> None:
    moved = [at(1, rs(1, 6)), at(1, rs(2, 7)), at(2, changed(WEB, "spec.replicas", 30)), at(3, rs(1, 15, 30)), at(3, rs(2, 18, 30))]
    assert check(story(WEB, rs(1, 8), rs(2, 5), *moved)).evidence["before"] == {"web-1": 6, "web-2": 7}


def test_of_two_that_are_as_large_either_may_get_the_rest() -> None:
    web = deployment(replicas=3, unavailable=1, surge=1)
    for first, second in ((3, 4), (4, 3)):
        two = [rs(1, 2, 3, 1), rs(2, 2, 3, 1)]
        more = [at(1, changed(web, "spec.replicas", 6)), at(2, rs(1, first, 6, 1)), at(2, rs(2, second, 6, 1))]
        assert check(story(web, *two, *more)).holds


def test_empty_replica_sets_and_those_of_others_get_nothing() -> None:
    other = replica_set("other", deployment("other"), 4)
    parts = [at(1, changed(WEB, "spec.replicas", 30)), at(2, rs(1, 20, 30)), at(2, rs(2, 13, 30))]
    assert check(story(WEB, rs(0, 0), other, rs(1, 8), rs(2, 5), *parts)).holds


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [
        (story(at(1, WEB), at(2, rs(1, 10))), "the block did not scale"),
        (story(WEB, rs(1, 8), rs(2, 5)), "the block did not scale"),
        (story(WEB, rs(1, 10), rs(0, 0), at(1, changed(WEB, "spec.replicas", 30))), "no rollout was under way"),
    ],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert vacuous in finding.vacuous
    assert finding.check


def test_recreate_never_has_two() -> None:
    web = changed(WEB, "spec.strategy", {"type": "Recreate"})
    finding = check(story(web, rs(1, 10), at(1, changed(web, "spec.replicas", 30))))
    assert "with strategy Recreate there are never two at a time" in finding.vacuous
    assert finding.change == "spec.strategy.type: RollingUpdate (now Recreate)"
    assert finding.terms == ("from 10 to 30 replicas", "maxSurge 0")


@given(st.lists(st.integers(1, 40), min_size=2, max_size=4), st.integers(1, 200), st.integers(0, 10))
def test_shares_add_up_and_keep_their_proportions(before: list[int], new: int, surge: int) -> None:
    """Against the exact proportion, which no code of ours computes: each share is next to it, the largest takes up the rest."""
    total = sum(before)
    old = max(1, total - surge)
    active = {str(n): rs(n, size, old, total - old) for n, size in enumerate(before)}
    found = shares(active, old, new, surge)
    assert sum(found.values()) == new + surge
    largest = max(before)
    for n, size in enumerate(before):
        off = abs(found[str(n)] - size * (new + surge) / total)
        assert off <= (len(before) if size == largest else 1)
