"""sched-spread: where each pod was placed, given the pods that were there at that moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...history.model import History, Object
from ...objects.domains import domain_of, domains
from ...objects.pods import controlled_by, finished, owners, terminating
from ...objects.selection import matches
from ...objects.steps import CACHE_LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import fewer_than_two_domains, nothing_placed
from .advice import placed_in_spite

FIELD = "spec.template.spec.topologySpreadConstraints"


def check_spread(history: History, kind: str, uid: str, key: str, max_skew: int) -> Finding:
    """Each pod that was placed in the window went where the skew was at most `max_skew` afterwards."""
    workload = history.objects(kind)[uid]
    template = workload["spec"]["template"]
    constraint, unbound = _constraint(template, key, max_skew)
    placements = _placements(history, kind, uid, constraint)
    domains_at_each = [one.domain_of[0] for one in placements] or [domain_of(history.objects("Node"), template, constraint)]
    every = sorted({domain for nodes in domains_at_each for domain in nodes.values()})
    terms = (f"skew of {key} at most {max_skew}", f"domains: {', '.join(every) or 'none'}")
    judging = Judging.of(CATALOGUE["sched-spread"], workload, *terms, trigger=history.started, look=("Node",))
    if all(len({*nodes.values()}) < 2 for nodes in domains_at_each):
        return judging.vacuous(*fewer_than_two_domains(key))
    if not placements:
        return judging.vacuous(*nothing_placed())
    highest, breaches = 0, []
    for one in placements:
        skews = [_skew(counts, domain, constraint) for counts, domain in one.views()]
        # What was there counts as long as it is within the bound; otherwise what the scheduler may have counted is held against it.
        skew = skews[0] if skews[0] <= max_skew else min(skews)
        highest = max(highest, skew)
        if skew > max_skew:
            counts, domain = next(one.views())
            there = ", ".join(f"{name}: {number}" for name, number in sorted(counts.items()))
            breaches.append(Breach(f"{one.name} was placed on {domain}: {there}", one.at))
    if not breaches and unbound:
        return judging.vacuous("no constraint binds the scheduler, so the pods are spread by chance", change=unbound)
    return judging.found(
        breaches,
        *placed_in_spite(template, unbound),
        evidence={"domains": tuple(every), "placed": tuple(one.name for one in placements), "highest_skew": highest},
    )


def _constraint(template: Object, key: str, max_skew: int) -> tuple[Mapping[str, Any], str]:
    """The constraint that binds the scheduler, and the change with which one does, empty if one does."""
    every = [(n, one) for n, one in enumerate(template["spec"].get("topologySpreadConstraints") or ()) if one.get("topologyKey") == key]
    fallback = {"topologyKey": key, "labelSelector": {"matchLabels": template["metadata"].get("labels") or {}}}
    change = f"{FIELD}: one with topologyKey {key}"
    for n, one in every:
        if one.get("whenUnsatisfiable") != "DoNotSchedule":
            change = f"{FIELD}.{n}.whenUnsatisfiable: DoNotSchedule (now {one.get('whenUnsatisfiable')})"
        elif int(one["maxSkew"]) > max_skew:
            change = f"{FIELD}.{n}.maxSkew: {max_skew} (now {one['maxSkew']})"
        elif not matches(one.get("labelSelector"), template["metadata"].get("labels") or {}):
            change = f"{FIELD}.{n}.labelSelector: the labels of the template"
        else:
            return one, ""
    return fallback, change


@dataclass(frozen=True, slots=True)
class _Placement:
    """A pod that was placed, the domain of each node then, and the nodes of those pods that its constraint counts."""

    name: str
    at: datetime
    node: str
    domain_of: Sequence[Mapping[str, str]]  # as the nodes were, then as the scheduler may still have known them
    there: Sequence[str]
    lately: Sequence[str]  # of those that went just before
    decided: Sequence[str]  # of those that were waiting, and are placed just after: the scheduler decides in turn, but binds at once

    def views(self) -> Iterator[tuple[Counter[str], str | None]]:
        """How many pods each domain had, and the domain of this one: what was there first, then what the scheduler may have counted."""
        known = [one for one in self.domain_of if self.node in one]  # it placed the pod on a node that it knew
        for nodes in known or self.domain_of[:1]:
            here = nodes.get(self.node)
            elsewhere = [node for node in self.decided if nodes.get(node) != here]
            for others in ([], elsewhere, [*self.lately, *elsewhere]):
                counts = Counter(dict.fromkeys(nodes.values(), 0))
                counts.update(nodes[node] for node in (*self.there, *others) if node in nodes)
                yield counts, here


def _placements(history: History, kind: str, uid: str, constraint: Mapping[str, Any]) -> list[_Placement]:
    """Each placement in the window."""
    mine, placed = controlled_by(owners(history, kind, uid)), []
    pods = dict(history.before("Pod"))
    gone: list[tuple[datetime, Object]] = []
    bound = {
        version.uid: (version.received, version.object)
        for version in reversed(history.of("Pod"))
        if version.type != "DELETED" and _counts(version.object)
    }
    for version in history.of("Pod"):
        before = pods.get(version.uid)
        if version.type == "DELETED":
            pods.pop(version.uid, None)
        else:
            pods[version.uid] = version.object
        if before is not None and _counts(before) and (version.type == "DELETED" or not _counts(version.object)):
            gone.append((version.received, before))
        fresh = version.type != "DELETED" and _counts(version.object) and (before is None or not before["spec"].get("nodeName"))
        if fresh and mine(version.object):

            def alike(pods: Iterable[Object], placed: Object = version.object) -> list[str]:
                return [str(pod["spec"]["nodeName"]) for pod in pods if _alike(pod, placed, constraint)]

            after = [bound[uid] for uid, pod in pods.items() if uid in bound and not pod["spec"].get("nodeName")]
            placed.append(
                _Placement(
                    version.name,
                    version.received,
                    str(version.object["spec"]["nodeName"]),
                    domains(history, version, constraint),
                    alike(pod for pod in pods.values() if _counts(pod)),
                    alike(pod for at, pod in gone if version.received - at <= CACHE_LAG),
                    alike(pod for at, pod in after if at - version.received <= CACHE_LAG),
                )
            )
    return placed


def _counts(pod: Object) -> bool:
    """Whether the scheduler counts a pod where it is."""
    return bool(pod["spec"].get("nodeName")) and not terminating(pod) and not finished(pod)


def _alike(pod: Object, placed: Object, constraint: Mapping[str, Any]) -> bool:
    labels, own = pod["metadata"].get("labels") or {}, placed["metadata"].get("labels") or {}
    same = all(labels.get(one) == own.get(one) for one in constraint.get("matchLabelKeys") or ())
    return same and matches(constraint.get("labelSelector"), labels)


def _skew(counts: Counter[str], domain: str | None, constraint: Mapping[str, Any]) -> int:
    if domain is None:  # where no domain is, none gets fuller
        return 0
    least = 0 if len(counts) < int(constraint.get("minDomains") or 1) else min(counts.values())
    return counts[domain] - least
