"""The thread that follows one kind: list, watch, resume after a drop, and a gap where the server has forgotten."""

from __future__ import annotations

import threading
from typing import Protocol

from ..errors import ClusterError, KworkloadError
from .deadline import Deadline
from .source import Event, Forbidden, Gone, Listing, Refused, Source, Stream

LONGEST_PAUSE_SECONDS = 2.0
STARTING_SECONDS = 60.0  # how long a restarted server may refuse everybody, before it has read its roles; 10 s on a busy machine
PAUSE_SECONDS = 10.0  # the longest that `pause` waits: a request that is under way has to end first


class Sink(Protocol):
    """Where a follower puts what it reads."""

    def listed(self, kind: str, listing: Listing, after: int | None, reason: str) -> None:
        """The state from a fresh list: the first one (`after` None), or the one after a gap."""

    def received(self, kind: str, event: Event) -> None: ...

    def refused(self, kind: str, reason: str) -> None:
        """The kind cannot be recorded; the follower has ended."""

    def troubled(self, kind: str, reason: str | None) -> None:
        """The connection is lost for now (or, None: is back); the follower goes on trying."""


class Follower:
    def __init__(self, source: Source, kind: str, namespace: str | None, sink: Sink) -> None:
        self.kind = kind
        self._source, self._namespace, self._sink = source, namespace, sink
        self._stopping = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._parked = threading.Event()
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._thread = threading.Thread(target=self._run, name=f"kworkload-{kind}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def signal_stop(self) -> None:
        """Ask it to end, without waiting, so that many followers end together."""
        self._stopping.set()
        self._running.set()
        self._close()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def pause(self) -> None:
        """Stop reading; returns when the stream is closed. What happens meanwhile is read after `resume`, or becomes a gap."""
        self._parked.clear()
        self._running.clear()
        self._close()
        if self._thread.is_alive() and not self._parked.wait(PAUSE_SECONDS):
            raise ClusterError(
                f"the recorder of {self.kind} did not stop reading within {PAUSE_SECONDS:g} s",
                "a request to the API server is under way and gets no answer",
                "see whether the cluster still runs",
            )

    def resume(self) -> None:
        self._running.set()

    def _close(self) -> None:
        with self._lock:
            if self._stream is not None:
                self._stream.close()

    def _run(self) -> None:
        try:
            self._follow()
        except Refused as refused:
            self._sink.refused(self.kind, str(refused))
        except Exception as error:  # a thread has no caller: recorded as a gap, so that no verdict depends on a dead stream
            self._sink.refused(self.kind, f"the recorder of {self.kind} failed: {type(error).__name__}: {error}")
        finally:
            self._parked.set()

    def _follow(self) -> None:
        revision: int | None = None  # None: a fresh list is due
        lost: tuple[int, str] | None = None
        failures = 0
        away = False  # no answer since then
        starting: Deadline | None = None
        while not self._stopping.is_set():
            if not self._running.is_set():
                self._parked.set()
                self._running.wait()
                continue
            try:
                if revision is None:
                    listing = self._source.list(self.kind, self._namespace)
                    self._sink.listed(self.kind, listing, lost[0] if lost else None, lost[1] if lost else "")
                    revision, lost, away = listing.revision, None, False
                before = revision
                revision = self._read(revision)
                failures, away = (failures + 1 if revision == before else 0), False
            except Gone as gone:
                read_to = gone.revision if isinstance(gone, _GoneAfter) else revision
                assert read_to is not None
                lost, revision = (read_to, str(gone)), None
            except Forbidden as forbidden:
                starting = starting or Deadline.after(STARTING_SECONDS)
                if not away or starting.expired:
                    raise
                failures += 1
                self._sink.troubled(self.kind, str(forbidden))
            except (KworkloadError, OSError) as error:
                failures, away, starting = failures + 1, True, None
                self._sink.troubled(self.kind, str(error))
            if failures and self._running.is_set():
                self._stopping.wait(_pause_after(failures))

    def _read(self, revision: int) -> int:
        """Read one stream to its end; returns the last revision seen."""
        stream = self._source.watch(self.kind, self._namespace, revision)
        with self._lock:
            self._stream = stream
            if self._stopping.is_set() or not self._running.is_set():
                stream.close()
        self._sink.troubled(self.kind, None)
        try:
            for event in stream:
                if event.revision > revision or event.type == "BOOKMARK":
                    self._sink.received(self.kind, event)
                    revision = max(revision, event.revision)
        except Gone as gone:
            raise _GoneAfter(revision, str(gone)) from gone
        finally:
            with self._lock:
                self._stream = None
            stream.close()
        return revision


def _pause_after(failures: int) -> float:
    """Seconds; the exponent is bounded too, because an outage of half an hour would otherwise overflow a float."""
    return float(min(0.02 * 2 ** min(failures, 10), LONGEST_PAUSE_SECONDS))


class _GoneAfter(Gone):
    """Gone in the middle of a stream: remembers how far it was read."""

    def __init__(self, revision: int, reason: str) -> None:
        super().__init__(reason)
        self.revision = revision
