"""The moments of a workload as lanes, one per pod: what a chart of the window is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ...history.model import History, Object
from ...objects.availability import Moment, PodState
from ..finding import Chart, Lane


def chart(
    history: History, every: Sequence[Moment], bound: int, broke: Moment | None, tag: Callable[[Object], str] = lambda pod: ""
) -> Chart:
    """`broke` is the moment of the first breach; `tag` gives the pods of a revision a short name for the reader."""
    changes: dict[str, list[tuple[datetime, str]]] = {}
    pods: dict[str, PodState] = {}
    then: dict[str, str] = {}
    for moment in every:
        pods.update(moment.pods)
        for uid in pods:
            state = moment.pods[uid].condition if uid in moment.pods else ""
            lane = changes.setdefault(uid, [])
            if not lane or lane[-1][1] != state:
                lane.append((moment.at, state))
        if moment is broke:
            then = {uid: moment.pods[uid].condition if uid in moment.pods else "gone" for uid in pods}
    lanes = tuple(Lane(pod.name, tag(pod.object), tuple(changes[uid]), then.get(uid, "not created yet")) for uid, pod in pods.items())
    counts = tuple((moment.at, moment.available) for moment in every)
    return Chart(lanes, counts, bound, history.started, history.ended)
