"""`python -m embedded_cluster.conformance`: Kubernetes' own conformance tests on fresh embedded clusters. See docs/conformance.md."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
import time
from pathlib import Path

from . import cluster, report
from .cache import user_cache
from .images import Builder
from .report import Report
from .suite import Result, Suite
from .upstream import Upstream

PROGRAM = "KWORKLOAD_EMBEDDED_BINARY"
PROCESSES_PER_CORE = 4  # the tests wait most of the time


def main(arguments: list[str]) -> int:
    wish = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cache = user_cache()
    upstream = Upstream(cache)
    suite = Suite(upstream.runner(), upstream.tests(), wish.focus)
    wish.output.mkdir(parents=True, exist_ok=True)
    for former in wish.output.glob("[0-9]*"):
        shutil.rmtree(former)
    selected = suite.selected(wish.output)
    if wish.list:
        print("\n".join(selected))
        return 0
    if not selected:
        raise SystemExit(f"{wish.focus}\n  why: the name of no conformance test matches\n  do:  look at all names: --list")
    builder = Builder(cache, upstream)
    archives = builder.build()
    runs: list[list[Result]] = []
    seconds: list[float] = []
    for number in range(1, wish.repeat + 1):
        print(f"run {number} of {wish.repeat}: {len(selected)} tests, {wish.nodes} nodes, {wish.processes} processes", flush=True)
        began = time.monotonic()
        runs.append(_run(suite, selected, archives, wish, wish.output / str(number)))
        seconds.append(time.monotonic() - began)
    found = Report(upstream.version, wish.focus, _circumstances(wish.nodes, wish.processes), runs, seconds)
    if wish.write:
        report.write(wish.write, found.markdown(builder.references()))
    for test in found.tests:
        if not test.passed:
            print(f"{test.outcome}: {test.name}: {test.reason}")
    print(f"{found.summary}. Logs and reports: {wish.output}")
    return 0 if found.passed else 1


def _run(suite: Suite, selected: list[str], archives: list[Path], wish: argparse.Namespace, output: Path) -> list[Result]:
    output.mkdir()
    program = _program()
    kubectl = output / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec "{program}" kubectl "$@"\n', "utf-8")
    kubectl.chmod(0o755)
    with cluster.running(program, wish.nodes, archives, output / "cluster") as kubeconfig:
        return suite.run(selected, kubeconfig, kubectl, wish.processes, output)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("--focus", default=r"\[Conformance\]", help="regular expression of the names of the tests (default: all)")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--processes", type=int, default=PROCESSES_PER_CORE * (os.cpu_count() or 1), help="tests at a time")
    parser.add_argument("--repeat", type=int, default=1, help="how often, each time on a fresh cluster")
    parser.add_argument("--write", type=Path, help="the document that the table goes into")
    parser.add_argument("--output", type=Path, default=Path("build/conformance"), help="directory of logs and JUnit reports")
    parser.add_argument("--list", action="store_true", help="say which tests match, and run none")
    wish = parser.parse_args(arguments)
    wish.output = wish.output.absolute()  # Ginkgo runs the tests in a directory of its choice
    return wish


def _program() -> Path:
    named = os.environ.get(PROGRAM)
    if named:
        path = Path(named).absolute()
        if not path.is_file():
            raise SystemExit(
                f"{PROGRAM}={named}\n  why: there is no such file\n  do:  name the program kworkload-cluster, or unset the variable"
            )
        return path
    import kworkload_embedded_cluster

    return Path(kworkload_embedded_cluster.binary())


def _circumstances(nodes: int, processes: int) -> str:
    who = "root" if os.getuid() == 0 else "an ordinary user"
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Linux {platform.release().partition('-')[0]}"
    return f"{nodes} nodes, {processes} tests at a time, as {who}, {machine}."


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("interrupted; the cluster and the tests have ended")
