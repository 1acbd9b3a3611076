"""Tests of what Kubernetes workloads promise, on a real cluster.

Every public name stands once, in the imports below, for type checkers and readers. At run time each is imported when it is first used,
so that importing the package costs nothing.
"""

from __future__ import annotations

import ast
import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assertions.daemon_sets.follows_nodes import assert_follows_nodes as assert_follows_nodes
    from .assertions.daemon_sets.one_pod_per_node import assert_one_pod_per_node as assert_one_pod_per_node
    from .assertions.daemon_sets.rolling_update import assert_daemon_rolling_update as assert_daemon_rolling_update
    from .assertions.daemon_sets.tolerations import assert_tolerates_node_conditions as assert_tolerates_node_conditions
    from .assertions.disruption.budget_counts import assert_budget_counts as assert_budget_counts
    from .assertions.disruption.drain import assert_drain_respects_pdb as assert_drain_respects_pdb
    from .assertions.disruption.eviction import (
        assert_eviction_allowed as assert_eviction_allowed,
        assert_eviction_blocked as assert_eviction_blocked,
    )
    from .assertions.jobs.cron_catches_up import assert_cron_catches_up as assert_cron_catches_up
    from .assertions.jobs.cron_concurrency import assert_cron_concurrency as assert_cron_concurrency
    from .assertions.jobs.cron_history import assert_cron_history as assert_cron_history
    from .assertions.jobs.outcome import assert_job_completes as assert_job_completes, assert_job_fails as assert_job_fails
    from .assertions.jobs.pod_replacement import assert_job_pod_replacement as assert_job_pod_replacement
    from .assertions.jobs.suspend import assert_job_suspended as assert_job_suspended
    from .assertions.jobs.ttl import assert_job_ttl as assert_job_ttl
    from .assertions.nodes.cordon import assert_cordon_respected as assert_cordon_respected
    from .assertions.nodes.node_loss import assert_rescheduled_after_node_loss as assert_rescheduled_after_node_loss
    from .assertions.nodes.taints import assert_taint_evicts as assert_taint_evicts
    from .assertions.nodes.undisturbed import assert_undisturbed as assert_undisturbed
    from .assertions.pods.disruption_target import assert_disruption_target as assert_disruption_target
    from .assertions.pods.downward_identity import assert_downward_identity as assert_downward_identity
    from .assertions.pods.failed_pod import assert_failed_pod_replaced as assert_failed_pod_replaced
    from .assertions.pods.graceful_termination import assert_graceful_termination as assert_graceful_termination
    from .assertions.pods.immutable import assert_immutable as assert_immutable
    from .assertions.pods.init_order import assert_init_order as assert_init_order
    from .assertions.pods.not_recreated import assert_not_recreated as assert_not_recreated
    from .assertions.pods.observed import assert_observed as assert_observed
    from .assertions.pods.readiness import assert_not_ready_before as assert_not_ready_before, assert_pod_ready as assert_pod_ready
    from .assertions.pods.restarted_in_place import assert_restarted_in_place as assert_restarted_in_place
    from .assertions.pods.self_heal import assert_self_heals as assert_self_heals
    from .assertions.pods.sidecar_order import assert_sidecar_order as assert_sidecar_order
    from .assertions.pods.volumes_first import assert_volumes_first as assert_volumes_first
    from .assertions.primitives import (
        assert_consistently as assert_consistently,
        assert_eventually as assert_eventually,
        assert_throughout as assert_throughout,
    )
    from .assertions.replica_sets.adoption import assert_adopted as assert_adopted, assert_released as assert_released
    from .assertions.replica_sets.cascade import assert_cascading_delete as assert_cascading_delete
    from .assertions.replica_sets.replica_count import assert_replica_count as assert_replica_count
    from .assertions.replica_sets.replica_failure import assert_replica_failure as assert_replica_failure
    from .assertions.replica_sets.scale_down_victims import assert_scale_down_victims as assert_scale_down_victims
    from .assertions.rollouts.complete import assert_rollout_complete as assert_rollout_complete
    from .assertions.rollouts.not_rolled_out import assert_template_not_rolled_out as assert_template_not_rolled_out
    from .assertions.rollouts.progress_deadline import assert_progress_deadline as assert_progress_deadline
    from .assertions.rollouts.proportional_scaling import assert_proportional_scaling as assert_proportional_scaling
    from .assertions.rollouts.recreate import assert_recreate as assert_recreate
    from .assertions.rollouts.revision_history import assert_revision_history as assert_revision_history
    from .assertions.rollouts.rollback import assert_rollback as assert_rollback
    from .assertions.rollouts.rolling_update import assert_rolling_update as assert_rolling_update
    from .assertions.rollouts.rollover import assert_rollover as assert_rollover
    from .assertions.rollouts.same_revision import assert_same_revision as assert_same_revision
    from .assertions.rollouts.stalled import assert_rollout_stalled as assert_rollout_stalled
    from .assertions.scheduling.affinity import assert_pod_affinity as assert_pod_affinity
    from .assertions.scheduling.follows_volumes import assert_follows_volumes as assert_follows_volumes
    from .assertions.scheduling.preemption import assert_preempts as assert_preempts
    from .assertions.scheduling.spread import assert_topology_spread as assert_topology_spread
    from .assertions.scheduling.unschedulable import assert_unschedulable as assert_unschedulable
    from .assertions.services.endpoints import assert_endpoints_track_readiness as assert_endpoints_track_readiness
    from .assertions.services.requests import assert_no_lost_requests as assert_no_lost_requests
    from .assertions.services.selects_only import assert_selects_only as assert_selects_only
    from .assertions.services.stable_dns import assert_stable_dns as assert_stable_dns
    from .assertions.stateful_sets.at_most_one import assert_at_most_one_per_ordinal as assert_at_most_one_per_ordinal
    from .assertions.stateful_sets.ordered_start import assert_ordered_start as assert_ordered_start
    from .assertions.stateful_sets.ordered_update import assert_ordered_update as assert_ordered_update
    from .assertions.stateful_sets.ordinals import assert_ordinals_shift as assert_ordinals_shift
    from .assertions.stateful_sets.partition import assert_partition as assert_partition
    from .assertions.stateful_sets.scaling import (
        assert_ordered_stop as assert_ordered_stop,
        assert_parallel_management as assert_parallel_management,
        assert_scaling_halts as assert_scaling_halts,
    )
    from .assertions.stateful_sets.stable_identity import assert_stable_identity as assert_stable_identity
    from .assertions.storage.access_mode import assert_access_mode_enforced as assert_access_mode_enforced
    from .assertions.storage.claim_bound import assert_claim_bound as assert_claim_bound
    from .assertions.storage.claim_expands import assert_claim_expands as assert_claim_expands
    from .assertions.storage.first_consumer import assert_waits_for_first_consumer as assert_waits_for_first_consumer
    from .assertions.storage.in_use_protection import assert_in_use_protection as assert_in_use_protection
    from .assertions.storage.pvc_deleted import assert_pvc_deleted as assert_pvc_deleted
    from .assertions.storage.pvc_per_replica import assert_pvc_per_replica as assert_pvc_per_replica
    from .assertions.storage.pvc_retained import assert_pvc_retained as assert_pvc_retained
    from .assertions.storage.reclaimed import assert_reclaimed as assert_reclaimed
    from .assertions.storage.unused_condition import assert_unused_condition as assert_unused_condition
    from .assertions.storage.volume_data import (
        assert_data_persists as assert_data_persists,
        assert_no_lost_updates as assert_no_lost_updates,
        assert_shared_across_nodes as assert_shared_across_nodes,
    )
    from .assertions.storage.volume_lifetime import assert_volume_lifetime as assert_volume_lifetime
    from .cluster.cluster import Cluster as Cluster
    from .errors import (
        ApiError as ApiError,
        ClusterError as ClusterError,
        GuaranteeViolated as GuaranteeViolated,
        Inconclusive as Inconclusive,
        KworkloadError as KworkloadError,
        ManifestError as ManifestError,
        NotFound as NotFound,
        SettingsError as SettingsError,
        Unproven as Unproven,
        WaitTimeout as WaitTimeout,
    )
    from .workloads.controllers import (
        DaemonSet as DaemonSet,
        Deployment as Deployment,
        ReplicaSet as ReplicaSet,
        StatefulSet as StatefulSet,
        Workload as Workload,
    )
    from .workloads.handle import Handle as Handle
    from .workloads.jobs import Job as Job
    from .workloads.namespace import Namespace as Namespace
    from .workloads.pods import Pod as Pod
    from .workloads.services import Service as Service
    from .workloads.storage import Claim as Claim


@cache
def _homes() -> dict[str, str]:
    """The module of each public name, as the imports above say it."""
    tree = ast.parse(pkgutil.get_data(__name__, "__init__.py") or b"")
    public = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in public.body if isinstance(node, ast.ImportFrom)]
    return {name: str(node.module) for name, node in sorted((alias.name, node) for node in imports for alias in node.names)}


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return list(_homes())
    if name.startswith("__") or name not in _homes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has: {', '.join(_homes())}")
    return getattr(import_module(f".{_homes()[name]}", __name__), name)


def __dir__() -> list[str]:
    return list(_homes())
