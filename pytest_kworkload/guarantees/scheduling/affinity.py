"""sched-affinity: beside which pods each pod was placed, or apart from which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    placements = list(_placements(history, kind, uid, key, rule, domain_of))
    tested = [one for one in placements if one.beside or one.elsewhere]

    def found(**parts: Any) -> Finding:
        terms = (f"{rule} by {key}", f"domains: {', '.join(domains) or 'none'}")
        return Finding(CATALOGUE["sched-affinity"], f"{kind} {workload['metadata']['name']}", terms, trigger=history.started, **parts)

    unbound = _unbound(template, key, rule)
    breaches = tuple(filter(None, (_breach(one, rule) for one in placements)))
    if breaches:
        past = template["spec"].get("nodeName")
        change = f"spec.template.spec.nodeName: leave it out (now {past})" if past else unbound or "who else places pods with these labels"
        return found(breaches=breaches, change=change)
    if len(domains) < 2:
        return found(vacuous="there are not two domains", change=f"nodes with the label {key}, or the template's nodeSelector")
    if not placements:
        return found(vacuous="no pod was placed in the block", change="scale up, or create the workload, in the block")
    if not tested:
        return found(vacuous=f"there was no matching pod to be {rule}", change="spec.replicas: 2 or more, or the term's labelSelector")
    if unbound:
        return found(vacuous="nothing but luck placed the pods so: no required term binds the scheduler to it", change=unbound)
    return found(
        evidence={"domains": tuple(domains), "placed": {one.name: NOWHERE if one.domain is None else one.domain for one in placements}}
    )


@dataclass(frozen=True, slots=True)
class _Placement:
    """A pod that was placed, with the matching pods in its domain and elsewhere; `may` could have been in its domain for the scheduler."""

    name: str
    at: datetime
    domain: str | None  # None: on a node without the label
    beside: tuple[str, ...]
    elsewhere: tuple[str, ...]
    may: bool
    itself: bool  # it matches its own term: the first of its kind may go anywhere


def _breach(one: _Placement, rule: Rule) -> Breach | None:
    if rule == "together" and one.domain is None:
        return Breach(f"{one.name} was placed on {NOWHERE}", one.at)
    if rule == "apart" and one.beside:
        return Breach(f"{one.name} was placed on {one.domain}, where {', '.join(one.beside)} was", one.at)
    if rule == "together" and not one.beside and not one.may and (one.elsewhere or not one.itself):
        there = f"{', '.join(one.elsewhere)} was elsewhere" if one.elsewhere else "no matching pod was"
        return Breach(f"{one.name} was placed on {one.domain}, where {there}", one.at)
    return None


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
            alike, here = _selector(pod, key, rule), domain(pod)
            # On a node without the label a pod is nowhere: neither beside those on another such node nor elsewhere.
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


def _selector(pod: Object, key: str, rule: Rule) -> Any:
    """Whether another pod is one that this pod's terms are about; without such a term, whether it has the same labels.

    A pod is apart from those that any of its terms selects, and together with those that all of them select.
    """
    terms = [one for one in _terms(pod, rule) if one.get("topologyKey") == key]
    selectors = [one.get("labelSelector") for one in terms] or [{"matchLabels": _own(pod)}]
    several = any if rule == "apart" else all
    return lambda other: several(matches(one, other["metadata"].get("labels") or {}) for one in selectors)


def _own(pod: Object) -> dict[str, str]:
    """The labels of a pod that its siblings have too."""
    labels = pod["metadata"].get("labels") or {}
    single = ("pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index")
    return {key: value for key, value in labels.items() if key not in single}


def _terms(pod: Object, rule: Rule) -> Sequence[Mapping[str, Any]]:
    return ((pod["spec"].get("affinity") or {}).get(_FIELD[rule]) or {}).get(REQUIRED) or ()


def _unbound(template: Object, key: str, rule: Rule) -> str:
    """What to change if no term of the template binds the scheduler; empty if one does."""
    field = f"spec.template.spec.affinity.{_FIELD[rule]}"
    required = _terms(template, rule)
    if any(one.get("topologyKey") == key for one in required):
        return ""
    if required:
        return f"{field}.{REQUIRED}.0.topologyKey: {key} (now {required[0].get('topologyKey')})"
    preferred = ((template["spec"].get("affinity") or {}).get(_FIELD[rule]) or {}).get(PREFERRED)
    return f"{field}: {REQUIRED} instead of preferred..." if preferred else f"{field}.{REQUIRED}: a term with topologyKey {key}"


def _name(pod: Object) -> str:
    return str(pod["metadata"]["name"])
