"""sched-affinity: beside which pods each pod was placed, and apart from which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ...history.model import History, Object
from ...objects.eligibility import selected_by
from ...objects.pods import controlled_by, finished, owners
from ...objects.selection import matches
from ...objects.steps import CACHE_LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import fewer_than_two_domains, nothing_placed
from .advice import placed_in_spite

Rule = Literal["apart", "together"]
NOWHERE = "a node without this label"
_FIELD = {"apart": "podAntiAffinity", "together": "podAffinity"}
REQUIRED, PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"


def check_affinity(history: History, kind: str, uid: str, key: str, rule: Rule) -> Finding:
    """No pod that was placed in the window went where a matching one was ("apart"), or all went where one was ("together")."""
    workload = history.objects(kind)[uid]
    template = workload["spec"]["template"]
    domain_of = {
        str(node["metadata"]["name"]): str(node["metadata"]["labels"][key])
        for node in history.seen("Node").values()
        if key in (node["metadata"].get("labels") or {})
    }
    admitted = {str(node["metadata"]["name"]) for node in history.objects("Node").values() if selected_by(node, template)}
    domains = sorted({domain_of[name] for name in admitted & domain_of.keys()})
    terms = (f"{rule} by {key}", f"domains: {', '.join(domains) or 'none'}")
    judging = Judging.of(CATALOGUE["sched-affinity"], workload, *terms, trigger=history.started, look=("Node",))
    placements = list(_placements(history, kind, uid, key, rule, domain_of))
    unbound = _missing_term(template, key, rule)
    if breaches := [breach for one in placements if (breach := _breach(one, rule)) is not None]:
        return judging.found(breaches, *placed_in_spite(template, unbound))
    if len(domains) < 2:
        return judging.vacuous(*fewer_than_two_domains(key))
    if not placements:
        return judging.vacuous(*nothing_placed())
    if not any(one.beside or one.elsewhere for one in placements):
        why = f"there was no matching pod to be {'apart from' if rule == 'apart' else 'together with'}"
        return judging.vacuous(why, change="spec.replicas: 2 or more; or the term's labelSelector: labels of pods that are there")
    if unbound:
        return judging.vacuous(f"no required term binds the scheduler, so the pods are {rule} by chance", change=unbound)
    placed = {one.name: NOWHERE if one.domain is None else one.domain for one in placements}
    return judging.found(evidence={"domains": tuple(domains), "placed": placed})


@dataclass(frozen=True, slots=True)
class _Placement:
    """A pod that was placed, with the matching pods in its domain and in others."""

    name: str
    at: datetime
    domain: str | None  # None: on a node without the label
    beside: tuple[str, ...]
    elsewhere: tuple[str, ...]
    possibly_beside: bool  # for all that the scheduler could know, a matching pod was in its domain
    matches_itself: bool  # then the first of its kind may be placed anywhere


def _breach(one: _Placement, rule: Rule) -> Breach | None:
    if rule == "apart":
        return Breach(f"{one.name} was placed on {one.domain}, beside {', '.join(one.beside)}", one.at) if one.beside else None
    if one.domain is None:
        return Breach(f"{one.name} was placed on {NOWHERE}", one.at)
    if one.beside or one.possibly_beside or (one.matches_itself and not one.elsewhere):
        return None
    where = f"away from {', '.join(one.elsewhere)}" if one.elsewhere else "where there was no matching pod"
    return Breach(f"{one.name} was placed on {one.domain}, {where}", one.at)


def _placements(history: History, kind: str, uid: str, key: str, rule: Rule, domain_of: Mapping[str, str]) -> Iterator[_Placement]:
    mine, pods = controlled_by(owners(history, kind, uid)), dict(history.before("Pod"))
    gone: list[tuple[datetime, Object]] = []
    stream = history.of("Pod")

    def domain(pod: Object) -> str | None:
        return domain_of.get(str(pod["spec"]["nodeName"]))

    for index, version in enumerate(stream):
        pod, before = version.object, pods.pop(version.uid, None)
        was = before is not None and _there(before)
        if was and before is not None and (version.type == "DELETED" or finished(pod)):
            gone.append((version.received, before))
        if version.type == "DELETED":
            continue
        if not was and _there(pod) and mine(pod):
            alike, here = _matching(pod, key, rule), domain(pod)
            # On a node without the label a pod is in no domain: neither beside those on another such node nor away from them.
            others = sorted((one for one in pods.values() if _there(one) and domain(one) is not None and alike(one)), key=_name)
            lately = [one for at, one in gone if version.received - at <= CACHE_LAG]
            later = [one for one in stream[index + 1 :] if one.received - version.received <= CACHE_LAG and one.uid in pods]
            soon = [one.object for one in later if _there(one.object)]  # the scheduler decides in turn, but binds at once
            yield _Placement(
                version.name,
                version.received,
                here,
                tuple(_name(one) for one in others if domain(one) == here),
                tuple(_name(one) for one in others if here is not None and domain(one) != here),
                any(alike(one) and domain(one) == here for one in (*lately, *soon)),
                alike(pod),
            )
        pods[version.uid] = pod


def _there(pod: Object) -> bool:
    """Whether the scheduler counts a pod where it is: until it has ended, also while it is terminating."""
    return bool(pod["spec"].get("nodeName")) and not finished(pod)


def _matching(pod: Object, key: str, rule: Rule) -> Callable[[Object], bool]:
    """Whether another pod is one that this pod's terms are about; without such a term, whether it has the same labels.

    A pod is apart from those that any of its terms selects, and together with those that all of them select.
    """
    terms = [one for one in _terms(pod, rule) if one.get("topologyKey") == key]
    selectors = [one.get("labelSelector") for one in terms] or [{"matchLabels": _shared_labels(pod)}]
    several = any if rule == "apart" else all
    return lambda other: several(matches(one, other["metadata"].get("labels") or {}) for one in selectors)


def _shared_labels(pod: Object) -> dict[str, str]:
    """The labels of a pod that its siblings have too."""
    labels = pod["metadata"].get("labels") or {}
    single = ("pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index")
    return {key: value for key, value in labels.items() if key not in single}


def _terms(pod: Object, rule: Rule) -> Sequence[Mapping[str, Any]]:
    return ((pod["spec"].get("affinity") or {}).get(_FIELD[rule]) or {}).get(REQUIRED) or ()


def _missing_term(template: Object, key: str, rule: Rule) -> str:
    """The change with which a term of the template binds the scheduler; empty if one does."""
    field = f"spec.template.spec.affinity.{_FIELD[rule]}"
    required = _terms(template, rule)
    if any(one.get("topologyKey") == key for one in required):
        return ""
    if required:
        return f"{field}.{REQUIRED}.0.topologyKey: {key} (now {required[0].get('topologyKey')})"
    preferred = ((template["spec"].get("affinity") or {}).get(_FIELD[rule]) or {}).get(PREFERRED)
    return f"{field}: {REQUIRED} (now {PREFERRED})" if preferred else f"{field}.{REQUIRED}: a term with topologyKey {key}"


def _name(pod: Object) -> str:
    return str(pod["metadata"]["name"])
