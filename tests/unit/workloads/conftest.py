"""A namespace on a cluster in memory, recorded as a real one is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.recorder import KINDS, Recorder
from pytest_kworkload.history.recording import Recording
from pytest_kworkload.workloads.namespace import Namespace

from ..history.store import Store
from .cluster import FakeClient


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def client(store: Store) -> FakeClient:
    return FakeClient(store)


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    recorder = Recorder(store)
    recorder.record(KINDS, Deadline.after(5.0))
    yield recorder
    recorder.stop()


@pytest.fixture
def namespace(client: Any, recorder: Recorder) -> Namespace:
    return Namespace(client, "ns", Recording(recorder, "ns", "kubectl -n ns"), run="ab12-gw0", timeout=5.0, beside=None)
