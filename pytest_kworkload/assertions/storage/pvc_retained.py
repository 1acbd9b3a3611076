"""Claims that outlive what used them, and their data."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from ...errors import ApiError
from ...guarantees.finding import Breach, Finding
from ...guarantees.storage.departure import After, why_not_departed
from ...guarantees.storage.pvc_retained import check_pvc_retained, claims_of, nothing_written
from ...history.deadline import Deadline
from ...history.model import History, Object
from ...history.recording import Mark
from ...objects.claims import CLAIM
from ...workloads.controllers import Scalable, Workload
from ...workloads.handle import applied_again, raw
from ...workloads.pods import Pod
from ..window import Evidence, Window, kinds_of, settled, violated
from . import own_files


class PvcRetained(Evidence):
    """The claims with their volumes, how many of them had data that was read back, and the workload that is there now."""

    claims: Mapping[str, str]
    read_back: int
    workload: Workload


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file on a claim held before, and the pod that it was read from."""

    path: str
    container: str
    content: str
    pod_uid: str


def assert_pvc_retained(
    workload: Workload,
    *,
    after: After,
    path: str | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[PvcRetained]:
    """The workload's claims and their data outlive what the `with` block does.

    `after` says what that is: "pod-delete", "scale-down" or "delete" (of the workload). Each claim must be the same object (by
    uid), owned by nothing that would take it along later (an owner that it had before, and that stays, does not), bound to the
    same volume. Then the data is read by the new pods: for that the helper scales the workload up again, or creates it again from
    its own manifest. `path` is a file on the claim, in the first container that mounts it; what it held before must still be its
    beginning (so it may grow). Without `path` the helper writes a file of its own there and removes it afterwards; this needs a
    shell in the container. `timeout` is in seconds. Fails as vacuous if the block does not do what `after` says, if no pod uses a
    claim, or if nothing had been written to `path`.
    Guarantee: sts-pvc-retain.
    """
    namespace = workload.namespace
    claims: dict[str, Object] = {}
    kept: dict[str, _Kept] = {}
    manifest: dict[str, Any] = {}
    kinds = kinds_of(workload.kind, CLAIM)
    own = own_files.own_name() if path is None else None

    def prepare() -> None:
        namespace.recording.barrier(namespace.deadline(None), *kinds)
        manifest.update(raw(workload))
        claims.update(claims_of(namespace.recording.since(), workload.kind, workload.uid))
        names = {str(claim["metadata"]["name"]) for claim in claims.values()}
        for pod in workload.pods():
            kept.update(_read(pod, names, path, own))
        if claims and not kept:
            raise violated(nothing_written(workload.kind, workload.name, after, path), namespace.recording.look)

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording, kind, uid = namespace.recording, workload.kind, workload.uid
        if after == "pod-delete" or after == "scale-down":
            settled(workload, deadline)
        elif not workload.exists():
            recording.wait_for(
                lambda history: why_not_departed(history, kind, uid, after) is None,
                f"{workload} and its pods to be gone",
                deadline,
                since=mark,
                seen=lambda history: why_not_departed(history, kind, uid, after) or "",
            )
        # A claim whose owner is gone will follow it: the garbage collector is told by the owner's deletion.
        recording.wait_for(
            lambda history: not _being_deleted(history, claims), "claims that are being deleted to be gone", deadline, since=mark
        )

    def conclude(finding: Finding, deadline: Deadline) -> Finding:
        if after == "scale-down" and isinstance(workload, Scalable):
            workload.scale(int(manifest["spec"]["replicas"])).wait_ready(deadline.remaining)
        elif after == "delete":
            applied_again(workload, manifest).wait_ready(deadline.remaining)
        back: Workload = type(workload)(namespace, workload.name)
        back.get()
        breaches, read = [], 0
        pods = {pod.uid: pod for pod in back.pods()}
        for claim, was in kept.items():
            pod = next((one for one in pods.values() if claim in _claims(one.get())), None)
            if pod is None:
                breaches.append(Breach(f"no pod uses claim {claim} again"))
                continue
            try:
                now = pod.read_file(was.path, container=was.container)
            except ApiError as error:
                breaches.append(Breach(f"{was.path} on claim {claim} cannot be read by the new pod", lines=(error.why,)))
                continue
            if not now.startswith(was.content):
                breaches.append(
                    Breach(f"{was.path} on claim {claim} lost its content", lines=(f"before: {was.content[:60]!r}", f"now: {now[:60]!r}"))
                )
            read += pod.uid != was.pod_uid
            if own is not None:
                own_files.remove(pod, was.container, was.path)
        if not breaches and read == 0:
            why = "every claim is still used by the pod that used it before"
            return replace(finding, vacuous=why, check="delete a pod, or the workload, in the block")
        check = "what else writes to the volume, or empties it: the program when it starts, above all" if breaches else ""
        return replace(finding, breaches=tuple(breaches), check=check, evidence={**finding.evidence, "read_back": read, "workload": back})

    return Window(
        "assert_pvc_retained",
        workload,
        PvcRetained(),
        kinds,
        judge=lambda history: check_pvc_retained(history, workload.kind, workload.uid, claims, after),
        settle=settle,
        timeout=timeout,
        prepare=prepare,
        conclude=conclude,
    ).by(trigger)


def _being_deleted(history: History, uids: Iterable[str]) -> list[str]:
    now = history.objects(CLAIM)
    return [uid for uid in uids if uid in now and now[uid]["metadata"].get("deletionTimestamp")]


def _claims(pod: Object) -> dict[str, str]:
    """The claims of a pod, with the names of their volumes."""
    volumes = pod["spec"].get("volumes") or ()
    return {one["persistentVolumeClaim"]["claimName"]: one["name"] for one in volumes if "persistentVolumeClaim" in one}


def _read(pod: Pod, names: set[str], path: str | None, own: str | None) -> dict[str, _Kept]:
    """What the pod's claims hold at `path`, or in a file of our own, written now and flushed to the volume."""
    found: dict[str, _Kept] = {}
    obj = pod.get()
    for claim, volume in _claims(obj).items():
        for container in obj["spec"]["containers"]:
            mounts = [one for one in container.get("volumeMounts") or () if one["name"] == volume]
            if claim not in names or claim in found or not mounts:
                continue
            name, mount = container["name"], PurePosixPath(mounts[0]["mountPath"])
            if own is not None:
                content = secrets.token_hex(16)
                own_files.write(pod, name, str(mount / own), content)
                found[claim] = _Kept(str(mount / own), name, content, pod.uid)
            elif path is not None and mount in PurePosixPath(path).parents:
                if there := own_files.read(pod, name, path):
                    found[claim] = _Kept(path, name, there, pod.uid)
    return found
