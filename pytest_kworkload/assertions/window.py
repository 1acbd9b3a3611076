"""A stretch of the recording that an assertion owns: from before the trigger until the workload has settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from ..errors import GuaranteeViolated, KworkloadError, Unproven, WaitTimeout
from ..explain.text import failure, note
from ..guarantees.finding import Finding
from ..history.completeness import complete
from ..history.deadline import Deadline
from ..history.model import History
from ..history.recording import Mark, Recording
from ..objects.service_states import LAG
from ..objects.settling import incomplete
from ..workloads.controllers import Workload
from ..workloads.handle import Handle
from ..workloads.scope import Scope

# Who is later than that is behind for longer than is granted: there is no need to wait for more.
LAG_SECONDS = 2 * LAG.total_seconds()

# "Nothing happens" needs longer than any controller takes to react: they act on events, within a second also under load,
# and five seconds are the catalogue's honest wait.
ABSENCE_SECONDS = 5.0
# What must come is given more: on a machine that is busy elsewhere a controller may be slow for once, and a wait that ends too
# early calls that a breach.
ANSWER_SECONDS = 20.0


class Evidence:
    """What a check measured; its attributes are there when the `with` block has ended."""

    def __getattr__(self, name: str) -> Any:
        if name in type(self).__annotations__:
            raise AttributeError(f"{name} is known when the `with` block has ended")
        raise AttributeError(f"{type(self).__name__} has no {name}; it has: {', '.join(type(self).__annotations__)}")

    def fill(self, values: Mapping[str, Any]) -> Self:
        self.__dict__.update(values)
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self.__dict__.items())})"


E = TypeVar("E", bound=Evidence)


class Window(Generic[E]):
    """The context manager that a `with` assertion returns. `evidence` is also what the block gets by `as`."""

    def __init__(
        self,
        name: str,
        handle: Handle,
        evidence: E,
        kinds: tuple[str, ...],
        *,
        judge: Callable[[History], Finding],
        settle: Callable[[Mark, Deadline], None] | None = None,
        timeout: float | None,
        prepare: Callable[[], None] = lambda: None,
        conclude: Callable[[Finding, Deadline], Finding] = lambda finding, deadline: finding,
    ) -> None:
        self.evidence = evidence
        self._handle, self._kinds, self._timeout = handle, kinds, timeout
        self._judge, self._prepare, self._conclude = judge, prepare, conclude
        self._settle = settle or (lambda mark, deadline: settled(handle, deadline))
        self._pending = f"{name}({handle})"
        self._namespace.waiting.append(self._pending)

    @property
    def _namespace(self) -> Scope:
        return self._handle.namespace

    def __enter__(self) -> E:
        self._namespace.waiting.remove(self._pending)
        recording = self._namespace.recording
        self._prepare()
        deadline = self._namespace.deadline(None)
        _seen(recording, self._kinds, deadline)
        recording.barrier(deadline, *self._kinds)
        self._mark: Mark = recording.mark()
        return self.evidence

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self._remark(error)
            return
        recording, deadline = self._namespace.recording, self._namespace.deadline(self._timeout)
        try:
            self._settle(self._mark, deadline)
        except WaitTimeout as timeout:
            # What is broken already stays broken; that the workload did not settle either is told beside it.
            finding = judged(self._namespace, self._mark, self._kinds, self._judge)
            if finding.breaches:
                broken = violated(finding, recording.look)
                broken.add_note(f"it did not settle either: {timeout}")
                raise broken from None
            raise
        finding = judged(self._namespace, self._mark, self._kinds, self._judge)
        if finding.holds:
            finding = self._conclude(finding, deadline)
        self.evidence.fill(finding.evidence)
        held(finding, recording.look)

    def by(self, trigger: Callable[[], object] | None) -> Self:
        """Run the trigger as the block, if there is one."""
        if trigger is not None:
            with self:
                trigger()
        return self

    def _remark(self, error: BaseException) -> None:
        """The error wins; the verdict so far goes along with it."""
        try:
            error.add_note(note(self._judge(self._namespace.recording.since(self._mark))))
        except (Unproven, KworkloadError, KeyError) as undecided:
            error.add_note(f"kworkload: nothing can be said about the guarantee: {str(undecided).splitlines()[0]}")


def judged(namespace: Scope, mark: Mark | None, kinds: tuple[str, ...], judge: Callable[[History], Finding]) -> Finding:
    """The verdict over a window that is complete; a gap makes it Inconclusive."""
    namespace.recording.barrier(namespace.deadline(None).within(30.0), *kinds)
    return judge(complete(namespace.recording.since(mark), *kinds))


def held(finding: Finding, look: str, late: WaitTimeout | None = None) -> Finding:
    """The finding if it holds. If not, that is the news, and a wait that timed out before is told beside it."""
    if not finding.holds:
        broken = violated(finding, look)
        if late is not None:
            broken.add_note(str(late))
        raise broken
    return finding


def concluded(
    wait: Callable[[], object], namespace: Scope, mark: Mark | None, kinds: tuple[str, ...], judge: Callable[[History], Finding]
) -> tuple[Finding, WaitTimeout | None]:
    """A finding that holds, after a wait, and the wait's timeout if there was one."""
    _seen(namespace.recording, kinds, namespace.deadline(None))
    late = None
    try:
        wait()
    except WaitTimeout as error:
        late = error
    return held(judged(namespace, mark, kinds, judge), namespace.recording.look, late), late


def at_rest(
    workload: Workload, kinds: tuple[str, ...], timeout: float | None, judge: Callable[[History], Finding], *, wait: bool = True
) -> tuple[Finding, WaitTimeout | None]:
    """A finding that holds, over a workload that had its time to settle, and the timeout if it did not. `wait` False: as it is now."""
    namespace = workload.namespace
    return concluded(lambda: settled(workload, namespace.deadline(timeout)) if wait else None, namespace, None, kinds, judge)


def after(
    wait: Callable[[], object], namespace: Scope, mark: Mark | None, kinds: tuple[str, ...], judge: Callable[[History], Finding]
) -> Finding:
    """A finding that holds, after a wait that did not time out."""
    finding, late = concluded(wait, namespace, mark, kinds, judge)
    if late is not None:
        raise late
    return finding


def kinds_of(kind: str, *more: str) -> tuple[str, ...]:
    """What is recorded of a workload of this kind: its pods, the ReplicaSets between (of a Deployment), itself, and more."""
    return tuple(dict.fromkeys(("Pod", "ReplicaSet", *more, kind)))


def _seen(recording: Recording, kinds: tuple[str, ...], deadline: Deadline) -> None:
    """Inconclusive at once, and not after a wait, where the user has no right to see what the verdict rests on."""
    for kind in kinds:
        recording.require(kind, deadline)


def violated(finding: Finding, look: str) -> GuaranteeViolated:
    error = GuaranteeViolated(failure(finding, look))
    error.finding = finding
    return error


def settled(handle: Handle, deadline: Deadline) -> None:
    """Wait until the workload has settled: observed, sizes met, nothing pending deletion."""
    kind, uid = handle.kind, handle.uid
    handle.namespace.recording.barrier(deadline, "Pod")  # else a pod that the block has deleted may still look alive
    handle.get()  # what the API server has now must be reached, not an older state that looks settled
    handle.namespace.recording.wait_for(
        lambda history: handle.current(history) is not None and incomplete(history, kind, uid) is None,
        f"{handle} to settle",
        deadline,
        seen=lambda history: "\n".join([incomplete(history, kind, uid) or "settled", *handle.troubles(history)]),
        hopeless=handle.hopeless,
    )
