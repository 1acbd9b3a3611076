"""The control socket's protocol, spoken with a server that a test scripts."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.errors import ClusterError
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.providers.embedded.control import Control

SECONDS = 10.0
Script = Callable[[socket.socket], None]


class Server:
    """Answers one connection by a script; `asked` is what it was asked, `ended` whether the client let go."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.asked: dict[str, Any] = {}
        self.ended = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        os.chdir(directory)  # the path may be too long for an address
        try:
            self._socket.bind("control.sock")
        finally:
            os.chdir(here)
        self._socket.listen()
        self._thread: threading.Thread | None = None

    def answers(self, *answers: bytes | None) -> None:
        """The first one to the question, the second when the client has ended; None: the connection is closed instead."""

        def serve() -> None:
            connection, _ = self._socket.accept()
            with connection, connection.makefile("rb") as reader:
                self.asked = json.loads(reader.readline())
                for n, answer in enumerate(answers):
                    if n == 1 and reader.read() == b"":
                        self.ended.set()
                    if answer is None:
                        return
                    connection.sendall(answer)
                if reader.read() == b"":
                    self.ended.set()

        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.close()
        if self._thread is not None:
            self._thread.join(SECONDS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    deep = tmp_path / ("d" * 120)  # beyond the 107 bytes of a socket's path
    deep.mkdir()
    server = Server(deep)
    yield server
    server.close()


def soon() -> Deadline:
    return Deadline.after(SECONDS)


def test_a_fault_of_a_node(server: Server) -> None:
    server.answers(b"{}\n", b"{}\n")
    held = Control(server.directory).start("node-frozen", soon(), node="node-1")
    assert server.asked == {"fault": "node-frozen", "node": "node-1"}
    assert held.node == ""
    assert not server.ended.is_set()
    held.end(soon())
    assert server.ended.is_set()


def test_a_fault_of_a_component(server: Server) -> None:
    server.answers(b"{}\n", b"{}\n")
    Control(server.directory).start("component-stopped", soon(), component="kube-scheduler").end(soon())
    assert server.asked == {"fault": "component-stopped", "component": "kube-scheduler"}


def test_a_node_that_came_in_pieces(server: Server) -> None:
    server.answers(b'{"node": "node-3"}\n', b"{}\n")
    held = Control(server.directory).start("node-added", soon())
    assert (server.asked, held.node) == ({"fault": "node-added"}, "node-3")
    held.end(soon())


REFUSED = b'{"failed": "node-9\\n  why: there is no such node\\n  do:  name one of: node-0"}\n'


def test_a_refusal_is_told_as_it_is(server: Server) -> None:
    server.answers(REFUSED)
    with pytest.raises(ClusterError) as error:
        Control(server.directory).start("node-frozen", soon(), node="node-9")
    assert str(error.value) == "node-9\n  why: there is no such node\n  do:  name one of: node-0"
    assert server.ended.wait(SECONDS), "the connection was not closed"


def test_what_cannot_be_taken_back_is_told_as_it_is(server: Server) -> None:
    server.answers(b"{}\n", REFUSED)
    held = Control(server.directory).start("node-killed", soon(), node="node-1")
    with pytest.raises(ClusterError, match="there is no such node"):
        held.end(soon())


@pytest.mark.parametrize(("answer", "why"), [(None, "it closed the connection"), (b"what?\n", "it said 'what?'")])
def test_no_answer_that_means_anything(server: Server, answer: bytes | None, why: str) -> None:
    server.answers(answer)
    with pytest.raises(ClusterError) as error:
        Control(server.directory).start("node-frozen", soon(), node="node-1")
    assert str(error.value) == (f"node-frozen node-1: the cluster gave no answer\n  why: {why}\n  do:  see whether the cluster still runs")


def test_an_answer_that_does_not_come_lets_go_of_the_fault(server: Server) -> None:
    server.answers()
    with pytest.raises(ClusterError, match=r"node-frozen node-1: no answer from the cluster within 0\.05 s"):
        Control(server.directory).start("node-frozen", Deadline.after(0.05), node="node-1")
    assert server.ended.wait(SECONDS), "the connection was not closed, so the fault would stay"


def test_a_copy_of_the_descriptor_does_not_keep_the_fault(server: Server) -> None:
    server.answers(b"{}\n", b"{}\n")
    held = Control(server.directory).start("node-frozen", soon(), node="node-1")
    copy = held._connection.dup()  # as a process has that a test forked
    held.end(soon())
    assert server.ended.is_set()
    copy.close()


def test_without_a_socket(tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as error:
        Control(tmp_path).start("node-added", soon())
    assert str(error.value) == (
        f"node-added: the cluster's control socket {tmp_path}/control.sock cannot be reached: No such file or directory\n"
        "  why: the cluster has ended, or its program is older than this plugin\n"
        "  do:  see whether the cluster still runs; update kworkload-embedded-cluster together with pytest-kworkload"
    )
