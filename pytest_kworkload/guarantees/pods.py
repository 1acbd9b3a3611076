"""The pods of a workload in every state of a window, derived from the pod stream alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..history.model import History, Object, Version
from .finding import Chart, Lane
from .readiness import condition

# A Ready condition's time is cut to whole seconds, and the controllers count minReadySeconds from it: a pod may count as
# available up to this much earlier than the time of receipt suggests.
WHOLE_SECONDS = timedelta(seconds=1)

AVAILABLE, READY, UNREADY, PENDING, TERMINATING, FINISHED = "available", "ready", "not ready", "pending", "terminating", "finished"


@dataclass(frozen=True, slots=True)
class PodState:
    """A pod at one moment."""

    object: Object
    condition: str

    @property
    def uid(self) -> str:
        return str(self.object["metadata"]["uid"])

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])

    @property
    def node(self) -> str:
        return target_node(self.object)

    @property
    def available(self) -> bool:
        return self.condition == AVAILABLE

    @property
    def active(self) -> bool:
        return self.condition not in (TERMINATING, FINISHED)


@dataclass(frozen=True, slots=True)
class Moment:
    """All pods of a workload between two changes. `version` made it; None: the window's start, or time that passed."""

    at: datetime
    pods: Mapping[str, PodState]
    version: Version | None

    @property
    def available(self) -> int:
        return sum(pod.available for pod in self.pods.values())


def controller(obj: Object) -> str | None:
    """The uid of an object's controller."""
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            return str(owner["uid"])
    return None


def owners(history: History, kind: str, uid: str) -> frozenset[str]:
    """The uids that control a workload's pods: its own, for a Deployment those of its ReplicaSets."""
    if kind != "Deployment":
        return frozenset({uid})
    return frozenset(one for one, obj in history.seen("ReplicaSet").items() if controller(obj) == uid)


def controlled_by(owner_uids: Collection[str]) -> Callable[[Object], bool]:
    return lambda pod: controller(pod) in owner_uids


def revision(pod: Object) -> str:
    """The revision label of a pod's template; empty for a bare ReplicaSet's."""
    labels = pod["metadata"].get("labels") or {}
    return str(labels.get("pod-template-hash") or labels.get("controller-revision-hash") or "")


def target_node(pod: Object) -> str:
    """The node that a pod is on or, as long as a DaemonSet's pod is not scheduled, is meant for."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    required: Any = pod["spec"].get("affinity", {}).get("nodeAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", {})
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name" and field.get("values"):
                return str(field["values"][0])
    return ""


def has_readiness_signal(template: Object) -> bool:
    """Whether Ready means more than "its processes were started"."""
    spec = template["spec"]
    return bool(spec.get("readinessGates")) or any("readinessProbe" in one for one in spec["containers"])


def moments(history: History, mine: Callable[[Object], bool], min_ready_seconds: int = 0) -> Iterator[Moment]:
    """Every state that the chosen pods were in, the window's start first; pods that become available as time passes included."""
    wait = max(timedelta(), timedelta(seconds=min_ready_seconds) - WHOLE_SECONDS) if min_ready_seconds else timedelta()
    objects = {uid: pod for uid, pod in history.before("Pod").items() if mine(pod)}
    ready_since: dict[str, datetime] = {uid: _ready_time(pod, history.started) for uid, pod in objects.items() if _ready(pod)}

    def state(at: datetime, version: Version | None) -> Moment:
        pods = {}
        for uid, pod in objects.items():
            since = ready_since.get(uid)
            pods[uid] = PodState(pod, _condition(pod, since is not None and since + wait <= at))
        return Moment(at, pods, version)

    def ripe(after: datetime, until: datetime) -> list[datetime]:
        return sorted({since + wait for since in ready_since.values() if after < since + wait <= until})

    yield state(history.started, None)
    last = history.started
    for version in history.of("Pod"):
        known = version.uid in objects
        if not known and not mine(version.object):
            continue
        for at in ripe(last, version.received):
            yield state(at, None)
        if version.type == "DELETED" or not mine(version.object):
            objects.pop(version.uid, None)
            ready_since.pop(version.uid, None)
        else:
            objects[version.uid] = version.object
            if not _ready(version.object):
                ready_since.pop(version.uid, None)
            else:
                ready_since.setdefault(version.uid, version.received)
        last = version.received
        yield state(last, version)
    for at in ripe(last, history.ended):
        yield state(at, None)


def chart(history: History, every: list[Moment], bound: int, at: datetime | None, names: Mapping[str, str]) -> Chart:
    """The moments as lanes; `names` gives each revision a short name for the reader."""
    lanes: dict[str, list[tuple[datetime, str]]] = {}
    pods: dict[str, PodState] = {}
    then: dict[str, str] = {}
    for moment in every:
        for uid, pod in moment.pods.items():
            pods[uid] = pod
            changes = lanes.setdefault(uid, [])
            if not changes or changes[-1][1] != pod.condition:
                changes.append((moment.at, pod.condition))
            if at is not None and moment.at <= at:
                then[uid] = pod.condition
        for uid, changes in lanes.items():
            if uid not in moment.pods and changes[-1][1] != "":
                changes.append((moment.at, ""))
                if at is not None and moment.at <= at:
                    then[uid] = "gone"
    return Chart(
        tuple(
            Lane(pods[uid].name, names.get(revision(pods[uid].object), ""), tuple(changes), then.get(uid, "not created yet"))
            for uid, changes in lanes.items()
        ),
        tuple((moment.at, moment.available) for moment in every),
        bound,
        history.started,
        history.ended,
    )


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ready(pod: Object) -> bool:
    return condition(pod, "Ready").get("status") == "True"


def _ready_time(pod: Object, fallback: datetime) -> datetime:
    text = condition(pod, "Ready").get("lastTransitionTime")
    return min(parse_time(text), fallback) if text else fallback


def _condition(pod: Object, ripe: bool) -> str:
    if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return FINISHED
    if pod["metadata"].get("deletionTimestamp"):
        return TERMINATING
    if _ready(pod):
        return AVAILABLE if ripe else READY
    running = any("running" in one.get("state", {}) for one in pod.get("status", {}).get("containerStatuses") or ())
    return UNREADY if running else PENDING
