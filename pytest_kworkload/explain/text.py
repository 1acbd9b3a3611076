"""A finding as the text of a failure: what was promised, the first moment it broke, and which field to change."""

from __future__ import annotations

from collections.abc import Sequence

from ..guarantees.finding import Breach, Finding
from .chart import drawn, duration

BREACHES = 5

# What else a reader wants to see with an object of this kind.
BESIDE = {
    "Deployment": ("ReplicaSet", "Pod"),
    "ReplicaSet": ("Pod",),
    "StatefulSet": ("Pod",),
    "DaemonSet": ("Pod",),
    "Job": ("Pod",),
    "CronJob": ("Job", "Pod"),
    "Service": ("EndpointSlice", "Pod"),
    "PodDisruptionBudget": ("Pod",),
    "PersistentVolumeClaim": ("Pod",),
}


def failure(finding: Finding, look: str) -> str:
    """The text of GuaranteeViolated. `look` is the start of a kubectl command."""
    lines = [f"{finding.guarantee.id}: {finding.guarantee.says}", "  " + " · ".join((finding.subject, *finding.terms))]
    if finding.vacuous:
        lines.append(f"  vacuous, so a failure: {finding.vacuous}")
    for n, breach in enumerate(finding.breaches[:BREACHES]):
        lines.append(f"  {'also' if n else 'broke'}{_when(breach, finding)}: {breach.what}")
        lines.extend(f"      {line}" for line in breach.lines)
    if len(finding.breaches) > BREACHES:
        lines.append(f"  and {len(finding.breaches) - BREACHES} more")
    if finding.chart is not None and finding.breaches:
        lines += ["", *(f"    {line}" for line in drawn(finding.chart)), ""]
    if finding.cause:
        lines.append(f"  cause: {finding.cause}")
    if finding.change:
        lines.append(f"  change: {finding.change}")
    if finding.check:
        lines.append(f"  {'do' if finding.vacuous else 'check'}: {finding.check}")
    lines.append(f"  look: {look} get {resources(finding.look)} -o wide")
    return "\n".join(lines)


def resources(kinds: Sequence[str]) -> str:
    """These kinds and those that belong with them, as kubectl takes them: deployment,replicaset,pod."""
    every = [*(one for kind in kinds for one in (kind, *BESIDE.get(kind, ())))] or ["Pod"]
    return ",".join(dict.fromkeys(kind.lower() for kind in every))


def note(finding: Finding) -> str:
    """The verdict in one line, for an error that came first."""
    which = f"{finding.guarantee.id} ({finding.subject})"
    if finding.holds:
        return f"kworkload: until then the guarantee held: {which}"
    if finding.vacuous:
        return f"kworkload: {which} was not shown either: {finding.vacuous}"
    return f"kworkload: {which} does not hold either: {'; '.join(breach.what for breach in finding.breaches)}"


def _when(breach: Breach, finding: Finding) -> str:
    trigger = finding.trigger
    if breach.at is None or trigger is None:
        return ""
    side = "after" if breach.at >= trigger else "before"
    text = f" {duration(abs(breach.at - trigger))} {side} {finding.since}"
    return text + (f", for {duration(breach.until - breach.at)}" if breach.until is not None else "")
