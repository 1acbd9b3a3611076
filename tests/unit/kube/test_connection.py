"""Kubeconfigs, proxies, servers that do not answer, and streams of lines."""

from __future__ import annotations

import base64
import contextlib
import errno
import gc
import os
import resource
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_kworkload.errors import ApiError, ClusterError
from pytest_kworkload.kube import connection as module
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.connection import Connection, LineStream
from pytest_kworkload.kube.retry import Repeat

from .conftest import WriteKubeconfig
from .server import Answer, ApiServer, Streamed

SOON = 5.0
VERSION = {"gitVersion": "v1.37.2"}


@pytest.fixture
def connect() -> Iterator[Callable[..., Connection]]:
    opened: list[Connection] = []

    def connect(path: Path, context: str | None = None) -> Connection:
        opened.append(Connection(path, context))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


@contextlib.contextmanager
def no_file_left() -> Iterator[int]:
    """For the length of a `with` block this process can open no file; yields the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(os.devnull) as lowest:  # the lowest number that is free: all below it are in use
        limit = lowest.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield limit
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class TestKubeconfig:
    def error(self, path: Path, context: str | None = None) -> str:
        with pytest.raises(ClusterError) as error:
            Connection(path, context)
        return str(error.value)

    def test_missing(self, tmp_path: Path) -> None:
        path = tmp_path / "nowhere"
        assert self.error(path) == f"no kubeconfig at {path}\n  why: the file does not exist\n  do:  name a file that exists"

    def test_no_such_context(self, kubeconfig: WriteKubeconfig) -> None:
        path = kubeconfig("http://127.0.0.1:1")
        assert self.error(path, "kind-kind") == (
            f"the kubeconfig {path} cannot be used with context kind-kind\n"
            "  why: it has no context kind-kind, only here\n"
            "  do:  name one of these contexts"
        )

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            ("", "Invalid kube-config"),
            ("a: [1", "expected ',' or ']'"),
            ("just text", ""),
            ("- a list", ""),
            ("current-context: here\n", "contexts list"),
            ("contexts: 5\nclusters: 5\nusers: 5\n", ""),
            ("\x00", ""),
        ],
    )
    def test_malformed(self, tmp_path: Path, content: str, why: str) -> None:
        path = tmp_path / "kubeconfig"
        path.write_text(content, encoding="utf-8")
        text = self.error(path)
        assert text.startswith(f"the kubeconfig {path} cannot be used\n  why: ")
        assert why in text
        assert text.endswith("\n  do:  correct the file; `kubectl --kubeconfig FILE config view` shows how it reads")

    def test_a_directory(self, tmp_path: Path) -> None:
        assert "Is a directory" in self.error(tmp_path)

    def test_the_contexts_cluster_is_the_server(self, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection]) -> None:
        assert connect(kubeconfig("http://127.0.0.1:1/k8s/"), "here").server == "http://127.0.0.1:1/k8s"


class TestUnreachable:
    def closed_port(self) -> int:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return int(listener.getsockname()[1])

    def test_nobody_listens(self, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection]) -> None:
        server = f"127.0.0.1:{self.closed_port()}"
        connection = connect(kubeconfig(f"http://me:secret@{server}"))
        for call in (lambda: connection.request("GET", "/version"), lambda: connection.lines("/api/v1/pods", {}, 1.0)):
            with pytest.raises(ClusterError) as error:
                call()
            assert str(error.value) == (
                f"no answer from the API server at {server}: Failed to establish a new connection: [Errno 111] Connection refused\n"
                "  why: the cluster is down, or this is not its address\n"
                "  do:  see whether the cluster still runs, "
                "and whether the kubeconfig has its server address and its certificate authority"
            )

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_too_many_open_files(self, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection], scheme: str) -> None:
        path = kubeconfig(f"{scheme}://127.0.0.1:{self.closed_port()}")
        connection = connect(path)
        for purpose, call in (
            (f"a connection to the API server at {connection.server.partition('//')[2]}", lambda: connection.request("GET", "/version")),
            (f"a connection to the API server at {connection.server.partition('//')[2]}", lambda: connection.lines("/api/v1/pods", {}, 1)),
            (f"the kubeconfig {path}", lambda: connect(path)),
        ):
            with no_file_left() as limit, pytest.raises(ClusterError) as error:
                call()
            assert str(error.value) == (
                f"too many open files: none is left for {purpose}\n"
                f"  why: this process may have {limit} open at a time; the recording takes two for each kind, about 40, and "
                "pytest and the tests have the rest\n"
                "  do:  raise the limit where pytest is started, for example `ulimit -n 4096`; or see what the tests leave open"
            )

    def test_no_answer_in_time(self, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = f"127.0.0.1:{listener.getsockname()[1]}"
            connection = connect(kubeconfig(f"http://{server}"))
            with pytest.raises(ClusterError) as error:
                connection.request("GET", "/version", read_seconds=0.05)
        assert str(error.value).splitlines()[0] == f"no answer from the API server at {server}: Read timed out. (read timeout=0.05)"

    def test_no_tls_there(self, api: ApiServer, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection]) -> None:
        connection = connect(kubeconfig(api.url.replace("http", "https")))
        with pytest.raises(ClusterError, match=r"^no answer from the API server at 127\.0\.0\.1:\d+: .*SSL"):
            connection.request("GET", "/version")


class TestAnswers:
    def test_not_json(self, api: ApiServer, client: Client) -> None:
        api.on("GET", "/version", Answer(b"<html>Please log in</html>"))
        with pytest.raises(ClusterError) as error:
            client.version()
        assert str(error.value) == (
            f"{api.url.removeprefix('http://')} answered with something other than JSON: <html>Please log in</html>\n"
            "  why: what answers at this address is not a Kubernetes API server; it may be a page of a proxy\n"
            "  do:  check the kubeconfig's server address, and HTTPS_PROXY and NO_PROXY"
        )

    def test_nothing_is_not_json_either(self, api: ApiServer, client: Client) -> None:
        api.on("GET", "/version", Answer(b""))
        with pytest.raises(ClusterError, match=r"answered with something other than JSON: \(nothing\)"):
            client.version()

    def test_a_redirection_is_not_followed(self, api: ApiServer, client: Client) -> None:
        """Where it leads, the credentials have no business."""
        api.on("GET", "/version", Answer(b"Found", 302, {"Location": "/elsewhere"}))
        with pytest.raises(ApiError) as error:
            client.version()
        assert error.value.status == 302
        assert api.lines == ["GET /version"]


class TestProxy:
    """The proxy of these tests is the API server itself: it sees from the request's line that it was asked as one."""

    def test_the_environments_is_not_used_for_the_loopback(
        self, api: ApiServer, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        api.on("GET", "/version", VERSION)
        for server in (api.url, api.url.replace("127.0.0.1", "localhost")):
            assert connect(kubeconfig(server)).request("GET", "/version").json() == VERSION

    def test_the_environments_is_used_for_others(
        self, api: ApiServer, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", api.url)
        api.on("GET", "/version", VERSION)
        assert connect(kubeconfig("http://cluster.example:6443")).request("GET", "/version").json() == VERSION
        assert api.lines == ["GET http://cluster.example:6443/version"]

    def test_its_user_and_password_are_sent_to_it(
        self, api: ApiServer, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", api.url.replace("//", "//me:p%40ss@"))
        api.on("GET", "/version", VERSION)
        connect(kubeconfig("http://cluster.example:6443")).request("GET", "/version")
        assert api.requests[0].headers["Proxy-Authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()

    @pytest.mark.parametrize(
        ("environment", "server", "proxy"),
        [
            ({"https_proxy": "http://p:1"}, "https://cluster.example", "http://p:1"),
            ({"https_proxy": "p:1"}, "https://cluster.example", "http://p:1"),
            ({"http_proxy": "http://p:1"}, "https://cluster.example", None),
            ({"https_proxy": "http://p:1", "no_proxy": "other,.example"}, "https://cluster.example", None),
            ({"https_proxy": "http://p:1", "no_proxy": "*"}, "https://cluster.example", None),
            ({"https_proxy": "http://p:1", "no_proxy": "other"}, "https://cluster.example", "http://p:1"),
            ({"https_proxy": "http://p:1"}, "https://[::1]:6443", None),
            ({"https_proxy": "http://p:1"}, "https://127.1.2.3:6443", None),
            ({"https_proxy": "http://p:1"}, "https://localhost:6443", None),
            ({"https_proxy": "http://p:1"}, "https://10.0.0.1:6443", "http://p:1"),
            ({}, "https://cluster.example", None),
        ],
    )
    def test_which_one(self, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], server: str, proxy: str | None) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert module._environment_proxy(server) == proxy

    def test_the_kubeconfigs_wins(
        self, api: ApiServer, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "*")
        api.on("GET", "/version", VERSION)
        connect(kubeconfig("http://cluster.example:6443", **{"proxy-url": api.url})).request("GET", "/version")
        assert api.lines == ["GET http://cluster.example:6443/version"]

    def test_that_does_not_answer(
        self, kubeconfig: WriteKubeconfig, connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:1")
        with pytest.raises(ClusterError) as error:
            connect(kubeconfig("http://cluster.example:6443")).request("GET", "/version")
        assert str(error.value).startswith("no answer from the API server at cluster.example:6443: ")
        assert "proxy" in str(error.value)
        assert "secret" not in str(error.value)

    def test_of_an_unknown_kind(self, kubeconfig: WriteKubeconfig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "ftp://me:secret@proxy.example:1")
        with pytest.raises(ClusterError) as error:
            Connection(kubeconfig("http://cluster.example:6443"))
        assert str(error.value) == (
            "the proxy ftp://proxy.example:1 cannot be used\n"
            "  why: Proxy URL had unsupported scheme ftp, should use http:// or https://\n"
            "  do:  correct proxy-url in the kubeconfig or HTTPS_PROXY, or name the API server in NO_PROXY"
        )


class TestLines:
    @pytest.fixture
    def streamed(self, api: ApiServer) -> Streamed:
        streamed = Streamed()
        api.on("GET", "/lines", streamed)
        return streamed

    def open(self, client: Client, quiet_seconds: float = 60.0) -> LineStream:
        return client.connection.lines("/lines", {"watch": True}, quiet_seconds)

    def test_cut_at_any_place(self, client: Client, streamed: Streamed) -> None:
        streamed.send(b'{"a', b'": 1}\n{"b": 2}', b"\n", b"\n", b'{"c": 3}\n{"d": 4}\n')
        streamed.end()
        assert list(self.open(client)) == [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}', b'{"d": 4}']

    def test_a_line_without_an_end_is_not_told(self, client: Client, streamed: Streamed) -> None:
        streamed.send(b"whole\ncut")
        streamed.end()
        assert list(self.open(client)) == [b"whole"]

    def test_a_line_comes_as_soon_as_it_is_complete(self, client: Client, streamed: Streamed) -> None:
        lines = iter(self.open(client))
        for line in (b"one", b"two"):
            streamed.send(line + b"\n")
            assert next(lines) == line
        streamed.end()
        assert list(lines) == []

    @pytest.mark.parametrize("last", [False, True])
    def test_close_by_another_thread_ends_it_at_once(self, api: ApiServer, client: Client, last: bool) -> None:
        """Also behind a proxy that announces the end of the connection: urllib3 has let go of its socket then."""
        streamed = Streamed(last=last)
        api.on("GET", "/lines", streamed)
        stream = self.open(client)
        got: list[bytes] = []
        first = threading.Event()

        def read() -> None:
            for line in stream:
                got.append(line)
                first.set()

        reading = threading.Thread(target=read)
        reading.start()
        streamed.send(b"one\n")
        assert first.wait(SOON)
        stream.close()
        reading.join(SOON)
        assert (reading.is_alive(), got) == (False, [b"one"])
        assert streamed.left.wait(SOON), "the server's side is closed too"
        stream.close()  # once more does no harm

    def test_one_that_could_not_be_ended_from_elsewhere_is_not_begun(
        self, api: ApiServer, client: Client, streamed: Streamed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(number: int) -> int:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        monkeypatch.setattr(os, "dup", refuse)
        with pytest.raises(ClusterError, match=r"^too many open files: none is left for a connection to the API server at 127"):
            self.open(client)
        assert streamed.left.wait(SOON), "the server's side is closed too"
        streamed.end()

    def test_closed_before_it_is_read(self, client: Client, streamed: Streamed) -> None:
        stream = self.open(client)
        stream.close()
        assert list(stream) == []

    def test_given_up_in_the_middle(self, client: Client, streamed: Streamed) -> None:
        streamed.send(b"one\ntwo\n")
        lines = iter(self.open(client))
        next(lines)
        del lines
        assert streamed.left.wait(SOON)

    def test_a_server_that_falls_silent_ends_it(self, client: Client, streamed: Streamed) -> None:
        assert list(self.open(client, quiet_seconds=0.05)) == []

    def test_a_refusal_is_an_error(self, api: ApiServer, client: Client) -> None:
        with pytest.raises(ApiError) as error:
            self.open(client)
        assert error.value.status == 404
        assert api.lines == ["GET /lines?watch=true"], "whoever reads a stream decides about trying again"

    def test_an_answer_that_is_complete_at_once(self, api: ApiServer, client: Client) -> None:
        api.on("GET", "/lines", Answer(b"one\ntwo\n"))
        stream = self.open(client)
        assert list(stream) == [b"one", b"two"]
        stream.close()


def test_queries(api: ApiServer, client: Client) -> None:
    api.on("GET", "/x", {})
    client.connection.request("GET", "/x", query={"a": True, "b": False, "c": None, "d": 5, "e": ["x y", "z&"], "f": ""})
    assert api.lines == ["GET /x?a=true&b=false&d=5&e=x+y&e=z%26&f="]


def test_a_reset_before_the_handshake_leaves_no_socket_open(kubeconfig: WriteKubeconfig, connect: Callable[..., Connection]) -> None:
    """As of a server that was stopped behind a forwarder. `ssl` forgets the socket, and its ResourceWarning would fail a test."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def reset() -> None:
            for _ in range(20):
                accepted, _ = listener.accept()
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                accepted.close()

        thread = threading.Thread(target=reset, daemon=True)
        thread.start()
        server = connect(kubeconfig(f"https://127.0.0.1:{listener.getsockname()[1]}", **{"insecure-skip-tls-verify": True}))
        for _ in range(20):
            with pytest.raises(ClusterError, match="Connection reset by peer"):
                server.request("GET", "/version", repeat=Repeat.NEVER)
        thread.join(SOON)
    gc.collect()  # warnings are errors here
