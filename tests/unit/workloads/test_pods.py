"""Pods and Services, as far as that is no matter of the network."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.errors import ApiError
from pytest_kworkload.kube.exec import Executed
from pytest_kworkload.workloads.namespace import Namespace
from pytest_kworkload.workloads.pods import Pod, labels_of

from ..history.store import Store
from .cluster import FakeClient


@pytest.fixture
def pod(namespace: Namespace, store: Store) -> Pod:
    store.put("Pod", "a")
    return namespace.pod("a")


class TestExec:
    @pytest.mark.parametrize("command", ["sh -c 'echo hi'", ["sh", "-c", "echo hi"], ("sh", "-c", "echo hi")])
    def test_a_string_is_split_as_a_shell_would(self, pod: Pod, client: FakeClient, command: Any) -> None:
        client.executed["a sh -c echo hi"] = Executed("hi\n", "", 0)
        assert pod.exec(command).stdout == "hi\n"

    def test_a_command_that_fails(self, pod: Pod, client: FakeClient) -> None:
        client.executed["a sh -c exit 3"] = Executed("out", "what went wrong\n", 3)
        with pytest.raises(ApiError) as error:
            pod.exec("sh -c 'exit 3'")
        assert str(error.value) == (
            "sh -c 'exit 3' in Pod a ended with exit code 3\n"
            "  why: what went wrong\n"
            "  do:  correct the command, or look at the container's log"
        )

    @pytest.mark.parametrize(("executed", "why"), [(Executed("only out", "", 1), "only out"), (Executed("", "", 1), "it wrote nothing")])
    def test_a_command_that_fails_without_a_word(self, pod: Pod, client: FakeClient, executed: Executed, why: str) -> None:
        client.executed["a false"] = executed
        with pytest.raises(ApiError) as error:
            pod.exec("false")
        assert error.value.why == why

    def test_a_file(self, pod: Pod, client: FakeClient) -> None:
        client.executed["a cat /data/my file"] = Executed("content", "", 0)
        assert pod.read_file("/data/my file") == "content"


def test_an_eviction_is_for_this_very_pod(pod: Pod, client: FakeClient) -> None:
    pod.evict()
    assert client.calls == ["evict a a-1"]


@pytest.mark.parametrize(("status", "written"), [(True, "True"), (False, "False")])
def test_a_condition_is_part_of_the_status(pod: Pod, client: FakeClient, status: bool, written: str) -> None:
    assert pod.set_condition("example.com/in-service", status) is pod
    assert client.calls == ["patch Pod a strategic status"]
    assert client.bodies == [{"status": {"conditions": [{"type": "example.com/in-service", "status": written}]}}]


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({"matchLabels": {"a": "1", "b": "2"}}, "a=1,b=2"),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, "a in (1,2)"),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, "a notin (1)"),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "DoesNotExist"}]}, "a,!b"),
        ({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}, "a=1,b"),
        ({"matchLabels": None}, ""),
    ],
)
def test_a_selector_as_a_query(selector: dict[str, Any], text: str) -> None:
    assert labels_of(selector) == text


def test_the_ready_endpoints_of_a_service(namespace: Namespace, store: Store) -> None:
    store.put("Service", "web")
    mine = {"labels": {"kubernetes.io/service-name": "web"}}

    def endpoint(name: str, **conditions: bool) -> dict[str, Any]:
        return {"conditions": conditions, "targetRef": {"name": name}}

    external: dict[str, Any] = {"conditions": {"ready": True}}  # an address without a pod
    store.put(
        "EndpointSlice", "web-4", metadata=mine, endpoints=[endpoint("b", ready=True), endpoint("c", ready=False), endpoint("a"), external]
    )
    store.put("EndpointSlice", "web-6", metadata=mine, endpoints=[endpoint("b", ready=True)])
    store.put("EndpointSlice", "empty", metadata=mine, endpoints=None)
    store.put("EndpointSlice", "other", metadata={"labels": {"kubernetes.io/service-name": "other"}}, endpoints=[endpoint("x")])
    assert namespace.service("web").endpoints() == ["a", "b"], "the second family of addresses adds no pod"
