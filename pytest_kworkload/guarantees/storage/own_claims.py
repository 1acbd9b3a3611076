"""sts-pvc-per-replica: every replica has claims of its own, bound to volumes of their own."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, claim_names
from ...objects.pods import controlled_by, finished, owners, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_own_claims(history: History, kind: str, uid: str) -> Finding:
    """Hold the claims that the pods use now against one another, and a StatefulSet's against its templates."""
    workload = history.objects(kind)[uid]
    mine = controlled_by(owners(history, kind, uid))
    alive = [pod for pod in history.objects("Pod").values() if mine(pod) and not terminating(pod) and not finished(pod)]
    pods = {_name(pod): pod for pod in sorted(alive, key=_name)}
    templates = [str(one["metadata"]["name"]) for one in workload["spec"].get("volumeClaimTemplates") or ()]

    def found(**parts: Any) -> Finding:
        terms = (f"{len(pods)} replicas", f"claim templates: {', '.join(templates) or 'none'}")
        return Finding(CATALOGUE["sts-pvc-per-replica"], f"{kind} {_name(workload)}", terms, **parts)

    if len(pods) < 2:
        return found(vacuous=f"{len(pods)} replicas cannot share a claim", change="spec.replicas: 2 or more")
    claims = {name: tuple(claim_names(pod).values()) for name, pod in pods.items()}
    breaches = [Breach(f"{name} has no claim") for name, own in claims.items() if not own]
    breaches += _shared(claims, "claim")
    for name, pod in pods.items():
        missing = [f"{one}-{name}" for one in templates if claim_names(pod).get(one) != f"{one}-{name}"]
        breaches += [Breach(f"{name} does not use its claim {one}") for one in missing]
    objects = {_name(claim): claim for claim in history.objects(CLAIM).values()}
    volumes: dict[str, tuple[str, ...]] = {}
    for one in sorted({one for own in claims.values() for one in own}):
        claim = objects.get(one)
        phase = "not there" if claim is None else claim.get("status", {}).get("phase", "Pending")
        if claim is None or phase != "Bound":
            breaches.append(Breach(f"claim {one} is {phase}"))
        else:
            volumes[one] = (str(claim["spec"].get("volumeName")),)
    breaches += _shared(volumes, "volume")
    field = "spec.volumeClaimTemplates" if kind == "StatefulSet" else "spec.template.spec.volumes[].ephemeral"
    change = f"{field}: a claim for each replica, instead of one that is named in the template" if breaches else ""
    evidence = {"claims": claims, "volumes": {claim: own[0] for claim, own in volumes.items()}}
    return found(breaches=tuple(breaches), change=change, evidence=evidence)


def _shared(uses: dict[str, tuple[str, ...]], what: str) -> list[Breach]:
    """The things that more than one has."""
    holders: dict[str, list[str]] = {}
    for who, own in uses.items():
        for one in own:
            holders.setdefault(one, []).append(who)
    return [Breach(f"{', '.join(every)} have the same {what} {one}") for one, every in sorted(holders.items()) if len(every) > 1]


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
