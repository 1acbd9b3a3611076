"""What one recording keeps: sharing that changes nothing, and the limit of its memory."""

from __future__ import annotations

import copy
import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.history.log import MIB, Log, share
from pytest_kworkload.history.model import Gap, Version

NOW = datetime(2026, 1, 1, tzinfo=UTC)

numbers = st.integers(-2, 2) | st.floats(-2, 2).map(lambda number: number + 0.0)  # (there is no -0.0 in what Kubernetes writes)
leaves = st.none() | st.booleans() | numbers | st.sampled_from(["", "a", "1"])
documents = st.recursive(
    leaves, lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.sampled_from("abcd"), parts, max_size=4), max_leaves=20
)
objects = st.dictionaries(st.sampled_from("abcd"), documents, max_size=4)


@st.composite
def two_versions(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two objects that have much in common, as two versions of one object have."""
    old = draw(objects)
    new = copy.deepcopy(old)
    for key in draw(st.lists(st.sampled_from("abcd"), max_size=2)):
        new[key] = draw(documents)
    return new, old


def exact(value: Any) -> str:
    """The JSON text, which tells 1 from true and from 1.0."""
    return json.dumps(value, sort_keys=True)


@given(two_versions() | st.tuples(objects, objects))
def test_sharing_never_changes_content(versions: tuple[dict[str, Any], dict[str, Any]]) -> None:
    new, old = versions
    new_text, old_text = exact(new), exact(old)
    same = share(new, old)
    assert (exact(new), exact(old)) == (new_text, old_text)
    assert same == (new_text == old_text)


@given(objects)
def test_what_is_the_same_is_shared(old: dict[str, Any]) -> None:
    new = copy.deepcopy(old)
    share(new, old)
    assert all(new[key] is old[key] for key in old)


def test_the_parts_of_a_list_are_shared_too() -> None:
    old = {"status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Started", "status": "True"}]}}
    new = copy.deepcopy(old)
    new["status"]["conditions"][0]["status"] = "False"
    assert not share(new, old)
    assert new["status"]["conditions"][1] is old["status"]["conditions"][1]
    assert new["status"]["conditions"][0]["status"] == "False"


@pytest.mark.parametrize(("new", "old"), [(1, True), (True, 1), (0, False), (1.0, 1), ({}, []), (None, 0), ("", None)])
def test_what_only_looks_equal_is_not_shared(new: Any, old: Any) -> None:
    document = {"a": {"b": [new]}}
    assert not share(document, {"a": {"b": [old]}})
    assert type(document["a"]["b"][0]) is type(new)


def version(kind: str, name: str, revision: int, type: Any = "ADDED", namespace: str = "ns") -> Version:
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "resourceVersion": str(revision)}
    return Version(kind, type, {"metadata": metadata}, revision, NOW)


def log(limit: int = MIB, *alive: Version) -> Log:
    lock = threading.RLock()
    lock.acquire()  # as whoever writes a log does
    return Log("ns", lock, {"Pod": {one.uid: one for one in alive}}, limit, NOW)


def test_it_begins_with_what_concerns_it() -> None:
    kept = log(MIB, version("Pod", "a", 1), version("Pod", "b", 2, namespace="other"))
    assert list(kept.live["Pod"]) == ["uid-a"]
    assert kept.first["Pod"] == (version("Pod", "a", 1),)
    assert kept.seen["Pod"] == {"uid-a": 1}


def test_what_is_alive_follows_the_versions() -> None:
    kept = log(MIB, version("Pod", "a", 1))
    kept.add(version("Pod", "b", 2), 10)
    kept.add(version("Pod", "a", 3, "DELETED"), 10)
    assert kept.alive() == {"Pod": (version("Pod", "b", 2),)}
    assert kept.seen["Pod"] == {"uid-a": 3, "uid-b": 2}
    assert [one.name for one in kept.received] == ["b", "a"]


def test_a_kind_that_ends_is_no_longer_alive() -> None:
    kept = log(MIB, version("Pod", "a", 1))
    kept.end(Gap("Pod", 0, "403 Forbidden", NOW))
    assert kept.alive() == {}
    assert kept.gaps == [Gap("Pod", 0, "403 Forbidden", NOW)]


def test_past_its_limit_it_stops_and_says_so() -> None:
    kept = log(2 * MIB)
    kept.add(version("Pod", "a", 1), MIB)
    kept.add(version("Pod", "b", 2), MIB)
    assert kept.overflow is None
    kept.add(version("Pod", "c", 3), 1)
    kept.add(version("Pod", "d", 4), 1)
    assert kept.overflow == "the history of namespace ns passed its limit of 2 MiB after 2 versions"
    assert [one.name for one in kept.received] == ["a", "b"]


@pytest.mark.parametrize("what", ["begin", "add", "gap", "end", "overflow"])
def test_a_waiter_hears_of_everything(what: str) -> None:
    kept = log(10)
    before = kept.sequence
    gap = Gap("Pod", 1, "too old", NOW)
    {
        "begin": lambda: kept.begin("Job", []),
        "add": lambda: kept.add(version("Pod", "a", 1), 1),
        "gap": lambda: kept.gap(gap),
        "end": lambda: kept.end(gap),
        "overflow": lambda: kept.add(version("Pod", "a", 1), 11),
    }[what]()
    assert kept.wait(before, 0.0)
    assert not kept.wait(kept.sequence, 0.0)
