"""The client of assert_no_lost_requests: what it hears, and what it does not."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_kworkload import ApiError, Inconclusive, WaitTimeout
from pytest_kworkload.assertions.services.requests import Client
from pytest_kworkload.history.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the test's end: the loop in the pod ends too."""
    event = threading.Event()
    yield event
    event.set()


def client(loop: Callable[[Callable[[bytes], None]], object]) -> Client:
    """The client of a pod in which this loop tells of requests."""

    def run(*place: Any, told: Callable[[bytes], None], **rest: Any) -> None:
        loop(told)

    pod: Any = SimpleNamespace(name="client", client=SimpleNamespace(exec=run), namespace=SimpleNamespace(name="test"))
    service: Any = SimpleNamespace(name="web", get=lambda: {"spec": {"clusterIP": "10.96.0.9", "ports": [{"port": 80}]}})
    return Client(pod, service, "ask", rate=20)


def test_another_request_ends(over: threading.Event) -> None:
    def loop(told: Callable[[bytes], None]) -> None:
        while not over.wait(0.01):
            told(b"0\n")

    asking = client(loop)
    assert asking.start(Deadline.after(5))
    asking.another(Deadline.after(5))


def test_a_request_that_hangs(over: threading.Event) -> None:
    def loop(told: Callable[[bytes], None]) -> None:
        told(b"0\n" * 20)
        over.wait()

    asking = client(loop)
    assert asking.start(Deadline.after(5))
    with pytest.raises(WaitTimeout, match="no longer tells of requests"):
        asking.another(Deadline.after(0.05))


def test_a_client_that_has_ended() -> None:
    def loop(told: Callable[[bytes], None]) -> None:
        told(b"0\n")
        raise ApiError("the connection to the pod broke", status=0)

    asking = client(loop)
    assert asking.start(Deadline.after(5))
    with pytest.raises(Inconclusive, match="ended early: the connection to the pod broke"):
        asking.another(Deadline.after(5))
