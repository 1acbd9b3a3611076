"""The old versions that are kept."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_revision_history

from .. import workloads
from ..actions import ready_deployment, ready_workload
from ..pinned import Pinned


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(workloads.deployment(replicas=1, revisionHistoryLimit=1), id="Deployment"),
        pytest.param(workloads.stateful_set(replicas=1, revisionHistoryLimit=1), id="StatefulSet"),
    ],
)
def test_one_old_version_is_kept(kworkload: Namespace, manifest: Any) -> None:
    workload = ready_workload(kworkload, manifest)
    for number in (2, 3):
        workload.patch(workloads.version(number)).wait_ready()
    history = assert_revision_history(workload, 1)
    assert (len(history.kept), history.ever) == (1, 3)


def test_more_old_versions_than_wanted(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=1)
    for number in (2, 3):
        web.patch(workloads.version(number)).wait_ready()
    with pytest.raises(GuaranteeViolated) as failure:
        assert_revision_history(web, 1)
    pinned(failure.value)
