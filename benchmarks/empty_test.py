"""What the fixture `kworkload` costs a test that applies nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from .figures import line

TESTS = 40
SUITE = """
import pytest

@pytest.mark.parametrize("n", range({tests}))
def test_nothing(kworkload, n):
    pass

@pytest.mark.parametrize("n", range({tests}))
def test_the_calls_alone(kworkload_cluster, n):
    client, name = kworkload_cluster.client, f"calls-alone-{{n}}"
    client.create({{"apiVersion": "v1", "kind": "Namespace", "metadata": {{"name": name}}}})
    client.delete("Namespace", name)
"""


def measure() -> list[str]:
    with tempfile.TemporaryDirectory() as home:
        suite, report = Path(home) / "test_empty.py", Path(home) / "report.xml"
        suite.write_text(SUITE.format(tests=TESTS), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_duration_report=total"]
        subprocess.run([*command, f"--junitxml={report}", str(suite)], cwd=home, check=True, stdout=subprocess.DEVNULL)
        cases = [(str(case.get("name")), float(case.get("time", 0)) * 1000) for case in ElementTree.parse(report).iter("testcase")]
    nothing = [time for name, time in cases if name.startswith("test_nothing")][1:]  # the first one starts the cluster
    alone = [time for name, time in cases if name.startswith("test_the_calls")]
    return [
        "a test that applies nothing (its set-up and teardown included)",
        line("with the fixture kworkload", nothing, "ms"),
        line("making and deleting a namespace, the calls alone", alone, "ms"),
        line("ratio of the medians", [sorted(nothing)[len(nothing) // 2] / sorted(alone)[len(alone) // 2]], ""),
    ]
