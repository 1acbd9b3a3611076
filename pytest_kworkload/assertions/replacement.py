"""What comes after a pod is gone: waiting for its replacement."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import NotFound
from ..guarantees.finding import Finding
from ..history.deadline import Deadline
from ..history.model import History, Object
from ..history.recording import Mark
from ..objects.pods import replacement
from ..objects.settling import incomplete
from ..workloads.controllers import Workload
from ..workloads.pods import Pod
from .window import after, settled


def after_loss(
    workload: Workload, timeout: float | None, arrived: Callable[[History, Object], Object | None], check: Callable[[History, str], Finding]
) -> dict[str, object]:
    """Delete the last pod of a settled workload, wait until it has settled again, judge."""
    namespace, recording, kind = workload.namespace, workload.namespace.recording, workload.kind
    deadline = namespace.deadline(timeout)
    pods = workload.pods()
    if not pods:
        raise NotFound(f"{workload} has no pod", "there is nothing to delete", "wait_ready() first, and have at least one replica")
    settled(workload, deadline)
    kinds = ("Pod", "ReplicaSet", kind)
    recording.barrier(deadline, *kinds)
    mark = recording.mark()
    victim = pods[-1]
    victim_object = recording.since(mark).before("Pod")[victim.uid]
    victim.delete()
    finding = after(
        lambda: wait_replaced(workload, victim_object, mark, deadline, arrived),
        namespace,
        mark,
        kinds,
        lambda history: check(history, victim.uid),
    )
    return {**finding.evidence, **{role: _pod(workload, str(finding.evidence[role])) for role in ("victim", "replacement")}}


def wait_replaced(
    workload: Workload, victim: Object, mark: Mark, deadline: Deadline, arrived: Callable[[History, Object], Object | None] | None = None
) -> Pod:
    """Wait until the victim is gone, another pod has come in its place and the workload has settled; returns the new pod."""
    recording, kind, uid = workload.namespace.recording, workload.kind, workload.uid
    find = arrived or (lambda history, victim: replacement(history, kind, uid, victim))

    def new(history: History) -> Object | None:
        gone = victim["metadata"]["uid"] not in history.objects("Pod")
        return find(history, victim) if gone and incomplete(history, kind, uid) is None else None

    found = recording.wait_for(
        new,
        f"{workload} to have a new pod in place of {victim['metadata']['name']} and to settle",
        deadline,
        since=mark,
        seen=lambda history: "\n".join([incomplete(history, kind, uid) or "no new pod", *workload.troubles(history)]),
    )
    return Pod(workload.namespace, str(found["metadata"]["name"]), str(found["metadata"]["uid"]))


def _pod(workload: Workload, uid: str) -> Pod:
    seen = workload.namespace.recording.since().seen("Pod")
    return Pod(workload.namespace, str(seen[uid]["metadata"]["name"]), uid)
