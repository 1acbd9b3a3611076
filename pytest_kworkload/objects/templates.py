"""Whether a pod was made from a template. A pod has more than its template: defaults, a service account's volume, sidecars."""

from __future__ import annotations

from typing import Any

from ..history.model import Object


def first_difference(pod: Object, template: Object) -> str | None:
    """The first field that a pod does not have as the template says; None if it has them all."""
    labelled = {key: value for key, value in (template.get("metadata") or {}).items() if key in ("labels", "annotations")}
    wanted = {"metadata": labelled, "spec": template["spec"]}
    if "DaemonSet" in {owner["kind"] for owner in pod["metadata"].get("ownerReferences") or ()}:
        wanted["spec"] = _without_node_affinity(template["spec"])
    for part, value in wanted.items():
        if not follows(pod.get(part) or {}, value):
            return difference(pod.get(part) or {}, value, part)
    return None


def follows(pod: Any, template: Any) -> bool:
    """Whether a part of a pod has everything that this part of the template says."""
    if isinstance(template, dict):
        return isinstance(pod, dict) and all(key in pod and follows(pod[key], value) for key, value in template.items())
    if isinstance(template, list) and isinstance(pod, list) and all(isinstance(one, dict) for one in template):
        rest = iter(pod)  # in the same order, with others between: admission adds containers, volumes, tolerations
        return all(any(follows(one, wanted) for one in rest) for wanted in template)
    return bool(pod == template)


def difference(pod: Any, template: Any, path: str) -> str:
    """The first field in which a pod differs from the template."""
    if isinstance(template, dict) and isinstance(pod, dict):
        for key, value in template.items():
            if key not in pod:
                return f"{path}.{key} is missing"
            if not follows(pod[key], value):
                return difference(pod[key], value, f"{path}.{key}")
    if isinstance(template, list) and isinstance(pod, list) and all(isinstance(one, dict) for one in template):
        for n, value in enumerate(template):
            if any(follows(one, value) for one in pod):
                continue
            twins = [one for one in pod if "name" in value and one.get("name") == value["name"]]
            return difference(twins[0], value, f"{path}[{n}]") if twins else f"{path}[{n}] is missing"
    return f"{path} is {pod!r}, the template says {template!r}"


def _without_node_affinity(spec: Object) -> dict[str, Any]:
    """The DaemonSet controller puts the pod's own node in place of the template's required node affinity."""
    affinity = dict(spec.get("affinity") or {})
    affinity["nodeAffinity"] = {
        key: value for key, value in (affinity.get("nodeAffinity") or {}).items() if key != "requiredDuringSchedulingIgnoredDuringExecution"
    }
    return {**spec, "affinity": affinity} if "affinity" in spec else dict(spec)
