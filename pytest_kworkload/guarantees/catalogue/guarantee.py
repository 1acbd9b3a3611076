"""What a guarantee is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A promise by its id, in one sentence, with the place in Kubernetes that makes it."""

    id: str
    says: str
    source: str
