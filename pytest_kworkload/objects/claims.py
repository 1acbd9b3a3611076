"""Claims, as the pods that use them name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from ..history.model import History, Object

PROVISIONED = "pv.kubernetes.io/provisioned-by"
CLAIM, VOLUME = "PersistentVolumeClaim", "PersistentVolume"


def claim_names(pod: Object) -> dict[str, str]:
    """The names of the claims that a pod uses, by the names of its volumes; those of generic ephemeral volumes too."""
    found = {}
    for one in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in one:
            found[str(one["name"])] = str(one["persistentVolumeClaim"]["claimName"])
        elif "ephemeral" in one:
            found[str(one["name"])] = f"{pod['metadata']['name']}-{one['name']}"
    return found


def ephemeral_names(pod: Object) -> set[str]:
    """The names of the claims of a pod's generic ephemeral volumes, which are the pod's own."""
    return {claim_names(pod)[one["name"]] for one in pod["spec"].get("volumes") or () if "ephemeral" in one}


def users(pods: Iterable[Object], claim: Object) -> list[Object]:
    """The pods that use a claim, finished ones included, by name."""
    name = claim["metadata"]["name"]
    return sorted((pod for pod in pods if name in claim_names(pod).values()), key=lambda pod: str(pod["metadata"]["name"]))


def pod_names(pods: Iterable[Object]) -> str:
    return ", ".join(sorted(str(pod["metadata"]["name"]) for pod in pods))


def volume_of(history: History, claim: Object) -> Object | None:
    """The volume that a claim names, in its last version: the one that is there, or the last that was, for it may be made again."""
    name = claim["spec"].get("volumeName")
    every = (*history.objects(VOLUME).values(), *reversed([*history.seen(VOLUME).values()]))
    return next((one for one in every if name and one["metadata"]["name"] == name), None)


def by_name(history: History, names: Iterable[str]) -> Iterator[Object]:
    """The claims of these names that are there at the window's start."""
    wanted = set(names)
    yield from (obj for obj in history.before(CLAIM).values() if obj["metadata"]["name"] in wanted)


def mounted_at(pod: Object, path: str) -> tuple[str, str]:
    """(the container, what is mounted where the path leads), for the container that mounts something deepest.

    What is mounted: "persistentVolumeClaim data-0", "emptyDir"; empty for the container's own file system.
    """
    best: tuple[int, str, str] = (-1, str(pod["spec"]["containers"][0]["name"]), "")
    place = PurePosixPath(path)
    for container in pod["spec"]["containers"]:
        for mount in container.get("volumeMounts") or ():
            at = PurePosixPath(mount["mountPath"])
            if (at == place or at in place.parents) and len(at.parts) > best[0]:
                best = (len(at.parts), str(container["name"]), _source(pod, str(mount["name"])))
    return best[1], best[2]


def on_a_claim(source: str) -> bool:
    """Whether what `mounted_at` returns is a claim that outlives the pod; a generic ephemeral one does not."""
    return source.startswith("persistentVolumeClaim ")


def _source(pod: Object, volume: str) -> str:
    source: dict[str, Any] = next((dict(one) for one in pod["spec"].get("volumes") or () if one["name"] == volume), {})
    kind = next((key for key in source if key != "name"), "emptyDir")
    return f"{kind} {claim_names(pod)[volume]}" if volume in claim_names(pod) else kind


def is_default(storage_class: Mapping[str, Any]) -> bool:
    """Whether claims that name no class get this one."""
    return (storage_class["metadata"].get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class") == "true"
