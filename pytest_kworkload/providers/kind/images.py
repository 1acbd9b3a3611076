"""Images from archives for a kind cluster: `kind load image-archive`."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from ...errors import ClusterError
from ...history.deadline import Deadline
from .docker import checked

LOAD_SECONDS = 300.0
WRITTEN = "image.tar"
DOCKER, OCI = "manifest.json", "index.json"  # the documents that say which images an archive has; some tools write both
NAME, REFERENCE = "io.containerd.image.name", "org.opencontainers.image.ref.name"
Documents = dict[str, Any]


def load(kind: Path, cluster: str, archive: Path, name: str | None, room: Path) -> list[str]:
    """Load the images of an archive on every node. Returns their names, in full. Raises ClusterError.

    If another archive has to be written for that, it is in `room`, the cluster's directory: there it is deleted with the
    cluster, even if the process that loads it is killed.
    """
    with contextlib.ExitStack() as after:
        after.callback((room / WRITTEN).unlink, missing_ok=True)
        try:
            own = _read(archive)
            documents = copy.deepcopy(own)
            if name is not None:
                _rename(documents, full(name))
            names = _names(documents)
            if not names:
                raise ValueError("none of its images has a name; give one: load_image(..., name=...)")
            if documents != own or archive.is_dir():
                archive = _written(archive, documents, room / WRITTEN)
        except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
            said = f"it has no {error}" if isinstance(error, KeyError) else getattr(error, "strerror", None) or str(error)
            raise ClusterError(
                f"{archive} cannot be loaded", said, "make an archive with `docker save`, or see docs/images.md for other tools"
            ) from error
        checked([str(kind), "load", "image-archive", "--name", cluster, str(archive)], Deadline.after(LOAD_SECONDS))
    return names


def full(reference: str) -> str:
    """A reference with its registry and tag, as Docker completes it."""
    first, slash, _ = reference.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        reference = f"docker.io/{reference}" if slash else f"docker.io/library/{reference}"
    return reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"


def _read(archive: Path) -> Documents:
    """Those of the two documents that the archive has."""
    found: Documents = {}
    if archive.is_dir():
        found = {one: json.loads((archive / one).read_bytes()) for one in (DOCKER, OCI) if (archive / one).exists()}
    else:
        with tarfile.open(archive) as tar:
            for member in tar:
                if (one := member.name.removeprefix("./")) in (DOCKER, OCI):
                    content = tar.extractfile(member)
                    found[one] = json.load(content) if content is not None else {}
    if not found:
        raise ValueError(f"it has neither {DOCKER} nor {OCI}, so it is not an archive of images")
    return found


def _names(documents: Documents) -> list[str]:
    """The names that the images will have. A layout that has only a short name gets the full one, as Docker completes it."""
    named = [tag for image in documents.get(DOCKER, ()) for tag in image["RepoTags"] or ()]
    for one in documents.get(OCI, {}).get("manifests", ()):
        annotations = one.get("annotations") or {}
        reference = annotations.get(REFERENCE) or ""
        if NAME not in annotations and (":" in reference or "/" in reference):  # otherwise it is a tag
            annotations[NAME] = full(reference)
        named += [annotations[NAME]] if NAME in annotations else []
    return list(dict.fromkeys(map(full, named)))


def _rename(documents: Documents, name: str) -> None:
    images, manifests = documents.get(DOCKER, []), documents.get(OCI, {}).get("manifests", [])
    if len(images) > 1 or len(manifests) > 1:
        raise ValueError(f"it has {max(len(images), len(manifests))} images, and one name was given")
    for image in images:
        image["RepoTags"] = [name]
    for one in manifests:
        one["annotations"] = {**(one.get("annotations") or {}), NAME: name, REFERENCE: name}


def _written(archive: Path, documents: Documents, target: Path) -> Path:
    """The archive as one tar, with these documents in place of its own."""
    with tarfile.open(target, "w") as out:
        for one, document in documents.items():
            content = json.dumps(document).encode()
            information = tarfile.TarInfo(one)
            information.size = len(content)
            out.addfile(information, io.BytesIO(content))
        replaced = {*documents, "repositories"}  # the last one has names too, for old programs
        if archive.is_dir():
            out.add(archive, ".", filter=lambda member: None if member.name.removeprefix("./") in replaced else member)
        else:
            with tarfile.open(archive) as tar:
                for member in tar:
                    if member.name.removeprefix("./") not in replaced:
                        out.addfile(member, tar.extractfile(member) if member.isreg() else None)
    return target
