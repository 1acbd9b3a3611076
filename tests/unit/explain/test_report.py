"""What stands beside a failed test."""

from __future__ import annotations

from typing import cast

from pytest_kworkload.errors import Inconclusive
from pytest_kworkload.explain.report import described
from pytest_kworkload.history.model import History
from pytest_kworkload.history.recording import Recording

from ..histories import Change, Json, at, changed, crashed, event, failed, pending, pod, replica_set, story, terminating


class Recorded:
    """A recording that has seen this."""

    namespace, look = "kw-1", "kubectl -n kw-1"

    def __init__(self, history: History | Exception) -> None:
        self._history = history

    def since(self) -> History:
        if isinstance(self._history, Exception):
            raise self._history
        return self._history


def text(*parts: Json | Change) -> str:
    return "\n".join(described(cast("Recording", Recorded(story(*parts))))) + "\n"


def test_an_empty_namespace() -> None:
    assert text() == "namespace kw-1: kubectl -n kw-1 get all\n"


def test_pods_and_events() -> None:
    web = replica_set("web")
    done = changed(pod("done"), "status.phase", "Succeeded")
    unscheduled = changed(pod("waiting", node=""), "status", {"phase": "Pending"})
    parts = [pod("good"), pending(pod("stuck"), "ErrImagePull", "no such image"), terminating(pod("old")), done, unscheduled]
    told = [
        at(1, event("Created", web, "Created pod: good")),
        at(2, event("Failed", pod("stuck"), "no such image", warning=True)),
        at(3, event("Failed", pod("stuck"), "no such image", warning=True)),
    ]
    assert (
        text(*parts, crashed(pod("crash"), 3), failed(pod("evicted"), "Evicted"), *told)
        == """\
namespace kw-1: kubectl -n kw-1 get all
  pod crash on node-0: container main: exit code 3 (Error)
  pod evicted on node-0: phase Failed (Evicted)
  pod old on node-0: terminating
  pod stuck on node-0: container main: ErrImagePull: no such image
  pod waiting on (no node): phase Pending
  pod done on node-0: Succeeded
  pod good on node-0: Ready
newest events, warnings before others:
  Normal Created ReplicaSet/web: Created pod: good
  Warning Failed Pod/stuck: no such image
"""
    )


def test_many_pods() -> None:
    pods = [pod(f"pod-{n:02}") for n in range(25)]
    lines = text(*pods[:24], pending(pods[24], "ErrImagePull")).splitlines()
    assert lines[1] == "  pod pod-24 on node-0: container main: ErrImagePull"
    assert lines[2] == "  pod pod-00 on node-0: Ready"
    assert len(lines) == 22
    assert lines[21] == "  and 5 more pods"


def test_many_events() -> None:
    told = [at(n, event("Pulled", pod("a"), f"number {n}")) for n in range(1, 12)]
    lines = text(pod("a"), at(0.5, event("Failed", pod("a"), "at first", warning=True)), *told).splitlines()
    assert lines[3:] == ["  Warning Failed Pod/a: at first", *(f"  Normal Pulled Pod/a: number {n}" for n in range(5, 12))]


def test_a_recording_that_had_to_stop() -> None:
    assert described(cast("Recording", Recorded(Inconclusive("the history passed its limit")))) == ["the history passed its limit"]
