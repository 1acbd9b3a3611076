"""template-inert: a changed template touches no pod that is there (ReplicaSet, OnDelete, a high partition, a paused Deployment)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ...history.model import History, Object
from ...objects.pods import controlled_by, finished, owners, terminating
from ...objects.replicas import partition_of
from ...objects.revisions import new_replica_set, reached, template_change
from ...objects.strategy import strategy_type
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import READY_BEFORE, UPDATE_IN_THE_BLOCK, created_in_the_block


def check_not_rolled_out(history: History, kind: str, uid: str, settle: float) -> Finding:
    """The block changed the template; no pod was deleted, created or changed, and no ReplicaSet was created for it."""
    obj = history.seen(kind)[uid]
    judging = Judging.of(CATALOGUE["template-inert"], obj, _strategy_text(obj), f"watched for {settle:g} s")
    if reason := created_in_the_block(history, obj, "its pods have this template"):
        return judging.vacuous(*reason)
    update = template_change(history, kind, uid)
    if update is None:
        return judging.vacuous("the block did not change the pod template, so there was nothing to roll out", do=UPDATE_IN_THE_BLOCK)
    mine = controlled_by(owners(history, kind, uid))
    pods = [pod for pod in history.before("Pod").values() if mine(pod) and not finished(pod)]
    if not pods:
        return judging.vacuous("there was no pod that could be touched", do=f"{READY_BEFORE}, with at least 1 replica")
    # What comes after the first touch is the rollout that it began.
    breach = _new_replica_set_created(history, uid) if kind == "Deployment" else None
    breach = breach or next(_touched_pods(history, mine), None)
    rollout = _rollout_advice(obj)
    if breach is None and rollout is not None:
        return judging.vacuous(f"only luck left the pods alone: {rollout.cause}", rollout.change)
    return replace(judging, trigger=reached(history, update)).found(
        [breach] if breach else (),
        *(rollout or _intruder_advice(obj)),
        evidence={"pods": tuple(sorted(str(pod["metadata"]["name"]) for pod in pods))},
    )


def _new_replica_set_created(history: History, uid: str) -> Breach | None:
    """The ReplicaSet for the new template, which a paused Deployment does not create."""
    new = new_replica_set(history, uid)
    if new is None:
        return None
    return Breach(f"ReplicaSet {history.seen('ReplicaSet')[new]['metadata']['name']} was created for the new template")


def _touched_pods(history: History, mine: Callable[[Object], bool]) -> Iterator[Breach]:
    """Every pod that was created, was taken down, or got another spec."""
    known = dict(history.before("Pod"))
    for version in history.of("Pod"):
        pod, was = version.object, known.get(version.uid)
        if mine(pod):
            going = version.type == "DELETED" or terminating(pod)
            if was is None:
                yield Breach(f"{version.name} was created", version.received)
            elif going and not terminating(was):
                yield Breach(f"{version.name} was taken down", version.received)
            elif not going and _spec_of_template(was) != _spec_of_template(pod):
                yield Breach(f"{version.name} was changed in place", version.received)
        known[version.uid] = pod


def _spec_of_template(pod: Object) -> dict[str, Any]:
    """What a template can say of a pod: not the node, which the scheduler writes."""
    return {key: value for key, value in pod["spec"].items() if key != "nodeName"}


def _strategy_text(obj: Object) -> str:
    if obj["kind"] == "Deployment":
        return "paused" if obj["spec"].get("paused") else "not paused"
    partition = f", partition {partition_of(obj)}" if partition_of(obj) else ""
    return "no update strategy" if obj["kind"] == "ReplicaSet" else f"updateStrategy {strategy_type(obj)}{partition}"


def _rollout_advice(obj: Object) -> Advice | None:
    """Why the controller rolls a new template out by itself, and what to change; None if it does not."""
    kind, strategy = obj["kind"], strategy_type(obj)
    if kind == "Deployment" and not obj["spec"].get("paused"):
        return Advice("a Deployment rolls a new template out as soon as it has one", "spec.paused: true (pause() before the block)")
    partitioned = kind == "StatefulSet" and partition_of(obj) >= int(obj["spec"].get("replicas", 1))
    if kind in ("StatefulSet", "DaemonSet") and strategy != "OnDelete" and not partitioned:
        return Advice(f"updateStrategy {strategy} replaces the pods by itself", f"spec.updateStrategy.type: OnDelete (now {strategy})")
    return None


def _intruder_advice(obj: Object) -> Advice:
    return Advice(
        "the controller leaves its pods alone: something else touched them",
        check=f"find what, other than the controller, creates, deletes or changes pods of this {obj['kind']}",
    )
