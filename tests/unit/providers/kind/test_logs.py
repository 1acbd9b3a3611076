"""The export of a kind cluster's logs; `kind` is a script here."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_kworkload.errors import ClusterError
from pytest_kworkload.providers.kind.logs import export


def program(directory: Path, body: str) -> Path:
    kind = directory / "kind"
    kind.write_text(f"#!/bin/sh\n{body}\n")
    kind.chmod(0o755)
    return kind


def test_kind_is_asked_for_the_clusters_logs(tmp_path: Path) -> None:
    export(program(tmp_path, f'echo "$@" > {tmp_path}/called'), "kw-1", tmp_path / "logs")
    assert (tmp_path / "called").read_text() == f"export logs {tmp_path}/logs --name kw-1\n"


def test_what_kind_says_when_it_cannot(tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as failure:
        export(program(tmp_path, 'echo "ERROR: unknown cluster kw-1" >&2; exit 1'), "kw-1", tmp_path / "logs")
    assert str(failure.value) == (
        "kind did not export the logs of kw-1\n  why: unknown cluster kw-1\n  do:  see whether `docker ps` answers"
    )
