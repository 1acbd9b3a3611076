"""revision-per-template: a new pod template makes a revision, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

from ...history.model import History
from ...objects.pods import controller
from ...objects.revisions import revision_number, revisions_of, template_change
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import READY_BEFORE, created_in_the_block
from .revision_history import revision_kind

_OTHER_FIELDS = "change spec.replicas, the update strategy or minReadySeconds in the block"


def check_same_revision(history: History, kind: str, uid: str) -> Finding:
    """The block changed the workload's spec, and neither was a revision made nor an older one used again."""
    obj, store = history.seen(kind)[uid], revision_kind(kind)
    before = revisions_of(history.before(store), uid)
    highest = max(map(revision_number, before.values()), default=0)
    judging = Judging.of(CATALOGUE["revision-per-template"], obj, f"revision {highest} before", trigger=history.started, look=(store,))
    if reason := created_in_the_block(history, obj, "its first revision is a new one"):
        return judging.vacuous(*reason)
    start = history.before(kind)[uid]["spec"]
    specs = [one["spec"] for one in history.versions_of(kind, uid)]
    fields = {key for spec in specs for key in {*start, *spec} if start.get(key) != spec.get(key)}
    if not fields:
        return judging.vacuous("the block left the spec as it was, so nothing could have made a revision", do=_OTHER_FIELDS)
    if not before:
        return judging.vacuous("it had no revision before the block", do=READY_BEFORE)
    breaches = tuple(_newer(history, store, uid, highest))[:1]  # what comes after the first is the rollout that it began
    if not breaches and fields == {"template"}:
        why = "the block changed the pod template only, which makes a revision as soon as it is rolled out"
        return judging.vacuous(why, do=_OTHER_FIELDS)
    by_template = template_change(history, kind, uid) is not None
    return judging.found(
        breaches,
        cause="the block changed the pod template" if by_template else "only a new template makes a revision",
        change="spec.template: what it was before the block" if by_template else "",
        check="" if by_template else f"find what, other than its controller, makes revisions of this {kind}",
        evidence={"revision": highest, "changed": tuple(sorted(fields - {"template"}))},
    )


def _newer(history: History, store: str, uid: str, highest: int) -> Iterator[Breach]:
    known = set(history.before(store))
    for version in history.of(store):
        if version.type != "DELETED" and controller(version.object) == uid and revision_number(version.object) > highest:
            what = "used again" if version.uid in known else "made"
            yield Breach(f"{store} {version.name} was {what}, as revision {revision_number(version.object)}", version.received)
