"""When an object is ready, and what keeps it from being so."""

from __future__ import annotations

import pytest

from pytest_kworkload.objects.readiness import condition, failed, pod_trouble, unready

from .. import histories
from ..histories import Json, changed, claim, crashed, daemon_set, deployment, node, pending, pod, replica_set, stateful_set, terminating

WEB, SET, DB, AGENT = deployment(), replica_set("web"), stateful_set(), daemon_set()
PARTITIONED = changed(DB, "spec.updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}})


def status(obj: Json, **values: object) -> Json:
    return changed(obj, "status", {**obj["status"], **values})


def updating(obj: Json, updated: int) -> Json:
    return status(obj, currentRevision="db-1", updateRevision="db-2", updatedReplicas=updated)


def conditioned(kind: str, type_: str, value: str, **parts: object) -> Json:
    """An object of any kind with one condition."""
    one = {"type": type_, "status": value, **parts}
    return {"kind": kind, "metadata": {"name": "x", "uid": "x", "generation": 2}, "spec": {}, "status": {"conditions": [one]}}


def quota(*, counted: bool) -> Json:
    hard = {"pods": "2"}
    return {
        "kind": "ResourceQuota",
        "metadata": {"name": "x", "uid": "x"},
        "spec": {"hard": hard},
        "status": {"hard": hard} if counted else {},
    }


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (WEB, None),
        (deployment(replicas=0), None),
        (status(WEB, availableReplicas=2), "2 of 3 replicas available, 3 updated, 3 in all"),
        (status(WEB, updatedReplicas=1), "3 of 3 replicas available, 1 updated, 3 in all"),
        (status(WEB, replicas=4), "3 of 3 replicas available, 3 updated, 4 in all"),
        (changed(WEB, "status", {"observedGeneration": 1}), "0 of 3 replicas available, 0 updated, 0 in all"),
        (changed(WEB, "metadata.generation", 2), "its controller has not observed generation 2 yet"),
        (SET, None),
        (status(SET, availableReplicas=1), "1 of 3 replicas available, 3 in all"),
        (status(SET, replicas=5, availableReplicas=5), "5 of 3 replicas available, 5 in all"),
        (changed(SET, "metadata.generation", 2), "its controller has not observed generation 2 yet"),
        (DB, None),
        (status(DB, availableReplicas=2), "2 of 3 replicas available, 3 in all"),
        (changed(DB, "metadata.generation", 2), "its controller has not observed generation 2 yet"),
        (updating(DB, 1), "1 of 3 replicas updated"),
        (changed(updating(DB, 1), "status.currentRevision", "db-2"), None),  # no update is under way
        (updating(PARTITIONED, 1), None),
        (updating(PARTITIONED, 0), "0 of 1 replicas updated"),
        (updating(changed(DB, "spec.updateStrategy", {"type": "OnDelete"}), 0), None),
        (AGENT, None),
        (status(AGENT, numberAvailable=2), "2 of 3 nodes have an available pod, 3 an updated one"),
        (status(AGENT, updatedNumberScheduled=1), "3 of 3 nodes have an available pod, 1 an updated one"),
        (status(changed(AGENT, "spec.updateStrategy", {"type": "OnDelete"}), updatedNumberScheduled=1), None),
        (changed(AGENT, "metadata.generation", 2), "its controller has not observed generation 2 yet"),
        (pod("a"), None),
        (changed(histories.unready(pod("a")), "status.phase", "Succeeded"), None),
        (terminating(pod("a")), "terminating"),
        (histories.unready(pod("a")), "container main: not ready yet (readiness probe)"),
        (claim("data"), None),
        (claim("data", phase="Pending"), "phase Pending"),
        (conditioned("Job", "Complete", "True"), None),
        (conditioned("Job", "Complete", "False"), "0 of 1 completions"),
        (conditioned("CustomResourceDefinition", "Established", "True"), None),
        (conditioned("CustomResourceDefinition", "Established", "False"), "not established yet"),
        (quota(counted=True), None),
        (quota(counted=False), "its controller has not counted yet"),
        (conditioned("Node", "Ready", "True"), None),
        (conditioned("Node", "Ready", "Unknown"), "condition Ready is not True"),
        (node("node-0"), "condition Ready is not True"),
        ({"kind": "ConfigMap", "metadata": {"name": "x"}}, None),
        (conditioned("Certificate", "Ready", "True"), None),
        (conditioned("Certificate", "Ready", "False", message="pending"), "condition Ready: False pending"),
        (conditioned("Certificate", "Ready", "True", observedGeneration=1), "condition Ready is about an older generation"),
        (conditioned("Certificate", "Issuing", "False"), None),
    ],
)
def test_unready(obj: Json, reason: str | None) -> None:
    assert unready(obj) == reason


