"""What several workers of pytest-xdist save: the first suite with none and with four of them, which share a cluster, in turn."""

from __future__ import annotations

from . import soak
from .figures import line

WORKERS = (0, 4)
RUNS = 2


def measure() -> list[str]:
    runs: dict[int, list[soak.Run]] = {count: [] for count in WORKERS}
    for _ in range(RUNS):
        for count in WORKERS:
            runs[count].append(soak.run([soak.SUITE, "-m", "not slow", "-n", str(count)]))
    none, four = (runs[count] for count in WORKERS)
    failed = sorted({f"{name} (-n {count})" for count in WORKERS for one in runs[count] for name in one.failed})
    return [
        f'{soak.SUITE} -m "not slow", {none[0].passed} tests, with so many workers',
        *(line(f"-n {count}", [one.seconds for one in runs[count]], "s") for count in WORKERS),
        line("ratio of none to four, pair by pair", [a.seconds / b.seconds for a, b in zip(none, four, strict=True)], ""),
        *(f"  failed: {one}" for one in failed),
    ]
