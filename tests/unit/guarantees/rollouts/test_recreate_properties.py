"""The check of strategy Recreate against an oracle that shares nothing with it: no import of ours, raw events, brute force."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.recreate import check_recreate

from ...histories import START, Json, at, changed, crashed, deployment, failed, gone, pod, replica_set, story, template, terminating

Raw = dict[str, Any]  # {"second", "pod", "store", "ended", "terminating", "failed", "deleted"}: what one event says of a pod

MINE = ("one", "two", "three")  # the versions; "other" is somebody else's


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Raw], list[Raw]]:
    """Pods of the first version, some of them of somebody else, and what happens to them: each event at a time of its own."""
    fine: Raw = {"second": 0.0, "ended": False, "terminating": False, "failed": False, "deleted": False}
    initial = [{**fine, "pod": f"p{n}", "store": draw(st.sampled_from(["one", "one", "other"]))} for n in range(draw(st.integers(1, 4)))]
    for raw in initial:
        raw["failed"] = draw(st.integers(0, 5)) == 0
    alive = {raw["pod"]: raw for raw in initial}
    events: list[Raw] = []
    for n in range(draw(st.integers(1, 12))):
        if not alive or draw(st.integers(0, 2)) == 0:
            raw = {**fine, "pod": f"n{n}", "store": draw(st.sampled_from(["one", "two", "two", "three", "other"]))}
        else:
            raw = {**alive[draw(st.sampled_from(sorted(alive)))]}
            raw["ended"] = raw["ended"] or draw(st.integers(0, 2)) > 0
            raw["terminating"] = raw["terminating"] or draw(st.booleans())
            raw["failed"] = raw["failed"] or draw(st.integers(0, 4)) == 0
            raw["deleted"] = draw(st.integers(0, 2)) == 0
        events.append({**raw, "second": n + 1.0})
        alive[raw["pod"]] = events[-1]
        if raw["deleted"]:
            del alive[raw["pod"]]
    return initial, events


def met(initial: list[Raw], events: list[Raw]) -> list[tuple[float, str, bool]]:
    """The pods that met another version, each with the time and whether the other's pods were only not known to have ended."""
    found = []
    for n, new in enumerate(events):
        past = [*initial, *events[:n]]
        if new["store"] == "other" or new["pod"] in {raw["pod"] for raw in past}:
            continue
        last = {raw["pod"]: raw for raw in past}
        others = [raw for raw in last.values() if raw["store"] in MINE and raw["store"] != new["store"] and not raw["failed"]]
        there = [raw for raw in others if not raw["deleted"]]
        unknown = [raw for raw in others if raw["deleted"] and not raw["ended"]]
        if there or unknown:
            found.append((new["second"], new["pod"], not there))
    return found


def verdict(initial: list[Raw], events: list[Raw], strategy: str) -> Finding:
    """The same, as our check sees it."""
    web = deployment(strategy={"type": strategy})
    stores = {name: replica_set(f"web-{name}", web, number=n) for n, name in enumerate(MINE, start=1)} | {"other": replica_set("other")}

    def as_pod(raw: Raw) -> Json:
        made = pod(raw["pod"], stores[raw["store"]])
        made = crashed(made, 0) if raw["ended"] else made
        made = failed(made) if raw["failed"] else made
        return terminating(made) if raw["terminating"] else made

    update = at(0.5, changed(web, "spec.template", template("web:2")))
    stream = [(gone if raw["deleted"] else at)(raw["second"], as_pod(raw)) for raw in events]
    return check_recreate(story(web, *stores.values(), *map(as_pod, initial), update, *stream), "Deployment/web")


@settings(max_examples=400)
@given(streams(), st.sampled_from(["Recreate", "Recreate", "RollingUpdate"]))
def test_the_check_agrees_with_the_oracle(stream: tuple[list[Raw], list[Raw]], strategy: str) -> None:
    initial, events = stream
    old = {raw["pod"] for raw in initial if raw["store"] in MINE and not raw["failed"]}
    new = [raw for raw in events if raw["pod"].startswith("n") and raw["store"] in ("two", "three")]
    finding = verdict(initial, events, strategy)
    if not old:
        assert finding.vacuous.startswith("there was no old pod")
    elif not new:
        assert finding.vacuous.startswith("no pod of the new version was created")
    elif strategy == "RollingUpdate" and not met(initial, events):
        assert finding.vacuous.startswith("only luck kept the versions apart")
    else:
        assert finding.vacuous == ""
        every = met(initial, events)
        assert finding.holds == (not every)
        assert [
            ((one.at - START).total_seconds(), one.what.split()[0], "may still run" in one.what) for one in finding.breaches if one.at
        ] == every[:1]