EXCEEDED = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "it timed out"}


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (WEB, None),
        (status(WEB, conditions=[EXCEEDED]), "ProgressDeadlineExceeded: it timed out"),
        (changed(status(WEB, conditions=[EXCEEDED]), "metadata.generation", 2), None),  # said of an older generation
        (changed(WEB, "spec.paused", True), None),
        (
            changed(status(WEB, updatedReplicas=0), "spec.paused", True),
            "the Deployment is paused, so nothing is rolled out",
        ),
        (pod("a"), None),
        (histories.failed(pod("a"), "Evicted"), "the pod failed: Evicted"),
        (changed(crashed(pod("a"), 3), "status.phase", "Failed"), "the pod failed: container main: exit code 3 (Error)"),
        (conditioned("Job", "Failed", "True", message="BackoffLimitExceeded"), "the Job failed: BackoffLimitExceeded"),
        (conditioned("Job", "Failed", "False"), None),
        (claim("data", phase="Lost"), "the claim lost its volume"),
        (claim("data", phase="Pending"), None),
        (changed(WEB, "status.phase", "Failed"), None),  # a word of other kinds
        (changed(WEB, "status.phase", "Lost"), None),
        (conditioned("Certificate", "Failed", "True"), None),
    ],
)
def test_failed(obj: Json, reason: str | None) -> None:
    assert failed(obj) == reason


def waiting_for(init: Json) -> Json:
    """A pod whose init container has this state."""
    return changed(pending(pod("a"), "PodInitializing"), "status.initContainerStatuses", [{"name": "setup", "state": init}])


GATED = changed(pod("a", readinessGates=[{"conditionType": "example.com/go"}]), "status.conditions", [])


@pytest.mark.parametrize(
    ("obj", "trouble"),
    [
        (terminating(pending(pod("a"), "ErrImagePull")), "terminating"),
        (
            changed(pod("a"), "status", {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes"}]}),
            "not scheduled: 0/3 nodes",
        ),
        (pending(pod("a"), "ImagePullBackOff", "no\n  such image"), "container main: ImagePullBackOff: no such image"),
        (pending(pod("a"), "CrashLoopBackOff"), "container main: CrashLoopBackOff"),
        (crashed(pod("a"), 3), "container main: exit code 3 (Error)"),
        (crashed(pod("a"), 0), "container main: exit code 0 (Error)"),
        (waiting_for({"terminated": {"exitCode": 1, "reason": "Error"}}), "container setup: exit code 1 (Error)"),
        (waiting_for({"terminated": {"exitCode": 0, "reason": "Completed"}}), "container main: not ready yet"),
        (waiting_for({"waiting": {"reason": "CrashLoopBackOff"}}), "container setup: CrashLoopBackOff"),
        (GATED, "readiness gate example.com/go is not True"),
        (
            changed(pod("a"), "status.conditions", [{"type": "Ready", "status": "False"}]),
            "condition Ready is False although all containers are ready: its node may not answer",
        ),
        (changed(pod("a"), "status.conditions", []), "phase Running"),
        (changed(pod("a"), "status", {"phase": "Pending", "conditions": [{"type": "Ready", "status": "False"}]}), "phase Pending"),
        (changed(pod("a"), "status", {"phase": "Pending"}), "phase Pending"),
        (changed(pod("a"), "status", {}), "phase unknown"),
    ],
)
def test_pod_trouble(obj: Json, trouble: str) -> None:
    assert pod_trouble(obj) == trouble


def test_a_condition_that_is_not_there() -> None:
    assert condition(pod("a"), "PodScheduled") == {}
    assert condition({"metadata": {}}, "Ready") == {}
