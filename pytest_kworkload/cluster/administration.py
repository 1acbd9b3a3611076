"""Cordons and taints: each is noted on its node, so that what a killed run left is not mistaken for an administrator's."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, ClusterError
from ..history.deadline import Deadline
from ..history.model import Object
from ..workloads.marks import PROCESS_ANNOTATION, mark

if TYPE_CHECKING:
    from ..kube.client import Client

ANNOTATION = "pytest-kworkload/changes"

Taint = Mapping[str, str]
Change = Mapping[str, Any]


def change(taint: Taint | None = None) -> Change:
    """A taint or a cordon that this process made. It has the marks of an object that is made now (see marks.py)."""
    annotations = mark({}, "")["annotations"]
    made = datetime.now(UTC).isoformat(timespec="microseconds")  # distinguishes two changes of one process
    return {"annotations": {PROCESS_ANNOTATION: annotations[PROCESS_ANNOTATION]}, "creationTimestamp": made, "taint": taint}


def changes(node: Object) -> list[Change]:
    """What is noted on a node: a change that was made and not yet reverted."""
    noted: Any = []
    with contextlib.suppress(ValueError):
        noted = json.loads((node["metadata"].get("annotations") or {}).get(ANNOTATION) or "[]")
    return [one for one in noted if isinstance(one, dict) and {"annotations", "creationTimestamp", "taint"} <= one.keys()]


def make(client: Client, node: str, change: Change, deadline: Deadline) -> None:
    """Raises ClusterError if the node has such a taint already."""
    _write(client, node, change, True, deadline)


def take_back(client: Client, node: str, change: Change, deadline: Deadline) -> None:
    """As `kubectl uncordon` and `kubectl taint nodes NODE KEY:EFFECT-` do. A change without a note was never made, or is reverted."""
    _write(client, node, change, False, deadline)


def refuse_twice(node: Object, taint: Taint) -> None:
    if any((one["key"], one["effect"]) == (taint["key"], taint["effect"]) for one in node["spec"].get("taints") or ()):
        raise ClusterError(
            f"{node['metadata']['name']} already has a taint {taint['key']}:{taint['effect']}",
            "at its end the block would remove a taint that it did not add",
            "use another key",
        )


def _write(client: Client, name: str, change: Change, on: bool, deadline: Deadline) -> None:
    """To the API server each list is one value, and others write it too: so write only on top of what was read."""
    while True:
        node = client.get("Node", name)
        there = changes(node)
        if not on and change not in there:
            return
        noted = [*there, change] if on else [one for one in there if one != change]
        body = {
            "metadata": {
                "resourceVersion": node["metadata"]["resourceVersion"],
                "annotations": {ANNOTATION: json.dumps(noted) if noted else None},
            },
            "spec": _spec(node, change["taint"], on),
        }
        try:
            client.patch("Node", name, body, type="merge")
        except ApiError as error:
            if error.status != 409 or deadline.expired:
                raise
        else:
            return


def _spec(node: Object, taint: Taint | None, on: bool) -> Object:
    if taint is None:
        return {"unschedulable": True if on else None}
    there = node["spec"].get("taints") or []
    if on:
        refuse_twice(node, taint)
        return {"taints": [*there, taint]}
    return {"taints": [one for one in there if {key: one.get(key) for key in taint} != taint]}
