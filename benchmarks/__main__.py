"""`python -m benchmarks [start] [memory] [empty_test]`: all of them, or those named."""

from __future__ import annotations

import os
import platform
import sys

from . import empty_test, memory, start

BENCHMARKS = {"start": start.measure, "memory": memory.measure, "empty_test": empty_test.measure}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(f"no benchmark {unknown[0]}; there: {', '.join(BENCHMARKS)}")
    print(f"{platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}")
    for name in names or BENCHMARKS:
        print("\n".join(["", *BENCHMARKS[name]()]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
