"""HorizontalPodAutoscalers."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "hpa-target",
        "the size is what brings the metric to its target, the highest of all metrics",
        "pkg/controller/podautoscaler/horizontal.go; test/e2e/autoscaling/horizontal_pod_autoscaling.go",
        awaits="needs metrics, which no provider here serves",
    ),
    Guarantee(
        "hpa-bounds",
        "the size stays between minReplicas and maxReplicas",
        "pkg/controller/podautoscaler/horizontal.go",
        awaits="needs metrics, which no provider here serves",
    ),
    Guarantee(
        "hpa-stabilization",
        "the size is lowered only to what was recommended all through the last 300 seconds",
        "pkg/controller/podautoscaler/horizontal.go; test/e2e/autoscaling/horizontal_pod_autoscaling_behavior.go",
        awaits="needs metrics, which no provider here serves",
    ),
    Guarantee(
        "hpa-rate",
        "one step is no larger than the policies of its behavior allow",
        "pkg/controller/podautoscaler/horizontal.go; test/e2e/autoscaling/horizontal_pod_autoscaling_behavior.go",
        awaits="needs metrics, which no provider here serves",
    ),
    Guarantee(
        "hpa-missing-metrics",
        "without metrics the size is kept, and a condition says so",
        "pkg/controller/podautoscaler/replica_calculator.go",
        awaits="needs metrics, which no provider here serves",
    ),
)
