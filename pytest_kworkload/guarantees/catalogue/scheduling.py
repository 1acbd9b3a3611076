"""Where pods are placed."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sched-unschedulable",
        "a pod that no node may take stays Pending, and its condition says why",
        "pkg/scheduler/schedule_one.go; test/e2e/scheduling/predicates.go",
        details=(
            "a pod is placed only where its requests and host ports have room; else it stays Pending and says why",
            "nodeSelector, required node affinity and taints hold when a pod is placed",
            "a pod with schedulingGates is not placed until they are gone",
        ),
    ),
    Guarantee(
        "sched-affinity",
        "a pod is placed apart from, or together with, those that its required term selects",
        "pkg/scheduler/framework/plugins/interpodaffinity/filtering.go; test/e2e/scheduling/priorities.go",
        details=("required affinity to pods, and against them, holds when a pod is placed",),
    ),
    Guarantee(
        "sched-preemption",
        "a pod that fits nowhere makes pods of lower priority go, as few as need to",
        "pkg/scheduler/framework/preemption/preemption.go; test/e2e/scheduling/preemption.go",
        details=("a pod of higher priority that fits nowhere takes the place of lower ones, and of no more than needed",),
    ),
    Guarantee(
        "pv-node-affinity",
        "a pod is placed where its volumes can be used",
        "pkg/scheduler/framework/plugins/volumebinding/binder.go; test/e2e/storage/persistent_volumes-local.go",
        details=("a pod that uses a volume of some nodes runs there only",),
    ),
    Guarantee(
        "sched-spread",
        "a pod is placed where it keeps the skew between the domains small enough",
        "pkg/scheduler/framework/plugins/podtopologyspread/filtering.go; test/e2e/scheduling/predicates.go",
        details=("with DoNotSchedule a pod is placed where it keeps the skew small enough",),
    ),
)
