"""A test's own recording: marks, windows, waits and the barrier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from ..errors import Inconclusive, WaitTimeout
from .deadline import Deadline
from .events import newest
from .log import Log
from .model import Gap, History, Object, Version
from .recorder import KINDS, Recorder, recorded
from .source import Identities, Refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of the recording: where a window begins."""

    index: int
    gaps: int
    moment: datetime
    alive: Mapping[str, tuple[Version, ...]]


@dataclass(frozen=True)
class Snapshot(History):
    """A window until now. What exists at its end is known without a walk through its versions, which a wait would repeat."""

    latest: Mapping[str, Mapping[str, Object]] | None = None

    def objects(self, kind: str) -> Mapping[str, Object]:
        return super().objects(kind) if self.latest is None else dict(self.latest.get(kind, {}))

    def until(self, moment: datetime) -> History:
        return History.until(replace(self, latest=None), moment)


class Recording:
    """What a recorder saw of one namespace (None: of all). `look` is the start of a kubectl command, `describe` its end in a timeout."""

    def __init__(self, recorder: Recorder, namespace: str | None, look: str, describe: str = "pods") -> None:
        self._recorder = recorder
        self._log: Log = recorder.open(namespace)
        self.namespace, self.look, self._describe = namespace, look, describe
        self._asked = set(KINDS)  # a recorder that tests share also knows of kinds that only another test asked for
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
            # A gap that began before the window and still lasted at its start (a kind that was refused) belongs to the window too.
            gaps = tuple(gap for n, gap in enumerate(self._log.gaps) if n >= mark.gaps or gap.kind not in mark.alive)
            # A kind that is recorded only since after the mark began with what its first list showed.
            alive = {kind: mark.alive[kind] if kind in mark.alive else self._log.first[kind] for kind in known}
            latest = {kind: {uid: one.object for uid, one in objects.items()} for kind, objects in self._log.live.items()}
            ended = datetime.now(UTC)
        return Snapshot(versions, alive, mark.moment, ended, gaps, known, latest)

    def record(self, kinds: Iterable[str], deadline: Deadline) -> None:
        asked = list(kinds)
        self._asked.update(asked)
        self._recorder.record(asked, deadline)

    def require(self, kind: str, deadline: Deadline) -> None:
        """Record a kind for a wait that depends on it. Raises Inconclusive if the API server does not let it be recorded."""
        self.record([kind], deadline)
        history = self.since()
        if kind not in history.known:
            reasons = [_first_line(gap.reason) for gap in history.gaps_of(kind)]
            raise Inconclusive(
                f"{kind} objects are not recorded: {reasons[-1]}\n"
                "  why: without the recording nothing can be said about them\n"
                "  do:  grant the kubeconfig's user the rights to list and watch them, or apply their definition first"
            )

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

        `seen` describes the state for the message of a WaitTimeout; as soon as `hopeless` gives a reason, the wait ends with it.
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
            if deadline.expired:  # checked even if there is always something new to look at
                longer = "; give a longer timeout if it only needs more time"
                raise self._timeout(f"waited {deadline.seconds:g} s for {awaiting}", history, seen, longer)
            self._log.wait(sequence, deadline.remaining)

    def absent(self, condition: Callable[[History], T | None], seconds: float, *, since: Mark | None = None) -> T | None:
        """Watch for this many seconds for something that must not happen; returns what happened, or None."""
        ends = Deadline.after(seconds)
        while True:
            with self._log.changed:
                sequence = self._log.sequence
            result = condition(self.since(since))
            if result is not None and result is not False:
                return result
            if ends.expired:
                return None
            self._log.wait(sequence, ends.remaining)

    def barrier(self, deadline: Deadline, *kinds: str) -> None:
        """Return when the recording contains at least what a fresh quorum list of these kinds shows.

        Raises Inconclusive if it does not get there, because the recorder's connection is lost.
        """
        for kind in kinds:
            try:
                self._catch_up(kind, deadline)
            except Refused as refused:
                raise Inconclusive(
                    f"the API server no longer lists {kind} objects\n"
                    f"  why: {_first_line(refused)}; so nothing shows that the recording is complete\n"
                    "  do:  see whether the user's rights or the kind's definition were taken away meanwhile"
                ) from refused

    def catch_up(self, deadline: Deadline) -> None:
        """A barrier for every kind that is recorded. One that the API server no longer lists has a gap from here on.

        It may be another test's custom kind whose definition is gone: only a window that needs this kind is affected.
        """
        with self._log.changed:
            kinds = sorted(recorded(self._log))
        for kind in kinds:
            try:
                self._catch_up(kind, deadline)
            except Refused as refused:
                with self._log.changed:
                    self._log.gap(Gap(kind, 0, f"the API server no longer lists it: {_first_line(refused)}", datetime.now(UTC)))

    def _catch_up(self, kind: str, deadline: Deadline) -> None:
        with self._log.changed:
            if kind not in recorded(self._log):
                return  # refused: the gap is in the history already
        listed = self._recorder.identities(kind, self.namespace, deadline)
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
        if kind not in recorded(self._log):
            return True  # refused meanwhile: the gap is in the history
        seen, alive = self._log.seen[kind], self._log.live[kind]
        return all(seen.get(uid, 0) >= version for uid, version in listed.items()) and all(
            uid in listed or version.revision > revision for uid, version in alive.items()
        )

    def _timeout(self, what: str, history: History, seen: Callable[[History], str], longer: str = "") -> WaitTimeout:
        lines = [what]
        state = seen(history)
        if state:
            lines.append("  last seen: " + state.replace("\n", "\n             "))
        newest_events = newest(history)
        if newest_events:
            lines.append("  newest events:")
            lines.extend(f"    {text}" for text in newest_events)
        troubles = [(gap.kind, gap.reason) for gap in history.gaps] + sorted(self._recorder.troubles.items())
        lines.extend(dict.fromkeys(f"  not recorded: {kind}: {_first_line(reason)}" for kind, reason in troubles if kind in self._asked))
        lines.append(f"  do:  {self.look} describe {self._describe}{longer}")
        return WaitTimeout("\n".join(lines))

    def close(self) -> None:
        self._recorder.close(self._log)


def _first_line(text: object) -> str:
    return str(text).partition("\n")[0]
