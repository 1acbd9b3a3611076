"""However a run ends, no container and no directory of its cluster stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from pytest_kworkload.providers.kind.names import cluster_name, containers

from .conftest import docker

SECONDS = 90.0  # for kind to be through with what it does, and to delete all
TEST = """
    import sys

    def test_it(kworkload_cluster):
        print(f"\\nCLUSTER {kworkload_cluster.kubeconfig.parent}", file=sys.__stdout__, flush=True)
        sys.stdin.read()
"""


class Run:
    """pytest with a kind cluster of one node, in a process group of its own; `home` is where its clusters live."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(TEST)
        self.home = pytester.path / f"kworkload-{os.getuid()}"
        self._seen: set[str] = set()
        command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "--kworkload-provider=kind", "--kworkload-nodes=1"]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "TMPDIR": str(pytester.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def until(self, sign: str) -> str:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if sign in line:
                return line.strip()
        raise AssertionError("".join(lines))

    @property
    def left(self) -> list[str]:
        """Directories and containers of this run's clusters. (Other runs have theirs at the same time.)"""
        directories = [path.name for path in self.home.glob("kind-*")]
        self._seen.update(containers(cluster_name(name), 1)[0] for name in directories)
        return directories + [name for name in docker("ps", "-a", "--format", "{{.Names}}").split() if name in self._seen]

    def await_nothing(self) -> None:
        """Polls: these are processes of others, and directories."""
        looking = retry(
            retry=retry_if_result(bool), stop=stop_after_delay(SECONDS), wait=wait_fixed(0.5), retry_error_callback=lambda state: None
        )
        looking(lambda: self.left)()
        assert self.left == []


@pytest.fixture
def run(pytester: pytest.Pytester) -> Iterator[Run]:
    run = Run(pytester)
    with run.process:
        yield run
        run.process.kill()


def test_sigkill_in_a_test(run: Run) -> None:
    run.until("CLUSTER")
    assert len(run.left) == 2, "a directory, a container"
    run.process.send_signal(signal.SIGKILL)
    run.await_nothing()


def test_sigkill_while_kind_makes_it(run: Run) -> None:
    run.until("collected 1 item")
    retry(retry=retry_if_result(lambda left: len(left) < 2), stop=stop_after_delay(SECONDS), wait=wait_fixed(0.1))(lambda: run.left)()
    run.process.send_signal(signal.SIGKILL)
    run.await_nothing()


def test_ctrl_c_while_kind_makes_it(run: Run) -> None:
    run.until("collected 1 item")
    retry(retry=retry_if_result(lambda left: len(left) < 2), stop=stop_after_delay(SECONDS), wait=wait_fixed(0.1))(lambda: run.left)()
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.process.wait(SECONDS) == pytest.ExitCode.INTERRUPTED
    assert run.left == [], "it ends only after its cluster"


def test_the_end_of_the_run(run: Run) -> None:
    run.until("CLUSTER")
    assert run.process.stdin is not None
    run.process.stdin.close()
    run.until("1 passed")
    assert run.process.wait(SECONDS) == 0
    assert run.left == []
