"""Requests to a Service whose pods come and go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_kworkload import Deployment, Namespace, assert_no_lost_requests

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _asked(kworkload: Namespace, manifests: Manifests, act: Callable[[Deployment], object]) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    with assert_no_lost_requests(applied.service("web"), applied.pod("client"), request=workloads.ASK, timeout=20):
        act(applied.deployment("web"))


def restarted(kworkload: Namespace, manifests: Manifests) -> None:
    _asked(kworkload, manifests, lambda web: web.restart().wait_ready())


def _nobody_moves(kworkload: Namespace, manifests: Manifests) -> None:
    _asked(kworkload, manifests, lambda web: None)


def _all_go(kworkload: Namespace, manifests: Manifests) -> None:
    _asked(kworkload, manifests, lambda web: [web.scale(0), web.wait_ready()])


SCENARIOS = (
    Scenario(
        "assert_no_lost_requests",
        workloads.served,
        restarted,
        (
            Mutant(
                "no readiness probe",
                "svc-no-lost-requests",
                "readinessProbe",
                put("spec.template.spec", workloads.server(late=2, probe=False), "Deployment"),
            ),
            Mutant(
                "strategy Recreate",
                "svc-no-lost-requests",
                "spec.strategy.rollingUpdate.maxUnavailable",
                put("spec.strategy", {"type": "Recreate"}, "Deployment"),
            ),
            Mutant("all go", "svc-no-lost-requests", "spec.replicas: 2 or more", check=_all_go),
            Mutant("nobody comes or goes", "svc-no-lost-requests", "update its pods", check=_nobody_moves),
            Mutant("a selector for nobody", "svc-no-lost-requests", "selector", put("spec.selector.app", "nobody", "Service")),
        ),
        marks=(pytest.mark.kworkload(needs=["network:services"]),),
    ),
)
