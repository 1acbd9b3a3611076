"""Updates with strategy Recreate, and one without."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_recreate

from .. import workloads
from ..actions import ready_deployment
from ..pinned import Pinned


def test_versions_never_meet(kworkload: Namespace) -> None:
    web = ready_deployment(kworkload, replicas=2, strategy={"type": "Recreate"})
    with assert_recreate(web) as update:
        web.patch(workloads.new_version())
    assert (len(update.old), len(update.new)) == (2, 2)


def test_a_rolling_update_mixes_versions(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=1, strategy=workloads.rolling(0, 1))
    with pytest.raises(GuaranteeViolated) as failure, assert_recreate(web):
        web.patch(workloads.new_version())
    pinned(failure.value)
