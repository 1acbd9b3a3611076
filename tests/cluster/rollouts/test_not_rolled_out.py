"""Templates that are changed and not rolled out."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_self_heals, assert_template_not_rolled_out

from .. import workloads
from ..actions import ready_deployment, ready_workload
from ..pinned import Pinned

ON_DELETE = {"type": "OnDelete"}


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(workloads.replica_set(), id="ReplicaSet"),
        pytest.param(workloads.stateful_set(replicas=1, updateStrategy=ON_DELETE), id="StatefulSet"),
        pytest.param(workloads.daemon_set(updateStrategy=ON_DELETE), id="DaemonSet"),
    ],
)
def test_only_later_pods_get_the_new_template(kworkload: Namespace, manifest: Any) -> None:
    workload = ready_workload(kworkload, manifest)
    with assert_template_not_rolled_out(workload, settle=1):
        workload.patch(workloads.new_version())
    later = assert_self_heals(workload).replacement
    assert later.get()["spec"]["containers"][0]["env"] == [{"name": "V", "value": "2"}]


def test_a_paused_deployment_rolls_nothing_out(kworkload: Namespace) -> None:
    web = ready_deployment(kworkload, replicas=1)
    web.pause()
    with assert_template_not_rolled_out(web, settle=1):
        web.patch(workloads.new_version())


@pytest.mark.parametrize("kind", ["deployment", "daemon_set"])
def test_a_template_that_is_rolled_out(kworkload: Namespace, kind: str, pinned: Pinned) -> None:
    workload = ready_workload(kworkload, getattr(workloads, kind)())
    with pytest.raises(GuaranteeViolated) as failure, assert_template_not_rolled_out(workload):
        workload.patch(workloads.new_version())
    pinned(failure.value)
