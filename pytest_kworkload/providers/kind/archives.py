"""Image archives that a kind cluster has loaded: each is loaded once, however many processes ask for it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from io import FileIO
from pathlib import Path

from ...cluster.owners import no_room
from . import images

NOTE = "archives.json"  # in the cluster's directory: the images of each archive; locked while one is loaded


def give(kind: Path, cluster: str, directory: Path, archive: Path, name: str | None) -> list[str]:
    """Load an archive, unless the cluster has it as it is now. Returns the names of its images, in full. Raises ClusterError."""
    try:
        descriptor = os.open(directory / NOTE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise no_room(directory, error) from error
    with open(descriptor, "r+b", buffering=0) as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        state, there = _state(archive, name), _read(note)
        if state in there:
            return there[state]
        note.truncate(0)  # until it is loaded on the last node, nobody knows which image a name means
        loaded = images.load(kind, cluster, archive, name, directory)
        there = {one: names for one, names in there.items() if not set(names) & set(loaded)}
        note.seek(0)
        with contextlib.suppress(OSError):  # no room for the note: it is loaded again
            note.write(json.dumps({**there, state: loaded}).encode())
        return loaded


def _read(note: FileIO) -> dict[str, list[str]]:
    try:
        there: dict[str, list[str]] = json.load(note)
    except ValueError:  # it is new, or a load was killed
        return {}
    return there


def _state(archive: Path, name: str | None) -> str:
    """What distinguishes an archive from another one, and from itself after a change; reading its content would take seconds."""
    seen: list[object] = [str(archive), name]
    for path in (archive, *sorted(archive.rglob("*"))):
        with contextlib.suppress(OSError):  # if it does not exist, loading it says so
            status = path.stat()
            seen.append((str(path), status.st_ino, status.st_size, status.st_ctime_ns))
    return hashlib.blake2b(repr(seen).encode(), digest_size=16).hexdigest()
