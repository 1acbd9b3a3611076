"""One cluster for many processes: the one that starts it records that in its directory, and later ones join it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeGuard

from ..cluster.owners import held, home, keep, no_room, seize
from ..cluster.running import Running, Wish
from ..errors import ClusterError, SettingsError
from ..settings import Settings
from .leftovers import Leftover
from .provider import Provider

RECORD = "record.json"


class Joinable(Provider, Protocol):
    """A provider whose clusters several processes can use. Each of them holds the owners' lock in the cluster's directory."""

    def join(self, record: Mapping[str, Any], settings: Settings) -> Running | None:
        """Become one more owner of the cluster of this record (`Running.record`); None if it has ended or is about to."""

    def runs(self, record: Mapping[str, Any]) -> bool: ...

    def end(self, record: Mapping[str, Any]) -> None:
        """End a cluster that nobody owns; returns when nothing of it is left."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A cluster as its record describes it: who started it, for which wish, when, and what its provider needs to join it.

    `name` is the one by which it is reused; empty if it belongs to one run.
    """

    directory: Path
    provider: str
    run: str
    name: str
    wish: Mapping[str, Any]
    images: Mapping[str, str]
    since: float
    kubeconfig: Path
    record: Mapping[str, Any]


def joinable(provider: Provider) -> TypeGuard[Joinable]:
    return hasattr(provider, "join")


def obtain(provider: Provider, wish: Wish, settings: Settings, *, run: str, workers: bool) -> Running:
    """A cluster for the tests of this process: joined if there is one to share, otherwise started.

    `run` contains the worker too, if there are several. Raises ClusterError and SettingsError.
    """
    if wish.alone:
        return start(provider, wish, settings, run=run)
    if settings.reuse is not None:
        return named(provider, wish, settings, settings.reuse, run=run)
    if not (workers and settings.cluster_per == "run" and joinable(provider)):
        return start(provider, wish, settings, run=run)
    run = run.partition("-")[0]

    def mine(entry: Entry) -> bool:
        return (entry.provider, entry.run, entry.name, entry.wish) == (provider.name, run, "", _plain(wish))

    with _turn(f"{run} {_plain(wish)}"):
        return _joined(provider, settings, mine) or start(provider, wish, settings, run=run)


def named(provider: Provider, wish: Wish, settings: Settings, name: str, *, run: str = "") -> Running:
    """The cluster of this name. If there is none, it is started, and stays when its last user is gone."""
    if not joinable(provider):
        raise SettingsError(
            f"--kworkload-reuse={name} with the provider {provider.name}",
            "its clusters cannot be joined by name",
            "leave --kworkload-reuse out, or use --kworkload-provider=embedded",
        )

    def same(entry: Entry) -> bool:
        return entry.provider == provider.name and entry.name == name

    def found() -> Running | None:
        for entry in filter(same, entries()):
            if provider.runs(entry.record):
                _suits(entry, wish, settings)
        running = _joined(provider, settings, same)
        if running is None:
            return None
        if running.load is not None:
            for archive in settings.image_archives:
                running.load(archive, None)
        return replace(running, seconds=0.0)  # this run did not wait for its start

    there = found()  # in the usual case nobody has to wait
    if there is not None:
        return there
    with _turn(name):
        there = found()
        if there is None:
            for dead in (one for one in filter(same, entries()) if not provider.runs(one.record)):
                with suppress(ClusterError, FileNotFoundError):  # a run may still hold it, or has just ended it
                    end(provider, dead)
            there = start(provider, wish, settings, run=run, name=name)
            if there.directory is not None:
                keep(there.directory)
        return there


def start(provider: Provider, wish: Wish, settings: Settings, *, run: str, name: str = "") -> Running:
    """Start a cluster, and record that it exists."""
    running = provider.start(replace(wish, label=name or run), settings)
    if running.directory is None or running.record is None:
        return running
    entry = {
        "provider": provider.name,
        "run": run,
        "name": name,
        "wish": _plain(wish),
        "images": dict(settings.images),
        "since": time.time(),
        "kubeconfig": str(running.kubeconfig),
        "record": dict(running.record),
    }
    try:
        _write(running.directory / RECORD, json.dumps(entry))
    except BaseException as error:
        running.stop()
        if isinstance(error, OSError):
            raise no_room(running.directory, error) from error
        raise
    return running


def end(provider: Provider, entry: Entry) -> None:
    """End a cluster that nobody uses, and make sure that nobody joins it meanwhile. Raises ClusterError."""
    if not joinable(provider):
        raise ClusterError(f"the provider {provider.name}", "it has no clusters that stay", "")
    if not entry.directory.exists():
        return
    lock = seize(entry.directory)
    if lock is None:
        raise ClusterError(
            f"the cluster {entry.name or entry.directory.name} is in use",
            "a run that uses it would lose it in the middle of a test",
            "wait for that run to end, or end it",
        )
    try:
        provider.end(entry.record)
    finally:
        os.close(lock)


def entries() -> list[Entry]:
    """This user's clusters that were started and not removed yet; each may have ended."""
    found = map(entry, home().glob(f"*/{RECORD}"))
    return sorted((one for one in found if one is not None), key=lambda one: one.since)


