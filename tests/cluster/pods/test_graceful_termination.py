"""How the containers of a deleted pod end."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_graceful_termination

from .. import workloads
from ..pinned import Pinned
from .actions import applied, container


class TestGracefulTermination:
    def test_a_pod_ends_in_its_grace_period(self, kworkload: Namespace) -> None:
        pod = applied(kworkload, containers=container(lifecycle=workloads.pre_stop("sleep 2")), terminationGracePeriodSeconds=10)
        with assert_graceful_termination(pod, grace_seconds=10, pre_stop=2) as end:
            pod.delete()
        assert end.exit_codes == {"main": 0}
        assert end.seconds >= 1

    def test_a_program_that_ignores_its_end(self, kworkload: Namespace, pinned: Pinned) -> None:
        deaf = container(command=["sh", "-c", "trap '' TERM; touch /tmp/ready; while :; do sleep 1; done"])
        pod = applied(kworkload, containers=deaf, terminationGracePeriodSeconds=1)
        with pytest.raises(GuaranteeViolated) as failure, assert_graceful_termination(pod):
            pod.delete()
        pinned(failure.value)

    def test_a_deletion_by_force_waits_for_nothing(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = applied(kworkload)
        with pytest.raises(GuaranteeViolated) as failure, assert_graceful_termination(pod):
            pod.delete(grace_seconds=0)
        pinned(failure.value)
