"""The processes of a cluster, and what they have used, by what the kernel tells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def tree(root: int) -> Iterator[int]:
    """The pids of a process and of all that it has started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _fields(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        yield pid


def name(pid: int) -> str:
    """Of its program; of the cluster's own program, which component it is."""
    arguments = _read(Path(f"/proc/{pid}/cmdline")).split("\0")
    program = Path(arguments[0]).name
    return arguments[1] if program == "kworkload-cluster" and len(arguments) > 1 else program


def pss(pid: int) -> float:
    """Its memory in MB, as the proportional set size: what it holds alone, and its share of what it holds with others."""
    for row in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if row.startswith("Pss:"):
            return int(row.split()[1]) / 1024
    return 0.0


def cpu(pid: int) -> float:
    """Seconds of a processor, since it began."""
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _fields(pid: int) -> list[str]:
    """What stands in its `stat` after its name."""
    return _read(Path(f"/proc/{pid}/stat")).rpartition(") ")[2].split()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # it has ended meanwhile
        return ""
