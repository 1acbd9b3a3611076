"""A free port of 127.0.0.1 that leads to a pod's port: one WebSocket per connection, one thread per connection."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tenacity

from ..errors import KworkloadError
from . import errors
from .connection import Connection

DATA, ERROR = 0, 1
PROTOCOL = "v4.channel.k8s.io"
# The protocol has no message for "the pod accepted": a refusal comes on the error channel, acceptance is silent. After the
# kubelet has answered a ping, a refusal on the pod's loopback interface follows at once; this is how long we listen for one.
REFUSAL_SECONDS = 0.1
LEAST_SECONDS = 1.0  # how long before the timeout the last attempt may begin


@dataclass(frozen=True, slots=True)
class Forward:
    """Where the tunnel begins."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


class _Refused(Exception):
    pass


@contextlib.contextmanager
def forward(connection: Connection, path: str, pod: str, port: int, *, timeout: float) -> Iterator[Forward]:
    """See Client.port_forward."""
    ends = time.monotonic() + timeout
    try:
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Refused),
            wait=tenacity.wait_exponential(multiplier=0.05, max=0.5),
            stop=tenacity.stop_after_delay(timeout),
            reraise=True,
        ):
            with attempt:
                _probe(connection, path, port, max(ends - time.monotonic(), LEAST_SECONDS))
    except _Refused as cause:
        raise errors.port_refused(pod, port, timeout, str(cause)) from cause
    listener = socket.create_server(("127.0.0.1", 0))
    tunnel = _Tunnel(connection, path, port, listener)
    tunnel.start()
    try:
        yield Forward("127.0.0.1", listener.getsockname()[1])
    finally:
        tunnel.stop()


def _open(connection: Connection, path: str, port: int, timeout: float) -> contextlib.AbstractContextManager[Any]:
    return connection.websocket(path, {"ports": [str(port)]}, [PROTOCOL], timeout)


def _probe(connection: Connection, path: str, port: int, timeout: float) -> None:
    """Connect through the tunnel once; return when the pod has accepted the connection, raise _Refused when it has not."""
    import websocket

    answered = False
    with _open(connection, path, port, timeout) as opened:
        try:
            opened.ping(b"through")
            ends = time.monotonic() + timeout
            announced: set[int] = set()
            while True:
                opened.settimeout(max(ends - time.monotonic(), 0.001))
                opcode, data = opened.recv_data(control_frame=True)
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    raise _Refused("the connection was closed at once")
                if opcode == websocket.ABNF.OPCODE_PONG:
                    answered = True
                    ends = min(ends, time.monotonic() + REFUSAL_SECONDS)
                elif data and data[0] not in announced:
                    announced.add(data[0])  # the first message on each channel repeats the port number
                elif data and data[0] == ERROR:
                    raise _Refused(data[1:].decode("utf-8", "replace").strip())
                elif data and data[0] == DATA:
                    return  # the pod speaks first, so it has accepted
        except websocket.WebSocketTimeoutException as cause:
            if not answered:
                raise _Refused("the node did not answer through the tunnel") from cause
        except (websocket.WebSocketException, OSError) as cause:
            raise _Refused(str(cause)) from cause


class _Tunnel:
    def __init__(self, connection: Connection, path: str, port: int, listener: socket.socket) -> None:
        self._connection, self._path, self._port, self._listener = connection, path, port, listener
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._serving: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, name=f"kworkload-forward-{port}", daemon=True)

    def start(self) -> None:
        self._accepting.start()

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        with self._lock:
            remaining, serving = set(self._open), list(self._serving)
        for local in remaining:
            with contextlib.suppress(OSError):
                local.shutdown(socket.SHUT_RDWR)  # wakes select()
        for thread in (self._accepting, *serving):
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                local, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(local,), name=self._accepting.name, daemon=True)
            with self._lock:
                if self._stopping.is_set():  # it arrived while `stop` was looking for open ones
                    local.close()
                    return
                self._open.add(local)
                self._serving = [one for one in self._serving if one.is_alive()] + [thread]
                thread.start()

    def _serve(self, local: socket.socket) -> None:
        try:
            with _open(self._connection, self._path, self._port, 10.0) as opened:
                _pump(local, opened)
        except (KworkloadError, OSError):
            pass  # the local side sees its connection closed, as it would without a tunnel
        finally:
            with self._lock:
                self._open.discard(local)
            local.close()


def _pump(local: socket.socket, opened: Any) -> None:
    """Carry bytes both ways in one thread: two threads must not read and write a TLS socket at the same time."""
    import websocket

    remote = opened.sock
    opened.settimeout(30.0)
    announced: set[int] = set()
    try:
        while True:
            pending = getattr(remote, "pending", lambda: 0)()
            ready = [remote] if pending else select.select([local, remote], [], [])[0]
            if remote in ready:
                opcode, data = opened.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    return
                if data and data[0] not in announced:
                    announced.add(data[0])
                elif data and data[0] == DATA:
                    local.sendall(data[1:])
                elif data and data[0] == ERROR:
                    return
            if local in ready:
                data = local.recv(1 << 16)
                if not data:
                    return
                opened.send_binary(bytes([DATA]) + data)
    except (websocket.WebSocketException, OSError):
        return
