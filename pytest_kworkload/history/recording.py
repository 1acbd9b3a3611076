"""A test's own recording: marks, windows, waits and the barrier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from ..errors import Inconclusive, WaitTimeout
from .deadline import Deadline
from .events import newest
from .log import Log
from .model import History, Version
from .recorder import Recorder, recorded
from .source import Identities

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of the recording: where a window begins."""

    index: int
    gaps: int
    moment: datetime
    alive: Mapping[str, tuple[Version, ...]]


class Recording:
    """What a recorder saw of one namespace. `look` is the start of a kubectl command for a reader."""

    def __init__(self, recorder: Recorder, namespace: str, look: str) -> None:
        self._recorder = recorder
        self._log: Log = recorder.open(namespace)
        self.namespace, self.look = namespace, look
        self.beginning = self.mark()

    def mark(self) -> Mark:
        with self._log.changed:
            log = self._log
            return Mark(len(log.received), len(log.gaps), datetime.now(UTC), log.alive())

    def since(self, mark: Mark | None = None) -> History:
        """The window from a mark (default: the test's beginning) until now."""
        mark = mark or self.beginning
        with self._log.changed:
            known = recorded(self._log)
            versions = tuple(self._log.received[mark.index :])
            # A gap that began before the window (a kind that is refused) is a gap of the window too.
            gaps = tuple(gap for n, gap in enumerate(self._log.gaps) if n >= mark.gaps or gap.kind not in known)
            # A kind that is recorded only since the mark began with what its first list showed.
            alive = {kind: mark.alive[kind] if kind in mark.alive else self._log.first[kind] for kind in known}
        return History(versions, alive, mark.moment, datetime.now(UTC), gaps, known)

    def record(self, kinds: Iterable[str], deadline: Deadline) -> None:
        self._recorder.record(kinds, deadline)

    def pause(self, *kinds: str) -> None:
        """Lose the connection for these kinds on purpose, until `resume`."""
        self._recorder.pause(*kinds)

    def resume(self, *kinds: str) -> None:
        self._recorder.resume(*kinds)

    def wait_for(
        self,
        condition: Callable[[History], T | None],
        awaiting: str,
        deadline: Deadline,
        *,
        since: Mark | None = None,
        seen: Callable[[History], str] = lambda history: "",
        hopeless: Callable[[History], str | None] = lambda history: None,
    ) -> T:
        """Wait until `condition` gives something other than None or False, and return that.

        `seen` tells the state for the message of a WaitTimeout; as soon as `hopeless` gives a reason, the wait ends with it.
        """
        while True:
            with self._log.changed:
                sequence = self._log.sequence
            history = self.since(since)
            result = condition(history)
            if result is not None and result is not False:
                return result
            reason = hopeless(history)
            if reason is not None:
                raise self._timeout(f"gave up waiting for {awaiting} after {deadline.elapsed:.1f} s: {reason}", history, seen)
            if not self._log.wait(sequence, deadline.remaining) and deadline.expired:
                raise self._timeout(f"waited {deadline.seconds:g} s for {awaiting}", history, seen)

    def absent(self, condition: Callable[[History], T | None], seconds: float, *, since: Mark | None = None) -> T | None:
        """Watch for something that must not come, for so many seconds; returns what came, or None."""
        ends = Deadline.after(seconds)
        while True:
            with self._log.changed:
                sequence = self._log.sequence
            result = condition(self.since(since))
            if (result is not None and result is not False) or ends.expired:
                return result or None
            self._log.wait(sequence, ends.remaining)

    def barrier(self, deadline: Deadline, *kinds: str) -> None:
        """Return when the recording holds at least what a fresh quorum list of these kinds shows.

        Raises Inconclusive if it does not get there, because the recorder's connection is lost.
        """
        for kind in kinds:
            with self._log.changed:
                if kind not in recorded(self._log):
                    continue  # refused: the gap is in the history already
            listed = self._recorder.identities(kind, self.namespace)
            if not self._received(kind, listed, deadline):
                trouble = self._recorder.troubles.get(kind, "no reason is known")
                raise Inconclusive(
                    f"the recorder did not receive all versions of {kind} objects that the API server has\n"
                    f"  why: its connection does not keep up or is lost ({trouble}), so nothing can be said\n"
                    "  do:  see whether the API server is reachable and the machine is not overloaded; then repeat the test"
                )

    def _received(self, kind: str, listed: Identities, deadline: Deadline) -> bool:
        with self._log.changed:
            return self._log.changed.wait_for(lambda: self._covers(kind, listed.revisions, listed.revision), deadline.remaining)

    def _covers(self, kind: str, listed: Mapping[str, int], revision: int) -> bool:
        if self._log.overflow is not None:
            recorded(self._log)
        seen, alive = self._log.seen.get(kind, {}), self._log.live.get(kind, {})
        return all(seen.get(uid, 0) >= version for uid, version in listed.items()) and all(
            uid in listed or version.revision > revision for uid, version in alive.items()
        )

    def _timeout(self, what: str, history: History, seen: Callable[[History], str]) -> WaitTimeout:
        lines = [what]
        state = seen(history)
        if state:
            lines.append("  last seen: " + state.replace("\n", "\n             "))
        newest_events = newest(history)
        if newest_events:
            lines.append("  newest events:")
            lines.extend(f"    {text}" for text in newest_events)
        lines.append(f"  do: {self.look} describe pods; give a longer timeout if it only needs more time")
        return WaitTimeout("\n".join(lines))

    def close(self) -> None:
        self._recorder.close(self.namespace)
