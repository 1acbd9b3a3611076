"""Whether two runs of a suite came to the same verdicts: `python -m benchmarks.verdicts ONE.xml OTHER.xml`, two files of --junitxml.

Prints a table of the tests that differ, and ends with status 1 if there are any.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

ABSENT = "not there"
WORST = ("error", "failure", "skipped")  # a test may have two results: of itself and of its teardown


def verdicts(path: Path) -> dict[str, str]:
    """The verdict of every test of a result file: passed, or failure, error, skipped with the first line of the reason."""
    found: dict[str, str] = {}
    for case in ET.parse(path).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        told = next((f"{kind}: {_first_line(one)}" for kind in WORST for one in case.findall(kind)), "passed")
        if found.get(name, "passed") == "passed":
            found[name] = told
    return found


def differences(one: dict[str, str], other: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Tests whose kind of verdict is not the same; the reasons may differ."""
    for name in sorted({*one, *other}):
        here, there = one.get(name, ABSENT), other.get(name, ABSENT)
        if here.partition(":")[0] != there.partition(":")[0]:
            yield name, here, there


def _first_line(result: ET.Element) -> str:
    return (result.get("message") or "").strip().partition("\n")[0]


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    one, other = (verdicts(Path(path)) for path in arguments)
    rows = list(differences(one, other))
    for row in rows:
        print(" | ".join(row))
    print(f"{len({*one, *other})} tests, {len(rows)} with another verdict")
    return 1 if rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
