"""Commands in a container: the channels, the exit code, and everything that can cut them short."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload.errors import ApiError, ClusterError
from pytest_kworkload.kube import exec as module
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.exec import Executed

from .conftest import Serve, WriteKubeconfig
from .server import status
from .websockets import BINARY, CLOSE, Peer

STDIN, STDOUT, STDERR, STATUS = 0, 1, 2, 3
V5 = "v5.channel.k8s.io"
SUCCESS = json.dumps({"status": "Success"}).encode()

Run = Callable[..., Executed]


def failure(code: int) -> bytes:
    return json.dumps(
        {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}
    ).encode()


@pytest.fixture
def run(serve: Serve) -> Callable[..., Executed]:
    """Runs `sh` against a script that is given the accepted connection."""

    def run(script: Callable[[Peer], None], **how: Any) -> Executed:
        def accepted(peer: Peer) -> None:
            peer.accept(V5)
            script(peer)

        executed: Executed = serve(accepted)[1].exec("web", "shop", ["sh", "-c", "x y"], **how)
        return executed

    return run


def says(*messages: tuple[int, bytes]) -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        for channel, data in messages:
            peer.send(channel, data)
        peer.receive()

    return script


def test_what_is_asked(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept(V5)
        peer.send(STATUS, SUCCESS)
        peer.receive()

    server, client = serve(script)
    client.exec("web", "shop", ["sh", "-c", "x y"], container="main")
    peer = server.peers[0]
    assert peer.target.startswith("/api/v1/namespaces/shop/pods/web/exec?")
    assert peer.query == [
        ("command", "sh"),
        ("command", "-c"),
        ("command", "x y"),
        ("container", "main"),
        ("stdin", "false"),
        ("stdout", "true"),
        ("stderr", "true"),
        ("tty", "false"),
    ]
    assert peer.headers["authorization"] == "Bearer secret-token"
    assert peer.headers["sec-websocket-protocol"] == "v5.channel.k8s.io,v4.channel.k8s.io"
    assert "origin" not in peer.headers, "the API server refuses a foreign one"


def test_output_by_channel(run: Run) -> None:
    long = b"x" * 40_000
    executed = run(says((STDOUT, b""), (STDOUT, b"one\n"), (STDERR, b"oh \xff"), (STDOUT, long), (STATUS, SUCCESS)))
    assert executed == Executed("one\n" + "x" * 40_000, "oh \ufffd", 0)
    assert str(Executed("one\n", "", 0)) == "one\n"


def test_output_as_it_comes(run: Run) -> None:
    told: list[bytes] = []
    run(says((STDOUT, b"one\n"), (STDERR, b"oh"), (STDOUT, b"two"), (STATUS, SUCCESS)), told=told.append)
    assert told == [b"one\n", b"two"]


def test_the_exit_code_is_no_error(run: Run) -> None:
    assert run(says((STDOUT, b"out"), (STATUS, failure(7)))) == Executed("out", "", 7)


def test_a_command_that_cannot_be_started(run: Run) -> None:
    with pytest.raises(ApiError) as error:
        run(says((STATUS, json.dumps(status(500, "InternalError", 'exec: "sh": executable file not found in $PATH')).encode())))
    assert str(error.value) == (
        "the API server refused to exec pods/web/exec in namespace shop: 500 InternalError\n"
        '  why: exec: "sh": executable file not found in $PATH\n'
        "  do:  look at the server's log and health"
    )


@pytest.mark.parametrize("how", ["close", "cut"])
def test_a_connection_that_ends_before_the_exit_code(run: Run, how: str) -> None:
    def script(peer: Peer) -> None:
        peer.send(STDOUT, b"half")
        if how == "close":
            peer.frame(CLOSE)

    with pytest.raises(ApiError) as error:
        run(script)
    assert str(error.value) == (
        "the connection to sh -c x y in pods/web/exec in namespace shop ended before its exit code came\n"
        "  why: the container, its pod or its node went away meanwhile\n"
        "  do:  look at the pod's events and at the previous log"
    )


class Clock:
    """Goes on by so many seconds each time that it is looked at."""

    def __init__(self, *steps: float) -> None:
        self._steps = list(steps)
        self._now = 0.0

    def monotonic(self) -> float:
        self._now += self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        return self._now


def test_a_command_that_does_not_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", Clock(0.0, 0.0, 59.99, 0.0))
    with pytest.raises(ApiError) as error:
        run(says((STDOUT, b"so far")), timeout=60.0)
    assert str(error.value) == (
        "sh -c x y in pods/web/exec in namespace shop did not end within 60 s\n"
        "  why: its output so far: so far\n"
        "  do:  give it a larger timeout, or a command that ends"
    )


def test_a_command_that_never_stops_writing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", Clock(1.0))

    def script(peer: Peer) -> None:
        while True:
            peer.send(STDOUT, b"y\n" * 50)

    with pytest.raises(ApiError, match=r"did not end within 20 s"):
        run(script, timeout=20.0)


@pytest.mark.parametrize("text", ["in\n", b"in\n"])
def test_standard_input(run: Run, text: str | bytes) -> None:
    got: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        got.extend([peer.receive(), peer.receive()])
        peer.send(STATUS, SUCCESS)
        peer.receive()

    run(script, stdin=text)
    assert got == [(BINARY, bytes([STDIN]) + b"in\n"), (BINARY, bytes([255, STDIN]))], "the data, then the end of it"


def test_a_refusal(serve: Serve) -> None:
    body = json.dumps(status(403, "Forbidden", 'pods "web" is forbidden: cannot create resource "pods/exec"')).encode()
    _, client = serve(lambda peer: peer.refuse(403, body))
    with pytest.raises(ApiError) as error:
        client.exec("web", "shop", ["true"])
    assert (error.value.status, error.value.message) == (403, 'pods "web" is forbidden: cannot create resource "pods/exec"')


def test_a_redirection_is_not_followed(serve: Serve) -> None:
    """Where it leads, the credentials have no business."""

    def script(peer: Peer) -> None:
        peer.refuse(302, b"", b"Location: http://127.0.0.1:1/elsewhere")

    server, client = serve(script)
    with pytest.raises(ClusterError, match="Redirect limit exhausted"):
        client.exec("web", "shop", ["true"])
    assert len(server.peers) == 1


def test_a_server_that_is_not_there(kubeconfig: WriteKubeconfig) -> None:
    client = Client(kubeconfig("http://127.0.0.1:1"))
    with pytest.raises(ClusterError, match=r"^no answer from the API server at 127\.0\.0\.1:1: "):
        client.exec("web", "shop", ["true"])
    client.close()


def test_the_environments_proxy_is_not_used_for_the_loopback(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would look at these variables by itself."""
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "elsewhere")

    def script(peer: Peer) -> None:
        peer.accept(V5)
        peer.send(STATUS, SUCCESS)
        peer.receive()

    _, client = serve(script)
    assert client.exec("web", "shop", ["true"]).exit_code == 0


def test_through_the_kubeconfigs_proxy(serve: Serve, kubeconfig: WriteKubeconfig) -> None:
    """The proxy is asked to connect, with the user that its URL names."""
    server, _ = serve(lambda peer: peer.refuse(502, b""))
    client = Client(kubeconfig("http://cluster.example:6443", **{"proxy-url": server.url.replace("//", "//me:p%40ss@")}))
    with pytest.raises(ClusterError) as error:
        client.exec("web", "shop", ["true"])
    client.close()
    assert server.peers[0].target == "cluster.example:6443"
    assert server.peers[0].headers["proxy-authorization"] == "Basic bWU6cEBzcw=="
    assert "p@ss" not in str(error.value)
