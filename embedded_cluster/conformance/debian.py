"""Debian's packages, with all that they depend on, as files. Nothing is installed and root is not needed: apt-get gets a state of its own,
in which no package is installed, and `dpkg-deb` unpacks without running a package's scripts."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

CONFIGURATION = """\
Dir::State "{home}/state";
Dir::State::status "{home}/state/status";
Dir::Cache "{home}/cache";
APT::Sandbox::User "";
APT::Install-Recommends "false";
"""


class Debian:
    def __init__(self, home: Path) -> None:
        self._archives = home / "cache" / "archives"
        self._nothing = home / "cache" / "nothing"
        for directory in (home / "state" / "lists" / "partial", self._archives / "partial", self._nothing / "partial"):
            directory.mkdir(parents=True, exist_ok=True)
        (home / "state" / "status").touch()
        configuration = home / "apt.conf"
        configuration.write_text(CONFIGURATION.format(home=home), "utf-8")
        self._environment = {**os.environ, "APT_CONFIG": str(configuration), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        self._updated = False

    def packages(self, names: Sequence[str]) -> list[Path]:
        """The package files of these names and of what they depend on, in the order of their installation."""
        if not self._updated:
            self._apt("update")
            self._updated = True
        # An empty folder for what was downloaded before: apt-get lists only what it does not have. A line is: 'URI' FILE SIZE HASH
        lines = self._apt("install", "--print-uris", "-o", f"Dir::Cache::Archives={self._nothing}", *names).splitlines()
        self._apt("install", "--download-only", "--yes", *names)
        return [self._archives / line.split()[1] for line in lines]

    def _apt(self, *arguments: str) -> str:
        command = ["apt-get", "-qq", *arguments]
        return subprocess.run(command, env=self._environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def contents(package: Path) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """The files of a package, in order."""
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process, tarfile.open(fileobj=process.stdout, mode="r|") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            yield member, file.read() if file else b""
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
