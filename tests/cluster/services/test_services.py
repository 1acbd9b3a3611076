"""Services, names and budgets."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_endpoints_track_readiness,
    assert_no_lost_requests,
    assert_rolling_update,
    assert_self_heals,
    assert_stable_dns,
)

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


def _ready(history: Any, uid: str) -> bool:
    conditions = history.objects("Pod")[uid]["status"]["conditions"]
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


class TestStableDns:
    def test_a_name_follows_its_replica(self, kworkload: Namespace) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2)).stateful_set("db")
        assert assert_stable_dns(db).names == ("db-0.db", "db-1.db")

    def test_a_service_that_is_not_headless(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.stateful_set(replicas=1)
        del manifest[0]["spec"]["clusterIP"]
        db = kworkload.apply(manifest).stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_stable_dns(db)
        pinned(failure.value)


@pytest.mark.kworkload(needs=["network:services"])
class TestNoLostRequests:
    def test_an_update_loses_no_request(self, kworkload: Namespace) -> None:
        applied = kworkload.apply(workloads.served()).wait_ready()
        web, service, client = applied.deployment("web"), applied.service("web"), applied.pod("client")
        with assert_no_lost_requests(service, client, request=workloads.ASK) as asked, assert_rolling_update(web, min_available=2):
            web.restart()
        assert asked.requests >= 10
        assert len(asked.moved) == 4

    def test_servers_that_count_as_ready_too_early(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply(workloads.served(pod=workloads.server(late=2, probe=False))).wait_ready()
        service, client = applied.service("web"), applied.pod("client")
        with pytest.raises(GuaranteeViolated) as failure, assert_no_lost_requests(service, client, request=workloads.ASK):
            applied.deployment("web").restart().wait_ready()
        pinned(failure.value)
