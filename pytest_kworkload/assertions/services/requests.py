"""Requests to a Service: a client inside the cluster that keeps asking while the test does something."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType

from ...errors import Inconclusive, KworkloadError, WaitTimeout
from ...guarantees.services.endpoints import terminating_pods, wrong_endpoints
from ...guarantees.services.requests import Request, check_requests, never_answered
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.pods import Pod
from ...workloads.services import Service
from ..window import LAG_SECONDS, Evidence, Window, violated

LONGEST = 3600.0  # seconds after which a client ends by itself if nobody stops it

# One line for each request: the exit code, and what the command said. $1: the file that stops it, $2: how many at most,
# $3: seconds between two, $4: the command.
LOOP = """
set -f
n=0
while [ ! -e "$1" ] && [ "$n" -lt "$2" ]; do
    n=$((n + 1))
    said=$(eval "$4" 2>&1 >/dev/null)
    echo $? $said
    sleep "$3"
done
rm -f "$1"
"""


class Requests(Evidence):
    """How many requests were sent and answered, and the pods that came or went meanwhile."""

    requests: int
    moved: tuple[str, ...]


def assert_no_lost_requests(
    service: Service,
    client: Pod,
    *,
    request: str = 'wget -q -T 2 -O - "$URL"',
    rate: float = 20,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Requests]:
    """All through the `with` block the pod `client` sends requests to the Service, about `rate` a second, and each is answered.

    `request` is a shell command that the client's first container runs for each; it must exit with 0 if it was answered, and give up
    by itself. $URL, $HOST and $PORT lead to the Service's address and first port. Kubernetes does not promise this for an update: a
    pod is told to end while other nodes still send to it, so a readiness probe and a preStop hook that waits are needed. Wait in the
    block for what it starts, best with another helper. The requests go on until no pod of the Service is terminating, its
    EndpointSlices follow and one more request has ended, at most `timeout` seconds after the block.

    Fails as vacuous if no request is answered before the block, if none is sent for ten seconds, or if no pod of the Service comes
    or goes; a change of its selector makes pods come and go too. Inconclusive if the client ends early.
    Guarantee: svc-no-lost-requests.
    """
    return _Asking(service, Client(client, service, request, rate), timeout).by(trigger)


class Client:
    """The requests of one pod, from a thread that hears what it says."""

    def __init__(self, pod: Pod, service: Service, request: str, rate: float) -> None:
        self._pod, self._service, self._request, self._rate = pod, service, request, rate
        self._stop = f"/tmp/.kworkload-{secrets.token_hex(6)}"
        self._changed = threading.Condition()
        self._told: list[Request] = []
        self._rest = b""
        self._error: KworkloadError | None = None
        self._over = False
        self._thread = threading.Thread(target=self._run, name=f"kworkload-requests-{service.name}", daemon=True)

    def start(self, deadline: Deadline) -> bool:
        """Begin, and return whether a request was answered in time."""
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._answered, deadline.remaining)
            return self._answered

    def another(self, deadline: Deadline) -> None:
        """Wait for a request that begins now to end. Raises WaitTimeout if none does, Inconclusive if the client has ended."""
        with self._changed:
            enough = len(self._told) + 2  # one may be under way
            self._changed.wait_for(lambda: self._over or len(self._told) >= enough, deadline.remaining)
            if len(self._told) >= enough:
                return
        self.check()
        raise WaitTimeout(
            f"waited {deadline.seconds:g} s, and the client no longer tells of requests\n"
            "  why: the last one hangs, so it is neither answered nor lost\n"
            "  do:  let `request` give up by itself (wget -T 2, curl -m 2, timeout 2); see whether the client still runs"
        )

    def stop(self) -> None:
        if self._thread.is_alive():
            with suppress(KworkloadError):  # the pod may be gone, and its loop with it
                self._pod.exec(["touch", self._stop])
            self._thread.join(timeout=30)

    def since(self, moment: datetime) -> list[Request]:
        with self._changed:
            return [one for one in self._told if one.at >= moment]

    @property
    def last(self) -> str:
        with self._changed:
            return self._told[-1].lost if self._told else str(self._error or "nothing")

    def check(self) -> None:
        """Raise Inconclusive if it ended before it was stopped."""
        if self._error is not None:
            raise Inconclusive(
                f"the client of the requests ended early: {self._error.saw}\n"
                f"  why: {self._error.why or 'nothing more is known'}\n"
                "  do:  use a pod as the client that the block leaves alone, with a shell"
            ) from self._error

    @property
    def _answered(self) -> bool:
        return any(not one.lost for one in self._told)

    def _run(self) -> None:
        try:
            spec = self._service.get()["spec"]
            host, port = str(spec["clusterIP"]), str(spec["ports"][0]["port"])
            address = ["env", f"HOST={host}", f"PORT={port}", f"URL=http://{host}:{port}/"]
            numbers = [str(int(LONGEST * self._rate)), str(1 / self._rate)]
            command = [*address, "sh", "-c", LOOP, "sh", self._stop, *numbers, self._request]
            self._pod.client.exec(self._pod.name, self._pod.namespace.name, command, timeout=LONGEST, told=self._hear)
        except KworkloadError as error:
            self._error = error
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _hear(self, data: bytes) -> None:
        at = datetime.now(UTC)
        *lines, self._rest = (self._rest + data).split(b"\n")
        with self._changed:
            for line in lines:
                code, _, said = line.decode("utf-8", "replace").partition(" ")
                self._told.append(Request(at, "" if code == "0" else said.strip() or f"exit code {code}"))
            self._changed.notify_all()


class _Asking(Window[Requests]):
    """A window in which a client asks; it is stopped however the window ends."""

    def __init__(self, service: Service, client: Client, timeout: float | None) -> None:
        self._client, self._service = client, service
        super().__init__(
            "assert_no_lost_requests",
            service,
            Requests(),
            ("Pod", "Service", "EndpointSlice"),
            judge=lambda history: check_requests(history, service.uid, client.since(history.started)),
            settle=self._end,
            timeout=timeout,
            prepare=self._begin,
        )

    def __enter__(self) -> Requests:
        try:
            return super().__enter__()
        except BaseException:
            self._client.stop()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._client.stop()

    def _begin(self) -> None:
        if not self._client.start(self._namespace.deadline(None).within(LAG_SECONDS)):
            raise violated(never_answered(self._service.name, self._client.last), self._namespace.recording.look)

    def _end(self, mark: Mark, deadline: Deadline) -> None:
        recording, uid = self._namespace.recording, self._service.uid
        recording.barrier(deadline, "Pod", "Service")
        recording.wait_for(
            lambda history: not terminating_pods(history, uid),
            f"the terminating pods of {self._service} to be gone",
            deadline,
            seen=lambda history: ", ".join(terminating_pods(history, uid)),
        )
        with suppress(WaitTimeout):  # that they follow is another guarantee; what matters here is that they had the time
            recording.wait_for(lambda history: not wrong_endpoints(history, uid), "the endpoints to follow", deadline.within(LAG_SECONDS))
        self._client.another(deadline)
        self._client.stop()
        self._client.check()
