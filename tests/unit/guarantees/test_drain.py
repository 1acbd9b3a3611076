"""pdb-drain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kworkload.guarantees.drain import check_drain, pointless, whole
from pytest_kworkload.guarantees.finding import Finding

from ..histories import (
    Change,
    Json,
    at,
    budget,
    changed,
    evicted,
    gone,
    moment,
    pending,
    pod,
    replica_set,
    story,
    terminating,
    unready,
)

UID = "PodDisruptionBudget/web"
RS = replica_set("web", replicas=3)
A, B, C = (pod(name, RS) for name in "abc")
D = pod("d", RS)
WEB = budget(healthy=3, needed=2)
TAKEN = terminating(evicted(A))


def check(*parts: Json | Change, min_healthy: int | None = None, web: Json = WEB) -> Finding:
    return check_drain(story(web, RS, *parts), UID, min_healthy)


def test_one_at_a_time() -> None:
    finding = check(A, B, C, at(1, evicted(A)), at(1.1, TAKEN), at(1.2, pending(D)), at(2, D), gone(3, TAKEN))
    assert finding.holds
    assert finding.terms == ("minAvailable 2", "at least 2 must stay healthy")
    assert finding.evidence == {"evicted": ("a",), "lowest_healthy": 2, "needed": 2, "states": 6, "seconds": 60.0}


def test_deletions_are_not_asked_about() -> None:
    finding = check(A, B, C, at(1, terminating(A)), at(1.5, terminating(B)), at(4, D))
    assert [(one.what, one.at, one.until) for one in finding.breaches] == [("1 healthy", moment(1.5), moment(4))]
    assert finding.cause == "a, b: deleted, but not by the controller"
    assert finding.change == "what takes the pods away: a budget binds evictions only, not a deletion, a rollout, a taint or a crash"
    assert finding.chart is not None
    assert finding.chart.counted == "healthy"


def test_more_is_asked_for_than_the_budget_keeps() -> None:
    finding = check(A, B, C, at(1.1, TAKEN), at(2, D), min_healthy=3)
    assert finding.terms == ("minAvailable 2", "asked for: at least 3 healthy")
    assert [one.what for one in finding.breaches] == ["2 healthy"]
    assert finding.change == "spec.minAvailable: 3 (now minAvailable 2)"


def test_the_server_evicts_below_the_budget() -> None:
    finding = check(A, B, C, at(1, TAKEN), at(1.1, terminating(evicted(B))))
    assert [one.what for one in finding.breaches] == ["1 healthy, until the end"]
    assert finding.change == "what lets the server evict below the budget: see its status"


def test_a_crash_meanwhile_counts() -> None:
    finding = check(A, B, C, at(1, TAKEN), at(1.1, unready(B)), at(2, B))
    assert [one.what for one in finding.breaches] == ["1 healthy"]
    assert finding.change.startswith("what takes the pods away")


def test_it_gets_worse() -> None:
    finding = check(A, B, C, at(1, unready(A)), at(2, unready(B)), at(3, unready(C)), at(4, A), at(5, B))
    assert [(one.what, one.at, one.until) for one in finding.breaches] == [("1, then 0 healthy", moment(2), moment(5))]


def test_scaling_down_lowers_the_number() -> None:
    web = budget(healthy=3, needed=0, maxUnavailable=1)
    smaller = changed(RS, "spec.replicas", 2)
    assert check(A, B, C, at(1, smaller), at(1.1, terminating(C)), at(2, TAKEN), at(3, D), web=web).holds


def test_a_pod_that_is_still_ready_and_terminating_is_lost() -> None:
    finding = check(A, B, C, at(1, terminating(A)), at(1.1, terminating(B)))
    assert [one.what for one in finding.breaches] == ["1 healthy, until the end"]


class TestVacuous:
    @pytest.mark.parametrize(
        ("parts", "web", "why"),
        [
            ((A, B, C), budget(healthy=0, needed=2, selector={"matchLabels": {"app": "nobody"}}, minAvailable=2), "it selects no pod"),
            ((A, B, C), budget(healthy=3, needed=0, minAvailable=0), "0 healthy pods are asked for"),
            ((A, unready(B), pending(C)), WEB, "healthy when the block began: 1, fewer than 2"),
            ((A, B, C), budget(healthy=3, needed=3, minAvailable=3), "3 of 3 pods must stay healthy, so no eviction is ever allowed"),
            ((A, B, C), budget(healthy=3, needed=3, maxUnavailable=0), "3 of 3 pods must stay healthy, so no eviction is ever allowed"),
        ],
    )
    def test_before_the_block(self, parts: tuple[Json, ...], web: Json, why: str) -> None:
        assert pointless(story(web, RS, *parts), UID)[0].startswith(why)
        assert check(*parts, web=web).vacuous.startswith(why)

    def test_nothing_was_evicted(self) -> None:
        finding = check(A, B, C, at(1, terminating(A)), at(2, D))
        assert finding.vacuous == "none of its pods was evicted in the block"

    def test_a_pod_that_was_not_healthy_is_no_loss(self) -> None:
        sick = unready(D)
        assert check(A, B, C, sick, at(1, terminating(evicted(sick)))).vacuous == "none of its pods was evicted in the block"

    def test_the_block_made_the_budget(self) -> None:
        assert check_drain(story(RS, A, B, C, at(1, WEB)), UID).vacuous == "the block created the budget"


def test_when_it_is_over() -> None:
    full = budget(healthy=3, needed=2)
    assert whole(story(full, RS, A, B, C), UID)
    assert not whole(story(full, RS, A, B, C, terminating(D)), UID)
    assert not whole(story(budget(healthy=2, needed=2), RS, A, B), UID), "one is not back yet"
    assert not whole(story(WEB, RS, A, B, C, D), UID), "not counted yet"
    assert whole(story(RS, A), UID), "the budget is gone"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["taken", "ready", "sick"])), max_size=12))
def test_the_lowest_number_is_that_of_brute_force(events: list[tuple[str, str]]) -> None:
    pods = {"a": A, "b": B, "c": C}
    state = dict.fromkeys(pods, "ready")
    counts, parts = [3], []
    for n, (name, what) in enumerate(events, start=1):
        if state[name] == "taken":
            continue
        state[name] = what
        counts.append(sum(one == "ready" for one in state.values()))
        made = {"taken": terminating(evicted(pods[name])), "ready": pods[name], "sick": unready(pods[name])}[what]
        parts.append(at(n * 2, made))
    finding = check(A, B, C, *parts)
    assert bool(finding.breaches) == (min(counts) < 2)
    if finding.holds:
        assert finding.evidence["lowest_healthy"] == min(counts)
