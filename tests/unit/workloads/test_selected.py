"""What was recorded is what the API server has, of any kind, however late it comes."""

from __future__ import annotations

import threading

import pytest

from pytest_kworkload.assertions.primitives import assert_eventually
from pytest_kworkload.errors import WaitTimeout
from pytest_kworkload.history.model import History
from pytest_kworkload.workloads.namespace import Namespace

from ..history.store import Store

LATE = 0.2


@pytest.fixture(params=["Pod", "ConfigMap"])
def kind(namespace: Namespace, store: Store, request: pytest.FixtureRequest) -> str:
    """One that is always recorded, and one that is recorded since a test asked for it."""
    name = str(request.param)
    namespace.objects(name)
    store.wait_watched(name)
    return name


def behind(store: Store, kind: str) -> None:
    """The recorder's connection for this kind is slow."""
    store.silence(kind)
    threading.Timer(LATE, store.speak).start()


def told(history: History, kind: str) -> list[str]:
    return [version.name for version in history.of(kind)]


def test_a_record_holds_everything_of_its_block(namespace: Namespace, store: Store, kind: str) -> None:
    with namespace.record() as record:
        behind(store, kind)
        store.put(kind, "a")
    assert told(record.history, kind) == ["a"]


def test_a_record_holds_nothing_from_before_its_block(namespace: Namespace, store: Store, kind: str) -> None:
    behind(store, kind)
    store.put(kind, "a")
    with namespace.record() as record:
        pass
    assert told(record.history, kind) == []


def test_the_history_is_complete_up_to_the_call(namespace: Namespace, store: Store, kind: str) -> None:
    behind(store, kind)
    store.put(kind, "a")
    assert told(namespace.history(), kind) == ["a"]


def test_a_state_that_has_passed_is_not_waited_for(namespace: Namespace, store: Store, kind: str) -> None:
    store.put(kind, "a")
    selected = namespace.objects(kind)
    assert_eventually(selected, lambda objects: len(objects) == 1, says="it is there")
    behind(store, kind)
    store.remove(kind, "a")
    with pytest.raises(WaitTimeout):
        assert_eventually(selected, lambda objects: len(objects) == 1, says="it is there", timeout=5 * LATE)
