"""The embedded cluster: a separate program, which ends when nobody holds its owners' lock any more."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ...cluster.owners import directory, held, home, kept, owned, remove
from ...cluster.running import Running, Wish
from ...errors import ClusterError
from ...settings import Settings
from ..capabilities import NEEDS
from ..leftovers import TO_START, UNUSED, Leftover
from ..program import Program, runs
from ..sharing import RECORD, end, entry
from .archives import load
from .control import Control

BINARY = "KWORKLOAD_EMBEDDED_BINARY"
LACKS = frozenset({"storage:rwo-attach", "images:real", "resources:limits", "metrics"})
# A server that was stopped has lost its watch cache. Without a cache it answers a watch from the storage, which has not
# stopped, so that a recording resumes where it was.
WITHOUT_CACHE = "--kube-apiserver-arg=--watch-cache=false"
PREFIX = "cluster-"


class Embedded:
    name = "embedded"
    capabilities = frozenset(NEEDS) - LACKS

    def start(self, wish: Wish, settings: Settings) -> Running:
        cluster = str(binary())
        images = [part for pattern, kind in settings.images for part in ("--image", f"{pattern}={kind}")]
        archives = [part for archive in settings.image_archives for part in ("--image-archive", str(archive))]
        command = [cluster, "up", "--owned", "--nodes", str(wish.nodes), *images, *archives, *wish.arguments]
        if "control-plane:stop" in wish.needs:
            command.append(WITHOUT_CACHE)
        where = directory(PREFIX)
        try:
            program = Program.start([*command, "--dir", str(where)], where)
        except OSError as error:
            raise _not_executable(cluster, error) from error
        try:
            return self._running(program, _ready(program))
        except BaseException:  # Ctrl-C too
            program.stop()
            raise

    def join(self, record: Mapping[str, Any], settings: Settings) -> Running | None:
        program = Program.join(Path(record["dir"]), record["pid"])
        return None if program is None else self._running(program, record)

    def runs(self, record: Mapping[str, Any]) -> bool:
        return runs(Path(record["dir"]), record["pid"])

    def end(self, record: Mapping[str, Any]) -> None:
        Program.end(Path(record["dir"]), record["pid"])
        remove(Path(record["dir"]))  # nothing is left of it, unless its program was killed

    def leftovers(self, settings: Settings) -> list[Leftover]:
        return [one for one in map(self._leftover, sorted(home().glob(f"{PREFIX}*"))) if one is not None]

    def _leftover(self, directory: Path) -> Leftover | None:
        try:
            since = directory.stat().st_mtime
            if owned(directory):
                return None
            if held(directory / "alive.lock"):
                found = entry(directory / RECORD) if kept(directory) else None
                if found is None:
                    return None  # it is on its way out
                what = f"embedded cluster {found.name or directory.name}"
                return Leftover(what, found.since, UNUSED, partial(end, self, found))
            if time.time() - since < TO_START:
                return None
            why = "its program was killed" if (directory / "cluster.json").exists() else "its start was killed"
            return Leftover(f"directory {directory}", since, why, partial(remove, directory))
        except FileNotFoundError:
            return None  # it has just gone

    def _running(self, program: Program, ready: Mapping[str, Any]) -> Running:
        return Running(
            self.name,
            Path(ready["kubeconfig"]),
            stop=program.stop,
            seconds=ready["milliseconds"] / 1000,
            timings=ready.get("timings") or {},
            images=ready.get("images") or {},
            trouble=partial(_trouble, program),
            loaded=ready.get("loaded") or (),
            load=lambda archive, name: load(binary(), program.directory, archive, name),
            logs=partial(shutil.copytree, program.directory / "logs", dirs_exist_ok=True),
            faults=Control(program.directory),
            directory=program.directory,
            record=ready,
        )


def binary() -> Path:
    """The program kworkload-cluster: the one that the environment names, otherwise the wheel's. Raises ClusterError."""
    named = os.environ.get(BINARY)
    if named:
        path = Path(named)
        if not path.is_file():
            raise ClusterError(f"{BINARY}={named}", "there is no such file", "name the program kworkload-cluster, or unset the variable")
        return path
    try:
        import kworkload_embedded_cluster
    except ImportError:
        raise ClusterError(
            "the embedded cluster is not installed",
            "it is the default provider, and comes in a wheel of its own (Linux only)",
            'pip install "pytest-kworkload[embedded]", or the wheels that `make wheel` builds in a clone; '
            "or choose another provider: --kworkload-provider=existing --kworkload-context=NAME",
        ) from None
    return Path(kworkload_embedded_cluster.binary())


def _ready(program: Program) -> Any:
    """What it prints when the cluster is usable. Raises ClusterError."""
    line = program.first_line()
    if not line:
        program.let_go()
        text = _plain(program.told())
        raise ClusterError(f"the embedded cluster did not start: {text}", do="" if "\n  do:" in text else f"see whether {BINARY} is right")
    try:
        return json.loads(line)
    except ValueError:
        raise ClusterError(
            f"the embedded cluster's program said {line.decode('utf-8', 'replace').strip()[:80]!r}",
            "that is not what kworkload-cluster says when a cluster is usable",
            f"name that program: {BINARY}=PATH/kworkload-cluster, or unset the variable",
        ) from None


def _trouble(program: Program) -> str | None:
    said = program.trouble()
    return None if said is None else _plain(said)


def _plain(told: str) -> str:
    """What the program said, without its name."""
    return told.removeprefix("kworkload-cluster up: ").removeprefix("kworkload-cluster: ")


def _not_executable(program: str, error: OSError) -> ClusterError:
    saw = f"{program} cannot be run: {error.strerror or error}"
    if error.errno == errno.ENOEXEC:
        return ClusterError(saw, "it is built for another kind of processor", "install the wheel for this machine")
    return ClusterError(saw, "the system refuses to execute it", "make the file executable, and see that no mount option forbids it")
