"""The guarantees by their ids, in one sentence each, with the place in Kubernetes that makes the promise. A module for each subject."""

from __future__ import annotations

from . import autoscaling, daemon_sets, disruption, jobs, nodes, pods, replica_sets, rollouts, scheduling, services, stateful_sets, storage
from .guarantee import Guarantee

__all__ = ["BY_SUBJECT", "CATALOGUE", "Guarantee"]

_SUBJECTS = (pods, replica_sets, rollouts, stateful_sets, daemon_sets, storage, services, disruption, jobs, nodes, scheduling, autoscaling)

BY_SUBJECT = {subject.__name__.rpartition(".")[2]: subject.GUARANTEES for subject in _SUBJECTS}
CATALOGUE = {one.id: one for every in BY_SUBJECT.values() for one in every}
