"""A kind cluster: its nodes are Docker containers, made and deleted by a process of ours that outlives pytest if necessary."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ...cluster import owners
from ...cluster.running import Running, Wish
from ...errors import ClusterError, WaitTimeout
from ...history.deadline import Deadline
from ...history.model import History, Object
from ...objects import readiness
from ...objects.claims import is_default
from ...objects.nodes import trouble
from ...settings import Settings
from ..capabilities import NEEDS
from ..leftovers import Leftover, Untouched
from ..logs import save
from ..program import Program, runs
from . import archives, guardian, leftovers, logs
from .docker import Docker, advice, kind_program, tail
from .faults import KindFaults
from .names import cluster_name, containers, prefix

# Its volumes are directories on a node: nothing is attached or shared. It measures nothing, and `kind` cannot add a node.
# The condition Unused came with Kubernetes 1.37, and which version a node image has is not known before it runs.
LACKS = frozenset({"nodes:add", "storage:rwx", "storage:rwo-attach", "claims:unused", "metrics"})
SETTLE_SECONDS = 180.0  # until everything is ready in a cluster that kind has made
KINDS = ("Node", "StorageClass", "ServiceAccount", "Deployment", "DaemonSet")


class Kind:
    name = "kind"
    capabilities = frozenset(NEEDS) - LACKS

    def start(self, wish: Wish, settings: Settings) -> Running:
        began = time.monotonic()
        docker, kind = Docker(), kind_program(settings.kind_bin)
        image = docker.image(settings.kind_image)
        spare = "nodes:stop" in wish.needs
        directory = owners.directory(prefix(wish.label))
        name = cluster_name(directory.name)
        program = _Guardian.start(guardian.command(directory, name, image, kind, config(wish.nodes, spare=spare)), directory)
        try:
            pid = _made(program, name)
            with _with_its_logs(partial(logs.export, kind, name), settings.logs, directory.name):
                given = partial(archives.give, kind, name, directory)
                loaded = [image for archive in settings.image_archives for image in given(archive, None)]
                _settle(directory / guardian.KUBECONFIG, wish.nodes + spare)
        except BaseException:  # Ctrl-C too
            program.stop()
            raise
        seconds = time.monotonic() - began
        record = {"dir": str(directory), "pid": pid, "name": name, "image": image, "kind": str(kind), "loaded": loaded, "seconds": seconds}
        return replace(self._running(program, record), faults=KindFaults(docker, containers(name, wish.nodes + spare)))

    def join(self, record: Mapping[str, Any], settings: Settings) -> Running | None:
        program = _Guardian.join(Path(record["dir"]), record["pid"])
        return None if program is None else self._running(program, record)

    def runs(self, record: Mapping[str, Any]) -> bool:
        return runs(Path(record["dir"]), record["pid"])

    def end(self, record: Mapping[str, Any]) -> None:
        directory = Path(record["dir"])
        if not _Guardian.end(directory, record["pid"]):
            raise ClusterError(
                f"the cluster {record['name']} does not end",
                f"its guardian, process {record['pid']}, is still deleting it",
                "see whether `docker ps` answers; the guardian goes on by itself",
            )
        if directory.exists():  # the guardian was killed
            leftovers.delete(directory, record["name"])

    def leftovers(self, settings: Settings) -> list[Leftover | Untouched]:
        return leftovers.found(self, hours=settings.older_than)

    def _running(self, program: Program, record: Mapping[str, Any]) -> Running:
        """A cluster that has been made. (Nobody breaks a shared one, so a process that joins it gets no faults.)"""
        kind, name = Path(record["kind"]), record["name"]
        return Running(
            self.name,
            program.directory / guardian.KUBECONFIG,
            stop=program.stop,
            seconds=record["seconds"],
            trouble=partial(_trouble, program),
            loaded=record["loaded"],
            load=partial(archives.give, kind, name, program.directory),
            logs=partial(logs.export, kind, name),
            directory=program.directory,
            record=record,
        )


class _Guardian(Program):
    """The process that makes the cluster and deletes it. Killed, it would leave containers behind."""

    patience = 60.0
    tenacious = True


def _made(program: Program, name: str) -> int:
    """Wait until kind has made it. Returns the guardian's process. Raises ClusterError."""
    line = program.first_line()
    told = json.loads(line) if line else {"failed": program.told(), "log": ""}
    if told["failed"] is not None:
        said = tail(told["log"]) if told["log"].strip() else str(told["failed"])
        raise ClusterError(f"kind could not make the cluster {name}", said, advice(told["log"]))
    return int(told["pid"])


