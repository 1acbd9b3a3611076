"""`python -m benchmarks.soak [--runs 20] [--workers 2] [--load N] [-m EXPRESSION] [SUITE]`: a suite over and over on a busy machine.

Background load on every core (`--load`, one process each, by default as many as there are processors) takes the machine away
from the cluster and from pytest. Every failure is told at once as pytest tells it, with the text and the chart of what happened;
at the end a table. The exit status is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from .figures import line

SUITE = "example_suites/guarantees"
# A loop that ends with its parent, however that ends: an orphan has another one.
BURN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]):\n    sum(range(100_000))"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the suite: how long it took, how many tests passed, and which did not."""

    seconds: float
    passed: int
    failed: tuple[str, ...]
    told: str  # pytest's own report of the failures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("suite", nargs="*", default=[SUITE])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2, help="of pytest-xdist, each with its share of the tests")
    parser.add_argument("--load", type=int, default=os.cpu_count(), help="processes that do nothing but compute")
    parser.add_argument("-m", dest="marked", default="", metavar="EXPRESSION", help='pytest\'s -m, as in -m "not slow"')
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    # A background job of a shell ignores it, and what is ignored the children ignore too: pytest would not hear that it is to end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [*options.suite, "-n", str(options.workers), *(["-m", options.marked] if options.marked else [])]
    runs: list[Run] = []
    with contextlib.suppress(KeyboardInterrupt), _load(options.load):
        for number in range(1, options.runs + 1):
            runs.append(run(command))
            print(f"{number:3}: {_result(runs[-1])}{runs[-1].told}", flush=True)
    print("\n".join(["", *table(runs, options.runs)]))
    sys.exit(bool(len(runs) < options.runs or any(run.failed for run in runs)))


def table(runs: list[Run], asked: int) -> list[str]:
    """How often each test failed, and how long the runs took."""
    flakes = Counter(name for run in runs for name in run.failed)
    lines = [f"{len(runs)} of {asked} runs, {sum(run.passed for run in runs)} tests passed, {flakes.total()} failed"]
    if runs:
        lines.append(line("a run", [run.seconds for run in runs], "s"))
    return [*lines, *(f"  {name:<90} failed in {count} of {len(runs)}" for name, count in flakes.most_common())]


@contextlib.contextmanager
def _load(processes: int) -> Iterator[None]:
    with contextlib.ExitStack() as started:
        for _ in range(processes):
            process = started.enter_context(subprocess.Popen([sys.executable, "-c", BURN, str(os.getpid())], stdin=subprocess.DEVNULL))
            started.callback(process.kill)
        yield


def run(arguments: list[str]) -> Run:
    """One run of pytest with these arguments. KeyboardInterrupt is passed on to it, and raised when it has ended."""
    with tempfile.TemporaryDirectory(prefix="kworkload-soak-") as home:
        report, output = Path(home) / "report.xml", Path(home) / "output.txt"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments]
        began = time.monotonic()
        # In a session of its own, so that Ctrl-C reaches it once, by us, and is waited for: it ends its cluster first.
        with (
            output.open("wb") as stream,
            subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True) as process,
        ):
            try:
                process.wait()
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                process.wait()
                raise
        seconds, text = time.monotonic() - began, output.read_text("utf-8", "replace")
        cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    bad = [one for one in cases if one.find("failure") is not None or one.find("error") is not None]
    failed = tuple(f"{one.get('classname')}::{one.get('name')}" for one in bad)
    if process.returncode and not failed:
        failed = (f"pytest itself, with exit status {process.returncode}",)
    return Run(seconds, len(cases) - len(bad), failed, _told(text) if failed else "")


def _told(text: str) -> str:
    """What pytest says of the failures; all that it says if it has not come so far."""
    _, title, failures = text.partition("= FAILURES =")
    return f"\n{failures.lstrip('=') if title else text}"


def _result(run: Run) -> str:
    return f"{run.seconds:6.1f} s, {run.passed} passed" + (f", {len(run.failed)} FAILED: {', '.join(run.failed)}" if run.failed else "")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
