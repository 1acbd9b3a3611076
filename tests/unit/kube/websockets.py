"""A server of WebSockets that follows a test's script: the handshake and the frames written by hand."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import struct
import threading
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BINARY, CLOSE, PING, PONG = 2, 8, 9, 10


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        head: list[str] = []
        while (line := self._file.readline().strip().decode()) != "":
            head.append(line)
        self.target = head[0].split()[1]
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query)

    def accept(self, protocol: str) -> None:
        key = base64.b64encode(hashlib.sha1((self.headers["sec-websocket-key"] + GUID).encode()).digest()).decode()
        self._connection.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {key}\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n".encode()
        )

    def refuse(self, status: int, body: bytes, header: bytes = b"X: y") -> None:
        self._connection.sendall(b"HTTP/1.1 %d Refused\r\n%s\r\nContent-Length: %d\r\n\r\n%s" % (status, header, len(body), body))

    def send(self, channel: int, data: bytes) -> None:
        self.frame(BINARY, bytes([channel]) + data)

    def frame(self, opcode: int, payload: bytes = b"") -> None:
        length = bytes([len(payload)]) if len(payload) < 126 else bytes([126]) + struct.pack(">H", len(payload))
        self._connection.sendall(bytes([0x80 | opcode]) + length + payload)

    def receive(self) -> tuple[int, bytes]:
        """The next frame; a connection that has ended reads as CLOSE."""
        head = self._file.read(2)
        if len(head) < 2:
            return CLOSE, b""
        length = head[1] & 0x7F
        if length == 126:
            length = struct.unpack(">H", self._file.read(2))[0]
        mask = self._file.read(4)
        payload = self._file.read(length)
        return head[0] & 0x0F, bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))

    def close(self) -> None:
        self._file.close()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class WebSocketServer:
    """Runs `script` for each connection, in a thread of its own; what a script raises is raised by `stop`."""

    def __init__(self, script: Callable[[Peer], None]) -> None:
        self.peers: list[Peer] = []
        self._script = script
        self._errors: list[BaseException] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5.0)
        if self._errors:
            raise self._errors[0]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        peer = Peer(connection)
        self.peers.append(peer)
        try:
            self._script(peer)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has gone, as it may
        except BaseException as error:
            self._errors.append(error)
        finally:
            peer.close()
