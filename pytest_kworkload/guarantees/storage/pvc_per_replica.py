"""sts-pvc-per-replica: every replica has claims of its own, bound to volumes of their own."""

from __future__ import annotations

from collections.abc import Mapping

from ...history.model import History, Object
from ...objects.claims import CLAIM, claim_names
from ...objects.pods import controlled_by, finished, owners, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted


def check_pvc_per_replica(history: History, kind: str, uid: str) -> Finding:
    """Hold the claims that the pods use now against one another, and a StatefulSet's against its templates."""
    workload = history.objects(kind)[uid]
    mine = controlled_by(owners(history, kind, uid))
    alive = [pod for pod in history.objects("Pod").values() if mine(pod) and not terminating(pod) and not finished(pod)]
    pods = {_name(pod): pod for pod in sorted(alive, key=_name)}
    templates = [str(one["metadata"]["name"]) for one in workload["spec"].get("volumeClaimTemplates") or ()]
    replicas = counted(len(pods), "replica")
    terms = (replicas, f"claim templates: {', '.join(templates) or 'none'}")
    judging = Judging.of(CATALOGUE["sts-pvc-per-replica"], workload, *terms, look=(CLAIM,))
    if len(pods) < 2:
        if kind == "DaemonSet":
            return judging.vacuous(f"{replicas} cannot share a claim", do="use a cluster with two nodes or more that its pods may run on")
        return judging.vacuous(
            f"{replicas} cannot share a claim", change=f"spec.replicas: 2 or more (now {workload['spec'].get('replicas', 1)})"
        )
    claims = {name: tuple(claim_names(pod).values()) for name, pod in pods.items()}
    unlike = [Breach(f"{name} has no claim") for name, own in claims.items() if not own]
    unlike += _shared(claims, "claim")
    for name, pod in pods.items():
        unused = [f"{one}-{name}" for one in templates if claim_names(pod).get(one) != f"{one}-{name}"]
        unlike += [Breach(f"{name} does not use its claim {one}") for one in unused]
    objects = {_name(claim): claim for claim in history.objects(CLAIM).values()}
    volumes: dict[str, str] = {}
    unbound = []
    for one in sorted({one for own in claims.values() for one in own}):
        claim = objects.get(one)
        phase = "not there" if claim is None else claim.get("status", {}).get("phase", "Pending")
        if claim is None or phase != "Bound":
            unbound.append(Breach(f"claim {one} is {phase}"))
        else:
            volumes[one] = str(claim["spec"].get("volumeName"))
    unlike_volumes = _shared({claim: (volume,) for claim, volume in volumes.items()}, "volume")
    field = "spec.volumeClaimTemplates" if kind == "StatefulSet" else "spec.template.spec.volumes[].ephemeral"
    return judging.found(
        (*unlike, *unbound, *unlike_volumes),
        change=f"{field}: a claim for each replica, instead of one that the template names" if unlike else "",
        check="" if unlike else "the claims' events: why they are not bound, each to a volume of its own",
        evidence={"claims": claims, "volumes": volumes},
    )


def _shared(uses: Mapping[str, tuple[str, ...]], what: str) -> list[Breach]:
    """The things that more than one has."""
    holders: dict[str, list[str]] = {}
    for who, own in uses.items():
        for one in own:
            holders.setdefault(one, []).append(who)
    return [Breach(f"{', '.join(every)} have the same {what} {one}") for one, every in sorted(holders.items()) if len(every) > 1]


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
