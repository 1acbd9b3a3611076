"""rollback: going back to an older template uses its old revision again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from ...history.model import History, Object
from ...objects.pods import controlled_by, controller, deletion, finished, ordinal, owners, revision, terminating
from ...objects.readiness import pod_trouble
from ...objects.revisions import changed_at, revision_number, revisions_of, template_change
from ...objects.settling import kept_by_partition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import created_in_the_block, keeps_no_revisions
from .revision_history import DEFAULT_LIMIT, history_limit, revision_kind


def check_rollback(history: History, kind: str, uid: str) -> Finding:
    """The block went back to a revision that was there before, every pod has it, and those that already had it are the same."""
    obj, store = history.seen(kind)[uid], revision_kind(kind)
    limit = history_limit(obj)
    judging = Judging.of(CATALOGUE["rollback"], obj, f"revisionHistoryLimit {limit}", look=(store,))
    if reason := keeps_no_revisions(obj) or created_in_the_block(history, obj, "there was no revision to go back to"):
        return judging.vacuous(*reason)
    if template_change(history, kind, uid) is None:
        return judging.vacuous("the block did not change the template, so nothing was rolled back", do="call rollback() in the block")
    then, now = revisions_of(history.before(store), uid), revisions_of(history.objects(store), uid)
    highest = max(map(revision_number, then.values()), default=0)
    current = max(now.values(), key=revision_number, default=None)
    if current is None:
        return judging.vacuous(f"the {kind} has no {store}: its controller made none", do="find out whether the controller runs")
    name = str(current["metadata"]["name"])
    breaches, advice = [], Advice()
    if current["metadata"]["uid"] not in then:
        known = sorted(then.values(), key=revision_number)
        lines = tuple(f"{one['metadata']['name']}  revision {revision_number(one)}, there before" for one in known)
        breaches.append(Breach(f"{store} {name} was created anew: there was no old revision with this template", lines=lines))
        advice = _no_old_revision(limit)
    elif revision_number(current) <= highest:
        breaches.append(Breach(f"{store} {name} still has revision {revision_number(current)}, not one above {highest}"))
        advice = _not_carried_out(obj)
    elif lost := _pods_taken_down(history, kind, uid, current):
        breaches.append(Breach(f"pods that already had revision {name} and were taken down: {len(lost)}", lines=lost))
        advice = Advice("a rollback replaces only the pods of other revisions", check="find what deleted or evicted these pods")
    elif behind := _pods_behind(history, kind, uid, obj, current):
        breaches.append(Breach(f"pods that do not have revision {name}: {len(behind)}", lines=behind))
        advice = Advice(check="which pods the controller does not replace; delete() those")
    return replace(judging, trigger=changed_at(history, kind, uid)).found(
        breaches, *advice, evidence={"revision": name, "number": revision_number(current), "from_number": highest}
    )


def _pods_behind(history: History, kind: str, uid: str, obj: Object, current: Object) -> tuple[str, ...]:
    """The pods that are not of the current revision, without those that a partition keeps."""
    mine, current_pod = controlled_by(owners(history, kind, uid)), _has_revision(current)
    lines = []
    for pod in history.objects("Pod").values():
        if not mine(pod) or finished(pod) or terminating(pod):
            continue
        if not current_pod(pod) and not (kind == "StatefulSet" and kept_by_partition(obj, ordinal(pod))):
            lines.append(f"{pod['metadata']['name']}  revision {revision(pod)}; {pod_trouble(pod)}")
    return tuple(sorted(lines))


def _pods_taken_down(history: History, kind: str, uid: str, current: Object) -> tuple[str, ...]:
    """The pods that had the current revision when the block began and went all the same; a block with several updates may do that."""
    every = history.versions_of(kind, uid)
    if sum(one["spec"]["template"] != other["spec"]["template"] for one, other in pairwise(every)) != 1:
        return ()
    mine, current_pod = controlled_by(owners(history, kind, uid)), _has_revision(current)
    had = [pod for pod in history.before("Pod").values() if mine(pod) and current_pod(pod) and not finished(pod) and not terminating(pod)]
    return tuple(sorted(str(pod["metadata"]["name"]) for pod in had if deletion(history, str(pod["metadata"]["uid"])) is not None))


def _has_revision(current: Object) -> Callable[[Object], bool]:
    """Whether a pod has this revision: a ReplicaSet controls it; the hash of a ControllerRevision (or its name) is the pod's label."""
    labels = current["metadata"].get("labels") or {}
    hashes = {str(current["metadata"]["name"]), str(labels.get("controller-revision-hash"))}
    if current["kind"] == "ReplicaSet":
        return lambda pod: controller(pod) == current["metadata"]["uid"]
    return lambda pod: revision(pod) in hashes


def _no_old_revision(limit: int) -> Advice:
    if limit == 0:
        return Advice(
            "revisionHistoryLimit 0 keeps no old revision, so there was none to go back to",
            f"spec.revisionHistoryLimit: {DEFAULT_LIMIT} (now 0)",
        )
    return Advice(
        "this template was never rolled out here, or its revision was beyond the limit",
        f"spec.revisionHistoryLimit: more than {limit} (now {limit})",
        "whether `kubectl rollout history` lists the template",
    )


def _not_carried_out(obj: Object) -> Advice:
    if obj["spec"].get("paused"):
        return Advice("a paused Deployment rolls nothing out", "spec.paused: false (now true)")
    return Advice(check="what keeps the controller from rolling it out")
