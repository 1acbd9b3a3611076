"""Tests of what Kubernetes workloads promise, on a real cluster.

The names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assertions.claim_usage import assert_unused_condition
    from .assertions.claims import (
        assert_claim_bound,
        assert_in_use_protection,
        assert_pvc_deleted,
        assert_pvc_per_replica,
        assert_reclaimed,
        assert_waits_for_first_consumer,
    )
    from .assertions.containers import (
        assert_graceful_termination,
        assert_init_order,
        assert_restarted_in_place,
        assert_sidecar_order,
        assert_volumes_first,
    )
    from .assertions.cron_jobs import assert_cron_catches_up, assert_cron_history
    from .assertions.daemons import assert_daemon_rolling_update, assert_follows_nodes, assert_tolerates_node_conditions
    from .assertions.deployments import assert_progress_deadline, assert_proportional_scaling, assert_recreate, assert_rollover
    from .assertions.disruption import assert_budget_counts, assert_drain_respects_pdb, assert_eviction_allowed, assert_eviction_blocked
    from .assertions.downward import assert_downward_identity
    from .assertions.expansion import assert_claim_expands
    from .assertions.healing import assert_not_recreated, assert_ordered_start, assert_self_heals, assert_stable_identity
    from .assertions.job_life import assert_job_pod_replacement, assert_job_suspended, assert_job_ttl
    from .assertions.jobs import assert_cron_concurrency, assert_job_completes, assert_job_fails
    from .assertions.nodes import assert_cordon_respected, assert_rescheduled_after_node_loss, assert_taint_evicts, assert_undisturbed
    from .assertions.ownership import assert_adopted, assert_cascading_delete, assert_released
    from .assertions.placement import assert_one_pod_per_node
    from .assertions.places import assert_failed_pod_replaced, assert_ordinals_shift
    from .assertions.pods import assert_disruption_target, assert_not_ready_before, assert_observed, assert_pod_ready
    from .assertions.primitives import assert_consistently, assert_eventually, assert_throughout
    from .assertions.refusals import assert_immutable
    from .assertions.replicas import assert_replica_count, assert_replica_failure, assert_scale_down_victims
    from .assertions.requests import assert_no_lost_requests
    from .assertions.rollout import (
        assert_revision_history,
        assert_rollback,
        assert_rolling_update,
        assert_rollout_complete,
        assert_rollout_stalled,
    )
    from .assertions.scheduling import (
        assert_follows_volumes,
        assert_pod_affinity,
        assert_preempts,
        assert_topology_spread,
        assert_unschedulable,
    )
    from .assertions.services import assert_endpoints_track_readiness, assert_stable_dns
    from .assertions.stateful import (
        assert_at_most_one_per_ordinal,
        assert_ordered_stop,
        assert_ordered_update,
        assert_parallel_management,
        assert_partition,
        assert_scaling_halts,
    )
    from .assertions.storage import assert_pvc_retained
    from .assertions.templates import assert_same_revision, assert_template_not_rolled_out
    from .assertions.volume_data import assert_data_persists, assert_no_lost_updates, assert_shared_across_nodes
    from .assertions.volumes import assert_access_mode_enforced, assert_volume_lifetime
    from .errors import (
        ApiError,
        ClusterError,
        GuaranteeViolated,
        Inconclusive,
        KworkloadError,
        ManifestError,
        NotFound,
        SettingsError,
        Unproven,
        WaitTimeout,
    )
    from .providers.base import Cluster
    from .workloads.controllers import DaemonSet, Deployment, ReplicaSet, StatefulSet, Workload
    from .workloads.handle import Handle
    from .workloads.jobs import Job
    from .workloads.namespace import Namespace
    from .workloads.pods import Pod
    from .workloads.services import Service
    from .workloads.storage import Claim

_HOME = {
    "assert_access_mode_enforced": "assertions.volumes",
    "assert_adopted": "assertions.ownership",
    "assert_at_most_one_per_ordinal": "assertions.stateful",
    "assert_budget_counts": "assertions.disruption",
    "assert_cascading_delete": "assertions.ownership",
    "assert_claim_bound": "assertions.claims",
    "assert_claim_expands": "assertions.expansion",
    "assert_consistently": "assertions.primitives",
    "assert_cordon_respected": "assertions.nodes",
    "assert_cron_catches_up": "assertions.cron_jobs",
    "assert_cron_concurrency": "assertions.jobs",
    "assert_cron_history": "assertions.cron_jobs",
    "assert_daemon_rolling_update": "assertions.daemons",
    "assert_data_persists": "assertions.volume_data",
    "assert_disruption_target": "assertions.pods",
    "assert_downward_identity": "assertions.downward",
    "assert_drain_respects_pdb": "assertions.disruption",
    "assert_endpoints_track_readiness": "assertions.services",
    "assert_eventually": "assertions.primitives",
    "assert_eviction_allowed": "assertions.disruption",
    "assert_eviction_blocked": "assertions.disruption",
    "assert_failed_pod_replaced": "assertions.places",
    "assert_follows_nodes": "assertions.daemons",
    "assert_follows_volumes": "assertions.scheduling",
    "assert_graceful_termination": "assertions.containers",
    "assert_immutable": "assertions.refusals",
    "assert_in_use_protection": "assertions.claims",
    "assert_init_order": "assertions.containers",
    "assert_job_completes": "assertions.jobs",
    "assert_job_fails": "assertions.jobs",
    "assert_job_pod_replacement": "assertions.job_life",
    "assert_job_suspended": "assertions.job_life",
    "assert_job_ttl": "assertions.job_life",
    "assert_no_lost_requests": "assertions.requests",
    "assert_no_lost_updates": "assertions.volume_data",
    "assert_not_ready_before": "assertions.pods",
    "assert_not_recreated": "assertions.healing",
    "assert_observed": "assertions.pods",
    "assert_one_pod_per_node": "assertions.placement",
    "assert_ordered_start": "assertions.healing",
    "assert_ordered_stop": "assertions.stateful",
    "assert_ordered_update": "assertions.stateful",
    "assert_ordinals_shift": "assertions.places",
    "assert_parallel_management": "assertions.stateful",
    "assert_partition": "assertions.stateful",
    "assert_pod_affinity": "assertions.scheduling",
    "assert_pod_ready": "assertions.pods",
    "assert_preempts": "assertions.scheduling",
    "assert_progress_deadline": "assertions.deployments",
    "assert_proportional_scaling": "assertions.deployments",
    "assert_pvc_deleted": "assertions.claims",
    "assert_pvc_per_replica": "assertions.claims",
    "assert_pvc_retained": "assertions.storage",
    "assert_reclaimed": "assertions.claims",
    "assert_recreate": "assertions.deployments",
    "assert_released": "assertions.ownership",
    "assert_replica_count": "assertions.replicas",
    "assert_replica_failure": "assertions.replicas",
    "assert_rescheduled_after_node_loss": "assertions.nodes",
    "assert_restarted_in_place": "assertions.containers",
    "assert_revision_history": "assertions.rollout",
    "assert_rollback": "assertions.rollout",
    "assert_rolling_update": "assertions.rollout",
    "assert_rollout_complete": "assertions.rollout",
    "assert_rollout_stalled": "assertions.rollout",
    "assert_rollover": "assertions.deployments",
    "assert_same_revision": "assertions.templates",
    "assert_scale_down_victims": "assertions.replicas",
    "assert_scaling_halts": "assertions.stateful",
    "assert_self_heals": "assertions.healing",
    "assert_shared_across_nodes": "assertions.volume_data",
    "assert_sidecar_order": "assertions.containers",
    "assert_stable_dns": "assertions.services",
    "assert_stable_identity": "assertions.healing",
    "assert_taint_evicts": "assertions.nodes",
    "assert_template_not_rolled_out": "assertions.templates",
    "assert_throughout": "assertions.primitives",
    "assert_tolerates_node_conditions": "assertions.daemons",
    "assert_topology_spread": "assertions.scheduling",
    "assert_undisturbed": "assertions.nodes",
    "assert_unschedulable": "assertions.scheduling",
    "assert_unused_condition": "assertions.claim_usage",
    "assert_volume_lifetime": "assertions.volumes",
    "assert_volumes_first": "assertions.containers",
    "assert_waits_for_first_consumer": "assertions.claims",
    "ApiError": "errors",
    "Claim": "workloads.storage",
    "Cluster": "providers.base",
    "ClusterError": "errors",
    "DaemonSet": "workloads.controllers",
    "Deployment": "workloads.controllers",
    "GuaranteeViolated": "errors",
    "Handle": "workloads.handle",
    "Inconclusive": "errors",
    "Job": "workloads.jobs",
    "KworkloadError": "errors",
    "ManifestError": "errors",
    "Namespace": "workloads.namespace",
    "NotFound": "errors",
    "Pod": "workloads.pods",
    "ReplicaSet": "workloads.controllers",
    "Service": "workloads.services",
    "SettingsError": "errors",
    "StatefulSet": "workloads.controllers",
    "Unproven": "errors",
    "WaitTimeout": "errors",
    "Workload": "workloads.controllers",
}

__all__ = [
    "ApiError",
    "Claim",
    "Cluster",
    "ClusterError",
    "DaemonSet",
    "Deployment",
    "GuaranteeViolated",
    "Handle",
    "Inconclusive",
    "Job",
    "KworkloadError",
    "ManifestError",
    "Namespace",
    "NotFound",
    "Pod",
    "ReplicaSet",
    "Service",
    "SettingsError",
    "StatefulSet",
    "Unproven",
    "WaitTimeout",
    "Workload",
    "assert_access_mode_enforced",
    "assert_adopted",
    "assert_at_most_one_per_ordinal",
    "assert_budget_counts",
    "assert_cascading_delete",
    "assert_claim_bound",
    "assert_claim_expands",
    "assert_consistently",
    "assert_cordon_respected",
    "assert_cron_catches_up",
    "assert_cron_concurrency",
    "assert_cron_history",
    "assert_daemon_rolling_update",
    "assert_data_persists",
    "assert_disruption_target",
    "assert_downward_identity",
    "assert_drain_respects_pdb",
    "assert_endpoints_track_readiness",
    "assert_eventually",
    "assert_eviction_allowed",
    "assert_eviction_blocked",
    "assert_failed_pod_replaced",
    "assert_follows_nodes",
    "assert_follows_volumes",
    "assert_graceful_termination",
    "assert_immutable",
    "assert_in_use_protection",
    "assert_init_order",
    "assert_job_completes",
    "assert_job_fails",
    "assert_job_pod_replacement",
    "assert_job_suspended",
    "assert_job_ttl",
    "assert_no_lost_requests",
    "assert_no_lost_updates",
    "assert_not_ready_before",
    "assert_not_recreated",
    "assert_observed",
    "assert_one_pod_per_node",
    "assert_ordered_start",
    "assert_ordered_stop",
    "assert_ordered_update",
    "assert_ordinals_shift",
    "assert_parallel_management",
    "assert_partition",
    "assert_pod_affinity",
    "assert_pod_ready",
    "assert_preempts",
    "assert_progress_deadline",
    "assert_proportional_scaling",
    "assert_pvc_deleted",
    "assert_pvc_per_replica",
    "assert_pvc_retained",
    "assert_reclaimed",
    "assert_recreate",
    "assert_released",
    "assert_replica_count",
    "assert_replica_failure",
    "assert_rescheduled_after_node_loss",
    "assert_restarted_in_place",
    "assert_revision_history",
    "assert_rollback",
    "assert_rolling_update",
    "assert_rollout_complete",
    "assert_rollout_stalled",
    "assert_rollover",
    "assert_same_revision",
    "assert_scale_down_victims",
    "assert_scaling_halts",
    "assert_self_heals",
    "assert_shared_across_nodes",
    "assert_sidecar_order",
    "assert_stable_dns",
    "assert_stable_identity",
    "assert_taint_evicts",
    "assert_template_not_rolled_out",
    "assert_throughout",
    "assert_tolerates_node_conditions",
    "assert_topology_spread",
    "assert_undisturbed",
    "assert_unschedulable",
    "assert_unused_condition",
    "assert_volume_lifetime",
    "assert_volumes_first",
    "assert_waits_for_first_consumer",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has: {', '.join(__all__)}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
