"""pvc-data-survives-pod, pvc-shared-no-lock, pv-access-rwx: what was written where, and who reads it afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...history.model import History
from ...objects.claims import mounted_at, on_a_claim
from ...objects.pods import replacement
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

OWN_FILE_SYSTEM = "the container's own file system"


@dataclass(frozen=True, slots=True)
class Writer:
    """A pod that wrote to a directory: its node, what is mounted there, whose files it sees there (its own too), and its number."""

    pod: str
    node: str
    source: str
    sees: frozenset[str]
    number: int = 0


def check_persists(history: History, kind: str, uid: str, victim_uid: str, path: str, kept: bool) -> Finding:
    """The victim's successor has what the victim wrote (`kept`), and that is because the path is on a claim."""
    workload, victim = history.seen(kind)[uid], history.before("Pod")[victim_uid]
    source = mounted_at(victim, path)[1]
    new = replacement(history, kind, uid, victim)

    def found(**parts: Any) -> Finding:
        subject, terms = f"{kind} {workload['metadata']['name']}", (f"{path} is on {source or OWN_FILE_SYSTEM}",)
        return Finding(CATALOGUE["pvc-data-survives-pod"], subject, terms, **parts)

    if new is None:
        return found(vacuous="no new pod came, so nobody could read it", change="find out what keeps the controller from making a new pod")
    by = f"pod {new['metadata']['name']}"
    change = f"spec.volumeClaimTemplates, or a volume of the kind persistentVolumeClaim, mounted at {path}"
    if not kept and on_a_claim(source):
        return found(breaches=(Breach(f"{by} does not find what was written"),), cause="something empties the volume", change="the program")
    if not kept:
        return found(breaches=(Breach(f"{by} does not find what was written"),), cause="it went with the pod", change=change)
    if not on_a_claim(source):
        cause = "it stays with the node: a pod that comes back elsewhere does not find it"
        return found(breaches=(Breach(f"{by} finds it by luck: {source} is no claim"),), cause=cause, change=change)
    return found(evidence={"victim": victim_uid, "replacement": new["metadata"]["uid"], "claim": source.partition(" ")[2]})


def check_updates(subject: str, path: str, writers: Sequence[Writer], increments: int) -> Finding:
    """Each of the writers added one so many times to the number that it read; no addition is missing."""
    attempts = len(writers) * increments

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["pvc-shared-no-lock"], subject, (f"{len(writers)} replicas, {increments} updates each",), **parts)

    if len(writers) < 2:
        return found(vacuous=f"{len(writers)} replicas do not write at the same time", change="spec.replicas: 2 or more")
    vacuous = _kept_nowhere(path, writers)
    if vacuous:
        return found(**vacuous)
    recorded, breaches = 0, []
    for group in _groups(writers):
        there, asked = max(one.number for one in group), len(group) * increments
        recorded += there
        if there < asked:
            names = ", ".join(one.pod for one in group)
            lines = tuple(f"{one.pod}  {one.source}" for one in group)
            breaches.append(Breach(f"{there} of {asked} updates are there: {names} write to the same file", lines=lines))
    cause = "each read the number before another had written its own: a shared volume comes without a lock" if breaches else ""
    change = "spec.volumeClaimTemplates: a claim for each replica; or one writer; or a lock in the program" if breaches else ""
    evidence = {"attempts": attempts, "recorded": recorded}
    return found(breaches=tuple(breaches), cause=cause, change=change, evidence=evidence)


def check_shared(subject: str, path: str, writers: Sequence[Writer]) -> Finding:
    """Every pod sees what every other one wrote, and they are on several nodes."""
    nodes = sorted({one.node for one in writers})

    def found(**parts: Any) -> Finding:
        terms = (f"{len(writers)} pods on {', '.join(nodes) or 'no node'}",)
        return Finding(CATALOGUE["pv-access-rwx"], subject, terms, **parts)

    if len(nodes) < 2:
        return found(
            vacuous="the pods are not on several nodes, so nothing shows that these share it",
            change="spec.template.spec.topologySpreadConstraints or podAntiAffinity, with two replicas or more on two nodes or more",
        )
    vacuous = _kept_nowhere(path, writers)
    if vacuous:
        return found(**vacuous)
    every = {one.pod for one in writers}
    breaches = [
        Breach(
            f"{one.pod} on {one.node} does not see what {', '.join(sorted(every - one.sees))} wrote", lines=(f"{one.pod}  {one.source}",)
        )
        for one in writers
        if every - one.sees
    ]
    change = "one claim for all, with accessModes: [ReadWriteMany] and a storageClassName that supports it" if breaches else ""
    return found(breaches=tuple(breaches), change=change, evidence={"nodes": tuple(nodes), "pods": tuple(sorted(every))})


def _kept_nowhere(path: str, writers: Collection[Writer]) -> Mapping[str, str]:
    """Why it would show nothing: what is not on a claim is lost anyway."""
    loose = {one.source or OWN_FILE_SYSTEM for one in writers if not on_a_claim(one.source)}
    if not loose:
        return {}
    return {
        "vacuous": f"{path} is on {', '.join(sorted(loose))}, and not on a claim: what is there is lost with its pod",
        "change": f"path, or a claim that is mounted at {path}",
    }


def _groups(writers: Sequence[Writer]) -> Iterator[list[Writer]]:
    """The writers, by the directory that they turned out to have in common."""
    for sees in dict.fromkeys(one.sees for one in writers):
        yield [one for one in writers if one.sees == sees]
