"""Where pods are placed."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sched-unschedulable",
        "a pod that no node can take stays Pending, and its condition PodScheduled says why",
        "pkg/scheduler/schedule_one.go; test/e2e/scheduling/predicates.go",
        details=(
            "a pod is placed only where there is room for its requests and its host ports",
            "nodeSelector, required node affinity and taints hold when a pod is placed",
            "a pod with schedulingGates is not placed before they are removed",
        ),
    ),
    Guarantee(
        "sched-affinity",
        "a pod is placed apart from, or together with, those that its required term selects",
        "pkg/scheduler/framework/plugins/interpodaffinity/filtering.go; test/e2e/scheduling/priorities.go",
    ),
    Guarantee(
        "sched-preemption",
        "a pod that fits nowhere preempts pods of lower priority, and no more of them than needed",
        "pkg/scheduler/framework/preemption/preemption.go; test/e2e/scheduling/preemption.go",
    ),
    Guarantee(
        "pv-node-affinity",
        "a pod is placed where its volumes can be used",
        "pkg/scheduler/framework/plugins/volumebinding/binder.go; test/e2e/storage/persistent_volumes-local.go",
    ),
    Guarantee(
        "sched-spread",
        "a pod is placed where the skew between the domains stays within maxSkew",
        "pkg/scheduler/framework/plugins/podtopologyspread/filtering.go; test/e2e/scheduling/predicates.go",
        details=("with DoNotSchedule the skew counts when a pod is placed; nothing evens out one that arises later",),
    ),
)
