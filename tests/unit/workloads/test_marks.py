"""How a stranger can tell that the run is over that made an object."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_kworkload.workloads import marks
from pytest_kworkload.workloads.marks import PROCESS_ANNOTATION, RUN_LABEL, mark, over, run_of

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MADE = "2026-01-02T09:00:00Z"


def ours(**metadata: Any) -> dict[str, Any]:
    return {**mark({"name": "kw-ab12-gw0-1", **metadata}, "ab12-gw0"), "creationTimestamp": MADE}


def test_the_mark_says_whose_it_is_and_leaves_the_rest_alone() -> None:
    before = {"name": "fast", "labels": {"a": "b"}, "annotations": {"c": "d"}}
    marked = mark(before, "ab12-gw0")
    assert marked["labels"] == {"a": "b", RUN_LABEL: "ab12-gw0"}
    assert marked["annotations"].pop(PROCESS_ANNOTATION).split()[1] == str(os.getpid())
    assert marked["annotations"] == {"c": "d"}
    assert before == {"name": "fast", "labels": {"a": "b"}, "annotations": {"c": "d"}}


@pytest.mark.parametrize(
    ("labels", "run"), [({RUN_LABEL: "ab12-gw0"}, "ab12"), ({RUN_LABEL: "ab12"}, "ab12"), ({"app": "web"}, ""), ({}, ""), (None, "")]
)
def test_workers_of_one_run(labels: Any, run: str) -> None:
    assert run_of({"labels": labels}) == run


def test_a_process_that_lives_is_not_over_however_old_its_objects_are() -> None:
    assert over(ours(), hours=0, now=NOW) is None


def test_a_process_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        monkeypatch.setattr(os, "getpid", lambda: process.pid)
        metadata = ours()
        assert over(metadata, hours=24, now=NOW) is None
        process.kill()
        process.wait()
    assert over(metadata, hours=24, now=NOW) == "the process that made it has ended"


def test_a_number_that_means_another_process_by_now() -> None:
    metadata = ours()
    metadata["annotations"][PROCESS_ANNOTATION] += "0"
    assert over(metadata, hours=24, now=NOW) == "the process that made it has ended"


@pytest.mark.parametrize(("hours", "why"), [(2, "it was made on builder 3 hours ago"), (4, None)])
def test_out_of_sight_only_the_age_counts(monkeypatch: pytest.MonkeyPatch, hours: float, why: str | None) -> None:
    monkeypatch.setattr(marks, "_place", lambda: "builder/boot/pids")
    metadata = ours()
    monkeypatch.undo()
    assert over(metadata, hours=hours, now=NOW) == why


@pytest.mark.parametrize(("hours", "why"), [(2, "it was made by an unknown process 3 hours ago"), (4, None)])
def test_without_the_process(hours: float, why: str | None) -> None:
    assert over({"labels": {RUN_LABEL: "ab12"}, "creationTimestamp": MADE}, hours=hours, now=NOW) == why
