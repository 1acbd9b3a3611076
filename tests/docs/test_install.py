"""What the README says about installing, done in an empty environment."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .pages import ROOT, sections


@pytest.mark.cluster
def test_the_commands_of_the_readme(tmp_path: Path) -> None:
    (block,) = next(one for one in sections(ROOT / "README.md") if one.heading == "Install").of("sh")
    apart = {key: value for key, value in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "PYTHON", "PYTEST", "MAKE"))}
    commands = block.text.replace("YOUR_PROJECT", str(tmp_path))
    subprocess.run(["bash", "-euc", commands], cwd=ROOT, env=apart, check=True)

    shutil.copytree(ROOT / "example_suites" / "readme", tmp_path / "suite", ignore=shutil.ignore_patterns("__pycache__"))
    run = subprocess.run(
        [tmp_path / ".venv" / "bin" / "pytest", "suite", "-q"], cwd=tmp_path, env=apart, capture_output=True, text=True, check=False
    )

    assert "1 passed" in run.stdout, run.stdout + run.stderr
