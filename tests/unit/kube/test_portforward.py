"""A local port that leads through the tunnel, and ends with its block."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_kworkload.errors import ApiError
from pytest_kworkload.kube import portforward as module

from .conftest import Serve
from .server import status
from .websockets import BINARY, CLOSE, PING, PONG, Peer

DATA, ERROR = 0, 1
PORT = (8080).to_bytes(2, "little")
SOON = 5.0


def tunnel(answer: Callable[[Peer, bytes], None] = lambda peer, data: peer.send(DATA, data.upper())) -> Callable[[Peer], None]:
    """A node whose pod takes every connection and answers what comes (by default: in capitals)."""

    def script(peer: Peer) -> None:
        peer.accept(module.PROTOCOL)
        peer.send(DATA, PORT)
        peer.send(ERROR, PORT)
        while True:
            opcode, data = peer.receive()
            if opcode == CLOSE:
                return
            if opcode == PING:
                peer.frame(PONG, data)
            elif opcode == BINARY:
                answer(peer, data[1:])

    return script


def refusing(peer: Peer) -> None:
    peer.accept(module.PROTOCOL)
    peer.send(DATA, PORT)
    peer.send(ERROR, PORT)
    peer.send(ERROR, b"dial tcp4 127.0.0.1:8080: connect: connection refused")
    peer.receive()


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("kworkload-forward")]


def dial(forward: module.Forward) -> socket.socket:
    return socket.create_connection((forward.host, forward.port), timeout=SOON)


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the loopback a refusal needs no time."""
    monkeypatch.setattr(module, "REFUSAL_SECONDS", 0.02)


def test_bytes_go_both_ways(serve: Serve) -> None:
    server, client = serve(tunnel())
    with client.port_forward("web", "shop", 8080) as forward:
        assert forward.url == f"http://127.0.0.1:{forward.port}"
        for text in (b"one", b"two"):
            with dial(forward) as local:
                for _ in range(2):
                    local.sendall(text)
                    assert local.recv(100) == text.upper()
    assert [peer.target for peer in server.peers] == ["/api/v1/namespaces/shop/pods/web/portforward?ports=8080"] * 3
    assert threads() == []


def test_a_pod_that_speaks_first_is_there(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept(module.PROTOCOL)
        for channel, data in ((DATA, PORT), (ERROR, PORT), (DATA, b"220 ready")):
            peer.send(channel, data)
        peer.receive()

    _, client = serve(script)
    with client.port_forward("web", "shop", 8080) as forward, dial(forward) as local:
        assert local.recv(100) == b"220 ready"


def test_it_starts_when_the_pod_takes_connections(serve: Serve) -> None:
    scripts = [refusing, refusing]
    server, client = serve(lambda peer: (scripts.pop(0) if scripts else tunnel())(peer))
    with client.port_forward("web", "shop", 8080) as forward, dial(forward) as local:
        local.sendall(b"hello")
        assert local.recv(100) == b"HELLO"
    assert len(server.peers) == 4


def test_a_pod_that_takes_none(serve: Serve) -> None:
    _, client = serve(refusing)
    with pytest.raises(ApiError) as error, client.port_forward("web", "shop", 8080, timeout=0.05):
        pass
    assert str(error.value) == (
        "nothing accepted a connection on port 8080 of pod shop/web within 0.05 s\n"
        "  why: dial tcp4 127.0.0.1:8080: connect: connection refused\n"
        "  do:  check the port that the container listens on; it must listen on 0.0.0.0 or localhost inside the pod"
    )


def test_a_node_that_says_nothing_has_accepted_nothing(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(peer: Peer) -> None:
        peer.accept(module.PROTOCOL)
        while peer.receive()[0] != CLOSE:
            pass

    clock = itertools.count(step=10.0)  # ten seconds later each time that it is looked at
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    _, client = serve(script)
    with (
        pytest.raises(ApiError, match="why: the node did not answer through the tunnel"),
        client.port_forward("web", "shop", 1, timeout=0.05),
    ):
        pass


@pytest.mark.parametrize("how", ["close", "cut"])
def test_a_tunnel_that_ends_at_once(serve: Serve, how: str) -> None:
    def script(peer: Peer) -> None:
        peer.accept(module.PROTOCOL)
        if how == "close":
            peer.frame(CLOSE)

    _, client = serve(script)
    with pytest.raises(ApiError) as error, client.port_forward("web", "shop", 1, timeout=0.05):
        pass
    assert error.value.reason == "ConnectionRefused"


def test_a_refusal_of_the_api_server(serve: Serve) -> None:
    body = json.dumps(status(403, "Forbidden", 'cannot create resource "pods/portforward"')).encode()
    _, client = serve(lambda peer: peer.refuse(403, body))
    with pytest.raises(ApiError) as error, client.port_forward("web", "shop", 8080):
        pass
    assert error.value.status == 403


def test_a_pod_that_ends_the_connection(serve: Serve) -> None:
    def end(peer: Peer, data: bytes) -> None:
        raise ConnectionResetError

    _, client = serve(tunnel(end))
    with client.port_forward("web", "shop", 8080) as forward, dial(forward) as local:
        local.sendall(b"bye")
        assert local.recv(100) == b""


def test_an_error_in_the_tunnel_ends_the_connection(serve: Serve) -> None:
    _, client = serve(tunnel(lambda peer, data: peer.send(ERROR, b"the container has gone")))
    with client.port_forward("web", "shop", 8080) as forward, dial(forward) as local:
        local.sendall(b"hello?")
        assert local.recv(100) == b""


def test_a_server_that_has_gone_meanwhile_ends_the_connection(serve: Serve) -> None:
    """As without a tunnel; and without a traceback from its thread."""
    server, client = serve(tunnel())
    with client.port_forward("web", "shop", 8080) as forward:
        server.stop()
        with dial(forward) as local:
            assert local.recv(100) == b""


def test_the_block_ends_what_is_open(serve: Serve) -> None:
    _, client = serve(tunnel())
    with client.port_forward("web", "shop", 8080) as forward:
        local = dial(forward)
        local.sendall(b"a")
        assert local.recv(100) == b"A"
    assert local.recv(100) == b""
    local.close()
    assert threads() == []
    with pytest.raises(ConnectionRefusedError):
        dial(forward)


def test_a_connection_that_comes_while_it_stops_is_closed() -> None:
    ours, theirs = socket.socketpair()

    class Listener:
        def accept(self) -> tuple[socket.socket, Any]:
            stopping._stopping.set()
            return ours, None

    unused: Any = None
    listener: Any = Listener()
    stopping = module._Tunnel(unused, "", 8080, listener)
    stopping._accept()
    with theirs:
        assert theirs.recv(1) == b""
    assert (stopping._open, threads()) == (set(), [])
