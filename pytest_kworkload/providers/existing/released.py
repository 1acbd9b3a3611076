"""Volumes that tests' claims have left behind.

They do not have our mark: a provisioner made them, and only their claim shows whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from ...errors import ApiError
from ...kube.client import Client
from ...objects.claims import PROVISIONED
from ...workloads.marks import RUN_LABEL
from ..leftovers import Leftover, Untouched

Volume = dict[str, Any]

NAMESPACE = re.compile(r"kw-[0-9a-f]{6}(-\w+)?-[1-9]\d*")  # how a run names its namespaces


def released(client: Client, volumes: Sequence[Volume], where: str) -> Iterator[Leftover | Untouched]:
    """Those whose claim was in a namespace of a test and is gone with it: they stayed because of their policy."""
    left = list(filter(_left_by_a_test, volumes))
    if not left:
        return
    unknown, namespaces = "", set[str]()
    try:
        namespaces = {str(one["metadata"]["name"]) for one in client.list("Namespace")}
    except ApiError as error:
        unknown = error.saw
    for one in left:
        namespace, name = str(one["spec"]["claimRef"]["namespace"]), one["spec"]["claimRef"]["name"]
        what = f"PersistentVolume {one['metadata']['name']} of {where}"
        if unknown:
            yield Untouched(what, f"it is not known whether namespace {namespace} of its claim still exists: {unknown}")
        elif namespace not in namespaces:
            yield _what_of_it(client, one, what, f"its claim {namespace}/{name} is gone")


def _left_by_a_test(volume: Volume) -> bool:
    if RUN_LABEL in (volume["metadata"].get("labels") or {}):
        return False  # it has our mark
    claim = volume["spec"].get("claimRef") or {}
    phase = (volume.get("status") or {}).get("phase")
    return phase in ("Released", "Failed") and NAMESPACE.fullmatch(str(claim.get("namespace"))) is not None


def _what_of_it(client: Client, volume: Volume, what: str, gone: str) -> Leftover | Untouched:
    metadata, provisioner = volume["metadata"], (volume["metadata"].get("annotations") or {}).get(PROVISIONED)
    if provisioner is None:
        return Untouched(what, f"{gone}, and no provisioner made it; remove its spec.claimRef, and it is Available again")
    if volume["spec"].get("persistentVolumeReclaimPolicy") != "Retain" or metadata.get("deletionTimestamp"):
        said = volume["status"].get("message")
        return Untouched(what, f"{gone}, and its provisioner {provisioner} has not deleted it yet{f': {said}' if said else ''}")
    made = datetime.fromisoformat(metadata["creationTimestamp"]).timestamp()
    return Leftover(what, made, f"it was retained, and {gone} with its namespace", partial(_give_back, client, metadata, provisioner))


def _give_back(client: Client, metadata: Volume, provisioner: str) -> str | None:
    """Have the provisioner delete it: if only the object were deleted, the storage behind it would stay where nobody finds it."""
    read = {"resourceVersion": metadata["resourceVersion"]}  # it may have got another claim meanwhile
    body = {"metadata": read, "spec": {"persistentVolumeReclaimPolicy": "Delete"}}
    try:
        client.patch("PersistentVolume", metadata["name"], body, type="merge")
    except ApiError as error:
        if error.status != 404:
            raise
        return None
    return f"it stays until its provisioner {provisioner} has deleted it"
