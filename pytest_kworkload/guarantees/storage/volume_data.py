"""pvc-data-survives-pod, pvc-shared-no-lock, pv-access-rwx: what was written where, and who reads it afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ...history.model import History
from ...objects.claims import CLAIM, mounted_at, on_a_claim
from ...objects.pods import replacement
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, Reason, counted

OWN_FILE_SYSTEM = "the container's own file system"


@dataclass(frozen=True, slots=True)
class Writer:
    """A pod that wrote to a directory: its node, what is mounted there, whose files it sees there (its own too), and its number."""

    pod: str
    node: str
    source: str
    sees: frozenset[str]
    number: int = 0


def check_data_persists(history: History, kind: str, uid: str, victim_uid: str, path: str, kept: bool) -> Finding:
    """The victim's successor has what the victim wrote (`kept`), and that is because the path is on a claim."""
    workload, victim = history.seen(kind)[uid], history.before("Pod")[victim_uid]
    source = mounted_at(victim, path)[1]
    new = replacement(history, kind, uid, victim)
    place = source or OWN_FILE_SYSTEM
    judging = Judging.of(CATALOGUE["pvc-data-survives-pod"], workload, f"{path} is on {place}", look=(CLAIM,))
    if new is None:
        return judging.vacuous("no new pod came, so nobody could read it", do="find what keeps the controller from creating a new pod")
    name = new["metadata"]["name"]
    change = f"spec.template.spec.volumes[].persistentVolumeClaim, or spec.volumeClaimTemplates: a claim mounted at {path} (now {place})"
    if not kept:
        lost = Breach(f"pod {name} does not find what was written")
        if on_a_claim(source):
            return judging.found([lost], cause="something emptied the volume", check="what the program does when it starts")
        return judging.found([lost], cause="it went with the pod", change=change)
    if not on_a_claim(source):
        lucky = Breach(f"pod {name} finds it by luck: {source} is no claim")
        return judging.found([lucky], cause="it stays on the node, and a pod that starts on another one does not find it", change=change)
    return judging.found(evidence={"victim": victim_uid, "replacement": new["metadata"]["uid"], "claim": source.partition(" ")[2]})


def check_no_lost_updates(kind: str, name: str, path: str, writers: Sequence[Writer], increments: int) -> Finding:
    """Each of the writers added one `increments` times to the number that it read; no addition is missing."""
    replicas = counted(len(writers), "replica")
    terms = (f"{replicas}, {counted(increments, 'update')} each",)
    judging = Judging(CATALOGUE["pvc-shared-no-lock"], kind, name, terms, look=(CLAIM,))
    if len(writers) < 2:
        return judging.vacuous(f"{replicas} cannot write at the same time", change=f"spec.replicas: 2 or more (now {len(writers)})")
    if reason := _not_on_a_claim(path, writers):
        return judging.vacuous(*reason)
    recorded, breaches = 0, []
    for group in _sharing(writers):
        there, asked = max(one.number for one in group), len(group) * increments
        recorded += there
        if there < asked:
            names = ", ".join(one.pod for one in group)
            lines = tuple(f"{one.pod}  {one.source}" for one in group)
            breaches.append(Breach(f"{there} of {asked} updates are there: {names} write to the same file", lines=lines))
    return judging.found(
        breaches,
        cause="each read the number before the others had written theirs: a shared volume has no lock",
        change="spec.volumeClaimTemplates: a claim for each replica",
        check="whether the program could lock the file, or one replica write for all",
        evidence={"attempts": len(writers) * increments, "recorded": recorded},
    )


def check_shared_across_nodes(kind: str, name: str, path: str, writers: Sequence[Writer]) -> Finding:
    """Every pod sees what every other one wrote, and they are on several nodes."""
    nodes = sorted({one.node for one in writers})
    terms = (f"{counted(len(writers), 'pod')} on {', '.join(nodes) or 'no node'}",)
    judging = Judging(CATALOGUE["pv-access-rwx"], kind, name, terms, look=(CLAIM,))
    if len(nodes) < 2:
        return judging.vacuous(
            "the pods are not on several nodes, so nothing shows that nodes share it",
            change="spec.replicas: 2 or more, and spec.template.spec.affinity.podAntiAffinity: one pod on each node",
        )
    if reason := _not_on_a_claim(path, writers):
        return judging.vacuous(*reason)
    every = {one.pod for one in writers}
    blind = [(one, ", ".join(sorted(every - one.sees))) for one in writers if every - one.sees]
    return judging.found(
        (Breach(f"{one.pod} on {one.node} does not see what {others} wrote", lines=(f"{one.pod}  {one.source}",)) for one, others in blind),
        change="spec.template.spec.volumes[].persistentVolumeClaim: one claim for all, ReadWriteMany and of a class that supports it",
        evidence={"nodes": tuple(nodes), "pods": tuple(sorted(every))},
    )


def _not_on_a_claim(path: str, writers: Collection[Writer]) -> Reason | None:
    """It would show nothing: what is not on a claim is lost anyway."""
    loose = {one.source or OWN_FILE_SYSTEM for one in writers if not on_a_claim(one.source)}
    if not loose:
        return None
    return Reason(
        f"{path} is on {', '.join(sorted(loose))}, and not on a claim: what is there is lost with its pod",
        change=f"spec.template.spec.volumes[].persistentVolumeClaim, or spec.volumeClaimTemplates: a claim mounted at {path}",
        do="or pass a path that is on a claim",
    )


def _sharing(writers: Sequence[Writer]) -> Iterator[list[Writer]]:
    """The writers, by the directory that they turned out to have in common."""
    for sees in dict.fromkeys(one.sees for one in writers):
        yield [one for one in writers if one.sees == sees]
