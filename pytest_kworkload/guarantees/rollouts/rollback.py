"""rollback: going back to an older template uses its old revision again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ...history.model import History, Object
from ...objects.pods import controlled_by, controller, deletion, finished, ordinal, owners, revision, terminating
from ...objects.readiness import pod_trouble
from ...objects.revisions import changed_at, revision_number, revisions_of, template_change
from ...objects.settling import kept_by_partition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_rollback(history: History, kind: str, uid: str) -> Finding:
    """The block went back to a revision that was there before, every pod has it, and those that had it already are the same."""
    after = history.seen(kind)[uid]
    limit = after["spec"].get("revisionHistoryLimit", 10)
    terms = (f"revisionHistoryLimit {limit}",)

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["rollback"], f"{kind} {after['metadata']['name']}", terms, **parts)

    if kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return found(vacuous=f"a {kind} keeps no revisions", change="kind: Deployment")
    if uid not in history.before(kind):
        return found(vacuous=f"the block created the {kind}, so there was no revision to go back to", change="apply it before the block")
    if template_change(history, kind, uid) is None:
        return found(vacuous="the block did not change the template, so nothing was rolled back", change="call rollback() in the block")
    store = "ReplicaSet" if kind == "Deployment" else "ControllerRevision"
    then, now = revisions_of(history.before(store), uid), revisions_of(history.objects(store), uid)
    highest = max(map(revision_number, then.values()), default=0)
    current = max(now.values(), key=revision_number, default=None)
    if current is None:
        return found(vacuous=f"the {kind} has no {store}: its controller made none", change="see whether the controller runs")
    name = str(current["metadata"]["name"])
    breaches = []
    cause, change = "", ""
    if current["metadata"]["uid"] not in then:
        lines = tuple(
            f"{obj['metadata']['name']}  revision {revision_number(obj)}, there before"
            for obj in sorted(then.values(), key=revision_number)
        )
        breaches.append(Breach(f"{store} {name} was made anew: the template's old revision is not there", lines=lines))
        cause, change = _lost(limit)
    elif revision_number(current) <= highest:
        breaches.append(Breach(f"{store} {name} kept revision {revision_number(current)}, not above {highest}"))
        change = "what keeps the controller from rolling out: is it paused?"
    else:
        behind, restarted = _behind(history, kind, uid, after, current), _restarted(history, kind, uid, current)
        if restarted:
            breaches.append(Breach(f"pods that had revision {name} already and were taken down: {len(restarted)}", lines=restarted))
            cause, change = (
                "a rollback replaces only the pods of other revisions",
                "what deletes the pods: see who did, or what evicts them",
            )
        elif behind:
            breaches.append(Breach(f"pods that do not have revision {name}: {len(behind)}", lines=behind))
            change = "the pods by hand: delete() those that the controller does not replace"
    return found(
        breaches=tuple(breaches),
        cause=cause,
        change=change,
        trigger=changed_at(history, kind, uid),
        evidence={"revision": name, "number": revision_number(current), "from_number": highest},
    )


def _behind(history: History, kind: str, uid: str, obj: Object, current: Object) -> tuple[str, ...]:
    """The pods that are not of the current revision, without those that a partition keeps."""
    mine, right = controlled_by(owners(history, kind, uid)), _of(current)
    lines = []
    for pod in history.objects("Pod").values():
        if not mine(pod) or finished(pod) or terminating(pod):
            continue
        if not right(pod) and not (kind == "StatefulSet" and kept_by_partition(obj, ordinal(pod))):
            lines.append(f"{pod['metadata']['name']}  revision {revision(pod)}; {pod_trouble(pod)}")
    return tuple(sorted(lines))


def _restarted(history: History, kind: str, uid: str, current: Object) -> tuple[str, ...]:
    """The pods that had the current revision when the block began and went all the same; a block with more updates than one may do that."""
    every = history.versions_of(kind, uid)
    if sum(one["spec"]["template"] != other["spec"]["template"] for one, other in pairwise(every)) != 1:
        return ()
    mine, right = controlled_by(owners(history, kind, uid)), _of(current)
    had = [pod for pod in history.before("Pod").values() if mine(pod) and right(pod) and not finished(pod) and not terminating(pod)]
    return tuple(sorted(str(pod["metadata"]["name"]) for pod in had if deletion(history, str(pod["metadata"]["uid"])) is not None))


def _of(current: Object) -> Callable[[Object], bool]:
    """Whether a pod is of this revision: a ReplicaSet controls it, a ControllerRevision's hash (for a set its name) is its label."""
    labels = current["metadata"].get("labels") or {}
    hashes = {str(current["metadata"]["name"]), str(labels.get("controller-revision-hash"))}
    if current["kind"] == "ReplicaSet":
        return lambda pod: controller(pod) == current["metadata"]["uid"]
    return lambda pod: revision(pod) in hashes


def _lost(limit: int) -> tuple[str, str]:
    if limit == 0:
        return "revisionHistoryLimit 0 keeps no old revision, so there was none to go back to", "spec.revisionHistoryLimit: 10 (now 0)"
    return (
        "this template was never rolled out here, or its revision was beyond the limit",
        f"the template: one that `kubectl rollout history` lists; or a higher spec.revisionHistoryLimit (now {limit})",
    )
