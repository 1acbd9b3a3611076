"""Fields that the server has not kept."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.errors import ManifestError
from pytest_kworkload.workloads.dropped import dropped
from pytest_kworkload.workloads.namespace import Namespace

from .cluster import FakeClient

SET = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db", "labels": {"app": "db"}},
    "spec": {
        "replicas": 3,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2, "partition": 0}},
        "template": {"spec": {"containers": [{"name": "db", "image": "db:1", "resources": {"requests": {"cpu": "1000m"}}}]}},
    },
}


def answer(**strategy: Any) -> dict[str, Any]:
    """What a server makes of it: as 1.37 answered, without the field for which 1.34 has the gate MaxUnavailableStatefulSet off.

    That the API server then drops it: dropStatefulSetDisabledFields in pkg/registry/apps/statefulset/strategy.go of Kubernetes 1.34.
    """
    return {
        **SET,
        "metadata": {"name": "db", "uid": "u", "resourceVersion": "7", "generation": 1},
        "spec": {
            "replicas": 3,
            "podManagementPolicy": "OrderedReady",
            "revisionHistoryLimit": 10,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": strategy},
            "template": {
                "metadata": {},
                "spec": {
                    "containers": [{"name": "db", "image": "db:1", "imagePullPolicy": "Always", "resources": {"requests": {"cpu": "1"}}}],
                    "restartPolicy": "Always",
                },
            },
        },
    }


def test_a_server_that_has_the_field() -> None:
    assert dropped(SET, answer(maxUnavailable=2, partition=0)) == []


def test_a_server_whose_gate_is_off() -> None:
    assert dropped(SET, answer(partition=0)) == ["spec.updateStrategy.rollingUpdate.maxUnavailable"]


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}])
def test_an_empty_value_may_go(value: Any) -> None:
    assert dropped({"spec": {"field": value}}, {"spec": {}}) == []


def test_what_is_written_but_never_read() -> None:
    assert dropped({"stringData": {"a": "b"}, "metadata": {"selfLink": "x"}, "status": {"x": 1}}, {"data": {"a": "Yg=="}}) == []


def test_a_field_in_a_list() -> None:
    sent = {"spec": {"ports": [{"port": 1, "new": 1}, {"port": 2}]}}
    assert dropped(sent, {"spec": {"ports": [{"port": 1}, {"port": 2}]}}) == ["spec.ports[0].new"]
    assert dropped(sent, {"spec": {"ports": [{"port": 1}]}}) == [], "a list of another length is merged with somebody else's"


def test_a_whole_object_that_is_gone() -> None:
    assert dropped({"spec": {"a": {"b": 1}}}, {}) == ["spec"]


def test_the_test_ends_there_and_the_object_goes(namespace: Namespace, client: FakeClient) -> None:
    client.lost = ("updateStrategy",)
    with pytest.raises(ManifestError) as error:
        namespace.apply(SET)
    assert str(error.value) == (
        "the dict: the server has not kept spec.updateStrategy of StatefulSet db\n"
        "  why: Kubernetes v1.34.0 does not have it, or a feature gate is off\n"
        "  do:  leave it out of the manifest, or use a cluster that has it"
    )
    assert [call.split()[:3] for call in client.calls] == [["apply", "StatefulSet", "db"], ["delete", "StatefulSet", "db"]]
