"""Where the program kworkload-cluster is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["binary", "main"]


def binary() -> Path:
    """The path of the program."""
    return Path(__file__).parent / "bin" / "kworkload-cluster"


def main() -> None:
    """Become the program: the console script `kworkload-cluster`."""
    program = binary()
    os.execv(program, [str(program), *sys.argv[1:]])
