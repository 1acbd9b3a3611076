"""observed: an object's status is about the spec that it has now."""

from __future__ import annotations

from ...history.model import Object
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


def check_observed(obj: Object) -> Finding:
    """The generation that the status is about is the object's own."""
    judging = Judging.of(CATALOGUE["observed"], obj)
    generation, seen = obj["metadata"].get("generation"), (obj.get("status") or {}).get("observedGeneration")
    if generation is None or seen is None:
        field = "metadata.generation" if generation is None else "status.observedGeneration"
        why = f"it has no {field}: its status does not say which spec it is about"
        return judging.vacuous(why, do="take a kind whose controller says so")
    old = Breach(f"its status is about generation {seen}, its spec is generation {generation}")
    return judging.found(
        (old,) if int(seen) < int(generation) else (),
        cause="its controller does not run, cannot keep up, or fails on the object",
        check="what keeps its controller from it: see the controller's log and the object's events",
        evidence={"generation": int(generation)},
    )
