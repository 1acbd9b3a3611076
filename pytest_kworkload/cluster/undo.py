"""The `with` block of a fault, which reverts it however the block ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from ..errors import ClusterError, KworkloadError, Unproven
from ..history.deadline import Deadline

T = TypeVar("T")


class Undo:
    """How something is reverted. It is noted before the cluster is touched, so that no interruption falls between the two."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._step: Callable[[Deadline], object] | None = None

    def by(self, step: Callable[[Deadline], object]) -> None:
        self._step = step

    def __call__(self, deadline: Deadline) -> None:
        """Revert it, once. Raises ClusterError, which says what is left."""
        with self._lock:
            step, self._step = self._step, None
            if step is None:
                return
            try:
                step(deadline)
            except (KworkloadError, Unproven) as error:
                raise ClusterError(
                    f"{self._what} was not reverted", str(error), "look at the state of the cluster, or start the tests again"
                ) from error


class Breakable(Protocol):
    """What faults are done to: `reverts` has those that are in force, `left` says what could not be reverted."""

    reverts: list[Undo]
    left: list[str]

    def deadline(self, timeout: float | None) -> Deadline: ...


@contextmanager
def reverted(
    cluster: Breakable,
    what: str,
    begin: Callable[[Undo, Deadline], T],
    whole: Callable[[T, Deadline], None],
    timeout: float | None,
) -> Iterator[T]:
    """A block that starts with `begin`, which says how to revert it, and ends when that is done and `whole` has returned.

    If the block raises, that error is raised, and what goes wrong afterwards is added to it as a note. After Ctrl-C and the like
    it waits for nothing more than the reverting.
    """
    undo = Undo(what)
    cluster.reverts.append(undo)
    begun = False
    try:
        value = begin(undo, cluster.deadline(timeout))
        begun = True
        yield value
    except BaseException as error:
        try:
            deadline = cluster.deadline(timeout)
            _apart(lambda: undo(deadline))
            if begun and isinstance(error, Exception):
                whole(value, deadline)
        except (KworkloadError, Unproven) as left:
            cluster.left.append(str(left))
            error.add_note(str(left))
        raise
    else:
        deadline = cluster.deadline(timeout)
        try:
            _apart(lambda: undo(deadline))
            whole(value, deadline)
        except (KworkloadError, Unproven) as left:
            cluster.left.append(str(left))
            raise
    finally:
        cluster.reverts.remove(undo)


def _apart(work: Callable[[], None]) -> None:
    """Do it in a separate thread, which neither a second Ctrl-C nor a test's timeout interrupts; Python ends only after it."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="kworkload-revert")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
