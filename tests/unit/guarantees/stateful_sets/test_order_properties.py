"""The checks of a StatefulSet's order against an oracle that shares nothing with them: no import of ours, raw events, brute force."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import assume, given, settings, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.stateful_sets.ordered_start import check_ordered_start
from pytest_kworkload.guarantees.stateful_sets.ordered_update import check_ordered_update
from pytest_kworkload.history.model import History

from ...histories import START, Json, at, changed, failed, gone, replica, stateful_set, story, template, terminating, unready

Raw = dict[str, Any]  # {"second", "ordinal", "new", "ready", "terminating", "failed", "deleted"}: what one event says of a replica

REPLICAS = 4
ENDS = 100.0
POLICIES = st.sampled_from(["OrderedReady", "Parallel"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Raw], list[Raw]]:
    """Replicas at the start, most of them fine, and an update of them that may go wrong: each event at a time of its own."""
    fine: Raw = {"second": 0.0, "new": False, "ready": True, "terminating": False, "failed": False, "deleted": False}
    initial = [{**fine, "ordinal": n, "ready": draw(st.integers(0, 5)) > 0} for n in range(REPLICAS)]
    now: dict[int, Raw | None] = {raw["ordinal"]: raw for raw in initial}
    events: list[Raw] = []
    second = 1.0
    for _ in range(draw(st.integers(2, 20))):
        second = round(second + draw(st.sampled_from([0.01, 0.5, 1.0, 2.5, 9.0])), 2)
        n = draw(st.sampled_from([3, 3, 2, 2, 1, 0]))
        was = now[n]
        if was is None:
            raw = {**fine, "ordinal": n, "new": draw(st.integers(0, 3)) > 0, "ready": draw(st.booleans())}
        elif was["terminating"]:
            raw = {**was, "deleted": True, "ready": draw(st.booleans())}
        else:
            going = draw(st.integers(0, 1)) > 0
            raw = {**was, "terminating": going, "ready": draw(st.booleans()), "failed": not going and draw(st.integers(0, 5)) == 0}
            raw["deleted"] = draw(st.integers(0, 7)) == 0
        events.append({**raw, "second": second})
        now[n] = None if raw["deleted"] else events[-1]
    return initial, events


def _ready(raw: Raw) -> bool:
    return bool(raw["ready"]) and not raw["failed"]


class Oracle:
    """All that can be said of such a stream: the state at a time is what replaying the events until then gives."""

    def __init__(self, initial: list[Raw], events: list[Raw], wait: int) -> None:
        self._stream, self._wait = [*initial, *events], wait
        self._ahead = self._shortest_news()
        ripe = {round(self._since(raw) + wait, 2) for raw in events}  # from one event to the next pods can only become available
        self.times = sorted({0.0, *(raw["second"] for raw in events), *(one for one in ripe if one <= ENDS)})
        self.tied = wait > 0 and not ripe.isdisjoint(raw["second"] for raw in events)  # two things at one moment, in no order

    def _shortest_news(self) -> float:
        """How old the time of a Ready condition, which is cut to whole seconds, was at least when it came."""
        ages, last = [1.0], {raw["ordinal"]: raw for raw in self._stream[:REPLICAS]}
        for raw in self._stream[REPLICAS:]:
            was = last.get(raw["ordinal"])
            if was is None or was["deleted"] or _ready(was) != _ready(raw):
                ages.append(raw["second"] % 1)
            last[raw["ordinal"]] = raw
        return min(ages)

    def _since(self, raw: Raw) -> float:
        """When a replica became Ready, by our clock, if this event says so first: no later than by that time."""
        return min(raw["second"], round(raw["second"] // 1 + self._ahead, 2)) if raw["second"] else -3600.0

    def pods(self, second: float) -> dict[int, tuple[Raw, bool, float]]:
        """Per ordinal what was said of its pod last, whether it is available, and since when there is this pod."""
        found: dict[int, tuple[Raw, float, float]] = {}
        for raw in self._stream:
            if raw["second"] > second:
                break
            was = found.pop(raw["ordinal"], None)
            since = was[1] if was is not None and _ready(was[0]) and _ready(raw) else self._since(raw)
            if not raw["deleted"]:
                found[raw["ordinal"]] = (raw, since, raw["second"] if was is None else was[2])
        return {
            n: (raw, _ready(raw) and not raw["terminating"] and round(since + self._wait, 2) <= second, born)
            for n, (raw, since, born) in found.items()
        }

    def missing(self, second: float) -> int:
        return REPLICAS - sum(available for _, available, _ in self.pods(second).values())

    def known(self, second: float) -> list[float]:
        """The times at which the state began that the controller may have acted on: those of the second before."""
        earlier = [one for one in self.times if one < second - 1]
        return [*earlier[-1:], *(one for one in self.times if second - 1 <= one < second)]

    def taken(self, partition: int, parallel: bool) -> list[tuple[int, bool]]:
        """The replicas of the beginning that began to go, in their order, and whether each was out of turn."""
        found = []
        for raw in self._stream[REPLICAS:]:
            n, known = raw["ordinal"], self.known(raw["second"])
            before = self.pods(known[-1])
            if n not in before or before[n][2] or before[n][0]["terminating"] or not (raw["terminating"] or raw["deleted"]):
                continue
            higher = [one for m, (one, _, born) in before.items() if m > n and m >= partition and not born]
            left = [one for one in higher if not one["terminating"] and not one["failed"]]
            doubtful = any(not self.pods(one)[n][1] for one in known)
            found.append((n, bool(left) and not (parallel and doubtful)))
        return found

    def created(self) -> list[tuple[int, float, list[int]]]:
        """The replicas that were created, when, and the lower ones that were not available then."""
        found = []
        for raw in self._stream[REPLICAS:]:
            n, second = raw["ordinal"], raw["second"]
            known, now = self.known(second), self.pods(second)
            if n in self.pods(known[-1]):
                continue
            late = []
            for m in range(n):
                there = [self.pods(one).get(m) for one in (*known, second)]
                if m not in now or not any(one is not None and one[1] and one[2] == now[m][2] for one in there):
                    late.append(m)
            found.append((n, second, late))
        return found


def history(initial: list[Raw], events: list[Raw], bound: int, partition: int, policy: str, wait: int) -> History:
    """The same, as our checks see it."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": partition, "maxUnavailable": bound}}
    db = stateful_set(replicas=REPLICAS, updateStrategy=rolling, podManagementPolicy=policy, minReadySeconds=wait + 1 if wait else 0)
    db = changed(db, "status.updateRevision", "db-1")
    made = 0
    uids = {raw["ordinal"]: f"first-{raw['ordinal']}" for raw in initial}

    def as_pod(raw: Raw) -> Json:
        pod = replica(db, raw["ordinal"], uid=uids[raw["ordinal"]], revision="db-2" if raw["new"] else "db-1")
        pod = pod if raw["ready"] else unready(pod)
        pod = failed(pod) if raw["failed"] else pod
        return terminating(pod) if raw["terminating"] else pod

    start = [as_pod(raw) for raw in initial]
    stream = []
    for raw in events:
        if raw["ordinal"] not in uids:
            made += 1
            uids[raw["ordinal"]] = f"later-{made}"
        stream.append((gone if raw["deleted"] else at)(raw["second"], as_pod(raw)))
        if raw["deleted"]:
            del uids[raw["ordinal"]]
    updated = changed(changed(db, "spec.template", template("web:2")), "status.updateRevision", "db-2")
    return story(db, *start, at(0.5, updated), *stream, ends=ENDS)


