"""A pod that is placed where pods of lower priority give way."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_preempts

from ....cluster import workloads
from ....cluster.actions import preemptor
from ...scenario import Check, Manifests, Mutant, Scenario


def preempts(value: int = 1000, port: int = 0, **more: Any) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        high = preemptor(kworkload, value, port, **more)
        with assert_preempts(kworkload.pod("high", expected=True), victims=1, timeout=10 if value == 1000 and not more else 2):
            kworkload.apply(high)

    return check


SCENARIOS = (
    Scenario(
        "assert_preempts",
        workloads.bare_pod,
        preempts(),
        (
            Mutant("a priority that is no higher", "sched-preemption", "spec.priorityClassName", check=preempts(0)),
            Mutant(
                "preemptionPolicy Never", "sched-preemption", "PreemptLowerPriority (now Never)", check=preempts(preemptionPolicy="Never")
            ),
            Mutant("room for both", "sched-preemption", "pods that leave it no room", check=preempts(port=19999)),
        ),
    ),
)
