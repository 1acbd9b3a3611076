"""One API server and the credentials for it: requests, line streams and WebSockets.

The official client reads the kubeconfig (exec plugins, client certificates, tokens and their renewal) and lends its urllib3
pool; bodies stay raw JSON, because building model classes costs more than the call itself.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import ssl
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import urllib3

from . import errors, retry

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0  # the longest pause within an answer
POOL_SIZE = 32

Query = Mapping[str, str | int | bool | list[str] | None]


@dataclass(frozen=True, slots=True)
class Response:
    """A successful answer: a status of 200 to 299."""

    server: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError as cause:
            raise errors.not_json(self.server, self.body) from cause

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Connection:
    """Talks to the API server that a kubeconfig's context names. Safe for use by several threads."""

    def __init__(self, kubeconfig: Path, context: str | None = None) -> None:
        configuration = _load(kubeconfig, context)
        from kubernetes.client import ApiClient

        self._configuration = configuration
        self.server: str = str(configuration.host).rstrip("/")
        try:
            self._pool: urllib3.PoolManager = ApiClient(configuration).rest_client.pool_manager
        except (urllib3.exceptions.HTTPError, ImportError) as cause:  # an unknown scheme; SOCKS without its library
            raise errors.bad_proxy(str(configuration.proxy), cause) from cause

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
            if not 200 <= answer.status < 300:
                raise errors.from_response(method, path, answer.status, answer.headers, data)
            return Response(self.server, answer.status, answer.headers, data)

        return retry.call(attempt, repeat, unreachable=lambda cause: errors.unreachable(self.server, cause))

    def lines(self, path: str, query: Query, quiet_seconds: float) -> LineStream:
        """Open a streamed answer of JSON lines; it ends when nothing comes for `quiet_seconds`.

        Not retried: the reader of a stream knows how to resume it.
        """
        try:
            answer = self._open("GET", path, query, None, "application/json", "application/json", READ_SECONDS)
            if not 200 <= answer.status < 300:
                data = answer.data
                answer.release_conn()
                raise errors.from_response("GET", path, answer.status, answer.headers, data)
            return LineStream(answer, quiet_seconds)
        except (urllib3.exceptions.HTTPError, OSError) as cause:
            raise errors.unreachable(self.server, cause) from cause

    @contextlib.contextmanager
    def websocket(self, path: str, query: Query, protocols: list[str], timeout: float) -> Iterator[Any]:
        """Open a WebSocket (`websocket.WebSocket`) to a subresource such as exec, for the duration of a `with` block."""
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
        # "*": the library must not look at the environment itself, because _load has decided on the proxy. It reads that list
        # only together with a proxy, so there is one that is never used.
        proxy: dict[str, Any] = {"http_proxy_host": "unused", "http_proxy_port": 1, "http_no_proxy": ["*"]}
        if configuration.proxy:
            parts = urlsplit(configuration.proxy)
            proxy = {"http_proxy_host": parts.hostname, "http_proxy_port": parts.port or 80, "http_no_proxy": ["-"]}
            if parts.username:
                proxy["http_proxy_auth"] = (unquote(parts.username), unquote(parts.password or ""))
        opened = websocket.WebSocket(sslopt=tls)
        header = [f"{name}: {value}" for name, value in self._authorization().items()]
        try:
            opened.connect(
                "ws" + self._url(path, query).removeprefix("http"),
                header=header,
                subprotocols=protocols,
                suppress_origin=True,
                redirect_limit=0,  # the credentials must not go where it leads
                timeout=timeout,
                **proxy,
            )
            if opened.getstatus() != 101:  # versions before 1.9.1 mistake the redirection for an open connection
                opened.shutdown()
                raise websocket.WebSocketException("Redirect limit exhausted")
        except websocket.WebSocketBadStatusException as cause:
            body = cause.resp_body if isinstance(cause.resp_body, bytes) else str(cause.resp_body or "").encode()
            raise errors.from_response("GET", path, cause.status_code, {}, body) from cause
        except (OSError, websocket.WebSocketException) as cause:
            raise errors.unreachable(self.server, cause) from cause
        try:
            yield opened
        finally:
            opened.close(timeout=0)
            opened.shutdown()  # after the peer's own close frame, `close` leaves the socket open

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
        read_seconds: float,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": accept, "User-Agent": "pytest-kworkload", **self._authorization()}
        if payload is not None:
            headers["Content-Type"] = content_type
        try:
            return self._pool.request(
                method,
                self._url(path, query),
                body=payload,
                headers=headers,
                preload_content=False,
                retries=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
            )
        except urllib3.exceptions.ProtocolError as error:
            _close_forgotten(error)
            raise

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

    def __init__(self, answer: urllib3.BaseHTTPResponse, quiet_seconds: float) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        # A second handle on the connection: a plain socket even under TLS, and it exists even if urllib3 has released its own
        # because the answer is the connection's last. None: the answer is complete already.
        self._socket: socket.socket | None = None
        try:
            self._socket = socket.socket(fileno=os.dup(answer.fileno()))
        except (OSError, ValueError, AttributeError) as error:
            if errors.too_many_files(error):  # without it nothing could end the iteration
                answer.close()
                raise
        reading = getattr(answer.connection, "sock", None)
        if reading is not None:  # otherwise READ_SECONDS apply, and the reader has to resume more often
            reading.settimeout(quiet_seconds)

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
            self.close()

    def close(self) -> None:
        with self._lock:
            mine, self._socket = self._socket, None
        if mine is not None:
            with mine, contextlib.suppress(OSError):
                mine.shutdown(socket.SHUT_RDWR)


