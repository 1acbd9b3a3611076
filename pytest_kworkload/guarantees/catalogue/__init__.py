"""The guarantees by their ids, in one sentence each, with the place in Kubernetes that makes the promise."""

from __future__ import annotations

from . import daemon_sets, disruption, jobs, nodes, pods, replica_sets, rollouts, scheduling, services, stateful_sets, storage
from .guarantee import Guarantee

__all__ = ["CATALOGUE", "Guarantee"]

_GROUPS = (pods, replica_sets, rollouts, stateful_sets, daemon_sets, storage, services, disruption, jobs, nodes, scheduling)

CATALOGUE = {one.id: one for group in _GROUPS for one in group.GUARANTEES}
