"""The check of a DaemonSet's update against an oracle that shares nothing with it: no import of ours, raw events, brute force."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings, strategies as st

from pytest_kworkload.guarantees.daemon_sets.rolling_update import check_daemon_update
from pytest_kworkload.guarantees.finding import Finding

from ...histories import START, Json, at, changed, daemon_set, failed, gone, node, pod, story, template, terminating, unready

Raw = dict[str, Any]  # {"second", "pod", "node", "new", "ready", "terminating", "failed", "deleted"}: what one event says of a pod
Move = dict[str, Any]  # {"second", "node", "there", "tainted"}: what one event says of a node

NODES = 3
ENDS = 200.0
# With minReadySeconds in whole seconds, as the time of a Ready condition is; and no pod becomes available with another event.
GAPS = {0: [0.01, 0.5, 1.0, 2.5, 9.0], 4: [3.0, 5.0, 9.0]}


@st.composite
def streams(draw: st.DrawFn, wait: int) -> tuple[list[Raw], list[Raw]]:
    """A pod on most nodes at the start, and an update of them that may go wrong: each event at a time of its own."""
    fine: Raw = {"second": 0.0, "new": False, "ready": True, "terminating": False, "failed": False, "deleted": False}
    initial = [{**fine, "pod": f"p{n}", "node": n, "ready": draw(st.integers(0, 5)) > 0} for n in range(NODES)]
    alive = {raw["pod"]: raw for raw in initial}
    events: list[Raw] = []
    second = 1.0
    for n in range(draw(st.integers(2, 16))):
        second = round(second + draw(st.sampled_from(GAPS[wait])), 2)
        if not alive or draw(st.integers(0, 2)) == 0:
            where = draw(st.integers(0, NODES - 1))
            raw = {**fine, "pod": f"n{n}", "node": where, "new": draw(st.integers(0, 4)) > 0, "ready": draw(st.integers(0, 3)) == 0}
        else:
            raw = {**alive[draw(st.sampled_from(sorted(alive)))], "ready": draw(st.integers(0, 3)) > 0}
            raw["deleted"] = raw["terminating"] or draw(st.integers(0, 7)) == 0
            raw["terminating"] = raw["terminating"] or draw(st.integers(0, 2)) == 0
            raw["failed"] = draw(st.integers(0, 7)) == 0
        events.append({**raw, "second": second})
        alive[raw["pod"]] = events[-1]
        if raw["deleted"]:
            del alive[raw["pod"]]
    return initial, events


@st.composite
def moves(draw: st.DrawFn, events: list[Raw]) -> list[Move]:
    """Nodes that come, go, or get or lose a taint: before some of the events one of them."""
    after = {0.0: 1.0, **{one["second"]: other["second"] for one, other in itertools.pairwise(events)}}
    when = [(one + other) / 2 for one, other in after.items() if draw(st.integers(0, 3)) == 0]
    return [
        {"second": one, "node": draw(st.integers(0, NODES)), "there": draw(st.booleans()), "tainted": draw(st.integers(0, 2)) == 0}
        for one in when
    ]


class Oracle:
    """All that can be said of such a stream: the state at a time is what replaying the events until then gives."""

    def __init__(self, initial: list[Raw], events: list[Raw], wait: int, moves: list[Move]) -> None:
        self._initial, self._stream, self._wait, self._moves = initial, [*initial, *events], wait, moves
        ripe = {raw["second"] + wait for raw in events}  # from one event to the next pods can only become available
        self.times = sorted({0.0, *(raw["second"] for raw in events), *(one for one in ripe if one <= ENDS)})
        self._states = {one: self._replayed(one) for one in self.times}
        known = {raw["pod"] for raw in initial}
        self.created = [raw for n, raw in enumerate(events) if raw["pod"] not in known | {one["pod"] for one in events[:n]}]

    def pods(self, second: float) -> dict[str, tuple[Raw, bool]]:
        """Per pod what was said of it last, and whether it is available."""
        return self._states[second]

    def _replayed(self, second: float) -> dict[str, tuple[Raw, bool]]:
        found: dict[str, tuple[Raw, float]] = {}
        for raw in self._stream:
            if raw["second"] > second:
                break
            was = found.pop(raw["pod"], None)
            ready = raw["ready"] and not raw["failed"]
            again = was is not None and was[0]["ready"] and not was[0]["failed"]
            since = was[1] if was is not None and again and ready else raw["second"] if raw["second"] else -3600.0
            if not raw["deleted"]:
                found[raw["pod"]] = (raw, since)
        return {
            name: (raw, raw["ready"] and not raw["failed"] and not raw["terminating"] and since + self._wait <= second)
            for name, (raw, since) in found.items()
        }

    def eligible(self, second: float) -> set[int]:
        last = {move["node"]: move["there"] and not move["tainted"] for move in self._moves if move["second"] <= second}
        return {n for n in range(NODES + 1) if last.get(n, n < NODES)}

    def covered(self, second: float) -> set[int]:
        return {raw["node"] for raw, available in self.pods(second).values() if available}

    def missing(self, second: float) -> int:
        return sum(self._counts(n, second) for n in self.eligible(second) - self.covered(second))

    def _counts(self, n: int, second: float) -> bool:
        """Whether a node has been eligible from the start, or has had an available pod since it has been."""
        for one in reversed([one for one in self.times if one <= second]):
            if n not in self.eligible(one):
                return False
            if n in self.covered(one):
                return True
        return True

    def rolled_out(self) -> bool:
        """Whether a pod came to a node that had had pods, and none of its version."""
        for n, new in enumerate(self.created):
            had = {raw["new"] for raw in [*self._initial, *self.created[:n]] if raw["node"] == new["node"]}
            if had and new["new"] not in had:
                return True
        return False

    def crowds(self, surges: bool) -> list[str]:
        """The pods that were created on a node where they had to wait."""
        found = []
        for new in self.created:
            others = [raw for raw, _ in self.pods(new["second"]).values() if raw["node"] == new["node"] and raw["pod"] != new["pod"]]
            others = [raw for raw in others if not raw["failed"]]
            if surges:
                others = [raw for raw in others if raw["new"] == new["new"] and not raw["terminating"]]
            if others:
                found.append(new["pod"])
        return found

    def surging(self, second: float) -> int:
        """The nodes that have an available pod, and beside it one that came although that was so, and is not available yet."""
        now = self.pods(second)
        nodes = set()
        for new in self.created:
            if new["second"] > second or new["pod"] not in now:
                continue
            raw, _ = now[new["pod"]]
            came = any(self.pods(one)[new["pod"]][1] for one in self.times if new["second"] <= one <= second)
            beside = any(available and other["node"] == new["node"] for other, available in now.values())
            if not raw["failed"] and not raw["terminating"] and not came and beside and self._crowded(new):
                nodes.add(new["node"])
        return len(nodes)

    def _crowded(self, new: Raw) -> bool:
        """Whether the controller had to know of an available pod on the node when it created this one."""
        second = new["second"]
        since = round(second - 1, 2)
        window = [one for one in self.times if since <= one < second]
        window += [one for one in self.times if one < since][-1:]
        for name, (raw, available) in self.pods(second).items():
            if name == new["pod"] or raw["node"] != new["node"] or not available:
                continue
            if all(self.pods(one).get(name, (raw, True))[1] for one in window):
                return True
        return False


def told(initial: list[Raw], events: list[Raw], bound: int, surge: int, wait: int, moves: list[Move]) -> Finding:
    """The same, as our check sees it."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": bound, "maxSurge": surge}}
    agent = daemon_set(updateStrategy=rolling, minReadySeconds=wait + 1 if wait else 0)

    def as_pod(raw: Raw) -> Json:
        made = pod(raw["pod"], agent, node=f"node-{raw['node']}", revision="2" if raw["new"] else "1")
        made = made if raw["ready"] else unready(made)
        made = failed(made) if raw["failed"] else made
        return terminating(made) if raw["terminating"] else made

    nodes = [node(f"node-{n}") for n in range(NODES)]
    update = at(0.5, changed(agent, "spec.template", template("web:2")))
    stream = [(gone if raw["deleted"] else at)(raw["second"], as_pod(raw)) for raw in events]
    for move in moves:
        made = node(f"node-{move['node']}", *(["dedicated:NoSchedule"] if move["tainted"] else []))
        stream.append((at if move["there"] else gone)(move["second"], made))
    stream.sort(key=lambda change: change.second)
    return check_daemon_update(story(agent, *nodes, *map(as_pod, initial), update, *stream, ends=ENDS), "DaemonSet/agent")


