"""Files of our own on volumes: written and flushed, read back, removed. All of it needs a shell in the container."""

from __future__ import annotations

import secrets

from ...errors import ApiError
from ...workloads.pods import Pod


def own_name() -> str:
    """A file's name that no program has."""
    return f".kworkload-{secrets.token_hex(6)}"


def write(pod: Pod, container: str, file: str, content: str) -> None:
    pod.exec(["sh", "-c", 'printf %s "$1" > "$2" && sync', "sh", content, file], container=container)


def read(pod: Pod, container: str, file: str) -> str | None:
    """None if the file cannot be read, which most often is because it is not there."""
    try:
        return pod.read_file(file, container=container)
    except ApiError as error:
        if error.reason != "ExitCode":
            raise
        return None


def remove(pod: Pod, container: str, *files: str) -> None:
    pod.exec(["rm", "-f", *files], container=container)
