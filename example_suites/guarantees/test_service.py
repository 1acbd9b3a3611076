"""A Service, a budget and a name: who is found, and who may be taken away.

Belief: "A Service sends nothing to a pod that is going", and "a PodDisruptionBudget keeps my pods alive".
Guarantee: a pod that is not Ready, or that is terminating, stops being a ready endpoint within seconds; until every node knows
    that, requests still reach it. The name of a replica leads to that replica, also after it was replaced and has another
    address. A budget refuses evictions (of kubectl drain above all), and nothing else: not a deletion, not a rollout.
To see it break: set minAvailable to 3 in manifests/greeter-service.yaml. README.md shows more.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from pytest_kworkload import (
    Namespace,
    assert_endpoints_track_readiness,
    assert_eventually,
    assert_eviction_allowed,
    assert_eviction_blocked,
    assert_no_lost_requests,
    assert_rolling_update,
    assert_self_heals,
    assert_stable_dns,
)


def test_endpoints_follow_the_pods(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")
    service = kworkload.apply("manifests/greeter-service.yaml").service("greeter")

    with assert_endpoints_track_readiness(service) as endpoints:
        assert_self_heals(greeter)
    assert endpoints.changes >= 2  # one went, one came


def test_a_budget_refuses_an_eviction(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")
    kworkload.apply("manifests/greeter-service.yaml")

    assert_eviction_blocked(kworkload.object("PodDisruptionBudget", "greeter"), greeter.pods()[0])


def test_a_broken_greeter_holds_up_no_drain(kworkload: Namespace) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")
    kworkload.apply("manifests/greeter-service.yaml")
    budget = kworkload.object("PodDisruptionBudget", "greeter")
    broken = greeter.pods()[0]
    broken.exec("rm /tmp/ready")
    assert_eventually(kworkload.pods(name=broken.name), unready, says="its probe fails")

    assert_eviction_blocked(budget, broken)  # the default: it may not go while too few others are healthy
    budget.patch({"spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"}}, type="merge")
    assert_eviction_allowed(budget, broken)


def test_a_name_leads_to_its_replica(kworkload: Namespace) -> None:
    counter = kworkload.apply("manifests/counter.yaml").stateful_set("counter")

    names = assert_stable_dns(counter)
    assert names.names == ("counter-0.counter", "counter-1.counter")


def unready(pods: Sequence[Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "False" for pod in pods for one in pod["status"]["conditions"])


@pytest.mark.kworkload(needs=["network:services"])
def test_nobody_asks_in_vain_while_the_desk_is_updated(kworkload: Namespace) -> None:
    applied = kworkload.apply("manifests/desk.yaml").wait_ready()
    service, desk, caller = applied.service("desk"), applied.deployment("desk"), applied.pod("caller")

    with assert_no_lost_requests(service, caller, request="timeout 2 bash /tmp/ask") as asked, assert_rolling_update(desk):
        desk.set_env("desk", LANGUAGE="nl")
    assert len(asked.moved) == 4  # two came, two went
