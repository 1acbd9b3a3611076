"""Which pods are a workload's, and what a pod's object says about it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.objects.pods import (
    controlled_by,
    controller,
    created_after,
    deletion,
    has_readiness_signal,
    owners,
    replica_sets,
    revision,
    target_node,
)

from ..histories import (
    PROBE,
    Json,
    at,
    changed,
    controller_revision,
    daemon_set,
    deployment,
    gone,
    owned_by,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    template,
    terminating,
)

WEB = deployment()
OLD = replica_set("web-1", WEB)


class TestOwners:
    def test_only_a_controller_counts(self) -> None:
        mentioned = changed(pod("a"), "metadata.ownerReferences", [owned_by(OLD, controller=False), owned_by(WEB)])
        assert controller(mentioned) == "Deployment/web"
        assert controller(pod("a")) is None

    def test_pods_of_a_deployment_are_found_through_its_replica_sets(self) -> None:
        other = replica_set("other-1", deployment("other"))
        new = replica_set("web-2", WEB)
        history = story(WEB, OLD, other, at(1, new))
        assert owners(history, "Deployment", "Deployment/web") == {"ReplicaSet/web-1", "ReplicaSet/web-2"}

    def test_every_other_kind_controls_its_pods_itself(self) -> None:
        assert owners(story(), "StatefulSet", "uid") == {"uid"}

    def test_a_pod_of_another_owner_with_the_same_labels_is_not_mine(self) -> None:
        mine = controlled_by(owners(story(WEB, OLD), "Deployment", "Deployment/web"))
        stranger = pod("b", replica_set("other-1"))
        assert mine(pod("a", OLD))
        assert stranger["metadata"]["labels"]["app"] == pod("a", OLD)["metadata"]["labels"]["app"]
        assert not mine(stranger)
        assert not mine(pod("bare"))

    def test_a_replica_set_that_is_adopted_counts(self) -> None:
        orphan = replica_set("web-1")
        assert set(replica_sets(story(WEB, orphan, at(1, OLD)), "Deployment/web")) == {"ReplicaSet/web-1"}

    def test_a_replica_set_that_is_orphaned_counts(self) -> None:
        orphan = replica_set("web-1")
        assert set(replica_sets(story(WEB, OLD, at(1, orphan)), "Deployment/web")) == {"ReplicaSet/web-1"}

    def test_a_replica_set_that_is_deleted_counts(self) -> None:
        assert set(replica_sets(story(WEB, OLD, gone(1, OLD)), "Deployment/web")) == {"ReplicaSet/web-1"}


class TestRevision:
    def test_by_kind(self) -> None:
        assert revision(pod("a", OLD)) == "web-1"
        assert revision(replica(stateful_set(), 0, revision="db-7f")) == "db-7f"
        assert revision(pod("a")) == ""

    def test_of_a_controller_revision_is_its_label(self) -> None:
        assert revision(controller_revision("agent-7f", daemon_set(), 1)) == "7f"


def meant_for(operator: str) -> Json:
    terms = [{"matchFields": [{"key": "metadata.name", "operator": operator, "values": ["node-7"]}]}]
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    return pod("a", node="", affinity=affinity)


class TestTargetNode:
    def test_of_a_scheduled_pod(self) -> None:
        assert target_node(pod("a", node="node-1")) == "node-1"

    def test_of_a_daemon_pod_that_waits_for_the_scheduler(self) -> None:
        assert target_node(meant_for("In")) == "node-7"

    def test_a_node_that_is_excluded_is_no_target(self) -> None:
        assert target_node(meant_for("NotIn")) == ""

    def test_of_any_other_pod_that_waits(self) -> None:
        assert target_node(pod("a", node="")) == ""
        assert target_node(changed(pod("a", node=""), "spec.affinity", {"podAntiAffinity": {}})) == ""


CONTAINER = {"name": "main", "image": "web:1"}


@pytest.mark.parametrize(
    ("spec", "signal"),
    [
        ({"containers": [CONTAINER]}, False),
        ({"containers": [CONTAINER | {"livenessProbe": PROBE}]}, False),
        ({"containers": [CONTAINER | {"readinessProbe": PROBE}]}, True),
        ({"containers": [CONTAINER, CONTAINER | {"readinessProbe": PROBE}]}, True),
        ({"containers": [CONTAINER | {"startupProbe": PROBE}]}, True),  # holds readiness back until it succeeds
        ({"containers": [CONTAINER], "readinessGates": []}, False),
        ({"containers": [CONTAINER], "readinessGates": [{"conditionType": "example.com/ready"}]}, True),
        ({"containers": [CONTAINER], "initContainers": [CONTAINER | {"restartPolicy": "Always", "readinessProbe": PROBE}]}, True),
        ({"containers": [CONTAINER], "initContainers": [CONTAINER]}, False),
    ],
)
def test_readiness_signal(spec: dict[str, Any], signal: bool) -> None:
    assert has_readiness_signal({"spec": spec}) is signal


def test_the_template_of_these_tests_has_a_signal() -> None:
    assert has_readiness_signal(template())
    assert not has_readiness_signal(template(probe=False))


class TestDeletion:
    def test_begins_with_the_timestamp(self) -> None:
        a = pod("a")
        found = deletion(story(a, at(1, a), at(2, terminating(a)), gone(3, terminating(a))), "Pod/a")
        assert found is not None
        assert found.revision == 3

    def test_without_grace_is_the_end_at_once(self) -> None:
        a = pod("a")
        found = deletion(story(a, gone(2, a)), "Pod/a")
        assert found is not None
        assert found.type == "DELETED"

    def test_of_another_pod_of_the_same_name(self) -> None:
        a, successor = pod("a", uid="1"), pod("a", uid="2")
        history = story(a, gone(1, a), at(2, successor), at(3, terminating(successor)))
        first, second = deletion(history, "1"), deletion(history, "2")
        assert first is not None
        assert second is not None
        assert (first.revision, second.revision) == (2, 4)

    def test_none(self) -> None:
        assert deletion(story(pod("a"), at(1, pod("b"))), "Pod/a") is None

    def test_created_after(self) -> None:
        a, b, c = pod("a"), pod("b"), pod("c")
        history = story(a, at(1, b), at(2, terminating(a)), at(3, c), at(4, b), gone(5, a))
        begun = deletion(history, "Pod/a")
        assert begun is not None
        assert [version.name for version in created_after(history, begun)] == ["c"]
