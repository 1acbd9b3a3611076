"""The page about running says what is so: its table is the one of the settings, and its tests exist."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_kworkload.settings import OPTIONS

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")


def test_the_table_of_settings() -> None:
    rows = ["| command line | environment | ini file | default | what |", "|---|---|---|---|---|"]
    for option in OPTIONS:
        ini = f"`{option.dest}`" if option.ini else "(never)"
        default = f"{option.default:g}" if isinstance(option.default, float) else str(option.default or "(none)")
        rows.append(f"| `{option.usage}` | `{option.variable}` | {ini} | {default} | {option.help} |")
    table = "\n".join(rows) + "\n"
    assert table in PAGE, f"the table in docs/running.md must read:\n{table}"


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    there = {
        name for file in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))
    }
    assert named
    assert named - there == set()
