"""The pods of a workload step by step, and what its controller may have believed at each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..history.model import History, Object
from .availability import Moment, PodState, moments
from .pods import controlled_by, terminating

# A controller acts on a cache that the API server's watch keeps: what changed less than this before it wrote, it could not know.
CACHE_LAG = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """A moment and the one before it. Of the pods that were there until then, `recent` were available at some time of the
    cache's lag before this step, `doubtful` were not available at some time of it."""

    moment: Moment
    before: Moment | None
    recent: frozenset[str]
    doubtful: frozenset[str]

    @property
    def created(self) -> PodState | None:
        """The pod that was created with this step."""
        version = self.moment.version
        return self.moment.pods.get(version.uid) if version is not None and version.type == "ADDED" else None

    @property
    def leaving(self) -> PodState | None:
        """The pod that began to go with this step, as it was before."""
        version = self.moment.version
        if version is None or self.before is None or version.uid not in self.before.pods:
            return None
        was = self.before.pods[version.uid]
        going = version.type == "DELETED" or terminating(version.object)
        return was if going and not terminating(was.object) else None


def steps(history: History, workload: Object) -> Iterator[Step]:
    """Every step through the window of the pods that a StatefulSet or DaemonSet controls, its start first."""
    mine, min_ready = controlled_by({str(workload["metadata"]["uid"])}), int(workload["spec"].get("minReadySeconds", 0))
    last: dict[bool, dict[str, datetime]] = {True: {}, False: {}}  # when each pod was available last, and when it was not
    before: Moment | None = None
    for moment in moments(history, mine, min_ready):
        for pod, state in (before.pods if before is not None else {}).items():
            last[state.available][pod] = moment.at
        recent, doubtful = (
            frozenset(pod for pod, at in last[available].items() if moment.at - at <= CACHE_LAG) for available in (True, False)
        )
        yield Step(moment, before, recent, doubtful)
        before = moment
