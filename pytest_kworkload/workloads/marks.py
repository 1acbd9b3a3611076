"""What marks an object as a run's, and how another process can tell that the run is over.

A process is visible only where it runs. So an object says where that is: there one can see whether the process still lives.
Elsewhere only the object's age is known.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

RUN_LABEL = "pytest-kworkload/run"
PROCESS_ANNOTATION = "pytest-kworkload/process"


def mark(metadata: Mapping[str, Any], run: str) -> dict[str, Any]:
    """The metadata of an object that we make: with the run's label, and the process that makes it."""
    labels = {**(metadata.get("labels") or {}), RUN_LABEL: run}
    annotations = {**(metadata.get("annotations") or {}), PROCESS_ANNOTATION: f"{_place()} {os.getpid()} {_started(os.getpid())}"}
    return {**metadata, "labels": labels, "annotations": annotations}


def run_of(metadata: Mapping[str, Any]) -> str:
    """The run that made this object, without its worker; empty if no run did."""
    return str((metadata.get("labels") or {}).get(RUN_LABEL, "")).partition("-")[0]


def over(metadata: Mapping[str, Any], *, hours: float, now: datetime | None = None) -> str | None:
    """Why the run that made an object is over: its process has ended, or it is not visible here and the object is old enough."""
    place, _, process = str((metadata.get("annotations") or {}).get(PROCESS_ANNOTATION, "")).partition(" ")
    pid, _, started = process.partition(" ")
    if place == _place() and pid.isdecimal():
        return None if _started(int(pid)) == started else "the process that made it has ended"
    made = datetime.fromisoformat(metadata["creationTimestamp"])
    age = ((now or datetime.now(UTC)) - made).total_seconds() / 3600
    where = f"on {place.partition('/')[0]}" if place else "by an unknown process"
    return f"it was made {where} {age:.0f} hours ago" if age > hours else None


@cache
def _place() -> str:
    """This boot of the machine, and the part of it in which a number means the same process."""
    parts = [socket.gethostname()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            parts.append(os.readlink(path) if path.endswith("/pid") else Path(path).read_text().strip())
        except OSError:  # not Linux
            parts.append("-")
    return "/".join(parts).replace(" ", "")


def _started(pid: int) -> str:
    """When a process started, in the kernel's ticks; "-" if the kernel does not say, empty if there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except OSError:
            pass
        return "-"
    return "" if fields[0] == "Z" else fields[19]
