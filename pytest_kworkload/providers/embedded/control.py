"""The embedded cluster's control socket: a fault lasts as long as the connection that asked for it.

So it is reverted however this process ends.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from ...errors import ClusterError
from ...history.deadline import Deadline

SOCKET = "control.sock"
LEAST_SECONDS = 0.01  # a timeout of 0 would mean no waiting at all


class Control:
    """Faults of the cluster in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def start(self, fault: str, deadline: Deadline, *, node: str = "", component: str = "") -> Held:
        """Ask for a fault; returns when it is in force. Raises ClusterError, and then nothing is changed."""
        target = {key: value for key, value in (("node", node), ("component", component)) if value}
        what = " ".join([fault, *target.values()])
        connection = _connect(self._directory, what)
        try:
            answer = _ask(connection, {"fault": fault, **target}, what, deadline)
        except BaseException:  # Ctrl-C too
            _drop(connection)
            raise
        return Held(connection, what, str(answer.get("node", "")))


class Held:
    """A fault that is in force. `node` is the one that joined, if the fault is node-added."""

    def __init__(self, connection: socket.socket, what: str, node: str) -> None:
        self._connection, self._what, self.node = connection, what, node

    def end(self, deadline: Deadline) -> None:
        """Revert it; returns when that is done. Raises ClusterError if it cannot be done."""
        try:
            # Not only closed: a process that a test forked may have a copy of the descriptor.
            self._connection.shutdown(socket.SHUT_WR)
            _answer(self._connection, self._what, deadline)
        except OSError as error:
            raise _lost(self._what, error.strerror or str(error)) from error
        finally:
            _drop(self._connection)


def _connect(directory: Path, what: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        # Through a descriptor, because the path of a socket has at most 107 bytes.
        folder = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            connection.connect(f"/proc/self/fd/{folder}/{SOCKET}")
        finally:
            os.close(folder)
    except OSError as error:
        connection.close()
        raise ClusterError(
            f"{what}: the cluster's control socket {directory / SOCKET} cannot be reached: {error.strerror}",
            "the cluster has ended, or its program is older than this plugin",
            "see whether the cluster still runs; update kworkload-embedded-cluster together with pytest-kworkload",
        ) from error
    return connection


def _ask(connection: socket.socket, question: dict[str, str], what: str, deadline: Deadline) -> dict[str, Any]:
    try:
        connection.sendall(json.dumps(question).encode() + b"\n")
        return _answer(connection, what, deadline)
    except OSError as error:
        raise _lost(what, error.strerror or str(error)) from error


def _answer(connection: socket.socket, what: str, deadline: Deadline) -> dict[str, Any]:
    """The next line. There is never more to read: the server sends the second line only when the first was answered."""
    line = b""
    while not line.endswith(b"\n"):
        connection.settimeout(max(deadline.remaining, LEAST_SECONDS))
        try:
            part = connection.recv(1 << 16)
        except TimeoutError:
            raise ClusterError(
                f"{what}: no answer from the cluster within {deadline.seconds:g} s",
                "the machine is overloaded, or the cluster hangs",
                "give a longer timeout if it only needs more time",
            ) from None
        if not part:
            raise _lost(what, "it closed the connection")
        line += part
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError:
        raise _lost(what, f"it said {line.decode('utf-8', 'replace').strip()[:80]!r}") from None
    if "failed" in answer:
        raise ClusterError(str(answer["failed"]))  # it has three parts already
    return answer


def _lost(what: str, why: str) -> ClusterError:
    return ClusterError(f"{what}: the cluster gave no answer", why, "see whether the cluster still runs")


def _drop(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was first
    finally:
        connection.close()
