"""deploy-history-limit: of the versions no longer in use the newest few are kept, and the others are deleted."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.pods import controlled_by, finished, revision
from ...objects.revisions import revision_number, revisions_of
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted
from ..vacuous import keeps_no_revisions

DEFAULT_LIMIT = 10


def revision_kind(workload: str) -> str:
    """The kind of object in which workloads of a kind keep their versions."""
    return "ReplicaSet" if workload == "Deployment" else "ControllerRevision"


def history_limit(workload: Object) -> int:
    """How many old versions the workload keeps."""
    return int(workload["spec"].get("revisionHistoryLimit", DEFAULT_LIMIT))


def check_revision_history(history: History, kind: str, uid: str, limit: int) -> Finding:
    """Of all versions that there ever were (the history is the whole test's), exactly the newest `limit` unused ones are left."""
    obj, store = history.seen(kind)[uid], revision_kind(kind)
    own = history_limit(obj)
    terms = (f"asked for: {counted(limit, 'old version')} kept", f"revisionHistoryLimit {own}")
    judging = Judging.of(CATALOGUE["deploy-history-limit"], obj, *terms, look=(store,))
    if reason := keeps_no_revisions(obj):
        return judging.vacuous(*reason)
    ever = revisions_of(history.seen(store), uid)
    if len(ever) - 1 <= limit:
        return judging.vacuous(
            f"this test made only {counted(max(0, len(ever) - 1), 'old version')}, so none had to go",
            do=f"roll out at least {limit + 2} versions before, or ask for a lower limit",
        )
    kept = unused_revisions(history, kind, uid)
    names = tuple(str(one["metadata"]["name"]) for one in sorted(kept.values(), key=revision_number))
    breaches = []
    allowed = unused_allowed(history, kind, uid, limit)
    if len(kept) > allowed:
        breaches.append(Breach(f"old versions kept: {len(kept)}", lines=names))
    elif len(kept) < allowed:
        breaches.append(Breach(f"old versions kept: only {len(kept)}, so there is no way back to the others", lines=names))
    elif kept:
        oldest = min(map(revision_number, kept.values()))
        deleted = [one for key, one in ever.items() if key not in history.objects(store) and revision_number(one) > oldest]
        if deleted:
            lines = tuple(str(one["metadata"]["name"]) for one in deleted)
            breaches.append(Breach("versions deleted although older ones are kept", lines=lines))
    same = own == limit
    return judging.found(
        breaches,
        cause="something other than the controller deletes or restores versions" if same else f"the {kind}'s own limit is {own}",
        change="" if same else f"spec.revisionHistoryLimit: {limit} (now {own})",
        check=f"find what, other than the controller, creates or deletes {store}s of this {kind}" if same else "",
        evidence={"kept": names, "ever": len(ever)},
    )


def unused_allowed(history: History, kind: str, uid: str, limit: int) -> int:
    """How many versions that are not in use a limit leaves: a DaemonSet counts the old ones that are in use too."""
    there = revisions_of(history.objects(revision_kind(kind)), uid)
    used = len(there) - 1 - len(unused_revisions(history, kind, uid)) if kind == "DaemonSet" and there else 0
    return max(0, limit - used)


def unused_revisions(history: History, kind: str, uid: str) -> dict[str, Object]:
    """The versions that are there and not in use: ReplicaSets without pods, revisions that no pod has, never the newest one."""
    there = revisions_of(history.objects(revision_kind(kind)), uid)
    newest = max(there, key=lambda one: revision_number(there[one]), default="")
    if kind == "Deployment":
        used = {one for one, rs in there.items() if rs["spec"].get("replicas", 1) or rs.get("status", {}).get("replicas")}
    else:
        mine = controlled_by({uid})
        labels = {revision(pod) for pod in history.objects("Pod").values() if mine(pod) and not finished(pod)}
        used = {one for one, rev in there.items() if _pod_labels(rev) & labels}
    return {one: obj for one, obj in there.items() if one != newest and one not in used}


def _pod_labels(controller_revision: Object) -> set[str]:
    """What a pod of this revision may carry as its label: a StatefulSet's pods its name, a DaemonSet's its hash."""
    metadata = controller_revision["metadata"]
    return {str(metadata["name"]), str((metadata.get("labels") or {}).get("controller-revision-hash"))}
