"""Controllers of pods: Deployment, ReplicaSet, StatefulSet, DaemonSet."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..errors import NotFound
from ..history.deadline import Deadline
from ..history.model import History, Object
from ..objects import readiness
from ..objects.pods import controller
from ..objects.settling import too_few_ready
from .handle import Handle
from .pods import Pod, labels_of

if TYPE_CHECKING:
    from ..kube.exec import Executed
    from ..kube.portforward import Forward

REVISION = "deployment.kubernetes.io/revision"


class Workload(Handle):
    """What controllers of pods have in common."""

    def pods(self) -> list[Pod]:
        """The pods that this object controls now (by uid, not by labels), by name; terminating ones are left out."""
        me = self.get()
        owners = self._owners(me)
        selector = labels_of(me["spec"]["selector"])
        found = self.client.list("Pod", self.namespace.name, label_selector=selector)
        mine = [one for one in found if controller(one) in owners and not one["metadata"].get("deletionTimestamp")]
        return [
            Pod(self.namespace, one["metadata"]["name"], one["metadata"]["uid"], int(one["metadata"]["resourceVersion"]))
            for one in sorted(mine, key=lambda one: _natural(one["metadata"]["name"]))
        ]

    def _owners(self, me: Object) -> set[str]:
        return {str(me["metadata"]["uid"])}

    def set_image(self, container: str, image: str) -> Self:
        """Change a container's image in the template: `kubectl set image`."""
        return self.patch({"spec": {"template": {"spec": {self._group(container): [{"name": container, "image": image}]}}}})

    def set_env(self, container: str, **variables: str | None) -> Self:
        """Set environment variables of a container in the template, or remove them (None): `kubectl set env`."""
        env = [{"name": name, **({"$patch": "delete"} if value is None else {"value": value})} for name, value in variables.items()]
        return self.patch({"spec": {"template": {"spec": {self._group(container): [{"name": container, "env": env}]}}}})

    def _group(self, container: str) -> str:
        """The field of the template's spec that contains the container."""
        spec = self.get()["spec"]["template"]["spec"]
        groups = {group: [one["name"] for one in spec.get(group) or ()] for group in ("containers", "initContainers")}
        for group, names in groups.items():
            if container in names:
                return group
        raise NotFound.among("container", container, f"the template of {self}", [one for names in groups.values() for one in names])

    def restart(self) -> Self:
        """Replace all pods with new ones of the same template, by the controller's own rules: `kubectl rollout restart`."""
        stamp = {"kubectl.kubernetes.io/restartedAt": datetime.now(UTC).isoformat()}
        return self.patch({"spec": {"template": {"metadata": {"annotations": stamp}}}})

    def logs(self, *, container: str | None = None, tail: int | None = None) -> dict[str, str]:
        """The logs of all pods, by pod name."""
        return {pod.name: pod.logs(container=container, tail=tail) for pod in self.pods()}

    def exec(self, command: str | Sequence[str], *, container: str | None = None, timeout: float = 60.0) -> Executed:
        """Run a command in the first pod (see Pod.exec)."""
        return self._first().exec(command, container=container, timeout=timeout)

    def port_forward(self, port: int, *, timeout: float = 20.0) -> AbstractContextManager[Forward]:
        """A free port of 127.0.0.1 that leads to the first pod's port, for the duration of a `with` block."""
        return self._first().port_forward(port, timeout=timeout)

    def _first(self) -> Pod:
        pods = self.pods()
        if not pods:
            raise NotFound(f"{self} has no pod", "there is no pod for the call", "wait_ready() first")
        return pods[0]

    def wait_ready_until(self, deadline: Deadline) -> None:
        self.namespace.recording.barrier(deadline, "Pod")  # otherwise a pod that was just deleted may still look alive
        super().wait_ready_until(deadline)

    def _unready(self, history: History) -> str | None:
        """The status lags behind: for a moment it still counts a pod that is gone."""
        reason = super()._unready(history)
        if reason is None and (lacks := too_few_ready(history, self._kind, self.uid)) is not None:
            reason = "\n".join([lacks, *self.troubles(history)])
        return reason

    def troubles(self, history: History) -> list[str]:
        mine = {self._uid} | {uid for uid, one in history.objects("ReplicaSet").items() if controller(one) == self._uid}
        lines = []
        for pod in history.objects("Pod").values():
            if controller(pod) in mine and readiness.unready(pod) is not None:
                lines.append(f"pod {pod['metadata']['name']}: {readiness.pod_trouble(pod)}")
        return sorted(lines)[:5]


