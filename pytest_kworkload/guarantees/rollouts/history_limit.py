"""deploy-history-limit: of the versions that are not in use any more, the newest few are kept and the others go."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects import revisions
from ...objects.pods import controlled_by, finished, revision
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

DEFAULT = 10


def store_of(kind: str) -> str:
    """The kind in which a workload's versions are kept."""
    return "ReplicaSet" if kind == "Deployment" else "ControllerRevision"


def check_history_limit(history: History, kind: str, uid: str, limit: int) -> Finding:
    """Of all versions that there ever were (the history is the whole test's), exactly the newest `limit` old ones are left."""
    obj, store = history.seen(kind)[uid], store_of(kind)
    own = own_limit(obj)

    def found(**parts: Any) -> Finding:
        terms = (f"asked for: the newest {limit} of the old versions", f"revisionHistoryLimit {own}")
        return Finding(CATALOGUE["deploy-history-limit"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return found(vacuous=f"a {kind} keeps no versions", change="kind: Deployment")
    ever = revisions.revisions_of(history.seen(store), uid)
    if len(ever) - 1 <= limit:
        return found(
            vacuous=f"there were only {max(0, len(ever) - 1)} old versions in this test, so none had to go",
            change=f"roll out at least {limit + 2} versions before, or ask for a lower limit",
        )
    kept = old(history, kind, uid)
    names = tuple(str(one["metadata"]["name"]) for one in sorted(kept.values(), key=revisions.revision_number))
    breaches = []
    allowed = room(history, kind, uid, limit)
    if len(kept) > allowed:
        breaches.append(Breach(f"old versions that are kept: {len(kept)}", lines=names))
    elif len(kept) < allowed:
        breaches.append(Breach(f"old versions that are kept: only {len(kept)}, so there is no way back to the others", lines=names))
    elif kept:
        oldest = min(map(revisions.revision_number, kept.values()))
        gone = [one for key, one in ever.items() if key not in history.objects(store) and revisions.revision_number(one) > oldest]
        if gone:
            lines = tuple(str(one["metadata"]["name"]) for one in gone)
            breaches.append(Breach("versions that are gone although older ones are kept", lines=lines))
    cause, change = "", ""
    if breaches:
        cause = f"the {kind}'s own limit is {own}" if own != limit else "something else deletes or keeps versions beside the controller"
        change = f"spec.revisionHistoryLimit: {limit} (now {own})" if own != limit else f"what deletes {store}s of this {kind}"
    return found(breaches=tuple(breaches), cause=cause, change=change, evidence={"kept": names, "ever": len(ever)})


def own_limit(obj: Object) -> int:
    return int(obj["spec"].get("revisionHistoryLimit", DEFAULT))


def room(history: History, kind: str, uid: str, limit: int) -> int:
    """How many versions that are not in use a limit leaves: a DaemonSet counts the old ones that are in use too."""
    there = revisions.revisions_of(history.objects(store_of(kind)), uid)
    used = len(there) - 1 - len(old(history, kind, uid)) if kind == "DaemonSet" and there else 0
    return max(0, limit - used)


def old(history: History, kind: str, uid: str) -> dict[str, Object]:
    """The versions that are there and not in use: ReplicaSets without pods, revisions that no pod has, never the newest one."""
    store = store_of(kind)
    there = revisions.revisions_of(history.objects(store), uid)
    newest = max(there, key=lambda one: revisions.revision_number(there[one]), default="")
    if kind == "Deployment":
        used = {one for one, rs in there.items() if rs["spec"].get("replicas", 1) or rs.get("status", {}).get("replicas")}
    else:
        mine = controlled_by({uid})
        tags = {revision(pod) for pod in history.objects("Pod").values() if mine(pod) and not finished(pod)}
        used = {one for one, rev in there.items() if _tags(rev) & tags}
    return {one: obj for one, obj in there.items() if one != newest and one not in used}


def _tags(store: Object) -> set[str]:
    """What a pod of this revision may bear as its label: a set's pods its name, a DaemonSet's its hash."""
    return {str(store["metadata"]["name"]), str((store["metadata"].get("labels") or {}).get("controller-revision-hash"))}
