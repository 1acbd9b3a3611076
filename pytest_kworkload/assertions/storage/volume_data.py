"""What is on a volume: whether it outlives its pod, and who shares it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import PurePosixPath

from ...errors import NotFound
from ...guarantees.storage.volume_data import Writer, check_data_persists, check_no_lost_updates, check_shared_across_nodes
from ...objects.claims import mounted_at
from ...workloads.controllers import Workload
from ...workloads.pods import Pod
from ..replacement import wait_replaced
from ..window import Evidence, after, held, kinds_of, settled
from . import own_files


class Persisted(Evidence):
    """The uids of the pod that wrote and of the one that read, and the claim."""

    victim: str
    replacement: str
    claim: str


class Updates(Evidence):
    """How many updates were made, and how many are there."""

    attempts: int
    recorded: int


class SharedByNodes(Evidence):
    """The nodes, and the pods on them that read each other's writes."""

    nodes: tuple[str, ...]
    pods: tuple[str, ...]


def assert_data_persists(workload: Workload, path: str, *, timeout: float | None = None) -> Persisted:
    """What a pod writes to the directory `path` is read by the pod that takes its place when it is deleted.

    The helper writes a file of its own, flushed to the volume, in the last pod; it deletes that pod, reads the file in the
    new one, and removes it. This needs a shell in the container. What is still there because the new pod is on the same node
    does not count: `path` must be on a claim. `timeout` is in seconds. Fails as vacuous if no new pod comes.
    Guarantee: pvc-data-survives-pod.
    """
    namespace, recording, kind, uid = workload.namespace, workload.namespace.recording, workload.kind, workload.uid
    deadline = namespace.deadline(timeout)
    settled(workload, deadline)
    victim, directory, content = _pods(workload)[-1], _Directory(path), secrets.token_hex(16)
    directory.write(victim, directory.file, content)
    kinds = kinds_of(kind)
    recording.barrier(deadline, *kinds)
    mark = recording.mark()
    was = recording.since(mark).before("Pod")[victim.uid]
    victim.delete()
    kept = False

    def wait() -> None:
        nonlocal kept
        pod = wait_replaced(workload, was, mark, deadline)
        kept = directory.read(pod, directory.file) == content
        directory.remove(pod, directory.file)

    finding = after(wait, namespace, mark, kinds, lambda history: check_data_persists(history, kind, uid, victim.uid, path, kept))
    return Persisted().fill(finding.evidence)


def assert_no_lost_updates(workload: Workload, path: str, *, increments: int = 3, timeout: float | None = None) -> Updates:
    """Replicas that add one to a number in the directory `path`, `increments` times each, lose no update.

    The helper keeps the number in a file of its own. All replicas read it, then all write what they read plus one: nothing
    forbids that order where there is no lock. So it fails for a volume that replicas share, and holds for claims of their own.
    This needs a shell in the container. `timeout`, in seconds, is for the workload to settle. Fails as vacuous for fewer than two
    replicas, or if `path` is not on a claim.
    Guarantee: pvc-shared-no-lock.
    """
    settled(workload, workload.namespace.deadline(timeout))
    directory, pods = _Directory(path), _pods(workload)
    writers = directory.writers(pods)
    for _ in range(increments):
        numbers = [int(directory.read(pod, directory.file) or 0) for pod in pods]
        for pod, number in zip(pods, numbers, strict=True):
            directory.write(pod, directory.file, str(number + 1))
    final = [replace(writer, number=int(directory.read(pod, directory.file) or 0)) for pod, writer in zip(pods, writers, strict=True)]
    directory.clean(pods)
    finding = check_no_lost_updates(workload.kind, workload.name, path, final, increments)
    return Updates().fill(held(finding, workload.namespace.recording.look).evidence)


def assert_shared_across_nodes(workload: Workload, path: str, *, timeout: float | None = None) -> SharedByNodes:
    """Pods of several nodes read each other's writes in the directory `path`: the promise of ReadWriteMany.

    Each pod writes a file of its own there, flushed, and must see those of all others; the files are removed. This needs a
    shell in the container. `timeout`, in seconds, is for the workload to settle. Fails as vacuous if the pods are on one node, or
    if `path` is not on a claim.
    Guarantee: pv-access-rwx.
    """
    settled(workload, workload.namespace.deadline(timeout))
    directory, pods = _Directory(path), _pods(workload)
    writers = directory.writers(pods)
    directory.clean(pods)
    finding = check_shared_across_nodes(workload.kind, workload.name, path, writers)
    return SharedByNodes().fill(held(finding, workload.namespace.recording.look).evidence)


class _Directory:
    """A directory in containers, and a file of our own in it, written in the container that mounts the directory."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.file = str(PurePosixPath(path) / own_files.own_name())

    def writers(self, pods: list[Pod]) -> list[Writer]:
        """Let every pod leave its name; then look whose names each one sees."""
        for pod in pods:
            self.write(pod, f"{self.file}.{pod.name}", pod.name)
            self.write(pod, self.file, "0")
        writers = []
        for pod in pods:
            obj = pod.get()
            names = pod.exec(["ls", "-a", self.path], container=mounted_at(obj, self.path)[0]).stdout.split()
            prefix = f"{PurePosixPath(self.file).name}."
            sees = frozenset(name.removeprefix(prefix) for name in names if name.startswith(prefix))
            writers.append(Writer(pod.name, str(obj["spec"].get("nodeName")), mounted_at(obj, self.path)[1], sees))
        return writers

    def write(self, pod: Pod, file: str, content: str) -> None:
        own_files.write(pod, self._container(pod), file, content)

    def read(self, pod: Pod, file: str) -> str | None:
        return own_files.read(pod, self._container(pod), file)

    def remove(self, pod: Pod, *files: str) -> None:
        own_files.remove(pod, self._container(pod), *files)

    def clean(self, pods: list[Pod]) -> None:
        for pod in pods:
            self.remove(pod, self.file, f"{self.file}.{pod.name}")

    def _container(self, pod: Pod) -> str:
        return mounted_at(pod.get(), self.path)[0]


def _pods(workload: Workload) -> list[Pod]:
    pods = workload.pods()
    if not pods:
        raise NotFound(f"{workload} has no pod", "a pod must write the data first", "wait_ready() first, and have at least one replica")
    return pods
