"""The check of a spread against an oracle that shares nothing with it: no import of ours, raw events, brute force."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.scheduling.spread import check_spread

from ...histories import Json, at, changed, gone, node, pod, replica_set, story, terminating

Raw = dict[str, Any]  # what one event says: {"second", "node", "there", "zone", "admitted", "taint"} or {"second", "pod", "on", "there"}
Rules = dict[str, Any]  # {"skew", "domains", "affinity", "taints", "tolerates"}: what the constraint says, and what the pods tolerate

NODES = 5
ZONES = st.sampled_from(["a", "a", "b", "b", "c", ""])
TAINTS = st.sampled_from(["", "", "", "NoSchedule", "NoExecute", "PreferNoSchedule"])
RULES: st.SearchStrategy[Rules] = st.fixed_dictionaries(
    {
        "skew": st.integers(1, 2),
        "domains": st.sampled_from([None, None, 1, 3, 4]),
        "affinity": st.sampled_from([None, "Honor", "Ignore"]),
        "taints": st.sampled_from([None, "Honor", "Ignore"]),
        "tolerates": st.sampled_from([None, None, "NoSchedule", ""]),
    }
)


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Raw], list[Raw]]:
    """Some nodes at the start; then nodes come, go and change, and pods of the workload are placed and go."""

    def some(n: int) -> Raw:
        return {"node": n, "there": True, "zone": draw(ZONES), "admitted": draw(st.integers(0, 3)) > 0, "taint": draw(TAINTS)}

    initial = [{**some(n), "second": 0.0} for n in range(NODES) if draw(st.integers(0, 3)) > 0]
    nodes = {raw["node"] for raw in initial}
    pods: list[Raw] = []
    events: list[Raw] = []
    second = 0.0
    for n in range(draw(st.integers(1, 16))):
        # Of pods the scheduler knows all by then; of nodes it may still know what was before.
        second += draw(st.sampled_from([0.5, 3.0])) if events and "node" in events[-1] else 3.0
        what = draw(st.integers(0, 5))
        if what == 0 and pods:
            events.append({**pods.pop(draw(st.integers(0, len(pods) - 1))), "second": second, "there": False})
        elif what == 1 or not nodes:
            one = some(draw(st.integers(0, NODES - 1)))
            one["there"] = one["node"] not in nodes or draw(st.booleans())
            nodes = nodes | {one["node"]} if one["there"] else nodes - {one["node"]}
            events.append({**one, "second": second})
        else:
            pods.append({"pod": f"p{n}", "on": draw(st.sampled_from(sorted(nodes))), "there": True})
            events.append({**pods[-1], "second": second})
    return initial, events


class Oracle:
    """The skew that each placement made, with the nodes as they were at a moment of the second before."""

    def __init__(self, initial: list[Raw], events: list[Raw], rules: Rules) -> None:
        self._initial, self._events, self._rules = initial, events, rules

    def skews(self) -> list[tuple[str, float, bool, set[str]]]:
        """Per placement the pod, the skew, whether there was a choice, and the domains."""
        found = []
        for n, raw in enumerate(self._events):
            if "pod" not in raw or not raw["there"]:
                continue
            # How many events the scheduler knew: all, or those of which a later one came within the last second.
            known = [n] + [m for m in range(n) if raw["second"] - self._events[m]["second"] <= 1]
            pods = [one["on"] for one in self._alive(n + 1, "pod")]
            results = []
            for m in sorted(known, reverse=True):
                zones = {one["node"]: one["zone"] for one in self._alive(m, "node") if self._counted(one)}
                if m < n and raw["on"] not in zones:
                    continue
                counts = {zone: sum(zones.get(on) == zone for on in pods) for zone in zones.values()}
                few = len(counts) < (self._rules["domains"] or 1)
                least = 0 if few or not counts else min(counts.values())
                results.append(counts[zones[raw["on"]]] - least if raw["on"] in zones else None)
                if m == n:
                    domains = set(counts)
            sensible = [one for one in results if one is not None] or [0]
            first = sensible[0]
            found.append((raw["pod"], first if first <= self._rules["skew"] else min(sensible), len(domains) > 1, domains))
        return found

    def _alive(self, events: int, what: str) -> list[Raw]:
        last = {raw[what]: raw for raw in [*self._initial, *self._events[:events]] if what in raw}
        return [raw for raw in last.values() if raw["there"]]

    def _counted(self, one: Raw) -> bool:
        tolerated = self._rules["tolerates"] is not None and self._rules["tolerates"] in ("", one["taint"])
        repels = one["taint"] in ("NoSchedule", "NoExecute") and not tolerated
        kept_out = self._rules["affinity"] != "Ignore" and not one["admitted"]
        return bool(one["zone"]) and not kept_out and not (self._rules["taints"] == "Honor" and repels)


def checked(initial: list[Raw], events: list[Raw], rules: Rules) -> Finding:
    """The same, as our check sees it."""
    constraint: Json = {
        "topologyKey": "zone",
        "maxSkew": rules["skew"],
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    constraint |= {"minDomains": rules["domains"]} if rules["domains"] else {}
    constraint |= {"nodeAffinityPolicy": rules["affinity"]} if rules["affinity"] else {}
    constraint |= {"nodeTaintsPolicy": rules["taints"]} if rules["taints"] else {}
    spec: Json = {"topologySpreadConstraints": [constraint], "nodeSelector": {"admitted": "True"}}
    if rules["tolerates"] is not None:
        effect = {"effect": rules["tolerates"]} if rules["tolerates"] else {}
        spec["tolerations"] = [{"key": "some", "operator": "Exists", **effect}]
    web = replica_set("web")
    web["spec"]["template"]["spec"] |= spec

    def as_object(raw: Raw) -> Json:
        if "pod" in raw:
            made = pod(raw["pod"], web, node=f"node-{raw['on']}", **spec)
            return made if raw["there"] else terminating(made)
        taints = [f"some:{raw['taint']}"] if raw["taint"] else []
        made = node(f"node-{raw['node']}", *taints, labels={"admitted": str(raw["admitted"])})
        return changed(made, "metadata.labels.zone", raw["zone"]) if raw["zone"] else made

    stream = [(at if raw["there"] or "pod" in raw else gone)(raw["second"], as_object(raw)) for raw in events]
    return check_spread(story(web, *map(as_object, initial), *stream), "ReplicaSet", "ReplicaSet/web", "zone", rules["skew"])


@settings(max_examples=600)
@given(streams(), RULES)
def test_the_check_agrees_with_the_oracle(stream: tuple[list[Raw], list[Raw]], rules: Rules) -> None:
    initial, events = stream
    skews = Oracle(initial, events, rules).skews()
    finding = checked(initial, events, rules)
    if not any(choice for _, _, choice, _ in skews):
        assert finding.vacuous in ("there are fewer than two domains", "no pod was placed in the block")
        return
    assert finding.vacuous == ""
    above = [name for name, skew, _, _ in skews if skew > rules["skew"]]
    assert [one.what.split()[0] for one in finding.breaches] == above
    if not above:
        assert finding.evidence["highest_skew"] == max(0, *(skew for _, skew, _, _ in skews))
        assert finding.evidence["domains"] == tuple(sorted(set().union(*(domains for *_, domains in skews))))
