"""`python -m benchmarks.soak`: what it tells of a flake, and that its load does not outlive it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

from benchmarks.soak import BURN, Run, table

ROOT = Path(__file__).parents[2]
FLAKY = """
from pathlib import Path

def test_fine():
    pass

def test_flaky():
    first = Path(__file__).with_name("been here")
    was, _ = first.exists(), first.touch()
    assert not was, "a text of several\\nlines"
"""


def test_a_flake_is_told_and_fails_the_soak(tmp_path: Path) -> None:
    suite = tmp_path / "test_suite.py"
    suite.write_text(FLAKY, encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.soak", "--runs", "2", "--workers", "0", "--load", "0", str(suite)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "2 passed\n" in done.stdout
    assert "1 passed, 1 FAILED: " in done.stdout
    assert "E       AssertionError: a text of several\nE         lines\n" in done.stdout
    assert "2 of 2 runs, 3 tests passed, 1 failed\n" in done.stdout
    assert done.stdout.rstrip().endswith("failed in 1 of 2")


def test_the_table_counts_each_test() -> None:
    runs = [Run(1.0, 2, ("a",), ""), Run(3.0, 1, ("a", "b"), ""), Run(2.0, 3, (), "")]
    assert [" ".join(line.split()) for line in table(runs, 4)] == [
        "3 of 4 runs, 6 tests passed, 3 failed",
        "a run 2.00 s (1.00 to 3.00, 3 runs)",
        "a failed in 2 of 3",
        "b failed in 1 of 3",
    ]


def test_the_load_ends_with_its_parent() -> None:
    parent = """
import os, subprocess, sys
print(subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())]).pid, flush=True)
input()
"""
    with subprocess.Popen([sys.executable, "-c", parent, BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        load = os.pidfd_open(int(process.stdout.readline()))
        try:
            assert not select.select([load], [], [], 0)[0], "it computes"
            process.kill()
            assert select.select([load], [], [], 60)[0]
        finally:
            os.close(load)
