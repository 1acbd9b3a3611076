"""Where pods are placed."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sched-unschedulable",
        "a pod that no node may take stays Pending, and its condition says why",
        "pkg/scheduler/schedule_one.go; test/e2e/scheduling/predicates.go",
    ),
    Guarantee(
        "sched-affinity",
        "a pod is placed apart from, or together with, those that its required term selects",
        "pkg/scheduler/framework/plugins/interpodaffinity/filtering.go; test/e2e/scheduling/priorities.go",
    ),
    Guarantee(
        "sched-preemption",
        "a pod that fits nowhere makes pods of lower priority go, as few as need to",
        "pkg/scheduler/framework/preemption/preemption.go; test/e2e/scheduling/preemption.go",
    ),
    Guarantee(
        "pv-node-affinity",
        "a pod is placed where its volumes can be used",
        "pkg/scheduler/framework/plugins/volumebinding/binder.go; test/e2e/storage/persistent_volumes-local.go",
    ),
    Guarantee(
        "sched-spread",
        "a pod is placed where it keeps the skew between the domains small enough",
        "pkg/scheduler/framework/plugins/podtopologyspread/filtering.go; test/e2e/scheduling/predicates.go",
    ),
)
