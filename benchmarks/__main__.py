"""`python -m benchmarks [start] [memory] [empty_test] [rollout] [recorders] [workers] [--against PROGRAM]`: all of them, or those named."""

from __future__ import annotations

import argparse
import functools
import os
import platform
from collections.abc import Callable

from . import empty_test, memory, recorders, rollout, start, workers


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--against", metavar="PROGRAM", help="of rollout: another program whose cluster does the same")
    options = parser.parse_args()
    benchmarks: dict[str, Callable[[], list[str]]] = {
        "start": start.measure,
        "memory": memory.measure,
        "empty_test": empty_test.measure,
        "recorders": recorders.measure,
        "workers": workers.measure,
        "rollout": functools.partial(rollout.measure, options.against),
    }
    if unknown := [name for name in options.names if name not in benchmarks]:
        raise SystemExit(f"no benchmark {unknown[0]}; there: {', '.join(benchmarks)}")
    print(f"{platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}")
    for name in options.names or benchmarks:
        print("\n".join(["", *benchmarks[name]()]), flush=True)


if __name__ == "__main__":
    main()
