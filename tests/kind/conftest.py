"""Tests of the provider kind, on real kind: `make test-kind` runs them, where Docker, kind and a node image are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

# Without kind there is nothing to collect: these tests are no part of `make test`.
collect_ignore_glob = [] if os.environ.get("KWORKLOAD_PROVIDER") == "kind" else ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cluster)


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout.strip()
