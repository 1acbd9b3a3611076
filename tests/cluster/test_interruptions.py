"""However a run ends, nothing of its cluster stays: no process, no mount, no directory."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from pytest_kworkload import Cluster, ClusterError, cli
from pytest_kworkload.cluster.running import Wish
from pytest_kworkload.kube.client import Client
from pytest_kworkload.providers.embedded import provider
from pytest_kworkload.settings import Settings

SECONDS = 60.0  # for what comes by itself, on a busy machine

CONFTEST = """
    import dataclasses, os

    import pytest
    from pytest_kworkload.providers.embedded.provider import Embedded

    POD = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "main", "image": "registry.invalid/web", "command": ["true"]}]},
    }

    def tell(*words):
        with open(os.environ["TELL"], "w") as fifo:
            print(*words, file=fifo)

    class Telling(Embedded):
        name = "telling"

        def start(self, wish, settings):
            running = super().start(wish, settings)
            def stop():
                tell("stopping")
                running.stop()
            return dataclasses.replace(running, stop=stop)

    def pytest_kworkload_make_provider(config):
        return Telling()
"""
WAITING = """
    from conftest import POD, tell

    def test_waits(kworkload):
        pod = kworkload.apply(POD).pod("web")
        tell(kworkload.kubeconfig, kworkload.name)
        pod.wait_ready(600)

    def test_after_it(kworkload): pass
"""
FROZEN = """
    import threading

    import pytest
    from conftest import tell

    @pytest.mark.kworkload(needs=["nodes:stop"])
    def test_frozen(kworkload_cluster):
        with kworkload_cluster.node("node-0").frozen():
            tell("frozen")
            threading.Event().wait()
"""


class Processes:
    """The processes of the clusters below a directory, held by descriptors, so that no number can come to mean another one."""

    def __init__(self, below: Path) -> None:
        parents: dict[int, int] = {}
        self._descriptors: dict[int, int] = {}
        named = set()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                pid = int(entry.name)
                parents[pid] = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
                if str(below).encode() in (entry / "cmdline").read_bytes():
                    named.add(pid)
        for pid in parents:
            ancestor = pid
            while ancestor and ancestor not in named:
                ancestor = parents.get(ancestor, 0)
            if ancestor:
                with contextlib.suppress(ProcessLookupError):
                    self._descriptors[pid] = os.pidfd_open(pid)

    def __len__(self) -> int:
        return len(self._descriptors)

    @property
    def pids(self) -> list[int]:
        return list(self._descriptors)

    def end_within(self, seconds: float) -> bool:
        """Wait for the end of all."""
        alive = select.poll()
        for descriptor in self._descriptors.values():
            alive.register(descriptor, select.POLLIN)
        for _ in range(len(self._descriptors)):
            ended = alive.poll(seconds * 1000)
            if not ended:
                return False
            alive.unregister(ended[0][0])
        return True

    def close(self) -> None:
        for descriptor in self._descriptors.values():
            os.close(descriptor)


class Run:
    """A pytest run of its own in a session of its own, with clusters in a directory of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path / "temporary"
        self.temporary.mkdir()
        os.mkfifo(path / "tell")
        self._heard = os.open(path / "tell", os.O_RDWR)  # also for writing, so that it never is at its end
        self._lines: list[str] = []
        self.environment = {**os.environ, "TMPDIR": str(self.temporary), "TELL": str(path / "tell"), "PYTHONDONTWRITEBYTECODE": "1"}
        self.process: subprocess.Popen[bytes] | None = None
        (path / "conftest.py").write_text(textwrap.dedent(CONFTEST))

    def command(self, tests: str, *arguments: str) -> list[str]:
        (self.path / "test_suite.py").write_text(textwrap.dedent(tests))
        options = ("-p", "no:cacheprovider", "--kworkload-provider=telling", "--kworkload-nodes=1", f"--rootdir={self.path}")
        return [sys.executable, "-m", "pytest", *options, *arguments]

    def start(self, tests: str, *arguments: str) -> None:
        with (self.path / "output").open("wb") as output:
            self.process = subprocess.Popen(
                ["env", "--default-signal=INT,HUP", *self.command(tests, *arguments)],  # ignored in a background job, and by nohup
                cwd=self.path,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def hear(self) -> list[str]:
        """The words of the next line that the run tells."""
        while not self._lines:
            ready, _, _ = select.select([self._heard], [], [], SECONDS)
            assert ready, f"the run told nothing within {SECONDS:g} s:\n{self.output}"
            self._lines += os.read(self._heard, 1 << 16).decode().splitlines()
        return self._lines.pop(0).split()

    def processes(self) -> Processes:
        # Again while there is none: amid `execve` a process has no command line.
        deadline = time.monotonic() + SECONDS
        while len(found := Processes(self.temporary)) == 0 and time.monotonic() < deadline:
            pass
        assert len(found) > 0, f"there is no cluster to speak of:\n{self.output}"
        return found

    def press_ctrl_c(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self) -> int:
        assert self.process is not None
        return self.process.wait(SECONDS)

    @property
    def output(self) -> str:
        return (self.path / "output").read_text()

    def clean(self) -> None:
        """Nothing of a cluster is there."""
        assert len(Processes(self.temporary)) == 0
        assert str(self.temporary) not in Path("/proc/self/mountinfo").read_text()
        assert [str(one) for one in self.temporary.glob("kworkload-*/*")] == []

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._heard)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    run.close()


