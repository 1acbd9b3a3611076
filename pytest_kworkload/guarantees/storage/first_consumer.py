"""pvc-wait-first-consumer: no volume before a pod needs it, and then one for the pod's node."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.claims import CLAIM, PROVISIONED, VOLUME, pod_names, users, volume_of
from ...objects.eligibility import selects_node
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import created_in_the_block

SELECTED = "volume.kubernetes.io/selected-node"  # the scheduler writes it when it has found a node for the first pod


def has_volume_and_node(history: History, uid: str) -> bool:
    """Whether the claim has a volume and a pod that uses it has a node."""
    claim = history.objects(CLAIM).get(uid)
    if claim is None:
        return False
    return bool(claim["spec"].get("volumeName")) and any(map(_node, users(history.objects("Pod").values(), claim)))


def check_first_consumer(history: History, uid: str) -> Finding:
    """Hold every version of the claim in the window, and its volume, against the pods that came in the window."""
    claim = history.seen(CLAIM)[uid]
    storage_class = str(claim["spec"].get("storageClassName") or "''")
    early, consumers = (users(pods.values(), claim) for pods in (history.before("Pod"), history.seen("Pod")))
    judging = Judging.of(CATALOGUE["pvc-wait-first-consumer"], claim, f"class {storage_class}", trigger=history.started, look=(VOLUME,))
    if reason := created_in_the_block(history, claim, "nothing shows that it waits"):
        return judging.vacuous(*reason)
    if early:
        return judging.vacuous(f"a pod used the claim before the block already: {pod_names(early)}", do="apply the pod in the block")
    if hasty := _hasty(history, uid, history.before(CLAIM)[uid]):
        return judging.found(
            [hasty],
            cause=f"class {storage_class} does not wait for a pod, or somebody made the volume for this claim",
            change=f"spec.storageClassName: a class with volumeBindingMode: WaitForFirstConsumer (now {storage_class})",
        )
    if not consumers:
        return judging.vacuous("no pod that uses the claim came in the block", do="apply a pod that uses the claim in the block")
    pod = next(filter(_node, consumers), None)
    if pod is None:
        return judging.found([Breach(f"no pod that uses it was scheduled: {pod_names(consumers)}")], check="what the pod's events say")
    return judging.found(
        _misplaced(history, claim, pod),
        check="the class's provisioner: where it makes volumes",
        evidence={"volume": str(claim["spec"].get("volumeName") or ""), "node": _node(pod)},
    )


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


def _node(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")
