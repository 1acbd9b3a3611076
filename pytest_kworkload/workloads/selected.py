"""Objects selected by labels: as they are now (`kworkload.pods(label=...)`), and over a recorded time (`kworkload.record()`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any

from ..errors import KworkloadError
from ..history.completeness import complete
from ..history.model import History
from ..objects.selection import Selection
from .scope import Scope


@dataclass(frozen=True, slots=True)
class Selected:
    """Selected objects in the test's namespace, as they are now and as they change."""

    namespace: Scope
    selection: Selection

    def __str__(self) -> str:
        return str(self.selection)

    def now(self) -> list[dict[str, Any]]:
        """The objects as they are, raw, by name."""
        listed = self.namespace.client.list(self.selection.kind, self.namespace.name)
        return sorted((one for one in listed if one in self.selection), key=lambda one: str(one["metadata"]["name"]))


@dataclass(frozen=True, slots=True)
class Past:
    """Selected objects over a recorded time."""

    history: History
    selection: Selection
    look: str

    def __str__(self) -> str:
        return str(self.selection)


class Record:
    """What `with kworkload.record() as record:` gives: everything that happened in the block, complete once it has ended."""

    def __init__(self, namespace: Scope) -> None:
        self._namespace = namespace
        self._history: History | None = None

    def __enter__(self) -> Record:
        recording = self._namespace.recording
        recording.catch_up(self._namespace.deadline(None))
        self._mark = recording.mark()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            recording = self._namespace.recording
            recording.catch_up(self._namespace.deadline(None))
            self._history = recording.since(self._mark)

    @property
    def history(self) -> History:
        """The window's history."""
        if self._history is None:
            raise KworkloadError(
                "the record was asked for its history before its block had ended",
                "what is still happening cannot be judged as a whole",
                "look at it after the `with kworkload.record()` block",
            )
        return self._history

    def pods(self, label: str = "", *, name: str = "") -> Past:
        """The pods with these labels (a selector as kubectl takes it), or of this name."""
        return self.objects("Pod", label, name=name)

    def objects(self, kind: str, label: str = "", *, name: str = "") -> Past:
        """The same for a kind of your choice. Raises Inconclusive if the recording has a gap there."""
        return Past(complete(self.history, kind), Selection(kind, label, name), self._namespace.recording.look)
