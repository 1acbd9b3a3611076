"""What is built once and kept: files in the user's cache directory, each named by all that it was made from."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path


class Cache:
    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, name: str, made_from: Iterable[str], make: Callable[[Path], None]) -> Path:
        """The file NAME made from these texts. `make` writes it if it is not there; one made from others is removed."""
        key = hashlib.sha256("\0".join(made_from).encode()).hexdigest()[:16]
        home = self.root / name
        path = home / key / name
        if path.exists():
            return path
        home.mkdir(parents=True, exist_ok=True)
        unfinished = home / f"unfinished-{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        make(unfinished / name)
        for other in home.iterdir():
            if other != unfinished:
                shutil.rmtree(other)
        unfinished.rename(path.parent)
        return path


def user_cache() -> Cache:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Cache(Path(base) / "kworkload" / "conformance")
