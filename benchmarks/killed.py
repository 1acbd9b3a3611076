"""`python -m benchmarks.killed [--moments 20] [--seed N]`: SIGKILL at random moments of a pytest's life; nothing may be left.

A pytest starts a cluster, makes pods and ends them, over and over. At a random moment a random process of it is killed:
pytest itself, the cluster's program, its supervisor, a node, a component, a kubelet, a pod. If the cluster survives that
(a pod is only restarted), pytest is killed too. Then no process, mount or link may be there, and after the next start no
directory.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.embedded.driver import family, program
from tests.embedded.remains import Machine, Remains, sweep

LONGEST = 20.0  # seconds from the start of pytest: the cluster is usable after a third of it, on a slow machine
SUITE = """
import pytest

DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "pods"},
    "spec": {"replicas": 5, "selector": {"matchLabels": {"app": "pods"}}, "template": {
        "metadata": {"labels": {"app": "pods"}},
        "spec": {"containers": [{"name": "main", "image": "busybox", "command": ["sleep", "3600"]}]},
    }},
}

@pytest.mark.parametrize("n", range(1000))
def test_pods(kworkload, n):
    kworkload.apply(DEPLOYMENT).wait_ready().deployment().delete()
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.killed")
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"{options.moments} moments, --seed {options.seed}", flush=True)
    for number in range(options.moments):
        # A generator for each moment: what is drawn does not depend on how many processes there were before.
        print(f"{number + 1:3}: {_moment(random.Random(f'{options.seed}-{number}'))}", flush=True)
    print("nothing is left of any")


def _moment(choice: random.Random) -> str:
    """What was killed, and when."""
    machine, after = Machine(), choice.uniform(0, LONGEST)
    with tempfile.TemporaryDirectory(prefix="kworkload-killed-") as name, _pytest(Path(name)) as process:
        clusters = Path(name) / f"kworkload-{os.getuid()}"
        descriptor = os.pidfd_open(process.pid)
        with contextlib.closing(os.fdopen(descriptor)):
            if select.select([descriptor], [], [], after)[0]:
                raise SystemExit(f"pytest ended by itself after less than {after:.2f} s")
        victim = choice.choice(family(process.pid))
        what = f"after {after:5.2f} s: {_command(victim) or 'a process that has just ended'}"
        remains = Remains(machine, process.pid, clusters)
        for pid in (victim, process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        try:
            remains.await_nothing()
            if clusters.exists() and (left := sweep(clusters)):
                raise AssertionError(f"directories are left after the next start: {left}")
        except AssertionError as failed:
            raise SystemExit(f"{what}\nFAILED: {failed}") from None
    return what


@contextlib.contextmanager
def _pytest(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    suite = home / "test_pods.py"
    suite.write_text(SUITE, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(suite), "--rootdir", str(home)]
    environment = {  # a cache of images is no remains, so it is elsewhere
        **os.environ,
        "TMPDIR": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "KWORKLOAD_EMBEDDED_BINARY": program(),
    }
    with subprocess.Popen(command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[:70].strip()
    except OSError:
        return ""


if __name__ == "__main__":
    main()
