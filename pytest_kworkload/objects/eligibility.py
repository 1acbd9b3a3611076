"""On which nodes a daemon pod belongs, computed from the Node objects as the DaemonSet controller does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..history.model import Object

# What the DaemonSet controller adds to every daemon pod (pkg/controller/daemon/util/daemonset_util.go).
AUTOMATIC: tuple[Mapping[str, str], ...] = (
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/disk-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/pid-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"},
)
HOST_NETWORK: Mapping[str, str] = {"key": "node.kubernetes.io/network-unavailable", "operator": "Exists", "effect": "NoSchedule"}

_WHOLE = re.compile(r"[+-]?[0-9]+")
_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")  # of a label


def ineligible(node: Object, template: Object) -> str | None:
    """Why a daemon pod of this template does not belong on this node; None if it does."""
    return _excluded(node, template["spec"]) or _repelled(node, template["spec"], "NoSchedule", "NoExecute")


def evicted(node: Object, template: Object) -> str | None:
    """Why a daemon pod that is on this node must go; a NoSchedule taint that came later lets it stay."""
    return _excluded(node, template["spec"]) or _repelled(node, template["spec"], "NoExecute")


def _excluded(node: Object, spec: Mapping[str, Any]) -> str | None:
    name = str(node["metadata"]["name"])
    if spec.get("nodeName") not in (None, "", name):
        return f"spec.nodeName is {spec['nodeName']}"
    labels = node["metadata"].get("labels") or {}
    for key, value in (spec.get("nodeSelector") or {}).items():
        if labels.get(key) != value:
            return f"nodeSelector {key}: {value} does not match" + (f" (it has {labels[key]})" if key in labels else "")
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is not None and not selects_node(required, node):
        return "the required node affinity does not match"
    return None


def selected_by(node: Object, template: Object) -> bool:
    """Whether the template's nodeSelector and required affinity admit the node, whatever its taints."""
    spec = {key: value for key, value in template["spec"].items() if key != "nodeName"}
    return _excluded(node, spec) is None


def repelling(node: Object, template: Object) -> list[Mapping[str, Any]]:
    """The taints that keep the scheduler from placing a pod of this template on the node."""
    return _untolerated(node, template["spec"].get("tolerations") or (), "NoSchedule", "NoExecute")


def selects_node(selector: Mapping[str, Any], node: Object) -> bool:
    """Whether a node selector, of an affinity or of a volume, selects this node."""
    name, labels = str(node["metadata"]["name"]), node["metadata"].get("labels") or {}
    return any(_term(term, name, labels) for term in selector.get("nodeSelectorTerms") or ())


def _repelled(node: Object, spec: Mapping[str, Any], *effects: str) -> str | None:
    tolerations = [*AUTOMATIC, *(spec.get("tolerations") or ())]
    if spec.get("hostNetwork"):
        tolerations.append(HOST_NETWORK)
    return next((f"taint {taint_text(one)} is not tolerated" for one in _untolerated(node, tolerations, *effects)), None)


def _untolerated(node: Object, tolerations: Iterable[Mapping[str, Any]], *effects: str) -> list[Mapping[str, Any]]:
    taints = [one for one in node["spec"].get("taints") or () if one["effect"] in effects]
    return [taint for taint in taints if not any(tolerates(one, taint) for one in tolerations)]


def taint_text(taint: Mapping[str, Any]) -> str:
    """A taint as kubectl writes it: key=value:Effect."""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint['key']}{value}:{taint['effect']}"


def tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    """An empty effect or key stands for all of them; so {operator: Exists} alone tolerates everything."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator, value = toleration.get("operator") or "Equal", str(taint.get("value") or "")
    if operator == "Exists":
        return True
    if operator == "Equal":
        return (toleration.get("value") or "") == value
    return _compare(operator, value, str(toleration.get("value") or ""))


def _term(term: Mapping[str, Any], name: str, labels: Mapping[str, str]) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False  # an empty term matches nothing
    if not all(map(_readable, expressions)) or not all(one["operator"] in ("In", "NotIn") and len(one["values"]) == 1 for one in fields):
        return False  # so does one that Kubernetes cannot read
    return _all(expressions, labels) and _all(fields, {"metadata.name": name})


def _readable(one: Mapping[str, Any]) -> bool:
    """Whether a requirement has the values that its operator wants, and each could be a label's."""
    operator: str = one["operator"]
    values: Sequence[str] = one.get("values") or ()
    if not all(_VALUE.fullmatch(value) for value in values):
        return False
    if operator in ("In", "NotIn"):
        return bool(values)
    if operator in ("Gt", "Lt"):
        return len(values) == 1 and _whole(values[0]) is not None
    return operator in ("Exists", "DoesNotExist") and not values


def _all(requirements: Iterable[Mapping[str, Any]], values: Mapping[str, str]) -> bool:
    return all(_requirement(one, values) for one in requirements)


def _requirement(one: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    key, operator = one["key"], one["operator"]
    wanted: Sequence[str] = one.get("values") or ()
    if operator == "Exists":
        return key in values
    if operator == "DoesNotExist":
        return key not in values
    if operator == "NotIn":
        return values.get(key) not in wanted
    if key not in values:
        return False
    if operator == "In":
        return values[key] in wanted
    return _compare(operator, values[key], wanted[0])


def _compare(operator: str, value: str, wanted: str) -> bool:
    """Gt and Lt compare whole numbers; what is none does not match."""
    left, right = _whole(value), _whole(wanted)
    if left is None or right is None:
        return False
    return (operator == "Gt" and left > right) or (operator == "Lt" and left < right)


def _whole(text: str) -> int | None:
    """A whole number of 64 bits."""
    number = int(text) if _WHOLE.fullmatch(text) else None
    return number if number is not None and -(2**63) <= number < 2**63 else None
