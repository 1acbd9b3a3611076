"""pdb-drain."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.disruption.drain import all_back, check_drain, pointless
from pytest_kworkload.guarantees.finding import Finding

from ...histories import (
    Change,
    Json,
    at,
    budget,
    changed,
    daemon_set,
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
    assert finding.check == "find what takes the pods away: a budget binds evictions only, not a deletion, a rollout, a taint or a crash"
    assert finding.chart is not None
    assert finding.chart.counted == "healthy"


def test_more_is_asked_for_than_the_budget_keeps() -> None:
    finding = check(A, B, C, at(1.1, TAKEN), at(2, D), min_healthy=3)
    assert finding.terms == ("minAvailable 2", "asked for: at least 3 healthy")
    assert [one.what for one in finding.breaches] == ["2 healthy"]
    assert finding.change == "spec.minAvailable: 3 (now 2)"


def test_the_server_evicts_below_the_budget() -> None:
    finding = check(A, B, C, at(1, TAKEN), at(1.1, terminating(evicted(B))))
    assert [one.what for one in finding.breaches] == ["1 healthy, until the end"]
    assert finding.check == "find what lets the server evict below the budget: look at its status"


def test_a_crash_meanwhile_counts() -> None:
    finding = check(A, B, C, at(1, TAKEN), at(1.1, unready(B)), at(2, B))
    assert [one.what for one in finding.breaches] == ["1 healthy"]
    assert finding.check.startswith("find what takes the pods away")


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


@pytest.mark.parametrize("spec", [{"maxUnavailable": 1}, {"minAvailable": "60%"}])
def test_a_controller_that_lost_all_its_pods_wants_them_still(spec: Json) -> None:
    """No successor can be made, as with a quota."""
    taken = [terminating(evicted(one)) for one in (A, B, C)]
    parts: tuple[Json | Change, ...] = (A, B, C, *(at(1 + n, one) for n, one in enumerate(taken)), *(gone(9, one) for one in taken))
    web = budget(healthy=3, needed=2, **spec)
    assert [(one.what, one.at) for one in check(*parts, web=web).breaches] == [("1, then 0 healthy, until the end", moment(2))]
    assert not all_back(story(changed(web, "status.currentHealthy", 0), RS, *parts), UID)


def test_the_pods_of_one_of_two_controllers_are_lost() -> None:
    one, two = replica_set("one", replicas=2), replica_set("two", replicas=2)
    pods = [pod(name, owner) for name, owner in (("a", one), ("b", one), ("c", two), ("d", two))]
    taken = [terminating(evicted(each)) for each in pods[:2]]
    web = budget(healthy=4, needed=3, maxUnavailable=1)
    finding = check_drain(story(web, one, two, *pods, *(at(1, each) for each in taken), *(gone(3, each) for each in taken)), UID)
    assert finding.terms == ("maxUnavailable 1", "at least 3 must stay healthy")
    assert [each.what for each in finding.breaches] == ["2 healthy, until the end"]


def test_a_controller_that_is_gone_wants_nothing() -> None:
    """Its pods are deleted one by one, and those of another one take their place."""
    new = replica_set("new", replicas=3)
    taken, others = [terminating(evicted(A)), terminating(B), terminating(C)], [pod(name, new) for name in "xyz"]
    steps = [part for n, (old, other) in enumerate(zip(taken, others, strict=True)) for part in (at(n * 2 + 1, other), at(n * 2 + 2, old))]
    parts: tuple[Json | Change, ...] = (A, B, C, at(0.5, new), *steps, *(gone(9, one) for one in taken), gone(9, RS))
    assert check(*parts, web=budget(healthy=3, needed=2, maxUnavailable=1)).holds
    assert all_back(story(budget(healthy=3, needed=2, maxUnavailable=1), RS, *parts), UID)


def test_pods_without_a_controller_are_wanted_too() -> None:
    one, bare = replica_set("one", replicas=1), [pod(name) for name in "xy"]
    taken = terminating(evicted(bare[0]))
    web = budget(healthy=3, needed=1)
    finding = check_drain(story(web, one, pod("a", one), *bare, at(1, taken), gone(3, taken)), UID)
    assert finding.evidence["evicted"] == ("x",)
    assert all_back(story(budget(healthy=2, needed=1), one, pod("a", one), *bare, gone(3, taken)), UID), "nobody makes x again"


def test_pods_of_a_controller_that_is_not_recorded() -> None:
    old = {"kind": "ReplicationController", "metadata": {"name": "old", "uid": "old"}}
    a, b, c = (pod(name, old) for name in "abc")
    taken = terminating(evicted(a))
    parts = (budget(healthy=3, needed=2, maxUnavailable=1), a, b, c, at(1, taken), gone(3, taken))
    assert check_drain(story(*parts), UID).vacuous.startswith("how many pods ReplicationController old asks for is not recorded")
    assert check_drain(story(*parts), UID, 2).holds, "what is asked for is known"
    assert check_drain(story(budget(healthy=3, needed=2), *parts[1:]), UID).holds, "a whole number counts the pods"


class TestVacuous:
    @pytest.mark.parametrize(
        ("parts", "web", "why", "cure"),
        [
            (
                (A, B, C),
                budget(healthy=0, needed=2, selector={"matchLabels": {"app": "nobody"}}, minAvailable=2),
                "it selects no pod",
                "spec.selector: the labels of the pods' template",
            ),
            ((A, B, C), budget(healthy=3, needed=0, minAvailable=0), "0 healthy pods are asked for", "spec.minAvailable: 1 (now 0)"),
            ((A, unready(B), pending(C)), WEB, "healthy pods when the block began: 1, fewer than 2", "wait_ready() before the block"),
            (
                (A, B, C),
                budget(healthy=3, needed=3, minAvailable=3),
                "3 of 3 pods must stay healthy, so no eviction is ever allowed",
                "spec.minAvailable: 2 (now 3); or spec.replicas: more than 3",
            ),
            (
                (A, B, C),
                budget(healthy=3, needed=3, maxUnavailable=0),
                "3 of 3 pods must stay healthy, so no eviction is ever allowed",
                "spec.maxUnavailable: 1 (now 0)",
            ),
        ],
    )
    def test_before_the_block(self, parts: tuple[Json, ...], web: Json, why: str, cure: str) -> None:
        reason = pointless(story(web, RS, *parts), UID)
        assert reason is not None
        assert reason.why.startswith(why)
        assert f"{reason.change}{reason.do}" == cure
        assert check(*parts, web=web).vacuous == reason.why

    def test_a_lower_number_than_any_drain_leaves(self) -> None:
        reason = pointless(story(WEB, RS, A, B, C), UID, 0)
        assert reason == ("0 healthy pods are asked for, which every drain leaves", "", "give a min_healthy of 1 or more")

    @pytest.mark.parametrize("min_healthy", [None, 2])
    def test_a_controller_without_a_size(self, min_healthy: int | None) -> None:
        agent = daemon_set()
        pods = [pod(f"d{n}", agent) for n in range(3)]
        finding = check_drain(story(budget(healthy=3, needed=0, maxUnavailable=1), agent, *pods), UID, min_healthy)
        assert finding.vacuous == "DaemonSet agent has no number of replicas to count from, so every eviction is refused"
        assert finding.change == "spec.minAvailable: a whole number (now maxUnavailable 1)"

    def test_nothing_was_evicted(self) -> None:
        finding = check(A, B, C, at(1, terminating(A)), at(2, D))
        assert finding.vacuous == "none of its pods was evicted in the block"

    def test_a_pod_that_was_not_healthy_is_no_loss(self) -> None:
        sick = unready(D)
        assert check(A, B, C, sick, at(1, terminating(evicted(sick)))).vacuous == "none of its pods was evicted in the block"

    def test_the_block_made_the_budget(self) -> None:
        assert check_drain(story(RS, A, B, C, at(1, WEB)), UID).vacuous.startswith("the block created the PodDisruptionBudget")


def test_when_it_is_over() -> None:
    full = budget(healthy=3, needed=2)
    assert all_back(story(full, RS, A, B, C), UID)
    assert not all_back(story(full, RS, A, B, C, terminating(D)), UID)
    assert not all_back(story(budget(healthy=2, needed=2), RS, A, B), UID), "one is not back yet"
    assert not all_back(story(WEB, RS, A, B, C, D), UID), "not counted yet"
    assert all_back(story(RS, A), UID), "the budget is gone"


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["taken", "taken", "ready", "sick"])), min_size=3, max_size=12),
    st.sampled_from([{"minAvailable": 2}, {"maxUnavailable": 1}, {"minAvailable": "60%"}]),
    st.booleans(),
)
def test_the_lowest_number_is_that_of_brute_force(events: list[tuple[str, str]], spec: Json, leave: bool) -> None:
    """The controller wants three throughout, whether those that were taken are gone by the end or not."""
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
        if what == "taken" and leave:
            parts.append(gone(n * 2 + 1, made))
    finding = check(A, B, C, *parts, web=budget(healthy=3, needed=2, **spec))
    assert bool(finding.breaches) == (min(counts) < 2)
    if finding.holds:
        assert finding.evidence["lowest_healthy"] == min(counts)
