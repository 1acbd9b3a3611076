"""What is built once and kept: files in the user's cache directory, each named by all that it was made from."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

# What nothing has used for so long is removed when its successor is made. Until then another checkout may be at work with it.
KEPT_SECONDS = 7 * 24 * 3600


class Cache:
    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, name: str, made_from: Iterable[str], make: Callable[[Path], object]) -> Path:
        """The file NAME made from these texts. `make` writes it if it is not there."""
        key = hashlib.sha256("\0".join(made_from).encode()).hexdigest()[:16]
        home = self.root / name
        path = home / key / name
        home.mkdir(parents=True, exist_ok=True)
        with (self.root / f"{name}.lock").open("w") as lock:  # whoever comes second waits, and finds it made
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                os.utime(path.parent)
                return path
            self._sweep(home)
            unfinished = home / "unfinished"
            unfinished.mkdir()
            make(unfinished / name)
            unfinished.rename(path.parent)
        return path

    def _sweep(self, home: Path) -> None:
        for directory in home.iterdir():
            if directory.name == "unfinished" or directory.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(directory)


def user_cache() -> Cache:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Cache(Path(base) / "kworkload" / "conformance")
