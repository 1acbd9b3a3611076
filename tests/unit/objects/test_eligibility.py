"""On which nodes a daemon pod belongs: the rules of k8s.io/component-helpers and of the DaemonSet controller."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.objects.eligibility import evicted, ineligible, taint_text, tolerates

from ..histories import Json, node, template

GPU = node("node-0", labels={"gpu": "yes", "cores": "16", "version": "1_000"})


def affinity(*terms: dict[str, Any]) -> Json:
    """A template whose required node affinity has these terms."""
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return template(affinity={"nodeAffinity": required})


def labelled(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": list(values)} if values else {})}]}


def named(operator: str, *values: str) -> dict[str, Any]:
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(values)}]}


def test_every_node_is_eligible_for_a_plain_template() -> None:
    assert ineligible(node("node-0"), template()) is None


@pytest.mark.parametrize(("asked", "reason"), [("node-0", None), ("", None), ("node-1", "spec.nodeName is node-1")])
def test_node_name(asked: str, reason: str | None) -> None:
    assert ineligible(GPU, template(nodeName=asked)) == reason


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ({"gpu": "yes"}, None),
        ({"gpu": "yes", "cores": "16"}, None),
        ({"gpu": "no"}, "nodeSelector gpu: no does not match (it has yes)"),
        ({"gpu": "yes", "disk": "ssd"}, "nodeSelector disk: ssd does not match"),
    ],
)
def test_node_selector(selector: dict[str, str], reason: str | None) -> None:
    assert ineligible(GPU, template(nodeSelector=selector)) == reason


@pytest.mark.parametrize(
    ("term", "matches"),
    [
        (labelled("gpu", "In", "yes", "maybe"), True),
        (labelled("gpu", "In", "no"), False),
        (labelled("disk", "In", "ssd"), False),
        (labelled("gpu", "NotIn", "no"), True),
        (labelled("gpu", "NotIn", "yes", "no"), False),
        (labelled("disk", "NotIn", "ssd"), True),  # a label that is not there is not in any list
        (labelled("gpu", "Exists"), True),
        (labelled("disk", "Exists"), False),
        (labelled("disk", "DoesNotExist"), True),
        (labelled("gpu", "DoesNotExist"), False),
        (labelled("cores", "Gt", "15"), True),
        (labelled("cores", "Gt", "16"), False),
        (labelled("cores", "Gt", "-1"), False),  # no value of a label, so the whole term cannot be read
        (labelled("gpu", "NotIn", "-b"), False),
        (labelled("gpu", "NotIn"), False),
        (labelled("gpu", "Exists", "yes"), False),
        (labelled("cores", "Lt", str(2**63)), False),  # more than 64 bits
        (labelled("cores", "Lt", "17"), True),
        (labelled("cores", "Lt", "16"), False),
        (labelled("cores", "Lt", "100"), True),  # as numbers, not as texts
        (labelled("disk", "Lt", "100"), False),
        (labelled("gpu", "Gt", "1"), False),  # "yes" is no number
        (labelled("version", "Gt", "1"), False),  # Go reads no underscores
        (labelled("cores", "Gt", "1", "2"), False),  # exactly one value
        (labelled("cores", "Gt"), False),
        (labelled("cores", "Near", "15"), False),  # no such operator
        (labelled("cores", "Near", "17"), False),
        (named("In", "node-0"), True),
        (named("In", "node-1"), False),
        (named("NotIn", "node-0"), False),
        (named("NotIn", "node-1"), True),
        (named("NotIn", "node-1." + "x" * 80), True),  # a name may be longer than a label's value
        (named("NotIn", "node-1", "node-2"), False),  # exactly one value
        (labelled("gpu", "Exists") | named("In", "node-0"), True),
        (labelled("gpu", "Exists") | named("In", "node-1"), False),  # expressions and fields of a term both count
        ({"matchExpressions": labelled("gpu", "Exists")["matchExpressions"] + labelled("disk", "Exists")["matchExpressions"]}, False),
        ({}, False),  # an empty term matches nothing
        ({"matchExpressions": [], "matchFields": []}, False),
    ],
)
def test_required_node_affinity(term: dict[str, Any], matches: bool) -> None:
    assert ineligible(GPU, affinity(term)) == (None if matches else "the required node affinity does not match")


def test_one_matching_term_is_enough() -> None:
    assert ineligible(GPU, affinity(labelled("disk", "Exists"), {}, named("In", "node-0"))) is None


def test_no_term_matches_nothing() -> None:
    assert ineligible(GPU, affinity()) == "the required node affinity does not match"


def test_preferred_affinity_excludes_no_node() -> None:
    preferred = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": labelled("disk", "Exists")}]}
    assert ineligible(GPU, template(affinity={"nodeAffinity": preferred})) is None


def test_selector_and_affinity_must_both_match() -> None:
    both = affinity(labelled("gpu", "Exists"))
    both["spec"]["nodeSelector"] = {"gpu": "no"}
    assert ineligible(GPU, both) == "nodeSelector gpu: no does not match (it has yes)"


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"key": "team", "operator": "Equal", "value": "blue", "effect": "NoSchedule"}, True),
        ({"key": "team", "value": "blue", "effect": "NoSchedule"}, True),  # the default operator is Equal
        ({"key": "team", "value": "red", "effect": "NoSchedule"}, False),
        ({"key": "team", "effect": "NoSchedule"}, False),  # Equal to no value
        ({"key": "crew", "value": "blue", "effect": "NoSchedule"}, False),
        ({"key": "team", "value": "blue", "effect": "NoExecute"}, False),
        ({"key": "team", "value": "blue"}, True),  # an empty effect is every effect
        ({"key": "team", "operator": "Exists"}, True),
        ({"key": "team", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "crew", "operator": "Exists"}, False),
        ({"operator": "Exists"}, True),  # an empty key is every key
        ({"operator": "Exists", "effect": "NoSchedule"}, True),
        ({"operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "team", "operator": "Near", "value": "blue"}, False),  # no such operator
    ],
)
def test_tolerations(toleration: dict[str, str], tolerated: bool) -> None:
    reason = ineligible(node("node-0", "team=blue:NoSchedule"), template(tolerations=[toleration]))
    assert reason == (None if tolerated else "taint team=blue:NoSchedule is not tolerated")


@pytest.mark.parametrize(
    ("operator", "value", "tolerated"),
    [("Gt", "9", True), ("Gt", "10", False), ("Lt", "11", True), ("Lt", "10", False), ("Lt", "x", False)],
)
def test_tolerations_of_numbers(operator: str, value: str, tolerated: bool) -> None:
    taint = {"key": "sla", "value": "10", "effect": "NoExecute"}
    assert tolerates({"key": "sla", "operator": operator, "value": value}, taint) is tolerated


def test_a_taint_without_a_value_equals_a_toleration_without_one() -> None:
    assert tolerates({"key": "team", "effect": "NoSchedule"}, {"key": "team", "effect": "NoSchedule"})


def test_every_taint_must_be_tolerated() -> None:
    tolerations = [{"key": "team", "operator": "Exists"}]
    reason = ineligible(node("node-0", "team=blue:NoSchedule", "disk:NoExecute"), template(tolerations=tolerations))
    assert reason == "taint disk:NoExecute is not tolerated"


def test_a_preference_of_a_node_excludes_nothing() -> None:
    assert ineligible(node("node-0", "team=blue:PreferNoSchedule"), template()) is None


@pytest.mark.parametrize(
    ("key", "effect", "tolerated"),
    [
        ("node.kubernetes.io/not-ready", "NoExecute", True),
        ("node.kubernetes.io/not-ready", "NoSchedule", False),
        ("node.kubernetes.io/unreachable", "NoExecute", True),
        ("node.kubernetes.io/disk-pressure", "NoSchedule", True),
        ("node.kubernetes.io/memory-pressure", "NoSchedule", True),
        ("node.kubernetes.io/pid-pressure", "NoSchedule", True),
        ("node.kubernetes.io/unschedulable", "NoSchedule", True),
        ("node.kubernetes.io/unschedulable", "NoExecute", False),
        ("node.kubernetes.io/network-unavailable", "NoSchedule", False),
        ("node.kubernetes.io/out-of-service", "NoExecute", False),
        ("node-role.kubernetes.io/control-plane", "NoSchedule", False),
    ],
)
def test_automatic_tolerations(key: str, effect: str, tolerated: bool) -> None:
    reason = ineligible(node("node-0", f"{key}:{effect}"), template())
    assert reason == (None if tolerated else f"taint {key}:{effect} is not tolerated")


def test_a_pod_on_the_host_network_tolerates_a_node_without_a_network() -> None:
    assert ineligible(node("node-0", "node.kubernetes.io/network-unavailable:NoSchedule"), template(hostNetwork=True)) is None


@pytest.mark.parametrize(
    ("tainted", "reason"),
    [
        (node("node-0"), None),
        (node("node-0", "team=blue:NoSchedule"), None),
        (node("node-0", "team=blue:NoExecute"), "taint team=blue:NoExecute is not tolerated"),
        (node("node-0", "team=blue:NoSchedule", "disk:NoExecute"), "taint disk:NoExecute is not tolerated"),
    ],
)
def test_only_no_execute_drives_a_running_pod_away(tainted: Json, reason: str | None) -> None:
    assert evicted(tainted, template()) == reason


def test_a_running_pod_must_go_when_the_node_is_not_selected_any_more() -> None:
    assert evicted(GPU, template(nodeSelector={"gpu": "no"})) == "nodeSelector gpu: no does not match (it has yes)"


def test_a_taint_as_kubectl_writes_it() -> None:
    assert taint_text({"key": "team", "value": "blue", "effect": "NoExecute"}) == "team=blue:NoExecute"
    assert taint_text({"key": "team", "effect": "NoExecute"}) == "team:NoExecute"
