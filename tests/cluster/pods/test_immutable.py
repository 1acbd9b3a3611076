"""Fields that cannot be changed."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_immutable

from .. import workloads
from ..pinned import Pinned


class TestImmutable:
    @pytest.mark.parametrize(
        "spec",
        [
            {"serviceName": "other"},
            {"podManagementPolicy": "Parallel"},
            {"selector": {"matchLabels": {"color": "blue"}}},
            {"volumeClaimTemplates": []},
        ],
        ids=lambda spec: str(next(iter(spec))),
    )
    def test_a_field_that_cannot_be_changed(self, kworkload: Namespace, spec: dict[str, Any]) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=0, claims=True)).stateful_set("db")
        patch = [{"op": "replace", "path": f"/spec/{name}", "value": value} for name, value in spec.items()]
        assert "is invalid" in assert_immutable(db, patch).message

    def test_a_field_of_a_pod_that_cannot_be_changed(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")  # until then the scheduler may still give it a node
        assert_immutable(pod, {"spec": {"containers": [{"name": "main", "command": ["sh"]}]}})

    def test_a_field_that_can_be_changed(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=0)).stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_immutable(db, {"spec": {"minReadySeconds": 1}})
        pinned(failure.value)

    def test_an_image_of_a_pod_can_be_changed(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_immutable(pod, {"spec": {"containers": [{"name": "main", "image": "busybox:1.36.0"}]}})
        pinned(failure.value)

    def test_a_selector_that_cannot_be_changed(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment(replicas=0)).deployment("web")
        assert_immutable(web, [{"op": "replace", "path": "/spec/selector", "value": {"matchLabels": {"color": "blue"}}}])

    def test_a_size_that_can_be_changed(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=0)).deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_immutable(web, {"spec": {"replicas": 1}})
        pinned(failure.value)
