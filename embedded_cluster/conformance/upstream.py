"""Kubernetes' own module: the programs that are compiled from it, its files, and the image references of its tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cached_property
from pathlib import Path

from .cache import Cache

HERE = Path(__file__).parent
KUBERNETES = "k8s.io/kubernetes"
TESTS = f"{KUBERNETES}/test/e2e"
RUNNER = "github.com/onsi/ginkgo/v2/ginkgo"


class Upstream:
    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false", "GOTOOLCHAIN": "local"}

    @cached_property
    def _module(self) -> dict[str, str]:
        found = json.loads(self._go("list", "-m", "-json", KUBERNETES))
        return {"Dir": found["Dir"], "Version": found["Version"]}

    @property
    def version(self) -> str:
        return self._module["Version"]

    @cached_property
    def architecture(self) -> str:
        return self._go("env", "GOARCH").strip()

    def file(self, path: str) -> bytes:
        return (Path(self._module["Dir"]) / path).read_bytes()

    def tests(self) -> Path:
        """The test binary, exactly upstream's. Tests ask it for its version, so it is stamped with the module's."""
        major, minor, _ = self.version.removeprefix("v").split(".", 2)
        values = {"gitVersion": self.version, "gitMajor": major, "gitMinor": minor}
        stamp = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())
        return self._compile("e2e.test", "test", "-c", f"-ldflags=-s -w {stamp}", TESTS)

    def runner(self) -> Path:
        """Ginkgo's command: it runs the tests in parallel processes."""
        return self.program("ginkgo", RUNNER)

    def program(self, name: str, package: str) -> Path:
        return self._compile(name, "build", "-ldflags=-s -w", package)

    def _compile(self, name: str, *command: str) -> Path:
        sources = [(HERE / file).read_text("utf-8") for file in ("go.mod", "go.sum")]

        def make(path: Path) -> None:
            print(f"compiling {command[-1]} ...", flush=True)
            self._go(command[0], "-o", str(path), *command[1:])

        return self._cache.keep(name, [*sources, self._go("version"), *command], make)

    def _go(self, *arguments: str) -> str:
        return subprocess.run(["go", *arguments], cwd=HERE, env=self._environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    def image_references(self) -> dict[str, str]:
        return image_references(self.file("test/utils/image/manifest.go").decode())


def image_references(manifest: str) -> dict[str, str]:
    """The references of the tests' images by the names that the tests' sources use."""
    registries = dict(re.findall(r'^\t\t(\w+): +"([^"]+)",$', manifest, re.M))
    images = re.findall(r'^\tconfigs\[(\w+)\] = Config\{list\.(\w+), "([^"]+)", "([^"]+)"\}$', manifest, re.M)
    return {name: f"{registries[registry]}/{repository}:{tag}" for name, registry, repository, tag in images}
