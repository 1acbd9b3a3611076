"""An API server on the loopback, and a client that talks to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.kube.client import Client

from .server import ApiServer
from .websockets import Peer, WebSocketServer

WriteKubeconfig = Callable[..., Path]
Serve = Callable[[Callable[[Peer], None]], tuple[WebSocketServer, Client]]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine has set must not decide a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def api() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


@pytest.fixture
def kubeconfig(tmp_path: Path) -> WriteKubeconfig:
    """Writes a kubeconfig with one context, `here`."""

    def write(server: str, *, user: dict[str, Any] | None = None, **cluster: Any) -> Path:
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "one", "user": "me"}}],
            "clusters": [{"name": "one", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "me", "user": user or {}}],
        }
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write


@pytest.fixture
def client(api: ApiServer, kubeconfig: WriteKubeconfig) -> Iterator[Client]:
    client = Client(kubeconfig(api.url, user={"token": "secret-token"}))
    yield client
    client.close()


@pytest.fixture
def serve(kubeconfig: WriteKubeconfig) -> Iterator[Serve]:
    """A server with a script, and a client of it."""
    started: list[tuple[WebSocketServer, Client]] = []

    def serve(script: Callable[[Peer], None]) -> tuple[WebSocketServer, Client]:
        server = WebSocketServer(script)
        started.append((server, Client(kubeconfig(server.url, user={"token": "secret-token"}))))
        return started[-1]

    yield serve
    for server, client in started:
        client.close()
        server.stop()
