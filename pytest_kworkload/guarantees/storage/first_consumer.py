"""pvc-wait-first-consumer: no volume before a pod needs it, and then one for the pod's node."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, PROVISIONED, pod_names, users, volume_of
from ...objects.eligibility import selects_node
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

SELECTED = "volume.kubernetes.io/selected-node"  # the scheduler writes it when it has found a node for the first pod


def placed(history: History, uid: str) -> bool:
    """Whether the claim has a volume and a pod that uses it has a node."""
    claim = history.objects(CLAIM).get(uid)
    if claim is None:
        return False
    return bool(claim["spec"].get("volumeName")) and any(map(_node, users(history.objects("Pod").values(), claim)))


def check_first_consumer(history: History, uid: str) -> Finding:
    """Hold every version of the claim in the window, and its volume, against the pods that came in the window."""
    claim, before = history.seen(CLAIM)[uid], history.before(CLAIM).get(uid)
    early, consumers = (users(pods.values(), claim) for pods in (history.before("Pod"), history.seen("Pod")))

    def found(**parts: Any) -> Finding:
        subject = f"{CLAIM} {claim['metadata']['name']}"
        return Finding(CATALOGUE["pvc-wait-first-consumer"], subject, (f"class {_class(claim)}",), trigger=history.started, **parts)

    if before is None:
        return found(vacuous="the claim was not there before the block, so nothing shows that it waits", change="apply it before the block")
    if early:
        return found(vacuous=f"a pod used the claim before the block already: {pod_names(early)}", change="apply the pod in the block")
    hasty = _hasty(history, uid, before)
    if hasty is not None:
        return found(
            breaches=(hasty,),
            cause=f"class {_class(claim)} does not wait for a pod, or somebody made the volume for this claim",
            change="a StorageClass with volumeBindingMode: WaitForFirstConsumer",
        )
    if not consumers:
        return found(vacuous="no pod that uses the claim came in the block", change="a pod that uses the claim, applied in the block")
    if not any(map(_node, consumers)):
        return found(breaches=(Breach(f"no pod that uses it was scheduled: {pod_names(consumers)}"),), change="what the pod's events name")
    breaches = tuple(_misplaced(history, claim, next(pod for pod in consumers if _node(pod))))
    volume, node = str(claim["spec"].get("volumeName") or ""), next(_node(pod) for pod in consumers if _node(pod))
    change = "the class's provisioner" if breaches else ""
    return found(breaches=breaches, change=change, evidence={"volume": volume, "node": node})


def _hasty(history: History, uid: str, before: Object) -> Breach | None:
    """A volume that came before a pod, or before the scheduler had found a node for one."""
    if before["spec"].get("volumeName"):
        return Breach(f"it had volume {before['spec']['volumeName']} before any pod used it")
    made = next((version for version in history.of(CLAIM) if version.uid == uid and version.object["spec"].get("volumeName")), None)
    if made is None:
        return None
    pods = [*history.before("Pod").values(), *(one.object for one in history.of("Pod") if one.revision < made.revision)]
    if not users(pods, made.object):
        return Breach(f"it got volume {made.object['spec']['volumeName']} before any pod used it", made.received)
    volume = volume_of(history, made.object)
    annotated = SELECTED in (made.object["metadata"].get("annotations") or {})
    # A volume that was there already is bound by the scheduler itself, which leaves no note of the node.
    if annotated or volume is None or PROVISIONED not in (volume["metadata"].get("annotations") or {}):
        return None
    return Breach(f"it got volume {volume['metadata']['name']} before a node was selected for a pod", made.received)


def _misplaced(history: History, claim: Object, pod: Object) -> list[Breach]:
    """What is wrong with the volume, seen from the pod's node."""
    volume, node = volume_of(history, claim), _node(pod)
    if volume is None:
        return [Breach(f"it has no volume, although pod {pod['metadata']['name']} is on {node}")]
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    there = next((one for one in history.seen("Node").values() if one["metadata"]["name"] == node), None)
    if required is not None and there is not None and not selects_node(required, there):
        return [Breach(f"volume {volume['metadata']['name']} cannot be used on {node}, where pod {pod['metadata']['name']} is")]
    return []


def _class(claim: Object) -> str:
    return str(claim["spec"].get("storageClassName") or "''")


def _node(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")
