"""Tests of what Kubernetes workloads promise, on a real cluster.

The names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assertions.claims import (
        assert_claim_bound,
        assert_in_use_protection,
        assert_pvc_deleted,
        assert_pvc_per_replica,
        assert_reclaimed,
        assert_waits_for_first_consumer,
    )
    from .assertions.daemons import assert_daemon_rolling_update, assert_tolerates_node_conditions
    from .assertions.disruption import assert_eviction_blocked
    from .assertions.healing import assert_not_recreated, assert_ordered_start, assert_self_heals, assert_stable_identity
    from .assertions.jobs import assert_cron_concurrency, assert_job_completes, assert_job_fails
    from .assertions.placement import assert_one_pod_per_node
    from .assertions.primitives import assert_consistently, assert_eventually, assert_throughout
    from .assertions.rollout import assert_rollback, assert_rolling_update, assert_rollout_complete, assert_rollout_stalled
    from .assertions.scheduling import assert_topology_spread, assert_unschedulable
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
    from .assertions.templates import assert_template_not_rolled_out
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
    from .workloads.namespace import Namespace

_HOME = {
    "assert_consistently": "assertions.primitives",
    "assert_eventually": "assertions.primitives",
    "assert_throughout": "assertions.primitives",
    "assert_access_mode_enforced": "assertions.volumes",
    "assert_at_most_one_per_ordinal": "assertions.stateful",
    "assert_claim_bound": "assertions.claims",
    "assert_cron_concurrency": "assertions.jobs",
    "assert_daemon_rolling_update": "assertions.daemons",
    "assert_data_persists": "assertions.volume_data",
    "assert_endpoints_track_readiness": "assertions.services",
    "assert_eviction_blocked": "assertions.disruption",
    "assert_in_use_protection": "assertions.claims",
    "assert_job_completes": "assertions.jobs",
    "assert_job_fails": "assertions.jobs",
    "assert_no_lost_updates": "assertions.volume_data",
    "assert_not_recreated": "assertions.healing",
    "assert_one_pod_per_node": "assertions.placement",
    "assert_ordered_start": "assertions.healing",
    "assert_ordered_stop": "assertions.stateful",
    "assert_ordered_update": "assertions.stateful",
    "assert_parallel_management": "assertions.stateful",
    "assert_partition": "assertions.stateful",
    "assert_pvc_deleted": "assertions.claims",
    "assert_pvc_per_replica": "assertions.claims",
    "assert_pvc_retained": "assertions.storage",
    "assert_reclaimed": "assertions.claims",
    "assert_rollback": "assertions.rollout",
    "assert_rolling_update": "assertions.rollout",
    "assert_rollout_complete": "assertions.rollout",
    "assert_rollout_stalled": "assertions.rollout",
    "assert_scaling_halts": "assertions.stateful",
    "assert_self_heals": "assertions.healing",
    "assert_shared_across_nodes": "assertions.volume_data",
    "assert_stable_dns": "assertions.services",
    "assert_stable_identity": "assertions.healing",
    "assert_template_not_rolled_out": "assertions.templates",
    "assert_tolerates_node_conditions": "assertions.daemons",
    "assert_topology_spread": "assertions.scheduling",
    "assert_unschedulable": "assertions.scheduling",
    "assert_volume_lifetime": "assertions.volumes",
    "assert_waits_for_first_consumer": "assertions.claims",
    "ApiError": "errors",
    "Cluster": "providers.base",
    "ClusterError": "errors",
    "GuaranteeViolated": "errors",
    "Inconclusive": "errors",
    "KworkloadError": "errors",
    "ManifestError": "errors",
    "Namespace": "workloads.namespace",
    "NotFound": "errors",
    "SettingsError": "errors",
    "Unproven": "errors",
    "WaitTimeout": "errors",
}

__all__ = [
    "ApiError",
    "Cluster",
    "ClusterError",
    "GuaranteeViolated",
    "Inconclusive",
    "KworkloadError",
    "ManifestError",
    "Namespace",
    "NotFound",
    "SettingsError",
    "Unproven",
    "WaitTimeout",
    "assert_access_mode_enforced",
    "assert_at_most_one_per_ordinal",
    "assert_claim_bound",
    "assert_consistently",
    "assert_cron_concurrency",
    "assert_daemon_rolling_update",
    "assert_data_persists",
    "assert_endpoints_track_readiness",
    "assert_eventually",
    "assert_eviction_blocked",
    "assert_in_use_protection",
    "assert_job_completes",
    "assert_job_fails",
    "assert_no_lost_updates",
    "assert_not_recreated",
    "assert_one_pod_per_node",
    "assert_ordered_start",
    "assert_ordered_stop",
    "assert_ordered_update",
    "assert_parallel_management",
    "assert_partition",
    "assert_pvc_deleted",
    "assert_pvc_per_replica",
    "assert_pvc_retained",
    "assert_reclaimed",
    "assert_rollback",
    "assert_rolling_update",
    "assert_rollout_complete",
    "assert_rollout_stalled",
    "assert_scaling_halts",
    "assert_self_heals",
    "assert_shared_across_nodes",
    "assert_stable_dns",
    "assert_stable_identity",
    "assert_template_not_rolled_out",
    "assert_throughout",
    "assert_tolerates_node_conditions",
    "assert_topology_spread",
    "assert_unschedulable",
    "assert_volume_lifetime",
    "assert_waits_for_first_consumer",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has: {', '.join(__all__)}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
