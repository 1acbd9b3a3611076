"""An API server that says what a test tells it to, over real HTTP on the loopback."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    method: str
    target: str
    headers: Message  # its names are looked up in any case
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: ",".join(values) for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def line(self) -> str:
        return f"{self.method} {self.target}"

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """A body of bytes is sent as it is, anything else as JSON."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Streamed:
    """A chunked answer that a test feeds piece by piece. `last`: it says that the connection ends with it."""

    def __init__(self, *, last: bool = False) -> None:
        self._pieces: queue.Queue[bytes | None] = queue.Queue()
        self._last = last
        self.left = threading.Event()  # the client has gone

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._pieces.put(piece)

    def end(self) -> None:
        self._pieces.put(None)

    def write_to(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        if self._last:
            handler.send_header("Connection", "close")
        handler.end_headers()
        watcher = threading.Thread(target=self._until_left, args=(handler.connection,), daemon=True)
        watcher.start()
        with contextlib.suppress(OSError):
            while (piece := self._pieces.get()) is not None:
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.write(b"0\r\n\r\n")
            handler.connection.shutdown(socket.SHUT_RD)  # wakes the watcher
        watcher.join()
        handler.close_connection = True

    def _until_left(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.recv(1)
        self.left.set()
        self.end()


class Cut:
    """The connection ends where the answer should be."""


class ApiServer:
    """Answers a path by what `on` has set; the last answer of several is given again and again."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[tuple[str, str], list[Any]] = {}
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer takes the time of a delayed acknowledgement

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.command, self.path, self.headers, body)
                api.requests.append(request)
                answer = api._next(request)
                if isinstance(answer, Cut):
                    self.close_connection = True
                elif isinstance(answer, Streamed):
                    answer.write_to(self)
                else:
                    data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                    self.send_response(answer.status)
                    self.send_header("Content-Length", str(len(data)))
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 - the names are http.server's

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def lines(self) -> list[str]:
        return [request.line for request in self.requests]

    def on(self, method: str, path: str, *answers: Any) -> None:
        self._answers[method, path] = [one if isinstance(one, Answer | Streamed | Cut) else Answer(one) for one in answers]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, request: Request) -> Any:
        answers = self._answers.get((request.method, request.path))
        if answers is None:
            return Answer(status(404, "NotFound", f"nothing at {request.line}"), 404)
        return answers.pop(0) if len(answers) > 1 else answers[0]


def status(code: int, reason: str, message: str, causes: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """A Status document as the API server writes it."""
    details = {"causes": causes} if causes else {}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
        "details": details,
    }