class Scalable(Workload):
    def scale(self, replicas: int) -> Self:
        """Set the number of replicas through the scale subresource: `kubectl scale`."""
        self.client.scale(self._kind, self.name, replicas, self.namespace.name)
        self.get()
        return self


class ReplicaSet(Scalable):
    """A ReplicaSet, most often one without a Deployment."""

    kind: ClassVar[str] = "ReplicaSet"


class Deployment(Scalable):
    """A Deployment, whose pods are those of its ReplicaSets."""

    kind: ClassVar[str] = "Deployment"

    def replica_sets(self) -> list[dict[str, Any]]:
        """The ReplicaSets that this Deployment controls, raw, oldest revision first."""
        uid = self.uid
        found = [one for one in self.client.list("ReplicaSet", self.namespace.name) if controller(one) == uid]
        return sorted(found, key=revision)

    def rollback(self, to_revision: int | None = None) -> Self:
        """Go back to the template of an older revision (default: the one before): `kubectl rollout undo`."""
        every = self.replica_sets()
        chosen = [one for one in every if revision(one) == to_revision] if to_revision is not None else every[-2:-1]
        if not chosen:
            raise NotFound(
                f"{self} has no revision {to_revision}" if to_revision is not None else f"{self} has no older revision",
                f"it has {', '.join(str(revision(one)) for one in every)}; others were never made, or revisionHistoryLimit removed them",
                "raise spec.revisionHistoryLimit (default 10), or name a revision that exists",
            )
        template = copy.deepcopy(chosen[0]["spec"]["template"])
        template["metadata"].get("labels", {}).pop("pod-template-hash", None)
        return self.patch([{"op": "replace", "path": "/spec/template", "value": template}])

    def pause(self) -> Self:
        return self.patch({"spec": {"paused": True}})

    def resume(self) -> Self:
        return self.patch({"spec": {"paused": None}}, type="merge")

    def _owners(self, me: Object) -> set[str]:
        return {str(one["metadata"]["uid"]) for one in self.replica_sets()}


class _ByControllerRevision(Workload):
    """StatefulSets and DaemonSets keep their templates as ControllerRevisions."""

    def revisions(self) -> list[dict[str, Any]]:
        """The ControllerRevisions of this object, raw, oldest first."""
        uid = self.uid
        found = [one for one in self.client.list("ControllerRevision", self.namespace.name) if controller(one) == uid]
        return sorted(found, key=lambda one: int(one["revision"]))

    def rollback(self, to_revision: int | None = None) -> Self:
        """Go back to the template of an older revision (default: the one before): `kubectl rollout undo`."""
        every = self.revisions()
        chosen = [one for one in every if one["revision"] == to_revision] if to_revision is not None else every[-2:-1]
        if not chosen:
            raise NotFound(
                f"{self} has no revision {to_revision}" if to_revision is not None else f"{self} has no older revision",
                f"it has {', '.join(str(one['revision']) for one in every)}",
                "raise spec.revisionHistoryLimit (default 10), or name a revision that exists",
            )
        return self.patch(chosen[0]["data"])


class StatefulSet(_ByControllerRevision, Scalable):
    """A StatefulSet, whose replicas have their own names and claims."""

    kind: ClassVar[str] = "StatefulSet"

    def claims(self) -> list[str]:
        """The names of the claims that its replicas have, by replica."""
        spec = self.get()["spec"]
        start = int((spec.get("ordinals") or {}).get("start", 0))
        ordinals = range(start, start + int(spec.get("replicas", 1)))
        return [f"{one['metadata']['name']}-{self.name}-{n}" for n in ordinals for one in spec.get("volumeClaimTemplates") or ()]


class DaemonSet(_ByControllerRevision):
    """A DaemonSet, which has a pod on every eligible node."""

    kind: ClassVar[str] = "DaemonSet"


def revision(replica_set: Object) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(REVISION, 0))


def _natural(name: str) -> tuple[str, int]:
    """db-10 after db-9."""
    stem, _, ordinal = name.rpartition("-")
    return (stem, int(ordinal)) if ordinal.isdigit() else (name, -1)
