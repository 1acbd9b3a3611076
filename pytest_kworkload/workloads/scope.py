"""Where a test's objects are: what handles, selections and assertions know about its namespace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NotFound
from ..history.deadline import Deadline
from ..history.model import History
from ..history.recording import Recording

if TYPE_CHECKING:
    from ..kube.client import Client


class Scope:
    """A namespace by its name, and its recording."""

    def __init__(self, client: Client, name: str, recording: Recording, *, timeout: float) -> None:
        self.client, self.name, self.recording = client, name, recording
        self.timeout = timeout
        self.waiting: list[str] = []  # windows that were made but not entered: an assertion that never ran

    def __repr__(self) -> str:
        return f"<namespace {self.name}>"

    @property
    def kubeconfig(self) -> Path:
        return self.client.kubeconfig

    def deadline(self, timeout: float | None) -> Deadline:
        return Deadline.after(self.timeout if timeout is None else timeout)

    def history(self) -> History:
        """Everything that was recorded in this namespace so far, complete up to this call."""
        self.recording.catch_up(self.deadline(None))
        return self.recording.since()

    def not_found(self, kind: str, name: str) -> NotFound:
        return NotFound.among(kind, name, f"namespace {self.name}", [one["metadata"]["name"] for one in self.client.list(kind, self.name)])
