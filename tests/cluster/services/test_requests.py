"""Requests to a Service whose pods come and go."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_no_lost_requests, assert_rolling_update

from .. import workloads
from ..pinned import Pinned


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
