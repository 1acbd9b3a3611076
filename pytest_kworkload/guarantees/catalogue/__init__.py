"""The guarantees by their ids, in one sentence each, with the place in Kubernetes that makes the promise."""

from __future__ import annotations

from . import daemon_sets, pods, replica_sets, rollouts, stateful_sets, storage
from .guarantee import Guarantee

__all__ = ["CATALOGUE", "Guarantee"]

CATALOGUE = {one.id: one for group in (pods, replica_sets, rollouts, stateful_sets, daemon_sets, storage) for one in group.GUARANTEES}
