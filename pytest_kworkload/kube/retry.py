"""Which failed calls are sent again, and for how long. Never used to wait for a workload's state."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TypeVar

import tenacity
import urllib3

from ..errors import ApiError, ClusterError

T = TypeVar("T")

ATTEMPTS = 5
LONGEST_SECONDS = 20.0  # all attempts together; a server that is busy for longer is a real problem, not a hiccup
LONGEST_WAIT_SECONDS = 5.0


class Repeat(enum.Enum):
    """When sending the same request a second time does no harm."""

    NEVER = "never"  # the caller wants that very answer (an eviction's 429)
    IF_REFUSED = "if refused"  # only if the server says that it did nothing: 429, 503 and a Retry-After
    ALWAYS = "always"  # the request is idempotent: also after a reset, a 5xx, a conflict with another write


def call(attempt: Callable[[], T], repeat: Repeat, unreachable: Callable[[BaseException], ClusterError]) -> T:
    """Run the attempt, and repeat it while that is safe and within the bound; the last failure is raised as it is."""

    def transient(error: BaseException) -> bool:
        if repeat is Repeat.NEVER:
            return False
        if isinstance(error, ApiError):
            if error.status == 429 or (error.status == 503 and error.retry_after is not None):
                return True
            overtaken = error.status == 409 and error.reason == "Conflict" and not error.fields  # with fields: another manager owns them
            return repeat is Repeat.ALWAYS and (overtaken or error.status in (500, 502, 503, 504))
        if isinstance(error, urllib3.exceptions.NewConnectionError):
            return False  # nobody listens: waiting seconds before saying so helps nobody
        return repeat is Repeat.ALWAYS and isinstance(error, urllib3.exceptions.ProtocolError)

    def pause(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ApiError) and error.retry_after is not None:
            return min(error.retry_after, LONGEST_WAIT_SECONDS)
        return float(min(0.05 * 2**state.attempt_number, LONGEST_WAIT_SECONDS))

    policy = tenacity.Retrying(
        retry=tenacity.retry_if_exception(transient),
        wait=pause,
        stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_after_delay(LONGEST_SECONDS),
        reraise=True,
    )
    try:
        return policy(attempt)
    except urllib3.exceptions.HTTPError as cause:
        raise unreachable(cause) from cause