@settings(max_examples=400)
@given(st.sampled_from([0, 0, 4]), st.integers(0, NODES - 1), st.integers(0, 2), st.data())
def test_the_check_agrees_with_the_oracle(wait: int, bound: int, surge: int, data: st.DataObject) -> None:
    initial, events = data.draw(streams(wait))
    moving = data.draw(moves(events)) if not wait else []  # else pods become available between two events
    oracle = Oracle(initial, events, wait, moving)
    missing, surging = [oracle.missing(second) for second in oracle.times], [oracle.surging(second) for second in oracle.times]
    finding = told(initial, events, bound, surge, wait, moving)
    most = max(len(oracle.eligible(second)) for second in oracle.times)
    assert finding.terms[0] == f"{most} eligible nodes"
    if bound >= most:
        assert finding.vacuous.startswith(f"{bound} unavailable of {most} node")
    elif missing[0] > bound:
        assert finding.vacuous.startswith(f"nodes without an available pod when the block began: {missing[0]}")
    elif not oracle.rolled_out():
        assert finding.vacuous.startswith("no node got a pod of another version")
    else:
        assert finding.vacuous == ""
        assert (finding.evidence["highest_unavailable"], finding.evidence["highest_surge"]) == (max(missing), max(surging))
        for text, counts, most in (("without an available pod", missing, bound), ("with a second pod", surging, surge)):
            began = [(one.at - START).total_seconds() for one in finding.breaches if one.at and text in one.what]
            above = [n for n, count in enumerate(counts) if count > most]
            assert began == [oracle.times[n] for n in above if n == 0 or counts[n - 1] <= most]
        crowds = [one.what.split()[0] for one in finding.breaches if "was created on" in one.what]
        assert crowds == oracle.crowds(surge > 0)
        assert finding.holds == (max(missing) <= bound and max(surging) <= surge and not crowds)