def _close_forgotten(error: BaseException) -> None:
    """Close the socket that `ssl` forgets if the connection is reset before the handshake, as when a server ends.

    Only the frames of the traceback refer to it, and a test under `-W error` would fail because of its ResourceWarning.
    """
    cause: BaseException | None = error
    while cause is not None:
        for frame, _ in traceback.walk_tb(cause.__traceback__):
            forgotten = frame.f_locals.get("self")
            if isinstance(forgotten, ssl.SSLSocket) and frame.f_code.co_name == "_create":
                forgotten.close()
        cause = cause.__cause__ or cause.__context__


def _load(kubeconfig: Path, context: str | None) -> Any:
    """Read the kubeconfig. The environment's proxy is used as by curl, but never for a server on the loopback interface."""
    from kubernetes.client import Configuration
    from kubernetes.config import load_kube_config

    configuration = Configuration()
    configuration.connection_pool_maxsize = POOL_SIZE
    # Versions of the client differ in how they read the environment (35: HTTP_PROXY even for https) and in whether they read the
    # kubeconfig's own proxy-url (37 does), so both are decided here.
    configuration.proxy = None
    configuration.no_proxy = None
    with _Heard() as heard:
        try:
            load_kube_config(config_file=str(kubeconfig), context=context, client_configuration=configuration, persist_config=False)
        except Exception as cause:  # besides its own exception the loader raises whatever a malformed file leads to
            raise errors.bad_kubeconfig(kubeconfig, context, cause) from cause
    if heard.texts and not configuration.api_key and configuration.cert_file is None:
        raise errors.no_credentials(kubeconfig, context, "\n".join(heard.texts))
    configuration.proxy = _own_proxy(kubeconfig, context) or _environment_proxy(str(configuration.host))
    user, _, password = urlsplit(configuration.proxy or "").netloc.rpartition("@")[0].partition(":")
    if user:
        configuration.proxy_headers = urllib3.make_headers(proxy_basic_auth=f"{unquote(user)}:{unquote(password)}")
    return configuration


def _own_proxy(kubeconfig: Path, context: str | None) -> str | None:
    """The proxy-url of the context's cluster. The file is sound: the loader has read it."""
    import yaml

    document = yaml.safe_load(kubeconfig.read_bytes())
    wanted = context or document["current-context"]
    cluster = next(one["context"]["cluster"] for one in document["contexts"] if one["name"] == wanted)
    found = next(one["cluster"].get("proxy-url") for one in document["clusters"] if one["name"] == cluster)
    return str(found) if found else None


class _Heard(logging.Filter):
    """What the loader logs: if a program gives no credentials it says so in no other way, and goes on without them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def __enter__(self) -> _Heard:
        logging.getLogger().addFilter(self)
        return self

    def __exit__(self, *error: object) -> None:
        logging.getLogger().removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR:
            self.texts.append(record.getMessage())
        return record.levelno < logging.ERROR


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
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
