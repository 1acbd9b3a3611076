"""A kind cluster: nodes as containers of Docker's, made and deleted by a process of ours that outlives pytest if it has to."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ClusterError, WaitTimeout
from ..guarantees.nodes import trouble
from ..history.deadline import Deadline
from ..history.model import History, Object
from ..settings import Settings
from ..workloads.storage import is_default
from . import kind_guardian as guardian
from . import kind_images, owners
from .base import Running, Wish
from .capabilities import NEEDS
from .docker import Docker, advice, kind_program, tail
from .kind_faults import KindFaults

# Its claims are folders of a node: nothing is attached or shared. It measures nothing, and `kind` cannot add a node.
LACKS = frozenset({"nodes:add", "storage:rwx", "storage:rwo-attach", "metrics"})
SETTLE_SECONDS = 180.0  # until all of a cluster is ready that kind has made
STOP_SECONDS = 60.0
PREFIX = "kind-"  # of the directories of such clusters
KINDS = ("Node", "StorageClass", "ServiceAccount", "Deployment", "DaemonSet")


class Kind:
    name = "kind"
    capabilities = frozenset(NEEDS) - LACKS

    def start(self, wish: Wish, settings: Settings) -> Running:
        began = time.monotonic()
        docker, kind = Docker(), kind_program(settings.kind_bin)
        image = docker.image(settings.kind_image)
        spare = "nodes:stop" in wish.needs
        cluster = _Cluster(owners.directory(PREFIX), kind)
        try:
            cluster.make(image, config(wish.nodes, spare=spare))
            loaded = [name for archive in settings.image_archives for name in cluster.load(archive, None)]
            _settle(cluster.kubeconfig, wish.nodes + spare)
        except BaseException:  # Ctrl-C too
            cluster.stop()
            raise
        return Running(
            self.name,
            cluster.kubeconfig,
            stop=cluster.stop,
            seconds=time.monotonic() - began,
            trouble=cluster.trouble,
            loaded=loaded,
            load=cluster.load,
            faults=KindFaults(docker, containers(cluster.name, wish.nodes + spare)),
        )


class _Cluster:
    """One cluster: its directory, this process's share in it, and the process that ends it."""

    def __init__(self, directory: Path, kind: Path) -> None:
        self.directory, self.kubeconfig = directory, directory / guardian.KUBECONFIG
        self.name = cluster_name(directory.name)
        self._kind = kind
        self._owner: owners.Owner | None = None
        self._guardian: subprocess.Popen[str] | None = None

    def make(self, image: str, config: Mapping[str, Any]) -> None:
        """Have kind make it. Raises ClusterError."""
        try:
            self._owner = owners.own(self.directory)
            log = os.open(self.directory / guardian.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise owners.no_room(self.directory, error) from error
        try:
            # In a session of its own, so that Ctrl-C reaches pytest only.
            self._guardian = subprocess.Popen(
                guardian.command(self.directory, self.name, image, self._kind, config),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "KIND_EXPERIMENTAL_PROVIDER": "docker"},
                start_new_session=True,
                text=True,
            )
        finally:
            os.close(log)
        assert self._guardian.stdout is not None
        line = self._guardian.stdout.readline()
        told = json.loads(line) if line else {"failed": "the process that makes it has ended", "log": self._log()}
        if told["failed"] is not None:
            said = tail(told["log"]) if told["log"].strip() else str(told["failed"])
            raise ClusterError(f"kind could not make the cluster {self.name}", said, advice(told["log"]))

    def load(self, archive: Path, name: str | None) -> list[str]:
        return kind_images.load(self._kind, self.name, archive, name)

    def trouble(self) -> str | None:
        """Why it no longer runs, as far as this process can tell."""
        if self._guardian is None or self._guardian.poll() is None:
            return None
        return f"its guardian, process {self._guardian.pid}, has ended: {self._log() or 'without a word'}"

    def stop(self) -> None:
        """Let go of it; if nobody else owns it, wait until it is deleted."""
        if self._owner is not None:
            owner, self._owner = self._owner, None
            last = owner.let_go()
            if self._guardian is not None and last:
                with contextlib.suppress(subprocess.TimeoutExpired):  # it goes on by itself
                    self._guardian.wait(STOP_SECONDS)
        if self._guardian is None:
            shutil.rmtree(self.directory, ignore_errors=True)
        elif self._guardian.stdout is not None:
            self._guardian.stdout.close()

    def _log(self) -> str:
        try:
            return tail((self.directory / guardian.LOG).read_text(errors="replace"))
        except OSError:
            return ""


def config(nodes: int, *, spare: bool) -> dict[str, Any]:
    """What `kind create cluster --config` reads: a cluster in which so many nodes take pods.

    As in the embedded cluster all of them do. The first has the control plane too, unless this is to have a node to itself,
    with its usual taint (`spare`): where tests break nodes, the control plane must not go with one of them.
    """
    control_plane: dict[str, Any] = {"role": "control-plane"}
    if nodes > 1 and not spare:  # from a single node kind takes the taint away itself
        taints = {"kind": "InitConfiguration", "nodeRegistration": {"taints": []}}
        control_plane["kubeadmConfigPatches"] = [json.dumps(taints)]
    workers = [{"role": "worker"}] * (nodes if spare else nodes - 1)
    return {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": [control_plane, *workers]}


def cluster_name(directory: str) -> str:
    """How the cluster of a directory is called: kind's names are hosts' names too."""
    return f"kw-{os.getuid()}-{directory.removeprefix(PREFIX).replace('_', '-')}"


def containers(cluster: str, count: int) -> list[str]:
    """How kind names the nodes, and their containers."""
    return [f"{cluster}-control-plane", *(f"{cluster}-worker{n if n > 1 else ''}" for n in range(1, count))]


def unready(history: History, nodes: int) -> list[str]:
    """What a cluster of so many nodes still lacks to be usable."""
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
        lacking += [f"{kind} {one['metadata']['name']}: {said}" for one in history.objects(kind).values() if (said := _short(one))]
    return lacking


def _short(workload: Object) -> str | None:
    """What one of the system's own workloads waits for; None if it has all its pods."""
    status = workload.get("status") or {}
    if status.get("observedGeneration") != workload["metadata"]["generation"]:
        return "not observed yet"
    if workload["kind"] == "Deployment":
        wanted, there = workload["spec"]["replicas"], status.get("availableReplicas", 0)
    else:
        wanted, there = status["desiredNumberScheduled"], status.get("numberAvailable", 0)
        if not wanted:
            return "on no node yet"
    return None if there >= wanted else f"{there} of {wanted} pods available"


def _settle(kubeconfig: Path, nodes: int) -> None:
    """Wait until everything is ready: kind returns before that. Raises ClusterError."""
    from ..history.recorder import Recorder
    from ..history.recording import Recording
    from ..kube.client import Client
    from ..kube.watch import ClusterSource

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
