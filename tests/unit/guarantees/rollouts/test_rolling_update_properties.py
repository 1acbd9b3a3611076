"""The check of a rolling update against an oracle that shares nothing with it: no import of ours, raw events, brute force."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.rolling_update import check_rolling_update
from pytest_kworkload.history.model import History

from ...histories import START, Json, at, deployment, failed, gone, pod, replica_set, story, terminating, unready

Raw = dict[str, Any]  # {"second", "pod", "owner", "ready", "terminating", "failed", "deleted"}: what one event says

REPLICAS = 4
ENDS = 100.0
MINE = ("old", "new")  # "other" is somebody else's
CONDITIONS = st.fixed_dictionaries({"ready": st.booleans(), "terminating": st.booleans(), "failed": st.booleans()})


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Raw], list[Raw]]:
    """Pods at the start, most of them Ready, and what happens to them and to others, each event at a time of its own."""
    fine: Raw = {"ready": True, "terminating": False, "failed": False, "deleted": False, "second": 0.0}
    owner = st.sampled_from(["old", "old", "old", "other"])
    initial = [{**fine, "pod": f"p{n}", "owner": draw(owner)} for n in range(draw(st.integers(3, 7)))]
    for raw in initial[3:]:
        raw.update(draw(CONDITIONS))
    alive = {raw["pod"]: raw for raw in initial}
    events: list[Raw] = []
    second = 1.0
    for n in range(draw(st.integers(1, 14))):
        second = round(second + draw(st.sampled_from([0.01, 0.5, 1.0, 2.5, 9.0])), 2)
        if not alive or draw(st.integers(0, 2)) == 0:
            raw = {**fine, "pod": f"n{n}", "owner": draw(st.sampled_from(["new", "new", "old", "other"])), **draw(CONDITIONS)}
        else:
            raw = {**alive[draw(st.sampled_from(sorted(alive)))], **draw(CONDITIONS), "deleted": draw(st.booleans())}
        events.append({**raw, "second": second})
        if raw["deleted"]:
            del alive[raw["pod"]]
        else:
            alive[raw["pod"]] = raw
    return initial, events


def oracle(initial: list[Raw], events: list[Raw], min_ready_seconds: int) -> tuple[list[int], int]:
    """The number of available pods at the start and after each event, and the highest number at any time.

    Between two events pods can only become available, as time passes: the lowest number of each stretch is at its beginning, the
    highest at its end.
    """
    wait = max(0, min_ready_seconds - 1)  # whole seconds: a Ready condition is dated up to one second early
    now: dict[str, Raw] = {}
    since: dict[str, float] = {}

    def available(second: float) -> int:
        count = 0
        for name, raw in now.items():
            if raw["owner"] in MINE and raw["ready"] and not raw["terminating"] and not raw["failed"] and since[name] + wait <= second:
                count += 1
        return count

    for raw in initial:
        now[raw["pod"]] = raw
        since[raw["pod"]] = -3600.0
    counts, highest = [available(0.0)], 0
    for raw in events:
        highest = max(highest, available(raw["second"]))
        before = now.pop(raw["pod"], None)
        if not raw["deleted"]:
            now[raw["pod"]] = raw
            if before is None or not before["ready"] or raw["failed"]:
                since[raw["pod"]] = raw["second"]
        counts.append(available(raw["second"]))
    return counts, max(highest, available(ENDS))


def verdict(initial: list[Raw], events: list[Raw], min_ready_seconds: int, bound: int) -> Finding:
    """The same, as our check sees it."""
    return check_rolling_update(history(initial, events, min_ready_seconds), "Deployment/web", bound)


def history(initial: list[Raw], events: list[Raw], min_ready_seconds: int) -> History:
    web = deployment(replicas=REPLICAS, minReadySeconds=min_ready_seconds)
    sets = {"old": replica_set("web-1", web), "new": replica_set("web-2", web, number=2), "other": replica_set("other-1")}

    def as_pod(raw: Raw) -> Json:
        made = pod(raw["pod"], sets[raw["owner"]])
        if not raw["ready"]:
            made = unready(made)
        if raw["failed"]:
            made = failed(made)
        return terminating(made) if raw["terminating"] else made

    update = at(0.5, deployment(replicas=REPLICAS, image="web:2", minReadySeconds=min_ready_seconds))
    stream = [(gone if raw["deleted"] else at)(raw["second"], as_pod(raw)) for raw in events]
    return story(web, sets["old"], sets["other"], *map(as_pod, initial), update, at(0.6, sets["new"]), *stream, ends=ENDS)


@settings(max_examples=300)
@given(streams(), st.sampled_from([0, 1, 5]), st.integers(1, REPLICAS))
def test_the_check_agrees_with_the_oracle(stream: tuple[list[Raw], list[Raw]], min_ready_seconds: int, bound: int) -> None:
    initial, events = stream
    counts, highest = oracle(initial, events, min_ready_seconds)
    finding = verdict(initial, events, min_ready_seconds, bound)
    came_or_went = [raw for raw in events if raw["owner"] == "new" or (raw["owner"] == "old" and (raw["terminating"] or raw["deleted"]))]
    if counts[0] < bound:
        assert finding.vacuous.startswith(f"available when the block began: {counts[0]}")
    elif not came_or_went:
        assert finding.vacuous.startswith("no pod was created or taken down")
    else:
        assert finding.vacuous == ""
        assert finding.evidence["lowest_available"] == min(counts)
        assert finding.evidence["highest_available"] == highest
        assert finding.holds == (min(counts) >= bound)


@settings(max_examples=100)
@given(streams(), st.integers(1, REPLICAS))
def test_each_breach_is_a_stretch_below_the_bound(stream: tuple[list[Raw], list[Raw]], bound: int) -> None:
    initial, events = stream
    counts, _ = oracle(initial, events, 0)
    finding = verdict(initial, events, 0, bound)
    if finding.vacuous:
        return
    times = [0.0, *(raw["second"] for raw in events)]
    below = {second for second, count in zip(times, counts, strict=True) if count < bound}
    covered = set()
    for breach in finding.breaches:
        assert breach.at is not None
        begins = (breach.at - START).total_seconds()
        ends = ENDS if breach.until is None else (breach.until - START).total_seconds()
        inside = [count for second, count in zip(times, counts, strict=True) if begins <= second < ends]
        first, lowest = inside[0], min(inside)
        numbers = f"{first}" if first == lowest else f"{first}, then {lowest}"
        assert f"{numbers} available" == breach.what.removesuffix(", until the end")
        assert breach.until is None or counts[times.index(ends)] >= bound
        covered |= {second for second in times if begins <= second < ends}
    assert covered == below
    assert bool(finding.change) == bool(finding.breaches)
