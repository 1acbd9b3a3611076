"""ds-tolerations: daemon pods stay on nodes that are cordoned, under pressure, not ready or out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...history.model import History, Object
from ...objects.eligibility import AUTOMATIC, HOST_NETWORK, tolerates
from ...objects.pods import controlled_by, finished, owners, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_tolerations(history: History, kind: str, uid: str) -> Finding:
    """Every pod of the workload tolerates the taints that a node's own trouble puts on it, without a limit of time."""
    obj = history.objects(kind)[uid]
    mine = controlled_by(owners(history, kind, uid))
    pods = [pod for pod in history.objects("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]
    pods.sort(key=lambda pod: str(pod["metadata"]["name"]))
    taints = [*AUTOMATIC, *([HOST_NETWORK] if obj["spec"]["template"]["spec"].get("hostNetwork") else [])]

    def found(**parts: Any) -> Finding:
        terms = (f"{len(pods)} pod{'s' if len(pods) != 1 else ''}", f"{len(taints)} taints")
        return Finding(CATALOGUE["ds-tolerations"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if not pods:
        return found(vacuous="it has no pod that could stay", change="the nodes that its template admits; or wait_ready() before")
    breaches = []
    for pod in pods:
        lines = tuple(_missing(pod, taints))
        if lines:
            breaches.append(Breach(f"{pod['metadata']['name']} does not stay on such a node", lines=lines))
    stateless = kind != "DaemonSet"
    return found(
        breaches=tuple(breaches),
        cause=f"only a DaemonSet's controller adds these tolerations; a {kind} does not" if breaches and stateless else "",
        change=(
            "kind: DaemonSet; or spec.template.spec.tolerations: add them"
            if stateless
            else "what takes the tolerations out: see admission webhooks"
        )
        if breaches
        else "",
        evidence={
            "pods": tuple(str(pod["metadata"]["name"]) for pod in pods),
            "taints": tuple(f"{one['key']}:{one['effect']}" for one in taints),
        },
    )


def _missing(pod: Object, taints: list[Any]) -> Iterator[str]:
    for taint in taints:
        # The first toleration that fits decides for how long a pod stays.
        fitting = next((one for one in pod["spec"].get("tolerations") or () if tolerates(one, taint)), None)
        if fitting is None:
            yield f"{taint['key']}:{taint['effect']}  not tolerated"
        elif fitting.get("tolerationSeconds") is not None:
            yield f"{taint['key']}:{taint['effect']}  tolerated for {fitting['tolerationSeconds']} seconds only"
