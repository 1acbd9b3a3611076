"""ds-tolerations: daemon pods stay on nodes that are cordoned, under pressure, not ready or unreachable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...history.model import History, Object
from ...objects.eligibility import AUTOMATIC, HOST_NETWORK, tolerates
from ...objects.pods import controlled_by, finished, owners, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted


def check_tolerations(history: History, kind: str, uid: str) -> Finding:
    """Every pod of the workload tolerates the taints that a node in trouble gets, without a limit of time."""
    obj = history.objects(kind)[uid]
    mine = controlled_by(owners(history, kind, uid))
    pods = [pod for pod in history.objects("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]
    pods.sort(key=lambda pod: str(pod["metadata"]["name"]))
    taints = [*AUTOMATIC, *([HOST_NETWORK] if obj["spec"]["template"]["spec"].get("hostNetwork") else [])]
    judging = Judging.of(CATALOGUE["ds-tolerations"], obj, counted(len(pods), "pod"), counted(len(taints), "taint"))
    if not pods:
        return judging.vacuous("it has no pod that could stay", do="wait_ready() before, with a template that admits a node")
    stateless = kind != "DaemonSet"
    return judging.found(
        (
            Breach(f"{pod['metadata']['name']} does not tolerate all of these taints", lines=lines)
            for pod in pods
            if (lines := tuple(_not_tolerated(pod, taints)))
        ),
        cause=f"only a DaemonSet's controller adds these tolerations; that of a {kind} does not" if stateless else "",
        change=f"kind: DaemonSet (now {kind}); or spec.template.spec.tolerations: add them" if stateless else "",
        check="" if stateless else "what removes the tolerations: see the admission webhooks",
        evidence={
            "pods": tuple(str(pod["metadata"]["name"]) for pod in pods),
            "taints": tuple(f"{one['key']}:{one['effect']}" for one in taints),
        },
    )


def _not_tolerated(pod: Object, taints: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for taint in taints:
        # The first toleration that fits decides for how long a pod stays.
        fitting = next((one for one in pod["spec"].get("tolerations") or () if tolerates(one, taint)), None)
        if fitting is None:
            yield f"{taint['key']}:{taint['effect']}  not tolerated"
        elif fitting.get("tolerationSeconds") is not None:
            yield f"{taint['key']}:{taint['effect']}  tolerated for only {counted(fitting['tolerationSeconds'], 'second')}"
