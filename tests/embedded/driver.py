"""Drives the program kworkload-cluster as a user would: by its command line, its line of JSON, and HTTPS.

Nothing here sleeps or polls: an end is awaited on a pidfd, a state on a watch, a line on a pipe.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import http.client
import json
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

START_SECONDS = 240.0
SECONDS = 120.0

Json = dict[str, Any]


def program() -> str:
    named = os.environ.get("KWORKLOAD_EMBEDDED_BINARY")
    if named:
        return named
    import kworkload_embedded_cluster

    return str(kworkload_embedded_cluster.binary())


class Cluster:
    """One `kworkload-cluster up`, ready."""

    def __init__(self, home: Path, *arguments: str, nodes: int = 1, owned: bool = False) -> None:
        self.directory = home / "cluster"
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by end()
        self.process = subprocess.Popen(
            [program(), "up", "--nodes", str(nodes), "--dir", str(self.directory), *(["--owned"] if owned else []), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.ready: Json = json.loads(self._line())
        kubeconfig = Path(self.ready["kubeconfig"]).read_text("utf-8")
        self.server = urlsplit(_found(r"server: (\S+)", kubeconfig))
        self.token = _found(r"token: (\S+)", kubeconfig)
        authority = base64.b64decode(_found(r"certificate-authority-data: (\S+)", kubeconfig)).decode()
        self._tls = ssl.create_default_context(cadata=authority)

    def _line(self) -> str:
        assert self.process.stdout is not None
        if select.select([self.process.stdout], [], [], START_SECONDS)[0]:
            line = self.process.stdout.readline()
            if line:
                return line
        self.process.terminate()
        self.await_end()
        told = self.told()
        self._close()
        raise AssertionError(f"the cluster did not start:\n{told}")

    def told(self) -> str:
        self.errors.seek(0)
        return self.errors.read()

    def await_end(self, seconds: float = SECONDS) -> int:
        """Its exit status; it must end by itself."""
        if self.process.returncode is None:
            await_end(self.process.pid, seconds)
        return self.process.wait()

    def end(self) -> int:
        """Its exit status; it may have ended already."""
        if self.process.returncode is None:
            self.process.terminate()
        status = self.await_end()
        self._close()
        return status

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _close(self) -> None:
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.errors.close()

    # What it consists of

    def processes(self) -> dict[int, str]:
        """The command lines of its processes, by their id on this machine."""
        found = {}
        for pid in family(self.process.pid):
            with contextlib.suppress(OSError):
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        return found

    def pid_of(self, command: str) -> int:
        (pid,) = [pid for pid, line in self.processes().items() if re.search(command, line)]
        return pid

    def inner(self) -> int:
        """The first process of the cluster's own namespaces."""
        return self.pid_of("^kworkload-supervisor supervise")

    def pid_namespaces(self) -> set[str]:
        """Those that are not this machine's own."""
        return {space for space in (pid_namespace(pid) for pid in self.processes()) if space} - {os.readlink("/proc/self/ns/pid")}

    # Its API

    def connect(self, seconds: float = SECONDS) -> http.client.HTTPSConnection:
        assert self.server.hostname is not None
        return http.client.HTTPSConnection(self.server.hostname, self.server.port, context=self._tls, timeout=seconds)

    def request(self, method: str, path: str, body: Json | None = None, *, token: str | None = "", kind: str = "json") -> tuple[int, Json]:
        """The answer's status and object. `token` is the kubeconfig's unless given; None is anonymous."""
        headers = {"Content-Type": f"application/{kind}"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.token}"
        connection = self.connect()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(content)
        except ValueError:
            return answer.status, {"text": content.decode("utf-8", "replace")}

    def call(self, method: str, path: str, body: Json | None = None, kind: str = "json") -> Json:
        status, answer = self.request(method, path, body, kind=kind)
        assert status < 300, f"{method} {path}: {status} {answer.get('message', answer)}"
        return answer

    def events(self, path: str, seconds: float = SECONDS) -> Iterator[Json]:
        """The events of a watch on this collection, beginning with what is there now, not when the first is asked for."""
        deadline = time.monotonic() + seconds
        connection = self.connect(seconds)
        connection.request("GET", path + ("&" if "?" in path else "?") + "watch=1", headers={"Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        assert answer.status == 200, f"watch {path}: {answer.status} {answer.read().decode()}"

        def lines() -> Iterator[Json]:
            try:
                while True:
                    assert connection.sock is not None
                    connection.sock.settimeout(max(0.001, deadline - time.monotonic()))
                    line = answer.readline()
                    if not line:
                        return
                    yield json.loads(line)
            except TimeoutError:
                return
            finally:
                connection.close()

        return lines()

    def until(self, path: str, condition: Callable[[Json], Any], what: str, seconds: float = SECONDS) -> Json:
        """The first object of this collection that meets the condition."""
        deadline, last = time.monotonic() + seconds, dict[str, Any]()
        while (left := deadline - time.monotonic()) > 0:
            for event in self.events(path, left):
                if event["type"] == "ERROR":  # this watch ends with it, not the wait
                    last = last or {"status": event["object"]}
                    break
                found: Json = event["object"]
                last = found
                if event["type"] in ("ADDED", "MODIFIED") and condition(found):
                    return found
        newest = sorted(self.call("GET", "/api/v1/events")["items"], key=lambda one: one["metadata"]["creationTimestamp"])[-15:]
        told = "\n".join(f"  {one['involvedObject']['name']}: {one['reason']}: {one['message']}" for one in newest)
        seen = json.dumps(last.get("status", last), indent=1)
        raise AssertionError(f"{what}: not within {seconds:.0f} s; the last state was {seen}; the newest events:\n{told}")

    def kubectl(self, *arguments: str, stdin: str | None = None, status: int | None = 0) -> str:
        """What it prints. It must end with this status; None is any."""
        command = [program(), "kubectl", "--kubeconfig", self.ready["kubeconfig"], *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert status in (None, done.returncode), f"kubectl {' '.join(arguments)}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + (done.stderr if status else "")


class Fault:
    """A connection to the control socket: a fault that is in force until end(), or until this process is gone."""

    def __init__(self, directory: Path, **request: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(SECONDS)
        there = os.open(directory, os.O_PATH)
        try:
            self._socket.connect(f"/proc/self/fd/{there}/control.sock")  # the whole path may be too long for an address
        finally:
            os.close(there)
        self._answers = self._socket.makefile("r", encoding="utf-8")
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        self.answer = self._next()

    def _next(self) -> Json:
        line = self._answers.readline()
        assert line, "the cluster has closed the connection without a word"
        answer: Json = json.loads(line)
        return answer

    def end(self) -> Json:
        """The cluster's last word."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
            return self._next()
        finally:
            self.close()

    def close(self) -> None:
        """Asks for its end, and does not wait for it."""
        self._answers.close()
        self._socket.close()

    def __enter__(self) -> Fault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def fault(cluster: Cluster, name: str, **target: str) -> Iterator[Json]:
    """The fault is in force inside, and reverted when this returns."""
    one = Fault(cluster.directory, fault=name, **target)
    try:
        assert "failed" not in one.answer, one.answer["failed"]
        yield one.answer
    except BaseException:
        one.close()  # which reverts it too; what went wrong in the block is to be told
        raise
    last = one.end()
    assert last == {}, last["failed"]


class Namespace:
    """A namespace of one test, with short ways to run pods in it."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name
        cluster.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        cluster.until(f"{self.path}/serviceaccounts", lambda account: account["metadata"]["name"] == "default", "the service account")

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.name}"

    def delete(self) -> None:
        self.cluster.call("DELETE", self.path)

    def create(self, collection: str, body: Json) -> Json:
        return self.cluster.call("POST", f"{self.path}/{collection}", body)

    def start(self, name: str, *script: str, pod: Json | None = None, **container: Any) -> str:
        """A pod of one busybox container that runs this shell script (default: sleeps, and ends when it is told to)."""
        text = "\n".join(script) or "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"
        one = {"name": "c", "image": "busybox:1.35.0", "command": ["sh", "-c", text], **container}
        spec: Json = {"terminationGracePeriodSeconds": 1, "containers": [one], **(pod or {})}
        self.create("pods", {"metadata": {"name": name, "labels": {"app": name}}, "spec": spec})
        return name

    def until(self, name: str, condition: Callable[[Json], Any], what: str, seconds: float = SECONDS) -> Json:
        return self.cluster.until(f"{self.path}/pods?fieldSelector=metadata.name%3D{name}", condition, f"pod {name}: {what}", seconds)

    def running(self, name: str) -> Json:
        return self.until(name, lambda pod: pod["status"]["phase"] == "Running", "running")

    def is_ready(self, name: str) -> Json:
        return self.until(name, ready, "ready")

    def finished(self, name: str, phase: str = "Succeeded") -> Json:
        pod = self.until(name, lambda pod: pod["status"]["phase"] in ("Succeeded", "Failed"), "finished")
        assert pod["status"]["phase"] == phase, f"pod {name}: {json.dumps(pod['status'], indent=1)}"
        return pod

    def output(self, name: str, *script: str, pod: Json | None = None, **container: Any) -> str:
        """What a script prints that is run to its end as a pod."""
        self.start(name, *script, pod={"restartPolicy": "Never", **(pod or {})}, **container)
        self.finished(name)
        return self.logs(name)

    def logs(self, name: str, *options: str) -> str:
        return self.cluster.kubectl("logs", "-n", self.name, name, *options)

    def sh(self, name: str, script: str, status: int | None = 0, stdin: str | None = None) -> str:
        """What a script prints in a running pod."""
        options = ["-i"] if stdin is not None else []
        return self.cluster.kubectl("exec", "-n", self.name, *options, name, "--", "sh", "-c", script, stdin=stdin, status=status)

    def deleted(self, name: str, *options: str) -> None:
        self.cluster.kubectl("delete", "pod", "-n", self.name, name, "--wait", *options)

    def event(self, name: str, reason: str, containing: str = "") -> str:
        """The message of the first such event of this pod."""
        path = f"{self.path}/events?fieldSelector=involvedObject.name%3D{name},reason%3D{reason}"
        found = self.cluster.until(path, lambda event: containing in event["message"], f"an event {reason} of {name} with {containing!r}")
        return str(found["message"])


def ready(pod: Json) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ()))


def state(pod: Json, kind: str = "state") -> Json:
    """The state of its only container."""
    statuses: list[Json] = pod["status"].get("containerStatuses") or [{}]
    found: Json = statuses[0].get(kind, {})
    return found


def restarts(pod: Json) -> int:
    """How often its only container was started again."""
    return sum(int(one["restartCount"]) for one in pod["status"].get("containerStatuses", ()))


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, new = [], [pid]
    while new:
        one = new.pop()
        found.append(one)
        new += children.get(one, [])
    return found


def pid_namespace(pid: int | str) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:  # gone, or another user's
        return None


def await_end(pid: int, seconds: float = SECONDS) -> None:
    """Returns when the process has ended (a child of ours is then still to be waited for)."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], seconds)[0], f"process {pid} has not ended within {seconds:.0f} s"
    finally:
        os.close(descriptor)


def await_file(path: Path, seconds: float = START_SECONDS) -> None:
    """Returns when there is such a file: inotify(7) tells, for which Python has no module."""
    created, libc = 0x100, ctypes.CDLL(None, use_errno=True)
    deadline = time.monotonic() + seconds
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    assert descriptor >= 0, f"inotify: {os.strerror(ctypes.get_errno())} (fs.inotify.max_user_instances is for all clusters of a user)"
    try:
        assert libc.inotify_add_watch(descriptor, os.fsencode(path.parent), created) >= 0
        while not path.exists():
            assert select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0], f"no {path} within {seconds:.0f} s"
            os.read(descriptor, 1 << 16)
    finally:
        os.close(descriptor)


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, f"no {pattern} in the kubeconfig"
    return match[1]
