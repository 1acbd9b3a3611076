"""What is true of one object now: a pod is Ready (pod-readiness), a controller has seen the present spec (observed)."""

from __future__ import annotations

from typing import Any

from ...history.model import Object
from ...objects.containers import mains, statuses
from ...objects.pods import finished, has_readiness_signal
from ...objects.readiness import pod_trouble, unready
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_pod_ready(pod: Object) -> Finding:
    """The pod is Ready, and that means more than that its processes were started."""

    def found(**parts: Any) -> Finding:
        gates = [str(one["conditionType"]) for one in pod["spec"].get("readinessGates") or ()]
        terms = tuple(f"readiness gate {one}" for one in gates)
        return Finding(CATALOGUE["pod-readiness"], f"Pod {pod['metadata']['name']}", terms, **parts)

    if not has_readiness_signal(pod):
        return found(
            vacuous="the pod has no readiness signal: it is Ready as soon as its processes are started",
            change="spec.containers[].readinessProbe: add one that answers when the pod can do its work",
        )
    if finished(pod) or unready(pod) is not None:
        what = f"its phase is {pod['status']['phase']}" if finished(pod) else "it is not Ready"
        return found(breaches=(Breach(what, lines=(pod_trouble(pod),)),), change="what its state names: see its events and logs")
    every = statuses(pod)
    return found(evidence={"node": str(pod["spec"].get("nodeName", "")), "containers": tuple(one for one in mains(pod) if one in every)})


def check_observed(obj: Object, key: str) -> Finding:
    """The status is about the spec that the object has now."""
    generation, seen = obj["metadata"].get("generation"), (obj.get("status") or {}).get("observedGeneration")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["observed"], f"{key} {obj['metadata']['name']}", **parts)

    if generation is None or seen is None:
        missing = "metadata.generation" if generation is None else "status.observedGeneration"
        return found(
            vacuous=f"it has no {missing}: its status does not say which spec it is about", change="a kind whose controller tells it"
        )
    if int(seen) < int(generation):
        return found(
            breaches=(Breach(f"its status is about generation {seen}, its spec is generation {generation}"),),
            cause="its controller does not run, cannot keep up, or fails on the object",
            change="what keeps its controller from it: see the controller's log and the object's events",
        )
    return found(evidence={"generation": int(generation)})
