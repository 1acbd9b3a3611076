"""revision-per-template: a new pod template makes a revision, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...history.model import History
from ...objects.pods import controller
from ...objects.revisions import number, of, updated
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_same_revision(history: History, kind: str, uid: str) -> Finding:
    """The block changed the workload's spec, and neither was a revision made nor an older one used again."""
    obj, store = history.seen(kind)[uid], "ReplicaSet" if kind == "Deployment" else "ControllerRevision"
    before = of(history.before(store), uid)
    highest = max(map(number, before.values()), default=0)

    def found(**parts: Any) -> Finding:
        terms = (f"revision {highest} before",)
        return Finding(CATALOGUE["revision-per-template"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if uid not in history.before(kind):
        return found(vacuous=f"the block created the {kind}, and with it its first revision", change="apply it before the block")
    start = history.before(kind)[uid]["spec"]
    specs = [one["spec"] for one in history.versions_of(kind, uid)]
    fields = {key for spec in specs for key in {*start, *spec} if start.get(key) != spec.get(key)}
    if not fields:
        return found(
            vacuous="the block left the spec as it was, so nothing could have made a revision",
            change="change spec.replicas, the update strategy, minReadySeconds, ... in the block",
        )
    if not before:
        return found(vacuous="it had no revision before the block", change="wait_ready() before the block")
    breaches = tuple(_newer(history, store, uid, highest))[:1]  # what comes after the first is the rollout that it began
    by_template = breaches and updated(history, kind, uid) is not None
    if not breaches and fields == {"template"}:
        return found(
            vacuous="the block changed the pod template only, which makes a revision as soon as it is rolled out",
            change="change spec.replicas, the update strategy, minReadySeconds, ... in the block",
        )
    return found(
        breaches=breaches,
        cause="the block changed the pod template" if by_template else "only a new template makes a revision" if breaches else "",
        change=("spec.template: what it was" if by_template else f"what makes revisions of this {kind} beside its controller")
        if breaches
        else "",
        trigger=history.started,
        evidence={"revision": highest, "changed": tuple(sorted(fields - {"template"}))},
    )


def _newer(history: History, store: str, uid: str, highest: int) -> Iterator[Breach]:
    known = set(history.before(store))
    for version in history.of(store):
        if version.type != "DELETED" and controller(version.object) == uid and number(version.object) > highest:
            what = "used again" if version.uid in known else "made"
            yield Breach(f"{store} {version.name} was {what}, as revision {number(version.object)}", version.received)
