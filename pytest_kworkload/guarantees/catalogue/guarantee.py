"""What a guarantee is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A promise: its id, one sentence, and the place in Kubernetes v1.37 that makes it.

    This is the one place where a promise is stated. A failure begins with its id and sentence; the reference, the README's list and
    docs/guarantees.md are made from it. `details` are what belongs to it for a kind of workload, a policy or a field. `awaits` is
    why no helper holds a workload against it yet; empty for those that have one.
    """

    id: str
    says: str
    source: str
    details: tuple[str, ...] = ()
    awaits: str = ""
