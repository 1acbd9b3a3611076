"""Which pods a Service leads to, and when."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_endpoints_track_readiness, assert_self_heals
from pytest_kworkload.history.model import History

from .. import workloads
from ..pinned import Pinned


class TestEndpoints:
    def test_endpoints_follow_readiness(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.service(), workloads.replica_set(replicas=2)]).wait_ready()
        with assert_endpoints_track_readiness(applied.service("web")) as endpoints:
            assert_self_heals(applied.replica_set("web"))
        assert endpoints.changes >= 2

    def test_endpoints_that_are_published_unready(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = [workloads.service(publishNotReadyAddresses=True), workloads.bare_pod("web")]
        applied = kworkload.apply(manifest).wait_ready()
        pod = applied.pod("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_endpoints_track_readiness(applied.service("web")):
            pod.exec("rm /tmp/ready")
            kworkload.recording.wait_for(lambda history: not _ready(history, pod.uid), "the pod to be unready", kworkload.deadline(20))
        pinned(failure.value)

    def test_a_service_for_nobody(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.service(selector={"app": "nobody"}), workloads.bare_pod("web")]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_endpoints_track_readiness(applied.service("web")):
            applied.pod("web").delete()
        pinned(failure.value)


def _ready(history: History, uid: str) -> bool:
    conditions = history.objects("Pod")[uid]["status"]["conditions"]
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
