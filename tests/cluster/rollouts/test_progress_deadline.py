"""Updates that make no progress. (Only in the update is the deadline short, so that the Deployment has time to become ready.)"""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_progress_deadline

from .. import workloads
from ..actions import ready_deployment
from ..pinned import Pinned


def test_an_update_that_does_not_get_on_is_reported(kworkload: Namespace) -> None:
    web = ready_deployment(kworkload, replicas=1)
    with assert_progress_deadline(web, 2) as reported:
        web.patch(workloads.without_an_image(progressDeadlineSeconds=2))
    assert "has timed out progressing" in reported.message


def test_an_update_that_has_more_time(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=1)
    with pytest.raises(GuaranteeViolated) as failure, assert_progress_deadline(web, 2):
        web.patch(workloads.without_an_image(progressDeadlineSeconds=600))
    pinned(failure.value)
