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
        "sched-spread",
        "a pod is placed where it keeps the skew between the domains small enough",
        "pkg/scheduler/framework/plugins/podtopologyspread/filtering.go; test/e2e/scheduling/predicates.go",
    ),
)
