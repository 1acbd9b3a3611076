"""deploy-rollover: a change in the middle of a rollout starts the newest version at once, and every older one goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ...history.model import History, Object
from ...objects.pods import controlled_by, controller, finished, owners, terminating
from ...objects.revisions import changed_at, new_replica_set, revision_number
from ...objects.strategy import strategy_type
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted
from ..vacuous import created_in_the_block
from .proportional_scaling import DESIRED


@dataclass
class _Older:
    """The ReplicaSets that had pods when the newest one began (which may be one of them), and what became larger after that."""

    under_way: list[str] = field(default_factory=list)
    grown: list[Breach] = field(default_factory=list)


def check_rollover(history: History, uid: str) -> Finding:
    """When the newest ReplicaSet began, another rollout was under way; nothing older grew after that, or has a pod at the end."""
    obj = history.seen("Deployment")[uid]
    terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"strategy {strategy_type(obj)}")
    judging = Judging.of(CATALOGUE["deploy-rollover"], obj, *terms)
    if reason := created_in_the_block(history, obj, "there was no older version"):
        return judging.vacuous(*reason)
    changes = _template_changes(history, uid)
    if changes < 2:
        return judging.vacuous(
            f"the block made {counted(changes, 'new version')}, and a rollover needs 2",
            do="change the template in the block, wait until its ReplicaSet has pods, and change the template again",
        )
    newest = new_replica_set(history, uid) or ""
    older = _older(history, uid, newest)
    if len(older.under_way) < 2:
        return judging.vacuous(
            "when the last version began, no other rollout was under way, so there was nothing to roll over",
            do="make the last change of the template when the ReplicaSet of the one before has pods, and before they are Ready",
        )
    name = str(history.seen("ReplicaSet")[newest]["metadata"]["name"])
    return replace(judging, trigger=changed_at(history, "Deployment", uid)).found(
        older.grown or _pods_left(history, uid, newest),
        cause="the controller only makes older ReplicaSets smaller: something else scales them or creates their pods",
        check="find what, other than the controller, scales ReplicaSets of this Deployment or creates pods for them",
        evidence={"newest": name, "older": tuple(sorted({*older.under_way} - {name}))},
    )


def _template_changes(history: History, uid: str) -> int:
    """How often the template was changed in the window."""
    every = history.versions_of("Deployment", uid)
    return sum(was["spec"]["template"] != now["spec"]["template"] for was, now in pairwise(every))


def _older(history: History, uid: str, newest: str) -> _Older:
    """One walk through the ReplicaSets' own stream, so that the order is exact."""
    older, known, began = _Older(), dict[str, Object](), False
    last = revision_number(history.seen("ReplicaSet")[newest]) if newest else 0
    for state in history.states("ReplicaSet"):
        for one, obj in state.objects.items() if state.version is None else [(state.version.uid, state.version.object)]:
            if controller(obj) != uid:
                continue
            was, name = known.get(one), str(obj["metadata"]["name"])
            if one == newest and not began and revision_number(obj) == last:
                began = True
                every = state.objects
                older.under_way = [str(every[other]["metadata"]["name"]) for other, before in known.items() if _size(before)]
            if began and one != newest and _size(obj) > (_size(was) if was else 0) and not _share_of_scaling(was, obj):
                older.grown.append(
                    Breach(f"ReplicaSet {name} grew to {counted(_size(obj), 'pod')} after the last version began", state.moment)
                )
            known[one] = obj
    return older


def _size(replica_set: Object) -> int:
    return int(replica_set["spec"].get("replicas", 1))


def _share_of_scaling(was: Object | None, now: Object) -> bool:
    """Whether a ReplicaSet got another size because its Deployment did: then each that has pods gets its share, the older ones too."""
    return was is not None and _size(was) > 0 and _desired(was) != _desired(now)


def _desired(replica_set: Object) -> str | None:
    return (replica_set["metadata"].get("annotations") or {}).get(DESIRED)


def _pods_left(history: History, uid: str, newest: str) -> Iterator[Breach]:
    mine = controlled_by(owners(history, "Deployment", uid))
    pods = [pod for pod in history.objects("Pod").values() if mine(pod) and controller(pod) != newest]
    names = sorted(str(pod["metadata"]["name"]) for pod in pods if not finished(pod) and not terminating(pod))
    if names:
        yield Breach(f"pods of older versions at the end: {len(names)}", lines=tuple(names))
