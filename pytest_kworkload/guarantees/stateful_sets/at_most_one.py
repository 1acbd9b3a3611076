"""sts-at-most-one: a replica's successor comes only after the old pod is gone, and its processes with it."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.containers import running_containers
from ...objects.pods import controller, ordinal
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_at_most_one(history: History, uid: str) -> Finding:
    """When a pod of an ordinal was created, none was there, and the kubelet had told that the last one's containers had ended."""
    obj = history.seen("StatefulSet")[uid]
    alive = {one: pod for one, pod in history.before("Pod").items() if controller(pod) == uid}
    unconfirmed: dict[int, Object] = {}  # the last pod of an ordinal, if its containers may still run
    replaced: list[str] = []
    went: set[int] = set()
    breaches = []
    for version in history.of("Pod"):
        pod = version.object
        if controller(pod) != uid:
            continue
        n = ordinal(pod)
        if version.type == "DELETED":
            alive.pop(version.uid, None)
            went.add(n)
            if running_containers(pod):
                unconfirmed[n] = pod
            continue
        if version.type == "ADDED":
            others = [one for one in alive.values() if ordinal(one) == n]
            lines = tuple(f"{one['metadata']['name']}  uid {one['metadata']['uid']}" for one in others)
            if others:
                breaches.append(Breach(f"{version.name} was created beside another pod of its ordinal", version.received, lines=lines))
            if n in unconfirmed:
                lines = tuple(f"container {one}  was running when the pod's object went" for one in running_containers(unconfirmed.pop(n)))
                breaches.append(
                    Breach(f"{version.name} was created although its predecessor's processes may still run", version.received, lines=lines)
                )
            if n in went:
                replaced.append(version.name)
        alive[version.uid] = pod
    grace = obj["spec"]["template"]["spec"].get("terminationGracePeriodSeconds", 30)
    terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"terminationGracePeriodSeconds {grace}")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-at-most-one"], f"StatefulSet {obj['metadata']['name']}", terms, **parts)

    if not breaches and not replaced:
        return found(
            vacuous="no replica was replaced in the block, so there was no moment for two",
            change="delete a pod, or update the set, in the block",
        )
    cause, change = _why(int(grace)) if breaches else ("", "")
    return found(breaches=tuple(breaches), cause=cause, change=change, trigger=history.started, evidence={"replaced": tuple(replaced)})


def _why(grace: int) -> tuple[str, str]:
    if grace == 0:
        return (
            "a grace period of 0 takes the object away without waiting for the node to stop its processes",
            "spec.template.spec.terminationGracePeriodSeconds: 1 or more (now 0)",
        )
    return (
        "somebody deleted the pod by force (a grace period of 0), so nothing was waited for",
        "the deletion: without grace_seconds=0; for a lost node, delete its Node object or taint it node.kubernetes.io/out-of-service",
    )
