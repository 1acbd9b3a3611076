"""sched-spread: where each pod was placed, beside those that were there at that moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..history.model import History, Object
from .catalogue import CATALOGUE
from .eligibility import selected_by
from .finding import Breach, Finding
from .pods import controlled_by, finished, owners, terminating
from .selection import matches
from .steps import CACHE_LAG

FIELD = "spec.template.spec.topologySpreadConstraints"


def check_spread(history: History, kind: str, uid: str, key: str, max_skew: int) -> Finding:
    """Each pod that was placed in the window went where it made the skew no larger than `max_skew`."""
    workload = history.objects(kind)[uid]
    template = workload["spec"]["template"]
    nodes = {str(one["metadata"]["name"]): one for one in history.objects("Node").values()}
    domain_of = {
        name: str(node["metadata"]["labels"][key]) for name, node in nodes.items() if key in (node["metadata"].get("labels") or {})
    }
    domains = sorted({domain_of[name] for name in domain_of if selected_by(nodes[name], template)})

    def found(**parts: Any) -> Finding:
        terms = (f"skew of {key} at most {max_skew}", f"domains: {', '.join(domains) or 'none'}")
        return Finding(CATALOGUE["sched-spread"], f"{kind} {workload['metadata']['name']}", terms, trigger=history.started, **parts)

    constraint, unbound = _constraint(template, key, max_skew)
    if len(domains) < 2:
        return found(
            vacuous="there are not two domains to spread over", change=f"nodes with the label {key}, or the template's nodeSelector"
        )
    placements = _placements(history, kind, uid, constraint, domain_of)
    if not placements:
        return found(vacuous="no pod was placed in the block", change="scale up, or create the workload, in the block")
    highest, breaches = 0, []
    for one in placements:
        skews = [_skew(view, one.domain, domains, constraint) for view in one.views()]
        # What was there is told as long as it is within the bound; else what the scheduler may have counted is held against it.
        skew = skews[0] if skews[0] <= max_skew else min(skews)
        highest = max(highest, skew)
        if skew > max_skew:
            there = ", ".join(f"{domain}: {one.counts[domain]}" for domain in domains)
            breaches.append(Breach(f"{one.name} was placed on {one.domain}: {there}", one.at))
    if breaches:
        past = template["spec"].get("nodeName")
        change = f"spec.template.spec.nodeName: leave it out (now {past})" if past else unbound or "who else places pods with these labels"
        return found(breaches=tuple(breaches), change=change)
    if unbound:
        return found(vacuous="nothing but luck spread the pods: no constraint binds the scheduler to it", change=unbound)
    return found(evidence={"domains": tuple(domains), "placed": tuple(one.name for one in placements), "highest_skew": highest})


def _constraint(template: Object, key: str, max_skew: int) -> tuple[Mapping[str, Any], str]:
    """The constraint that binds the scheduler, and what to change if there is none."""
    every = [(n, one) for n, one in enumerate(template["spec"].get("topologySpreadConstraints") or ()) if one.get("topologyKey") == key]
    fallback = {"labelSelector": {"matchLabels": template["metadata"].get("labels") or {}}}
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
    """A pod that was placed: how many are in each domain then, and of which pods the scheduler may have thought otherwise."""

    name: str
    at: datetime
    domain: str
    counts: Counter[str]
    lately: Counter[str]  # went just before
    decided: Counter[str]  # were waiting, and are placed just after: the scheduler decides in turn, but binds at once

    def views(self) -> list[Counter[str]]:
        """What the scheduler may have counted, what was there first."""
        elsewhere = Counter({domain: number for domain, number in self.decided.items() if domain != self.domain})
        return [self.counts, self.counts + elsewhere, self.counts + self.lately + elsewhere]


def _placements(history: History, kind: str, uid: str, constraint: Mapping[str, Any], domain_of: Mapping[str, str]) -> list[_Placement]:
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

            def count(pods: Iterable[Object], placed: Object = version.object) -> Counter[str]:
                alike = [pod["spec"]["nodeName"] for pod in pods if _alike(pod, placed, constraint)]
                return Counter(domain_of[node] for node in alike if node in domain_of)

            after = [bound[uid] for uid, pod in pods.items() if uid in bound and not pod["spec"].get("nodeName")]
            placed.append(
                _Placement(
                    version.name,
                    version.received,
                    domain_of.get(str(version.object["spec"]["nodeName"]), "a node without this label"),
                    count(pod for pod in pods.values() if _counts(pod)),
                    count(pod for at, pod in gone if version.received - at <= CACHE_LAG),
                    count(pod for at, pod in after if at - version.received <= CACHE_LAG),
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


def _skew(counts: Counter[str], domain: str, domains: list[str], constraint: Mapping[str, Any]) -> int:
    least = 0 if len(domains) < int(constraint.get("minDomains") or 1) else min(counts[one] for one in domains)
    return counts[domain] - least