@settings(max_examples=400)
@given(streams(), st.integers(1, REPLICAS - 1), st.integers(0, 2), POLICIES, st.sampled_from([0, 0, 4]))
def test_an_update(stream: tuple[list[Raw], list[Raw]], bound: int, partition: int, policy: str, wait: int) -> None:
    initial, events = stream
    oracle = Oracle(initial, events, wait)
    assume(not oracle.tied)
    missing = [oracle.missing(second) for second in oracle.times]
    taken = oracle.taken(partition, policy == "Parallel")
    finding = check_ordered_update(history(initial, events, bound, partition, policy, wait), "StatefulSet/db")
    if missing[0] > bound:
        assert finding.vacuous.startswith(f"unavailable when the block began: {missing[0]}")
    elif (due := sum(n >= partition for n, _ in taken)) < 2:
        assert finding.vacuous.startswith(f"the update took {due} replica")
    else:
        assert finding.vacuous == ""
        assert finding.evidence["highest_unavailable"] == max(missing)
        assert finding.evidence["order"] == tuple(f"db-{n}" for n, _ in taken)
        early = [one.what.split()[0] for one in finding.breaches if "taken down before" in one.what]
        assert early == [f"db-{n}" for n, out_of_turn in taken if out_of_turn]
        began = [(one.at - START).total_seconds() for one in finding.breaches if one.at and "without an available pod" in one.what]
        above = [second for second, count in zip(oracle.times, missing, strict=True) if count > bound]
        assert began == [one for one in above if missing[oracle.times.index(one) - 1] <= bound]
        assert finding.holds == (not early and not above)


@settings(max_examples=300)
@given(streams(), POLICIES, st.sampled_from([0, 0, 4]))
def test_a_start(stream: tuple[list[Raw], list[Raw]], policy: str, wait: int) -> None:
    created = Oracle(*stream, wait).created()
    finding: Finding = check_ordered_start(history(*stream, 1, 0, policy, wait), "StatefulSet/db")
    if not any(n for n, _, _ in created):
        assert finding.vacuous.startswith(f"the block created {len(created)} replica")
        return
    if policy == "Parallel" and not any(late for _, _, late in created):
        assert finding.vacuous.startswith("only luck kept the order")
        return
    assert finding.vacuous == ""
    assert finding.evidence["order"] == tuple(f"db-{n}" for n, _, _ in created)
    told = [(one.at, [line.split()[0] for line in one.lines]) for one in finding.breaches]
    assert told == [(START + timedelta(seconds=second), [f"db-{m}" for m in late]) for _, second, late in created if late]
