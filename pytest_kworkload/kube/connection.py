"""One API server and the credentials for it: requests, line streams and WebSockets.

The official client reads the kubeconfig (exec plugins, client certificates, tokens and their renewal) and lends its urllib3
pool; bodies stay raw JSON, because building model classes costs more than the call itself.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from . import errors, retry

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
POOL_SIZE = 32

Query = Mapping[str, str | int | bool | list[str] | None]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with a status below 400."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body) if self.body else {}

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Connection:
    """Talks to the API server that a kubeconfig's context names. Safe for use by several threads."""

    def __init__(self, kubeconfig: Path, context: str | None = None) -> None:
        configuration = _load(kubeconfig, context)
        from kubernetes.client import ApiClient

        self._configuration = configuration
        self._pool: urllib3.PoolManager = ApiClient(configuration).rest_client.pool_manager
        self.server: str = str(configuration.host).rstrip("/")

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        repeat: retry.Repeat = retry.Repeat.IF_REFUSED,
        read_seconds: float = READ_SECONDS,
    ) -> Response:
        """Send one request; transient failures are retried within the bound of `retry`. Raises ApiError, ClusterError."""
        payload = None if body is None else json.dumps(body).encode()

        def attempt() -> Response:
            answer = self._open(method, path, query, payload, content_type, accept, read_seconds)
            try:
                data = answer.data
            finally:
                answer.release_conn()
            if answer.status >= 400:
                raise errors.from_response(method, path, answer.status, answer.headers, data)
            return Response(answer.status, answer.headers, data)

        return retry.call(attempt, repeat, unreachable=lambda cause: errors.unreachable(self.server, cause))

    def lines(self, path: str, query: Query) -> LineStream:
        """Open a streamed answer of JSON lines. Not retried: who reads a stream knows how to resume it."""
        try:
            answer = self._open("GET", path, query, None, "application/json", "application/json", None)
            if answer.status >= 400:
                data = answer.data
                answer.release_conn()
                raise errors.from_response("GET", path, answer.status, answer.headers, data)
        except urllib3.exceptions.HTTPError as cause:
            raise errors.unreachable(self.server, cause) from cause
        return LineStream(answer)

    def websocket(self, path: str, query: Query, protocols: list[str], timeout: float) -> Any:
        """Open a WebSocket (`websocket.WebSocket`) to a subresource such as exec."""
        import websocket

        configuration = self._configuration
        tls: dict[str, Any] = {"cert_reqs": ssl.CERT_NONE}
        if configuration.verify_ssl:
            tls = {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": configuration.ssl_ca_cert or ssl.get_default_verify_paths().cafile}
            if configuration.assert_hostname is not None:
                tls["check_hostname"] = configuration.assert_hostname
        for key, value in (
            ("certfile", configuration.cert_file),
            ("keyfile", configuration.key_file),
            ("server_hostname", configuration.tls_server_name),
        ):
            if value:
                tls[key] = value
        # "*": the library must not look at the environment by itself, _load has decided about the proxy.
        proxy: dict[str, Any] = {"http_no_proxy": ["*"]}
        if configuration.proxy:
            parts = urlsplit(configuration.proxy)
            proxy = {"http_proxy_host": parts.hostname, "http_proxy_port": parts.port, "http_no_proxy": ["-"]}
            if parts.username:
                proxy["http_proxy_auth"] = (parts.username, parts.password or "")
        opened = websocket.WebSocket(sslopt=tls)
        header = [f"{name}: {value}" for name, value in self._authorization().items()]
        try:
            opened.connect(
                "ws" + self._url(path, query).removeprefix("http"),
                header=header,
                subprotocols=protocols,
                suppress_origin=True,
                timeout=timeout,
                **proxy,
            )
        except websocket.WebSocketBadStatusException as cause:
            body = cause.resp_body if isinstance(cause.resp_body, bytes) else str(cause.resp_body or "").encode()
            raise errors.from_response("GET", path, cause.status_code, {}, body) from cause
        except (OSError, websocket.WebSocketException) as cause:
            raise errors.unreachable(self.server, cause) from cause
        return opened

    def close(self) -> None:
        self._pool.clear()

    def _open(
        self,
        method: str,
        path: str,
        query: Query | None,
        payload: bytes | None,
        content_type: str,
        accept: str,
        read_seconds: float | None,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": accept, "User-Agent": "pytest-kworkload", **self._authorization()}
        if payload is not None:
            headers["Content-Type"] = content_type
        return self._pool.request(
            method,
            self._url(path, query),
            body=payload,
            headers=headers,
            preload_content=False,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
        )

    def _url(self, path: str, query: Query | None) -> str:
        pairs: list[tuple[str, str]] = []
        for name, value in (query or {}).items():
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    pairs.append((name, str(one).lower() if isinstance(one, bool) else str(one)))
        return f"{self.server}{path}" + (f"?{urlencode(pairs)}" if pairs else "")

    def _authorization(self) -> dict[str, str]:
        # Clients 35 and 36 keep the token under one of these names, 37 under both; reading it renews an expired one.
        for key in ("BearerToken", "authorization"):
            if key in self._configuration.api_key:
                value = self._configuration.get_api_key_with_prefix(key)
                if value:
                    return {"Authorization": str(value)}
        return {}


class LineStream:
    """The lines of a streamed answer; `close` may be called by another thread and ends the iteration at once."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self._answer = answer
        self._closed = threading.Event()
        connection = answer.connection
        self._socket: socket.socket | None = getattr(connection, "sock", None)

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        try:
            for chunk in self._answer.stream(1 << 20, decode_content=False):
                *lines, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
                for line in lines:
                    if line:
                        yield line
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError):
            # A broken or closed stream just ends: the reader resumes from the last version that it has.
            # (ValueError and AttributeError: what http.client does when its file is closed under it.)
            pass
        finally:
            self._answer.close()

    def close(self) -> None:
        if self._closed.is_set() or self._socket is None:
            return
        self._closed.set()
        # The base class's shutdown, on purpose: SSLSocket's would pull the TLS object away under the reading thread.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _load(kubeconfig: Path, context: str | None) -> Any:
    """Read the kubeconfig. The environment's proxy is used as curl would, except for a server on the loopback."""
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, load_kube_config

    configuration = Configuration()
    configuration.connection_pool_maxsize = POOL_SIZE
    # The clients differ in how they read the environment (35: HTTP_PROXY even for https), so decide here; what remains
    # set after loading is the kubeconfig's own proxy-url.
    configuration.proxy = None
    configuration.no_proxy = None
    try:
        load_kube_config(config_file=str(kubeconfig), context=context, client_configuration=configuration, persist_config=False)
    except (ConfigException, OSError, ValueError, TypeError, KeyError) as cause:
        raise errors.bad_kubeconfig(kubeconfig, context, cause) from cause
    if configuration.proxy is None:
        configuration.proxy = _environment_proxy(str(configuration.host))
    return configuration


def _environment_proxy(server: str) -> str | None:
    from ipaddress import ip_address
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(server)
    host = parts.hostname or ""
    with contextlib.suppress(ValueError):
        if ip_address(host).is_loopback:
            return None
    if host == "localhost" or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)
