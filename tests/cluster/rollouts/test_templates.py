"""Templates that are changed and not rolled out."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    DaemonSet,
    Deployment,
    GuaranteeViolated,
    Namespace,
    StatefulSet,
    Workload,
    assert_same_revision,
    assert_self_heals,
    assert_template_not_rolled_out,
)

from .. import workloads
from ..pinned import Pinned
from ..workloads import new_version

ON_DELETE: dict[str, Any] = {"updateStrategy": {"type": "OnDelete"}}


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(workloads.replica_set(), id="ReplicaSet"),
        pytest.param(workloads.stateful_set(replicas=1, **ON_DELETE), id="StatefulSet"),
        pytest.param(workloads.daemon_set(**ON_DELETE), id="DaemonSet"),
    ],
)
def test_only_later_pods_get_the_new_template(kworkload: Namespace, manifest: Any) -> None:
    workload = kworkload.apply(manifest).wait_ready().find(Workload, None)
    with assert_template_not_rolled_out(workload, settle=1):
        workload.patch(new_version())
    later = assert_self_heals(workload).replacement
    assert later.get()["spec"]["containers"][0]["env"] == [{"name": "V", "value": "2"}]


def test_a_paused_deployment_rolls_nothing_out(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.deployment(replicas=1)).wait_ready().deployment("web")
    web.pause()
    with assert_template_not_rolled_out(web, settle=1):
        web.patch(new_version())


@pytest.mark.parametrize("kind", ["deployment", "daemon_set"])
def test_a_template_that_is_rolled_out(kworkload: Namespace, kind: str, pinned: Pinned) -> None:
    workload = kworkload.apply(getattr(workloads, kind)()).wait_ready().find(Workload, None)
    with pytest.raises(GuaranteeViolated) as failure, assert_template_not_rolled_out(workload):
        workload.patch(new_version())
    pinned(failure.value)


@pytest.mark.parametrize(
    ("manifest", "change"),
    [
        pytest.param(workloads.deployment(replicas=1), {"replicas": 2, "revisionHistoryLimit": 3}, id="Deployment"),
        pytest.param(workloads.stateful_set(replicas=1), {"replicas": 2, "minReadySeconds": 1}, id="StatefulSet"),
        pytest.param(workloads.daemon_set(), {"minReadySeconds": 1}, id="DaemonSet"),
    ],
)
def test_what_is_no_template_makes_no_revision(kworkload: Namespace, manifest: Any, change: dict[str, Any]) -> None:
    workload = kworkload.apply(manifest).wait_ready().find(Workload, None)
    assert isinstance(workload, Deployment | StatefulSet | DaemonSet)
    with assert_same_revision(workload, settle=1) as same:
        workload.patch({"spec": change})
    assert (same.revision, set(same.changed)) == (1, set(change))


@pytest.mark.parametrize("kind", ["deployment", "daemon_set"])
def test_a_template_makes_a_revision(kworkload: Namespace, kind: str, pinned: Pinned) -> None:
    workload = kworkload.apply(getattr(workloads, kind)()).wait_ready().find(Workload, None)
    assert isinstance(workload, Deployment | DaemonSet)
    with pytest.raises(GuaranteeViolated) as failure, assert_same_revision(workload):
        workload.restart()
    pinned(failure.value)
