"""Whether a pod was made from a template."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.objects.templates import difference, first_difference, follows

from ..histories import changed, daemon_set, pod, replica_set, template

VALUES = st.recursive(
    st.integers() | st.text(max_size=3) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_everything_follows_itself(value: Any) -> None:
    assert follows(value, value)


@given(VALUES, VALUES)
def test_what_differs_has_a_first_difference(one: Any, other: Any) -> None:
    if not follows(one, other):
        assert difference(one, other, "spec").startswith("spec")


@pytest.mark.parametrize(
    ("value", "wanted", "outcome"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),  # a default beside it
        ({"b": 2}, {"a": 1}, False),
        ({"a": 2}, {"a": 1}, False),
        ([{"name": "x"}, {"name": "y"}], [{"name": "y"}], True),  # an injected one before it
        ([{"name": "x"}, {"name": "y"}], [{"name": "x"}, {"name": "y"}], True),
        ([{"name": "y"}, {"name": "x"}], [{"name": "x"}, {"name": "y"}], False),  # init containers run in their order
        ([{"name": "x"}], [{"name": "x"}, {"name": "x"}], False),
        (["sh", "-c", "x"], ["sh", "-c", "x"], True),
        (["sh", "-c", "x", "y"], ["sh", "-c", "x"], False),  # a command is what it is, wholly
        ({}, {"a": {}}, False),
        (None, [], False),
        ([], [{"name": "x"}], False),
    ],
)
def test_follows(value: Any, wanted: Any, outcome: bool) -> None:
    assert follows(value, wanted) is outcome


CONTAINER = {"name": "main", "image": "web:1", "env": [{"name": "A", "value": "1"}]}


@pytest.mark.parametrize(
    ("spec", "wanted", "text"),
    [
        ({}, {"replicas": 1}, "spec.replicas is missing"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "spec.a.b is 1, the template says 2"),
        ({"containers": []}, {"containers": [CONTAINER]}, "spec.containers[0] is missing"),
        ({"containers": [{"name": "other"}]}, {"containers": [CONTAINER]}, "spec.containers[0] is missing"),
        (
            {"containers": [{"name": "proxy"}, CONTAINER | {"image": "web:2"}]},
            {"containers": [CONTAINER]},
            "spec.containers[0].image is 'web:2', the template says 'web:1'",
        ),
        ({"containers": [CONTAINER | {"env": []}]}, {"containers": [CONTAINER]}, "spec.containers[0].env[0] is missing"),
        ({"args": ["a"]}, {"args": ["b"]}, "spec.args is ['a'], the template says ['b']"),
        (
            {"c": [{"name": "y"}, {"name": "x"}]},
            {"c": [{"name": "x"}, {"name": "y"}]},
            "spec.c is [{'name': 'y'}, {'name': 'x'}], the template says [{'name': 'x'}, {'name': 'y'}]",
        ),
    ],
)
def test_the_first_difference(spec: Any, wanted: Any, text: str) -> None:
    assert difference(spec, wanted, "spec") == text


def test_a_pod_has_more_than_its_template() -> None:
    made = pod("a", replica_set("web"), labels={"pod-template-hash": "1"}, serviceAccountName="default")
    assert first_difference(made, template()) is None


def test_labels_and_annotations_of_the_template_count() -> None:
    restarted = changed(template(), "metadata.annotations", {"kubectl.kubernetes.io/restartedAt": "now"})
    assert first_difference(pod("a"), restarted) == "metadata.annotations is missing"
    assert first_difference(pod("a"), changed(template(), "metadata.labels.tier", "front")) == "metadata.labels.tier is missing"


def test_other_metadata_of_the_template_does_not() -> None:
    assert first_difference(pod("a"), changed(template(), "metadata.creationTimestamp", None)) is None


TERMS = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]}
PREFERRED = [{"weight": 1, "preference": {"matchExpressions": [{"key": "fast", "operator": "Exists"}]}}]


def test_a_daemon_pods_required_node_affinity_is_its_own_node() -> None:
    """The controller writes the pod's node where the template had its terms; all else stays."""
    wanted = template(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": TERMS}})
    own = {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-0"]}]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": own}}
    assert first_difference(pod("a", daemon_set(), affinity=affinity), wanted) is None
    found = first_difference(pod("a", replica_set("web"), affinity=affinity), wanted)
    assert found is not None
    assert found.startswith("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution")


def test_a_daemon_pods_other_affinity_counts() -> None:
    wanted = template(affinity={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": PREFERRED}})
    found = first_difference(pod("a", daemon_set(), affinity={"nodeAffinity": {}}), wanted)
    assert found == "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution is missing"
