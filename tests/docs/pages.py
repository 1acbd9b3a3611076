"""Pages in Markdown: their blocks of code, and texts of failures without what no two runs have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[2]

_HEADING = re.compile(r"#+ +(.+)")
_VERDICT = re.compile(r"`(test_\w+\.py::\w+)` fails with `([a-z-]+)`")

# In this order: a number is part of most names.
_VARIABLE = (
    (re.compile(r"^  and again.*\n", re.MULTILINE), ""),
    (re.compile(r"kubectl --kubeconfig \S+ -n \S+"), "kubectl"),
    (re.compile(r".*[█▓░▁x·]{40}$", re.MULTILINE), "    LANE"),
    (re.compile(r".* bound \d+ +[\d+]{40}$", re.MULTILINE), "    COUNTS"),
    (re.compile(r"\b[a-z]+-[0-9a-z]{8,10}-[0-9a-z]{5}\b"), "POD"),
    (re.compile(r"\bPOD(, POD)+"), "POD"),
    (re.compile(r"\b\d+(\.\d+)? m?s\b"), "TIME"),
    (re.compile(r"\d+, then (?=\d+ available)"), ""),  # how many went in the first step is a race
    (re.compile(r"\d+"), "N"),
    (re.compile(r"(?<=\S) +"), " "),
)


@dataclass
class Block:
    """A fenced block: the word after the fence, and its lines."""

    language: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "".join(line + "\n" for line in self.lines)


@dataclass
class Section:
    """What stands under one heading."""

    heading: str
    prose: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def of(self, language: str) -> list[Block]:
        return [block for block in self.blocks if block.language == language]

    @property
    def verdict(self) -> tuple[str, str]:
        """The test that fails after the section's change, and the guarantee that it names."""
        match = _VERDICT.search(" ".join(self.prose))
        assert match, f"{self.heading}: no sentence of the form `test_file.py::test_name` fails with `guarantee`"
        return match[1], match[2]


def sections(path: Path) -> list[Section]:
    found = [Section("")]
    block: Block | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if block is not None:
            if line == "```":
                block = None
            else:
                block.lines.append(line)
        elif line.startswith("```"):
            block = Block(line[3:], [])
            found[-1].blocks.append(block)
        elif heading := _HEADING.fullmatch(line):
            found.append(Section(heading[1]))
        else:
            found[-1].prose.append(line)
    return found


def apply(diff: Block, folder: Path) -> None:
    """Change a file as a block says: its first line is a comment that names the file, the others are a diff's."""
    name, *lines = diff.lines
    path = folder / name.removeprefix("# ")
    old = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    new = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has these lines {text.count(old)} times:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def replace(path: Path, block: Block, text: str) -> None:
    """Put another text into a block of a page."""
    page = path.read_text(encoding="utf-8")
    fence = f"```{block.language}\n"
    assert page.count(f"{fence}{block.text}```") == 1, f"{path.name} has this block twice:\n{block.text}"
    path.write_text(page.replace(f"{fence}{block.text}```", f"{fence}{text}```"), encoding="utf-8")


def shape(text: str) -> list[str]:
    """The lines of a failure with names, numbers and bars replaced; equal ones in a row count once."""
    for pattern, replacement in _VARIABLE:
        text = pattern.sub(replacement, text)
    return [line.rstrip() for line, _ in groupby(text.splitlines())]