@contextmanager
def _with_its_logs(logs: Callable[[Path], object], home: Path | None, name: str) -> Iterator[None]:
    """Add the logs, if they are wanted, to the error of a cluster that kind has made, because it is deleted then."""
    try:
        yield
    except ClusterError as error:
        if home is None:
            raise
        raise ClusterError(error.saw, f"{error.why}\n{save(logs, home / name)}", error.do) from None


def _trouble(program: Program) -> str | None:
    said = program.trouble()
    return None if said is None else f"the process that guards it has ended: {said}"


def config(nodes: int, *, spare: bool) -> dict[str, Any]:
    """What `kind create cluster --config` reads: a cluster with this many schedulable nodes.

    As in the embedded cluster, all nodes are. The first also has the control plane, unless that gets a node to itself, with its
    usual taint (`spare`): if tests break nodes, the control plane must not fail with one of them.
    """
    control_plane: dict[str, Any] = {"role": "control-plane"}
    if nodes > 1 and not spare:  # kind itself removes the taint from a single node
        taints = {"kind": "InitConfiguration", "nodeRegistration": {"taints": []}}
        control_plane["kubeadmConfigPatches"] = [json.dumps(taints)]
    workers = [{"role": "worker"}] * (nodes if spare else nodes - 1)
    return {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": [control_plane, *workers]}


def unready(history: History, nodes: int) -> list[str]:
    """What a cluster with this many nodes still lacks to be usable."""
    there = {str(one["metadata"]["name"]): one for one in history.objects("Node").values()}
    lacking = [f"node {name}: {trouble(one)}" for name, one in sorted(there.items()) if trouble(one)]
    if len(there) < nodes:
        lacking.append(f"{len(there)} of {nodes} nodes")
    if not any(map(is_default, history.objects("StorageClass").values())):
        lacking.append("no default StorageClass")
    if not any(
        (one["metadata"]["namespace"], one["metadata"]["name"]) == ("default", "default")
        for one in history.objects("ServiceAccount").values()
    ):
        lacking.append("no default service account")
    for kind in ("Deployment", "DaemonSet"):
        lacking += [f"{kind} {one['metadata']['name']}: {said}" for one in history.objects(kind).values() if (said := _waits(one))]
    return lacking


def _waits(workload: Object) -> str | None:
    """What one of the system's own workloads waits for; None if it has all its pods, and at least one."""
    nowhere = workload["kind"] == "DaemonSet" and not workload.get("status", {}).get("desiredNumberScheduled")
    return readiness.unready(workload) or ("on no node yet" if nowhere else None)


def _settle(kubeconfig: Path, nodes: int) -> None:
    """Wait until everything is ready: kind returns before that. Raises ClusterError."""
    from ...history.recorder import Recorder
    from ...history.recording import Recording
    from ...kube.client import Client
    from ...kube.watch import ClusterSource

    deadline, client = Deadline.after(SETTLE_SECONDS), Client(kubeconfig)
    recorder = Recorder(ClusterSource(client))
    try:
        recorder.record(KINDS, deadline)
        recording = Recording(recorder, None, f"kubectl --kubeconfig {kubeconfig}", "nodes")
        recording.wait_for(
            lambda history: not unready(history, nodes),
            "the cluster to be usable",
            deadline,
            seen=lambda history: "\n".join(unready(history, nodes)),
        )
    except WaitTimeout as error:
        raise ClusterError("kind made a cluster that does not become usable", str(error), advice(str(error))) from None
    finally:
        recorder.stop()
        client.close()
