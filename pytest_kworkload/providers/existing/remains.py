"""What ended runs have left in a cluster: found by our mark, which all our namespaces and cluster-scoped objects have.

Cordons and taints are found by the notes on their nodes, volumes by their claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from ...cluster import administration
from ...errors import ApiError
from ...history.deadline import Deadline
from ...kube.access import AT_A_TIME
from ...kube.client import Client
from ...kube.discovery import BUILT_IN, Resource
from ...workloads.marks import RUN_LABEL, over
from ..leftovers import Leftover, Untouched
from .released import released

NODE, VOLUME = BUILT_IN["Node"], BUILT_IN["PersistentVolume"]
FIRST = (BUILT_IN["Namespace"], NODE)
SECONDS = 20.0  # for retrying the change of a node that others write too


def remains(client: Client, where: str, *, hours: float) -> list[Leftover | Untouched]:
    """In the order in which they are to be deleted. `where` names the cluster, `hours` are those of `marks.over`.

    Namespaces come first: deleting what is in them may need the cluster-scoped objects. Definitions come last, because their
    objects go with them. Kinds that may not be listed are reported.
    """
    kinds = sorted(client.discovery.of_cluster("list", "delete"), key=lambda one: one.kind == "CustomResourceDefinition")
    kinds = [*FIRST, *(one for one in kinds if one not in FIRST)]
    found: list[Leftover | Untouched] = []
    seen: set[str] = set()  # one object may be served as several kinds
    with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="kworkload-sweep") as pool:
        for kind, marked in zip(kinds, pool.map(partial(_marked, client), kinds), strict=True):
            if isinstance(marked, str):
                found.append(Untouched(f"{client.discovery.key(kind)} objects of {where}", marked))
                continue
            for node in marked if kind == NODE else ():
                found += _changed(client, node, where, hours)
            if kind == VOLUME:
                found += released(client, marked, where)
            for one in (one for one in marked if RUN_LABEL in (one["metadata"].get("labels") or {})):
                uid, why = str(one["metadata"]["uid"]), over(one["metadata"], hours=hours)
                if why is not None and uid not in seen:
                    found.append(_remnant(client, client.discovery.key(kind), one, where, why))
                seen.add(uid)
    return found


def _marked(client: Client, kind: Resource) -> list[dict[str, Any]] | str:
    """The objects with our label, but all nodes and volumes; or why they are not known."""
    try:
        return client.pages(kind, None, {} if kind in (NODE, VOLUME) else {"labelSelector": RUN_LABEL})[0]
    except ApiError as error:
        if error.status == 401:
            raise
        return f"not checked: {error.saw}"


def _changed(client: Client, node: Mapping[str, Any], where: str, hours: float) -> list[Leftover]:
    """The cordons and taints of a node that nobody will revert any more."""
    name, left = str(node["metadata"]["name"]), []
    for change in administration.changes(node):
        why = over(change, hours=hours)
        if why is not None:
            taint = change["taint"]
            what = f"taint {taint['key']}:{taint['effect']}" if taint else "cordon"
            made = datetime.fromisoformat(change["creationTimestamp"]).timestamp()
            left.append(Leftover(f"{what} on Node {name} of {where}", made, why, partial(_take_back, client, name, change)))
    return left


def _take_back(client: Client, node: str, change: administration.Change) -> None:
    try:
        administration.take_back(client, node, change, Deadline.after(SECONDS))
    except ApiError as error:
        if error.status != 404:  # it has gone with its node
            raise


def _remnant(client: Client, kind: str, one: Mapping[str, Any], where: str, why: str) -> Leftover | Untouched:
    metadata = one["metadata"]
    what = f"{kind} {metadata['name']} of {where}"
    if metadata.get("deletionTimestamp"):
        return Untouched(what, f"its deletion was requested at {metadata['deletionTimestamp']}; {_awaited(one)}")
    made = datetime.fromisoformat(metadata["creationTimestamp"]).timestamp()
    return Leftover(what, made, why, partial(_delete, client, kind, metadata["name"], metadata["uid"]))


def _delete(client: Client, kind: str, name: str, uid: str) -> str | None:
    """Request its deletion, without waiting. Returns what still has to happen."""
    try:
        there = client.delete(kind, name, uid=uid)
    except ApiError as error:
        if error.status in (404, 409):  # it is gone meanwhile, or going
            return None
        raise
    held = there.get("kind") != "Status" and (_finalizers(there) or kind == "Namespace")
    return f"it stays for now: {_awaited(there)}" if held else None


def _awaited(one: Mapping[str, Any]) -> str:
    """What an object that is being deleted waits for. A namespace's controller reports it after its first round."""
    told = [
        str(condition["message"])
        for condition in (one.get("status") or {}).get("conditions") or ()
        if condition["status"] == "True" and condition["type"].startswith("Namespace")
    ]
    finalizers = _finalizers(one)
    if finalizers:
        told.append(f"finalizers: {', '.join(finalizers)}")
    return "; ".join(told) or "what is in it is deleted first"


def _finalizers(one: Mapping[str, Any]) -> list[str]:
    return list(one["metadata"].get("finalizers") or ())
