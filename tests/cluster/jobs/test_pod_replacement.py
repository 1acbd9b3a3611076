"""The pod that takes the place of a Job's pod."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_job_pod_replacement
from pytest_kworkload.guarantees.jobs.pod_replacement import Policy

from .. import workloads
from ..pinned import Pinned
from .actions import at_work, interrupt


class TestPodReplacement:
    @pytest.mark.parametrize("policy", ["TerminatingOrFailed", "Failed"])
    def test_a_pod_is_replaced(self, kworkload: Namespace, policy: Policy) -> None:
        job = at_work(kworkload, workloads.slow_job(podReplacementPolicy=policy))
        with assert_job_pod_replacement(job, policy) as replaced:
            interrupt(kworkload, job)
        assert len(replaced.replacements) == 1

    def test_a_pod_that_is_replaced_before_it_has_ended(self, kworkload: Namespace, pinned: Pinned) -> None:
        job = at_work(kworkload, workloads.slow_job())
        with pytest.raises(GuaranteeViolated) as failure, assert_job_pod_replacement(job, "Failed"):
            interrupt(kworkload, job)
        pinned(failure.value)