def entry(record: Path) -> Entry | None:
    """What a record says; None if there is none, or if another version of this plugin wrote it."""
    try:
        said = json.loads(record.read_bytes())
        return Entry(
            record.parent,
            said["provider"],
            said["run"],
            said["name"],
            said["wish"],
            said["images"],
            said["since"],
            Path(said["kubeconfig"]),
            said["record"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def leftovers() -> list[Leftover]:
    """Locks of starts that were killed."""
    found = []
    for path in home().glob("starting-*"):
        with suppress(FileNotFoundError):  # that start has just ended
            since = path.stat().st_mtime
            if not held(path):
                found.append(Leftover(f"file {path}", since, "a start of a shared cluster was killed", partial(_clear, path)))
    return found


def _clear(path: Path) -> str | None:
    """Remove the lock of a start that was killed, unless another start has taken it meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:  # otherwise the name belongs to another start by now
            path.unlink()
    except BlockingIOError:
        return "another start uses it now, and will remove it"
    finally:
        os.close(descriptor)
    return None


def _joined(provider: Joinable, settings: Settings, wanted: Callable[[Entry], bool]) -> Running | None:
    for one in filter(wanted, entries()):
        running = provider.join(one.record, settings)
        if running is not None:
            return running
    return None


def _suits(entry: Entry, wish: Wish, settings: Settings) -> None:
    """Whether a running cluster fits what is asked for now. Raises SettingsError."""
    there, image = entry.wish["nodes"], entry.record.get("image")  # of the nodes, where the provider lets one choose
    if there < wish.nodes:
        what, asked = f"has {there} node{'s' if there > 1 else ''}", f"{wish.nodes} nodes"
    elif image is not None and settings.kind_image not in (None, image):
        what, asked = f"has nodes of {image}", f"nodes of {settings.kind_image}"
    elif not dict(settings.images).items() <= entry.images.items():
        what, asked = "maps other images", ", ".join(map("=".join, settings.images))
    else:
        return
    raise SettingsError(
        f"the cluster {entry.name} runs already and {what}",
        f"these tests ask for {asked}, and that cannot be changed while it runs",
        f"end it (`kworkload down {entry.name}`) so that the next run starts it anew, or give --kworkload-reuse another name",
    )


@contextmanager
def _turn(key: str) -> Iterator[None]:
    """One process of this user at a time, for each key. A process that dies makes room for the next."""
    path = home() / f"starting-{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}"
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not os.fstat(descriptor).st_nlink:
                continue  # its previous holder has removed it
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return
        finally:
            os.close(descriptor)


def _write(path: Path, text: str) -> None:
    """Write the whole file at once."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.rename(path)


def _plain(wish: Wish) -> dict[str, Any]:
    """What it asks for, as JSON gives it back."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(replace(wish, label=""))))
    return plain
