"""template-inert: a changed template touches no pod that is there (ReplicaSet, OnDelete, a high partition, a paused Deployment)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...history.model import History, Object
from ...objects.pods import controlled_by, finished, owners, terminating
from ...objects.replicas import partition_of
from ...objects.revisions import new_replica_set, reached, template_change
from ...objects.strategy import strategy_type
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_inert(history: History, kind: str, uid: str, settle: float) -> Finding:
    """The block changed the template; no pod went, came or changed, and no ReplicaSet was made for it."""
    obj = history.seen(kind)[uid]
    mine = controlled_by(owners(history, kind, uid))
    pods = {one: pod for one, pod in history.before("Pod").items() if mine(pod) and not finished(pod)}

    def found(**parts: Any) -> Finding:
        terms = (_held_by(obj), f"watched for {settle:g} s")
        return Finding(CATALOGUE["template-inert"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if uid not in history.before(kind):
        return found(vacuous=f"the block created the {kind}, so its pods have this template", change="apply it before the block")
    trigger = template_change(history, kind, uid)
    if trigger is None:
        return found(
            vacuous="the block did not change the pod template, so there was nothing to roll out",
            change="change the template in the block (set_image, patch of spec.template, restart)",
        )
    if not pods:
        return found(vacuous="there was no pod that could be touched", change="wait_ready() before the block, with at least 1 replica")
    # What comes after the first touch is the rollout that it began.
    breach = _made(history, uid) if kind == "Deployment" else None
    breach = breach or next(_touched(history, mine), None)
    rollout = _rolls_out(obj)
    if breach is None and rollout is not None:
        return found(vacuous=f"nothing but luck left the pods alone: {rollout[0]}", change=rollout[1])
    cause, change = (rollout or _left_alone(obj)) if breach else ("", "")
    return found(
        breaches=(breach,) if breach else (),
        cause=cause,
        change=change,
        trigger=reached(history, trigger),
        evidence={"pods": tuple(sorted(str(pod["metadata"]["name"]) for pod in pods.values()))},
    )


def _made(history: History, uid: str) -> Breach | None:
    """The ReplicaSet for the new template, which a paused Deployment does not make."""
    new = new_replica_set(history, uid)
    if new is None:
        return None
    return Breach(f"ReplicaSet {history.seen('ReplicaSet')[new]['metadata']['name']} was made for the new template")


def _touched(history: History, mine: Callable[[Object], bool]) -> Iterator[Breach]:
    """Every pod that came, began to go, or got another spec."""
    known = dict(history.before("Pod"))
    for version in history.of("Pod"):
        pod, was = version.object, known.get(version.uid)
        if mine(pod):
            going = version.type == "DELETED" or terminating(pod)
            if was is None:
                yield Breach(f"{version.name} was created", version.received)
            elif going and not terminating(was):
                yield Breach(f"{version.name} was taken down", version.received)
            elif not going and _spec(was) != _spec(pod):
                yield Breach(f"{version.name} was changed in place", version.received)
        known[version.uid] = pod


def _spec(pod: Object) -> dict[str, Any]:
    """What a template can say of a pod: not the node, which the scheduler writes."""
    return {key: value for key, value in pod["spec"].items() if key != "nodeName"}


def _held_by(obj: Object) -> str:
    if obj["kind"] == "Deployment":
        return "paused" if obj["spec"].get("paused") else "not paused"
    partition = f", partition {partition_of(obj)}" if partition_of(obj) else ""
    return "it has no update strategy" if obj["kind"] == "ReplicaSet" else f"updateStrategy {strategy_type(obj)}{partition}"


def _rolls_out(obj: Object) -> tuple[str, str] | None:
    """Why the controller rolls a new template out by itself, and what to change; None if it does not."""
    kind, strategy = obj["kind"], strategy_type(obj)
    if kind == "Deployment" and not obj["spec"].get("paused"):
        return "a Deployment rolls a new template out as soon as it has one", "spec.paused: true (pause() before the block)"
    partitioned = kind == "StatefulSet" and partition_of(obj) >= int(obj["spec"].get("replicas", 1))
    if kind in ("StatefulSet", "DaemonSet") and strategy != "OnDelete" and not partitioned:
        return f"updateStrategy {strategy} replaces the pods by itself", f"spec.updateStrategy.type: OnDelete (now {strategy})"
    return None


def _left_alone(obj: Object) -> tuple[str, str]:
    return (
        "the controller leaves its pods alone; see who touched them",
        f"what creates, deletes or changes pods of this {obj['kind']} beside its controller",
    )
