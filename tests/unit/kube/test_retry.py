"""What is sent again, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tenacity.nap
import urllib3.exceptions as http

from pytest_kworkload.errors import ApiError, ClusterError
from pytest_kworkload.kube import retry
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.retry import Repeat

from .server import Answer, ApiServer, Cut, status


def api_error(code: int, reason: str = "", retry_after: float | None = None, fields: tuple[str, ...] = ()) -> ApiError:
    return ApiError("refused", status=code, reason=reason, retry_after=retry_after, fields=fields)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between the attempts, which take no time here."""
    waits: list[float] = []

    class Clock:
        sleep = staticmethod(waits.append)

    monkeypatch.setattr(tenacity.nap, "time", Clock)
    return waits


def attempts(failure: BaseException, repeat: Repeat) -> int:
    """How often a call is made that always fails."""
    made = 0

    def attempt() -> None:
        nonlocal made
        made += 1
        raise failure

    with pytest.raises((ApiError, ClusterError)):
        retry.call(attempt, repeat, lambda cause: ClusterError("unreachable"))
    return made


RESET = http.ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
NOBODY: Any = http.NewConnectionError(None, "Connection refused")  # type: ignore[arg-type] # the connection is for display


@pytest.mark.parametrize(
    ("failure", "never", "if_refused", "always"),
    [
        pytest.param(api_error(429), 1, 5, 5, id="busy"),
        pytest.param(api_error(503, retry_after=0.0), 1, 5, 5, id="busy, with a time to come back"),
        pytest.param(api_error(503), 1, 1, 5, id="unavailable"),
        pytest.param(api_error(500), 1, 1, 5, id="internal error"),
        pytest.param(api_error(502), 1, 1, 5, id="bad gateway"),
        pytest.param(api_error(504), 1, 1, 5, id="gateway timeout"),
        pytest.param(api_error(409, "Conflict"), 1, 1, 5, id="overtaken by another write"),
        pytest.param(api_error(409, "Conflict", fields=("spec.replicas",)), 1, 1, 1, id="another field manager"),
        pytest.param(api_error(409, "AlreadyExists"), 1, 1, 1, id="already exists"),
        pytest.param(api_error(400), 1, 1, 1, id="bad request"),
        pytest.param(api_error(403), 1, 1, 1, id="forbidden"),
        pytest.param(api_error(404), 1, 1, 1, id="not found"),
        pytest.param(api_error(410), 1, 1, 1, id="gone"),
        pytest.param(api_error(422), 1, 1, 1, id="invalid"),
        pytest.param(RESET, 1, 1, 5, id="reset"),
        pytest.param(NOBODY, 1, 1, 1, id="nobody listens"),
        pytest.param(http.ReadTimeoutError(None, "", "Read timed out."), 1, 1, 1, id="no answer"),  # type: ignore[arg-type] # as above
    ],
)
def test_what_is_sent_again(waits: list[float], failure: BaseException, never: int, if_refused: int, always: int) -> None:
    assert [attempts(failure, repeat) for repeat in (Repeat.NEVER, Repeat.IF_REFUSED, Repeat.ALWAYS)] == [never, if_refused, always]


def test_the_pauses_grow(waits: list[float]) -> None:
    attempts(api_error(500), Repeat.ALWAYS)
    assert waits == [0.1, 0.2, 0.4, 0.8]


def test_the_server_says_when_within_reason(waits: list[float]) -> None:
    attempts(api_error(429, retry_after=1.5), Repeat.IF_REFUSED)
    attempts(api_error(429, retry_after=3600.0), Repeat.IF_REFUSED)
    assert waits == [1.5] * 4 + [5.0] * 4


def test_all_attempts_together_are_bounded(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "LONGEST_SECONDS", 0.0)
    assert attempts(api_error(429), Repeat.ALWAYS) == 1


def test_the_last_failure_is_raised_as_it_is(waits: list[float]) -> None:
    failures = [api_error(500), api_error(404)]
    with pytest.raises(ApiError) as error:
        retry.call(lambda: _raise(failures.pop(0)), Repeat.ALWAYS, lambda cause: ClusterError("unreachable"))
    assert error.value.status == 404


def test_no_answer_becomes_the_one_message() -> None:
    with pytest.raises(ClusterError, match="unreachable") as error:
        retry.call(lambda: _raise(NOBODY), Repeat.ALWAYS, lambda cause: ClusterError("unreachable"))
    assert error.value.__cause__ is NOBODY


def _raise(error: BaseException) -> None:
    raise error


BUSY = Answer(status(429, "TooManyRequests", "too many requests"), 429, {"Retry-After": "0"})
BROKEN = Answer(status(500, "InternalError", "etcd"), 500, {"Retry-After": "0"})
OVERTAKEN = Answer(status(409, "Conflict", "the object has been modified"), 409, {"Retry-After": "0"})
POD = "/api/v1/namespaces/shop/pods/web"
MANIFEST = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}


@pytest.mark.parametrize(
    ("method", "path", "call", "answers", "sent"),
    [
        pytest.param("GET", POD, lambda client: client.get("Pod", "web", "shop"), (BROKEN, BUSY, MANIFEST), 3, id="get"),
        pytest.param("GET", POD, lambda client: client.get("Pod", "web", "shop"), (Cut(), MANIFEST), 2, id="get, cut"),
        pytest.param("PATCH", POD, lambda client: client.apply(MANIFEST, "shop"), (BROKEN, OVERTAKEN, MANIFEST), 3, id="apply"),
        pytest.param("PATCH", POD, lambda client: client.patch("Pod", "web", {}, "shop"), (OVERTAKEN, MANIFEST), 2, id="patch"),
        pytest.param("POST", POD.removesuffix("/web"), lambda client: client.create(MANIFEST, "shop"), (BUSY, MANIFEST), 2, id="create"),
        pytest.param("DELETE", POD, lambda client: client.delete("Pod", "web", "shop"), (BUSY, {}), 2, id="delete"),
    ],
)
def test_calls_that_get_through_in_the_end(
    api: ApiServer, client: Client, method: str, path: str, call: Callable[[Client], Any], answers: tuple[Any, ...], sent: int
) -> None:
    api.on(method, path, *answers)
    call(client)
    assert len(api.requests) == sent


@pytest.mark.parametrize(
    ("method", "path", "call", "answer"),
    [
        pytest.param("POST", POD.removesuffix("/web"), lambda client: client.create(MANIFEST, "shop"), BROKEN, id="create"),
        pytest.param("POST", POD.removesuffix("/web"), lambda client: client.create(MANIFEST, "shop"), Cut(), id="create, cut"),
        pytest.param("DELETE", POD, lambda client: client.delete("Pod", "web", "shop"), Cut(), id="delete, cut"),
        pytest.param("PATCH", POD, lambda client: client.patch("Pod", "web", [], "shop", type="json"), BROKEN, id="json patch"),
        pytest.param("POST", f"{POD}/eviction", lambda client: client.evict("web", "shop"), BUSY, id="evict"),
    ],
)
def test_calls_that_might_act_twice_are_sent_once(
    api: ApiServer, client: Client, method: str, path: str, call: Callable[[Client], Any], answer: Any
) -> None:
    api.on(method, path, answer)
    with pytest.raises((ApiError, ClusterError)):
        call(client)
    assert len(api.requests) == 1
