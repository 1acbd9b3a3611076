"""Pods that a controller adopts, and pods that it releases."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_adopted, assert_released

from .. import workloads
from ..actions import ready_replica_set
from ..pinned import Pinned


def test_a_pod_that_nobody_controls_is_adopted(kworkload: Namespace) -> None:
    pod = kworkload.apply(workloads.bare_pod(labels={"app": "web"})).wait_ready().pod("pod")
    web = kworkload.apply(workloads.replica_set(replicas=1)).replica_set("web")
    assert assert_adopted(web, pod).owner == "web"
    assert [one.name for one in web.pods()] == ["pod"]


def test_a_pod_with_other_labels_is_not_adopted(kworkload: Namespace, pinned: Pinned) -> None:
    pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
    web = kworkload.apply(workloads.replica_set(replicas=1)).replica_set("web")
    with pytest.raises(GuaranteeViolated) as failure:
        assert_adopted(web, pod)
    pinned(failure.value)


def test_a_pod_with_other_labels_is_released(kworkload: Namespace) -> None:
    web = ready_replica_set(kworkload, 1)
    (pod,) = web.pods()
    pod.patch({"metadata": {"labels": {"app": "quarantine"}}})
    released = assert_released(web, pod)
    assert (released.pod, [released.replacement]) == (pod.name, [one.name for one in web.pods()])


def test_a_pod_with_one_more_label_is_not_released(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_replica_set(kworkload, 1)
    (pod,) = web.pods()
    pod.patch({"metadata": {"labels": {"color": "blue"}}})
    with pytest.raises(GuaranteeViolated) as failure:
        assert_released(web, pod)
    pinned(failure.value)
