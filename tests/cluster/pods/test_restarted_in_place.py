"""Containers that are started again."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_restarted_in_place

from .. import workloads
from ..pinned import Pinned
from .actions import applied, container


class TestRestartedInPlace:
    def test_a_container_is_started_again(self, kworkload: Namespace) -> None:
        pod = applied(kworkload, containers=container(command=["sh", "-c", workloads.STOPPABLE]))
        with assert_restarted_in_place(pod, "main") as restarted:
            pod.exec(workloads.STOP)
        assert (restarted.restarts, restarted.exit_codes) == (1, (0,))

    def test_a_program_that_hangs_is_started_again(self, kworkload: Namespace) -> None:
        pod = workloads.pod_spec()
        pod["containers"][0]["livenessProbe"] = {**workloads.READINESS, "failureThreshold": 1}
        web = kworkload.apply(workloads.bare_pod(pod=pod)).wait_ready().pod("pod")
        with assert_restarted_in_place(web, "main"):
            web.exec("rm /tmp/ready")

    def test_another_image_is_another_container_of_the_same_pod(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        with assert_restarted_in_place(web, "main"):
            web.patch({"spec": {"containers": [{"name": "main", "image": "busybox:1.36.0"}]}})

    def test_a_container_that_is_not_started_again(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = applied(kworkload, containers=container(command=["sh", "-c", workloads.STOPPABLE]), restartPolicy="Never")
        with pytest.raises(GuaranteeViolated) as failure, assert_restarted_in_place(pod, "main"):
            pod.exec(workloads.STOP)
        pinned(failure.value)
