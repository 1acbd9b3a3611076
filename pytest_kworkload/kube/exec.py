"""Commands in a container, over the API server's WebSocket protocol (v5.channel.k8s.io, or v4 on older servers)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import ApiError
from . import errors
from .connection import Connection

STDIN, STDOUT, STDERR, STATUS, CLOSE = 0, 1, 2, 3, 255
V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"


@dataclass(frozen=True, slots=True)
class Executed:
    """What a command wrote and how it ended."""

    stdout: str
    stderr: str
    exit_code: int

    def __str__(self) -> str:
        return self.stdout


def run(
    connection: Connection,
    path: str,
    command: list[str],
    *,
    container: str | None,
    stdin: str | bytes | None,
    timeout: float,
    told: Callable[[bytes], None] = lambda data: None,
) -> Executed:
    """Run the command to its end. Raises ApiError if it cannot be started or does not end within `timeout` seconds.

    `told` gets each piece of its output as it comes.
    """
    import websocket

    query: dict[str, Any] = {
        "command": command,
        "container": container,
        "stdin": stdin is not None,
        "stdout": True,
        "stderr": True,
        "tty": False,
    }
    ends = time.monotonic() + timeout
    output: dict[int, bytearray] = {STDOUT: bytearray(), STDERR: bytearray(), STATUS: bytearray()}
    with connection.websocket(path, query, [V5, V4], timeout) as opened:
        try:
            if stdin is not None:
                data = stdin.encode() if isinstance(stdin, str) else stdin
                for start in range(0, len(data), 32768):
                    opened.send_binary(bytes([STDIN]) + data[start : start + 32768])
                if opened.subprotocol == V5:
                    opened.send_binary(bytes([CLOSE, STDIN]))
            while True:
                remaining = ends - time.monotonic()
                if remaining <= 0:  # a command that never stops writing would never let the socket time out
                    raise errors.exec_timeout(path, command, timeout, _text(output[STDOUT]))
                opened.settimeout(remaining)
                opcode, data = opened.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    break
                if data and data[0] in output:
                    output[data[0]] += data[1:]
                    if data[0] == STDOUT:
                        told(data[1:])
                    if data[0] == STATUS:  # the last message; some servers then leave the closing to the client
                        break
        except websocket.WebSocketTimeoutException as cause:
            raise errors.exec_timeout(path, command, timeout, _text(output[STDOUT])) from cause
        except (websocket.WebSocketException, OSError):
            pass  # a stream cut before its status is told below
    return Executed(_text(output[STDOUT]), _text(output[STDERR]), _exit_code(path, command, bytes(output[STATUS])))


def _exit_code(path: str, command: list[str], status: bytes) -> int:
    if not status:
        raise errors.exec_cut(path, command)
    document = json.loads(status)
    if document.get("status") == "Success":
        return 0
    for cause in document.get("details", {}).get("causes", ()):
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    error: ApiError = errors.from_status("exec", path, document)
    raise error


def _text(data: bytearray) -> str:
    return data.decode("utf-8", "replace")
