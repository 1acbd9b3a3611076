"""deploy-rollover: a change in the middle of a rollout starts the newest version at once, and every older one goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ...history.model import History, Object
from ...objects.pods import controlled_by, controller, finished, owners, terminating
from ...objects.revisions import changed_at, new_replica_set, revision_number
from ...objects.strategy import strategy_type
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from .proportional import DESIRED


@dataclass
class _Older:
    """The ReplicaSets that had pods when the newest one began (which may be one of them), and what became larger after that."""

    under_way: list[str] = field(default_factory=list)
    grown: list[Breach] = field(default_factory=list)


def check_rollover(history: History, uid: str) -> Finding:
    """When the newest ReplicaSet began, another rollout was under way; nothing older grew after that, or has a pod in the end."""
    obj = history.seen("Deployment")[uid]

    def found(**parts: Any) -> Finding:
        terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"strategy {strategy_type(obj)}")
        return Finding(CATALOGUE["deploy-rollover"], f"Deployment {obj['metadata']['name']}", terms, **parts)

    if uid not in history.before("Deployment"):
        return found(vacuous="the block created the Deployment, so there was no older version", change="apply it before the block")
    changes = _changes(history, uid)
    if changes < 2:
        return found(
            vacuous=f"the block made {changes} new version{'' if changes == 1 else 's'}, and a rollover needs two",
            change="change the template in the block, wait until its ReplicaSet has pods, and change the template again",
        )
    newest = new_replica_set(history, uid) or ""
    older = _older(history, uid, newest)
    if len(older.under_way) < 2:
        return found(
            vacuous="when the last version began, no other rollout was under way, so there was nothing to roll over",
            change="the last change of the template: when the ReplicaSet of the change before has pods, and before they are Ready",
        )
    name = str(history.seen("ReplicaSet")[newest]["metadata"]["name"])
    breaches = older.grown or [*_left(history, uid, newest)]
    return found(
        breaches=tuple(breaches),
        cause="the Deployment makes older ReplicaSets only smaller: something else works on them" if breaches else "",
        change="what scales or feeds ReplicaSets of this Deployment: leave them to it, and scale the Deployment" if breaches else "",
        trigger=changed_at(history, "Deployment", uid),
        evidence={"newest": name, "older": tuple(sorted({*older.under_way} - {name}))},
    )


def _changes(history: History, uid: str) -> int:
    """How often the template was changed in the window."""
    every = history.versions_of("Deployment", uid)
    return sum(was["spec"]["template"] != now["spec"]["template"] for was, now in pairwise(every))


def _older(history: History, uid: str, newest: str) -> _Older:
    """One walk through the ReplicaSets' own stream, so that the order is exact."""
    found, known, began = _Older(), dict[str, Object](), False
    last = revision_number(history.seen("ReplicaSet")[newest]) if newest else 0
    for state in history.states("ReplicaSet"):
        for one, obj in state.objects.items() if state.version is None else [(state.version.uid, state.version.object)]:
            if controller(obj) != uid:
                continue
            was, name = known.get(one), str(obj["metadata"]["name"])
            if one == newest and not began and revision_number(obj) == last:
                began = True
                every = state.objects
                found.under_way = [str(every[other]["metadata"]["name"]) for other, before in known.items() if _size(before)]
            if began and one != newest and _size(obj) > (_size(was) if was else 0) and not _scaled(was, obj):
                found.grown.append(Breach(f"ReplicaSet {name} grew to {_size(obj)} pods after the last version began", state.moment))
            known[one] = obj
    return found


def _size(replica_set: Object) -> int:
    return int(replica_set["spec"].get("replicas", 1))


def _scaled(was: Object | None, now: Object) -> bool:
    """Whether a ReplicaSet got another size because its Deployment did: then each that has pods gets its share, the older ones too."""
    return was is not None and _size(was) > 0 and _desired(was) != _desired(now)


def _desired(replica_set: Object) -> str | None:
    return (replica_set["metadata"].get("annotations") or {}).get(DESIRED)


def _left(history: History, uid: str, newest: str) -> Iterator[Breach]:
    mine = controlled_by(owners(history, "Deployment", uid))
    pods = [pod for pod in history.objects("Pod").values() if mine(pod) and controller(pod) != newest]
    names = sorted(str(pod["metadata"]["name"]) for pod in pods if not finished(pod) and not terminating(pod))
    if names:
        yield Breach(f"pods of older versions in the end: {len(names)}", lines=tuple(names))