@pytest.fixture
def starting(run: Run) -> Run:
    """A run whose cluster tells when its program begins."""
    program = run.path / "kworkload-cluster"
    program.write_text(f'#!/bin/sh\necho begins >"$TELL"\nexec {provider.binary()} "$@"\n')
    program.chmod(0o700)
    run.environment[provider.BINARY] = str(program)
    return run


def test_ctrl_c_once_in_a_test(run: Run) -> None:
    run.start(WAITING)
    run.hear()
    processes = run.processes()
    run.press_ctrl_c()
    assert run.wait() == pytest.ExitCode.INTERRUPTED
    assert processes.end_within(0), "pytest ended before its cluster"
    run.clean()
    assert "KeyboardInterrupt" in run.output
    assert "test_after_it" not in run.output


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_a_node_is_frozen(run: Run, times: int) -> None:
    run.start(FROZEN)
    run.hear()
    processes = run.processes()
    for _ in range(times):
        run.press_ctrl_c()
    run.wait()
    assert processes.end_within(SECONDS)
    run.clean()
    assert "KeyboardInterrupt" in run.output


def test_ctrl_c_twice_in_a_test(run: Run) -> None:
    run.start(WAITING)
    run.hear()
    processes = run.processes()
    run.press_ctrl_c()
    run.press_ctrl_c()
    run.wait()
    assert processes.end_within(SECONDS)
    run.clean()


def test_ctrl_c_again_while_the_cluster_is_being_ended(run: Run) -> None:
    run.start(WAITING)
    run.hear()
    processes = run.processes()
    run.press_ctrl_c()
    assert run.hear() == ["stopping"]
    run.press_ctrl_c()
    run.wait()
    assert processes.end_within(SECONDS)
    run.clean()


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_the_cluster_starts(starting: Run, times: int) -> None:
    starting.start(WAITING)
    assert starting.hear() == ["begins"]
    processes = starting.processes()
    for _ in range(times):
        starting.press_ctrl_c()
    starting.wait()
    assert processes.end_within(SECONDS)
    starting.clean()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP], ids=lambda number: str(number.name))
def test_a_signal_that_ends_pytest(run: Run, number: signal.Signals) -> None:
    run.start(WAITING)
    run.hear()
    processes = run.processes()
    assert run.process is not None
    run.process.send_signal(number)
    assert run.wait() == -number
    assert processes.end_within(SECONDS)
    run.clean()


def test_sigkill_while_the_cluster_starts(starting: Run) -> None:
    starting.start(WAITING)
    starting.hear()
    processes = starting.processes()
    assert starting.process is not None
    starting.process.kill()
    starting.wait()
    assert processes.end_within(SECONDS)
    starting.clean()


