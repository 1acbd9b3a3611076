"""Changes of a workload that make no revision, and one that does."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import DaemonSet, Deployment, GuaranteeViolated, Namespace, StatefulSet, assert_same_revision

from .. import workloads
from ..actions import ready_workload
from ..pinned import Pinned


@pytest.mark.parametrize(
    ("manifest", "change"),
    [
        pytest.param(workloads.deployment(replicas=1), {"replicas": 2, "revisionHistoryLimit": 3}, id="Deployment"),
        pytest.param(workloads.stateful_set(replicas=1), {"replicas": 2, "minReadySeconds": 1}, id="StatefulSet"),
        pytest.param(workloads.daemon_set(), {"minReadySeconds": 1}, id="DaemonSet"),
    ],
)
def test_what_is_no_template_makes_no_revision(kworkload: Namespace, manifest: Any, change: dict[str, Any]) -> None:
    workload = _with_revisions(kworkload, manifest)
    with assert_same_revision(workload, settle=1) as same:
        workload.patch({"spec": change})
    assert (same.revision, set(same.changed)) == (1, set(change))


@pytest.mark.parametrize("kind", ["deployment", "daemon_set"])
def test_a_template_makes_a_revision(kworkload: Namespace, kind: str, pinned: Pinned) -> None:
    workload = _with_revisions(kworkload, getattr(workloads, kind)())
    with pytest.raises(GuaranteeViolated) as failure, assert_same_revision(workload):
        workload.restart()
    pinned(failure.value)


def _with_revisions(kworkload: Namespace, manifest: Any) -> Deployment | StatefulSet | DaemonSet:
    workload = ready_workload(kworkload, manifest)
    assert isinstance(workload, Deployment | StatefulSet | DaemonSet)
    return workload
