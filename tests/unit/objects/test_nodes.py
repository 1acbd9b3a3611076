"""What a node tells of itself."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.recorder import Recorder
from pytest_kworkload.history.recording import Recording
from pytest_kworkload.objects.nodes import silent, trouble, unreachable

from ..history.store import Store


def node(ready: str | None = "True", *taints: str, reason: str = "KubeletReady") -> dict[str, Any]:
    conditions = [{"type": "DiskPressure", "status": "False"}, *([{"type": "Ready", "status": ready, "reason": reason}] if ready else [])]
    return {
        "spec": {"taints": [{"key": f"node.kubernetes.io/{one}", "effect": "NoExecute"} for one in taints]},
        "status": {"conditions": conditions},
    }


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (node(), None),
        (node("True", "unschedulable", "memory-pressure"), None),
        (None, "there is no such node"),
        ({"spec": {}}, "Ready is Unknown: it has not reported yet"),
        (node(None), "Ready is Unknown: it has not reported yet"),
        (node("False", reason="KubeletNotReady"), "Ready is False: KubeletNotReady"),
        (node("Unknown", "unreachable", reason="NodeStatusUnknown"), "Ready is Unknown: NodeStatusUnknown"),
        (node("True", "unreachable"), "it still has the taint node.kubernetes.io/unreachable"),
        (node("True", "not-ready"), "it still has the taint node.kubernetes.io/not-ready"),
    ],
)
def test_why_a_node_does_not_take_part(found: Any, text: str | None) -> None:
    assert trouble(found) == text


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        (None, False),
        (node(), False),
        (node("False", "not-ready"), False),  # it still tells
        (node("Unknown"), False),  # its pods are not told to go yet
        (node("True", "unreachable"), False),
        (node("Unknown", "unreachable"), True),
    ],
)
def test_a_node_that_the_cluster_has_lost(found: Any, lost: bool) -> None:
    assert unreachable(found) is lost


def test_only_a_lease_that_was_renewed_in_the_window_counts() -> None:
    store = Store()
    for name in ("node-0", "node-1"):
        store.put("Lease", name, "kube-node-lease")
    recorder = Recorder(store)
    recorder.record(["Lease"], Deadline.after(5))
    try:
        recording = Recording(recorder, None, "kubectl")
        store.put("Lease", "node-0", "kube-system")  # a leader's
        store.put("Lease", "node-1", "kube-node-lease")
        recording.barrier(Deadline.after(5), "Lease")
        assert silent(recording.since(), ["node-0", "node-1", "node-2"]) == ["node-0", "node-2"]
    finally:
        recorder.stop()