def test_sigkill_of_the_cluster_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = provider.Embedded().start(Wish(1), Settings())
    processes = Processes(tmp_path)
    supervisor = next(
        pid for pid in processes.pids if f"up\0{first.kubeconfig.parent}".encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(supervisor, signal.SIGKILL)
    assert processes.end_within(SECONDS)
    with pytest.raises(ClusterError) as told:
        Cluster(first, "run").check()
    assert str(told.value) == (
        "the cluster no longer runs\n"
        "  why: its program ended with status -9 and without a message\n"
        "  do:  start the tests again; if it happens again, report the text above"
    )
    first.stop()
    assert first.kubeconfig.exists(), "nobody is left to remove it"
    second = provider.Embedded().start(Wish(1), Settings())
    try:
        assert not first.kubeconfig.parent.exists(), "the next start sweeps it"
    finally:
        second.stop()
    assert list(tmp_path.glob("kworkload-*/*")) == []


WITH_A_CLASS = """
    import threading

    from conftest import tell

    def test_waits(kworkload):
        name = kworkload.name
        kworkload.apply({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, "provisioner": "p"})
        tell(name)
        threading.Event().wait()
"""
WITH_A_TAINT = """
    import threading

    import pytest
    from conftest import tell

    @pytest.mark.kworkload(needs=["nodes:cordon"])
    def test_waits(kworkload_cluster):
        node = kworkload_cluster.node(kworkload_cluster.nodes[0])
        # Without an effect that another test on this cluster would notice; the taint of a cordon would be one.
        with node.tainted("example.com/killed", value="a", effect="PreferNoSchedule"):
            tell(node.name)
            threading.Event().wait()
"""


def test_what_sigkill_leaves_in_an_existing_cluster_is_swept(
    run: Run, kworkload_cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(run.temporary))
    monkeypatch.setenv("KUBECONFIG", str(kworkload_cluster.kubeconfig))
    client = kworkload_cluster.client

    def there(name: str) -> list[str]:
        """The kinds of the objects of this name that nobody has asked to go."""
        found = ((kind, client.find(kind, name)) for kind in ("Namespace", "StorageClass"))
        return [kind for kind, one in found if one is not None and "deletionTimestamp" not in one["metadata"]]

    (run.path / "other").mkdir()
    living = Run(run.path / "other")
    nobodys = f"nobodys-{run.path.name.replace('_', '-')}"
    try:
        names = []
        for one in (run, living):
            one.environment["KUBECONFIG"] = str(kworkload_cluster.kubeconfig)
            one.start(WITH_A_CLASS, "--kworkload-provider=existing", "--kworkload-context=kworkload")
            names += one.hear()
        client.create({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": nobodys}, "provisioner": "p"})
        assert run.process is not None
        run.process.kill()
        run.wait()
        assert cli.main(["sweep", "--context", "kworkload", "--yes"]) == 0
        said = capsys.readouterr().out
        assert [line.partition(" of ")[0] for line in said.splitlines() if line.startswith("deleted: ") and names[0] in line] == [
            f"deleted: Namespace {names[0]}",
            f"deleted: StorageClass {names[0]}",
        ]
        assert (there(names[0]), there(names[1]), there(nobodys)) == ([], ["Namespace", "StorageClass"], ["StorageClass"])
        assert names[1] not in said
        assert nobodys not in said
        living.press_ctrl_c()
        assert living.wait() == pytest.ExitCode.INTERRUPTED
        assert there(names[1]) == [], "a run that is not killed leaves nothing to sweep"
    finally:
        client.delete("StorageClass", nobodys)
        living.close()


def test_a_taint_that_sigkill_leaves_is_swept(run: Run, kworkload_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(run.temporary))
    monkeypatch.setenv("KUBECONFIG", str(kworkload_cluster.kubeconfig))

    def tainted(name: str) -> bool:
        node = kworkload_cluster.client.get("Node", name)
        return any(one["key"] == "example.com/killed" for one in node["spec"].get("taints") or ())

    run.environment["KUBECONFIG"] = str(kworkload_cluster.kubeconfig)
    run.start(WITH_A_TAINT, "--kworkload-provider=existing", "--kworkload-context=kworkload", "--kworkload-allow-node-faults")
    (name,) = run.hear()
    assert cli.main(["sweep", "--context", "kworkload", "--yes"]) == 0
    assert tainted(name), "its run lives"
    assert run.process is not None
    run.process.kill()
    run.wait()
    assert cli.main(["sweep", "--context", "kworkload", "--yes"]) == 0
    assert not tainted(name)
    assert "pytest-kworkload/changes" not in (kworkload_cluster.client.get("Node", name)["metadata"].get("annotations") or {})


TWO_WAITING = """
    import pytest
    from conftest import POD, tell

    @pytest.mark.parametrize("n", [1, 2])
    def test_waits(kworkload, n):
        pod = kworkload.apply(POD).pod("web")
        tell(kworkload.kubeconfig)
        pod.wait_ready(600)
"""


def test_ctrl_c_with_workers(run: Run) -> None:
    run.start(TWO_WAITING, "-n", "2")
    assert run.hear() == run.hear(), "the workers share a cluster"
    processes = run.processes()
    run.press_ctrl_c()
    run.wait()
    assert processes.end_within(SECONDS)
    run.clean()


def test_sigkill_of_all_workers(run: Run) -> None:
    run.start(TWO_WAITING, "-n", "2")
    assert run.hear() == run.hear()
    processes = run.processes()
    assert run.process is not None
    os.killpg(run.process.pid, signal.SIGKILL)
    run.wait()
    assert processes.end_within(SECONDS)
    run.clean()


def test_what_failed_stays_until_it_is_ended_by_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = """
        from conftest import tell

        def test_fails(kworkload):
            tell(kworkload.kubeconfig, kworkload.name)
            assert kworkload.name == "another"
    """
    monkeypatch.setattr(tempfile, "tempdir", str(run.temporary))
    run.start(tests, "--kworkload-keep=failed", "--kworkload-provider=embedded")
    kubeconfig, namespace = run.hear()
    assert run.wait() == pytest.ExitCode.TESTS_FAILED
    assert Client(Path(kubeconfig)).get("Namespace", namespace)["status"]["phase"] == "Active"
    name = Path(kubeconfig).parent.name
    assert f"kworkload: to end it: kworkload down {name}" in run.output
    assert cli.main(["down", name]) == 0
    run.clean()


def test_a_named_cluster_serves_the_next_run_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = """
        from conftest import tell

        def test_it(kworkload):
            tell(kworkload.kubeconfig)
    """
    monkeypatch.setattr(tempfile, "tempdir", str(run.temporary))
    seen = []
    for _ in range(2):
        run.start(tests, "--kworkload-reuse=mine", "--kworkload-provider=embedded")
        seen += run.hear()
        assert run.wait() == pytest.ExitCode.OK
    assert seen[0] == seen[1]
    assert cli.main(["sweep", "--yes"]) == 0
    run.clean()


def test_pdb(run: Run) -> None:
    tests = """
        from conftest import tell

        def test_breaks(kworkload):
            tell(kworkload.kubeconfig, kworkload.name)
            assert kworkload.name == "another"
    """
    command = run.command(tests, "--pdb")
    pytest_run = pexpect.spawn(command[0], command[1:], cwd=str(run.path), env=run.environment, timeout=SECONDS, encoding="utf-8")
    try:
        pytest_run.expect_exact("(Pdb) ")
        kubeconfig, namespace = run.hear()
        processes = run.processes()
        there = Client(Path(kubeconfig)).get("Namespace", namespace)
        assert there["status"]["phase"] == "Active"
        pytest_run.sendline("q")
        pytest_run.expect(pexpect.EOF)
    finally:
        pytest_run.close()
    assert pytest_run.exitstatus == pytest.ExitCode.INTERRUPTED
    assert processes.end_within(0)
    run.clean()


def test_stop_at_the_first_failure(run: Run) -> None:
    tests = """
        from conftest import tell

        def test_fails(kworkload):
            tell("first")
            assert kworkload.name == "another"

        def test_after_it(kworkload): pass
    """
    run.start(tests, "-x")
    run.hear()
    assert run.wait() == pytest.ExitCode.TESTS_FAILED
    run.clean()
    assert "1 failed in" in run.output


TIMED = """
    import pytest
    from conftest import POD, tell

    @pytest.mark.timeout(3, method="{method}", func_only=True)
    def test_waits(kworkload):
        pod = kworkload.apply(POD).pod("web")
        tell(kworkload.kubeconfig)
        pod.wait_ready(600)

    def test_after_it(kworkload): pass
"""


def test_pytest_timeout_by_a_signal(run: Run) -> None:
    run.start(TIMED.format(method="signal"))
    run.hear()
    assert run.wait() == pytest.ExitCode.TESTS_FAILED
    run.clean()
    assert "Failed: Timeout (>3.0s) from pytest-timeout." in run.output
    assert "1 failed, 1 passed in" in run.output


def test_pytest_timeout_by_a_thread(run: Run) -> None:
    run.start(TIMED.format(method="thread"))
    run.hear()
    processes = run.processes()
    assert run.wait() == 1, "pytest-timeout ends the whole process"
    assert processes.end_within(SECONDS)
    run.clean()
    assert "test_after_it" not in run.output.partition("Stack of MainThread")[2]


def test_pytest_rerunfailures(run: Run) -> None:
    tests = """
        from conftest import tell

        def test_flaky(kworkload, request):
            tell(kworkload.name, kworkload.client.get("Namespace", kworkload.name)["status"]["phase"])
            assert request.node.execution_count == 2
    """
    run.start(tests, "--reruns=1")
    (first, phase), (second, phase_again) = run.hear(), run.hear()
    assert first != second
    assert (phase, phase_again) == ("Active", "Active")
    assert run.wait() == pytest.ExitCode.OK
    assert "1 passed, 1 rerun in" in run.output
    run.clean()


def test_a_proxy_in_the_environment(run: Run) -> None:
    tests = """
        def test_works(kworkload):
            main = {"name": "main", "image": "busybox:1.35.0", "command": ["sleep", "600"]}
            spec = {"containers": [main], "terminationGracePeriodSeconds": 0}
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}
            assert kworkload.apply(pod).pod("web").wait_ready().exec(["echo", "through"]).stdout == "through\\n"
    """
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        run.environment[name] = "http://127.0.0.1:9"  # the port of `discard`: nobody listens
    run.environment.pop("NO_PROXY", None)
    run.start(tests)
    assert run.wait() == pytest.ExitCode.OK, run.output
    run.clean()


def test_a_full_disk_when_the_cluster_starts(run: Run) -> None:
    full = run.path / "full"
    full.mkdir()
    run.environment["TMPDIR"] = str(full)
    tests = "def test_one(kworkload): pass\ndef test_two(kworkload): pass"
    command = run.command(tests, "--kworkload-provider=embedded", f"--basetemp={run.path / 'base'}")
    # A file system with room for what Python tries out, but not for the cluster's programs.
    script = 'mount -t tmpfs -o size=1m none "$0" && { "$@"; status=$?; find "$0" -mindepth 2; exit $status; }'
    private = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    result = subprocess.run(
        [*private, "sh", "-c", script, str(full), *command], cwd=run.path, env=run.environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    told = [n for n, line in enumerate(lines) if line.startswith("the embedded cluster did not start: no space left for the cluster in ")]
    assert len(told) == 2
    assert lines[told[0]].endswith(": no space left on device")
    assert lines[told[0] + 1 : told[0] + 3] == [
        "  why: a cluster needs about 20 MB there for its programs, and room for volumes and logs",
        "  do:  free some space, or name a directory on another file system (pytest: --basetemp or TMPDIR)",
    ]
    assert lines[told[1] + 1] == "  (told in full above)"
    assert "Traceback" not in result.stdout + result.stderr
    assert "2 errors in" in lines[-1], "the search for what is left found something"
    run.clean()
