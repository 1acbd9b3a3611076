"""Runs upstream's tests with upstream's runner, and reads what came of each."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import killpg
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

# What the runtime only pretends to do counts as not passed: a pattern of the test's name, and what is pretended. So far it pretends nothing
# that a test of the suite asks for.
SIMULATED: dict[str, str] = {}
TIMEOUT = "3h"
# The first line of what Ginkgo says of a test that has ended, for example `• [12.345 seconds]` or `• [FAILED] [300.012 seconds]`.
ENDED = re.compile(r"^• (?:\[(?P<outcome>[A-Z]+)\] )?(?:.*)\[(?P<seconds>[\d.]+) seconds\]$")
TEST = re.compile(r"^\[It\] (?P<name>.*?)(?: \[[^\]]*, [^\]]*\])?$")


NOT_SELECTED = ("skipped", "pending")  # what Ginkgo says of them; of a test that skips itself it says why


@dataclass(frozen=True)
class Result:
    test: str
    outcome: str  # passed, failed, simulated, not run, or a word of Ginkgo's such as panicked or timedout
    seconds: float = 0.0
    reason: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


@dataclass(frozen=True)
class Suite:
    runner: Path
    tests: Path
    focus: str

    def selected(self, output: Path) -> list[str]:
        """The names of the tests of the conformance suite that the focus selects."""
        report = output / "selected.xml"
        subprocess.run(
            [*self._command(report, "Conformance", 1), "--dry-run", "--succinct", str(self.tests)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return sorted(result.test for result in read(report))

    def run(self, selected: Sequence[str], kubeconfig: Path, kubectl: Path, processes: int, output: Path) -> list[Result]:
        """What became of the tests: those that can share a cluster, in parallel; then the [Serial] ones, one after the other."""
        found: dict[str, Result] = {}
        for name, labels, at_once in (("parallel", "Conformance && !Serial", processes), ("serial", "Conformance && Serial", 1)):
            report = output / f"{name}.xml"
            flags = [
                f"--kubeconfig={kubeconfig}",
                f"--kubectl-path={kubectl}",
                "--provider=skeleton",
                "--disable-log-dump",
                "--non-blocking-taints=",
                "--allowed-not-ready-nodes=0",
            ]
            _follow([*self._command(report, labels, at_once), "-v", str(self.tests), "--", *flags], output / f"{name}.log")
            if report.exists():
                found |= {result.test: result for result in read(report)}
        return [found.get(test, Result(test, "not run", reason="the suite ended before")) for test in selected]

    def _command(self, report: Path, labels: str, processes: int) -> list[str]:
        return [
            str(self.runner),
            "--no-color",
            f"--timeout={TIMEOUT}",
            f"--procs={processes}",
            f"--label-filter={labels}",
            f"--focus={self.focus}",
            f"--junit-report={report.name}",
            f"--output-dir={report.parent}",
        ]


def _follow(command: Sequence[str], log: Path) -> None:
    """Runs Ginkgo, all that it says into a file, and a line for each test that has ended to the terminal."""
    with (
        log.open("w", encoding="utf-8", buffering=1) as file,  # a line at a time, to be followed
        # A session of its own, so that all its processes can be ended together.
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for text in progress(_copied(process.stdout, file)):
                print(text, flush=True)
        except BaseException:
            killpg(process.pid, signal.SIGKILL)
            raise


def _copied(lines: Iterable[str], file: TextIO) -> Iterator[str]:
    for line in lines:
        file.write(line)
        yield line


def progress(lines: Iterable[str]) -> Iterator[str]:
    """A line for each test that has ended. Its name comes after that in a parallel run, before that in a serial one."""
    ended: re.Match[str] | None = None
    name = ""
    for line in map(str.strip, lines):
        if line.startswith("[sig-"):
            name = line
        if ended:
            yield f"{(ended['outcome'] or 'passed').lower():>8} {float(ended['seconds']):6.1f} s  {name.replace(' [It]', '')}"
        ended = ENDED.match(line)


def read(report: Path) -> list[Result]:
    """The tests in a JUnit report of Ginkgo's, without those that were not selected and without the suite's own steps."""
    results = []
    for case in ElementTree.parse(report).iter("testcase"):
        test, outcome, reason = TEST.match(case.get("name", "")), case.get("status", ""), _reason(case)
        if test is None or reason in NOT_SELECTED:
            continue
        name = test["name"]
        if outcome == "passed":
            outcome, reason = next(
                (("simulated", why) for pattern, why in SIMULATED.items() if re.search(pattern, name)), (outcome, reason)
            )
        results.append(Result(name, outcome, float(case.get("time", 0)), reason))
    return results


def _reason(case: ElementTree.Element) -> str:
    for kind in ("failure", "error", "skipped"):
        found = case.find(kind)
        if found is not None:
            return " ".join((found.get("message") or found.text or "").split())
    return ""
