"""The table of a run, as Markdown, and its one-line summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .images import IMAGES
from .suite import Result

BEGIN, END = "<!-- results: written by `make conformance` -->", "<!-- end of results -->"
REASON_LENGTH = 300


@dataclass(frozen=True)
class Test:
    """What became of one test in all runs."""

    name: str
    results: Sequence[Result]

    @property
    def passed(self) -> bool:
        return all(result.passed for result in self.results)

    @property
    def outcome(self) -> str:
        return next((result.outcome for result in self.results if not result.passed), "passed")

    @property
    def seconds(self) -> float:
        return max(result.seconds for result in self.results)

    @property
    def reason(self) -> str:
        return next((result.reason for result in self.results if not result.passed), "")


@dataclass(frozen=True)
class Report:
    version: str
    focus: str
    circumstances: str  # who ran it, on what, with how many processes
    runs: Sequence[Sequence[Result]]
    seconds: Sequence[float]  # of each run, with the start of its cluster

    @property
    def tests(self) -> list[Test]:
        return [Test(results[0].test, results) for results in zip(*self.runs, strict=True)]

    @property
    def passed(self) -> bool:
        return bool(self.tests) and all(test.passed for test in self.tests)

    @property
    def summary(self) -> str:
        tests = self.tests
        runs = "one run" if len(self.runs) == 1 else f"each of {len(self.runs)} runs"
        times = ", ".join(_minutes(seconds) for seconds in self.seconds)
        return f"{sum(test.passed for test in tests)} of {len(tests)} conformance tests passed in {runs} ({times})"

    def markdown(self, references: Mapping[str, str]) -> str:
        longest = "Seconds" if len(self.runs) == 1 else "Longest (s)"
        return "\n".join(
            [
                f"Kubernetes {self.version}, tests that match `{self.focus}`: **{self.summary}**. {self.circumstances}",
                "",
                *_table(("Test", "Result", longest, "Reason"), map(_row, self.tests)),
                "",
                *_table(("Image", "Made of"), ((f"`{references[image.name]}`", image.made_of) for image in IMAGES)),
            ]
        )


def write(document: Path, results: str) -> None:
    """Puts the results between their two marks in the document."""
    text = document.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(
            f"{document} has no place for the results\n  why: they go between two lines that it lacks\n  do:  add them:\n{BEGIN}\n{END}"
        )
    document.write_text(f"{before}{begin}\n{results}\n{end}{after}", "utf-8")


def _row(test: Test) -> Sequence[str]:
    reason = test.reason if len(test.reason) <= REASON_LENGTH else test.reason[:REASON_LENGTH] + " ..."
    return re.sub(r" \[Conformance\]", "", test.name), test.outcome, f"{test.seconds:.0f}", reason


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
