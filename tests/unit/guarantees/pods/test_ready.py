"""What is true of one object now: pod-readiness, observed."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.pods.ready import check_observed, check_pod_ready

from ...histories import Json, changed, deployment, failed, pod, template, terminating, unready


def test_a_ready_pod() -> None:
    finding = check_pod_ready(pod("web"))
    assert finding.holds
    assert finding.evidence == {"node": "node-0", "containers": ("main",)}


def test_a_gate_is_a_signal_too() -> None:
    gated = changed(pod("web", readinessGates=[{"conditionType": "gate"}]), "spec.containers", [{"name": "main"}])
    finding = check_pod_ready(gated)
    assert finding.holds
    assert finding.terms == ("readiness gate gate",)


@pytest.mark.parametrize(
    ("obj", "what", "line"),
    [
        (unready(pod("web")), "it is not Ready", "container main: not ready yet (readiness probe)"),
        (terminating(pod("web")), "it is not Ready", "terminating"),
        (failed(pod("web")), "its phase is Failed", "phase Failed"),
        (changed(pod("web"), "status.phase", "Succeeded"), "its phase is Succeeded", "phase Succeeded"),
    ],
)
def test_a_pod_that_is_not(obj: Json, what: str, line: str) -> None:
    assert [(one.what, one.lines) for one in check_pod_ready(obj).breaches] == [(what, (line,))]


def test_without_a_signal_ready_means_nothing() -> None:
    finding = check_pod_ready(changed(pod("web"), "spec", template(probe=False)["spec"]))
    assert finding.vacuous == "the pod has no readiness signal: it is Ready as soon as its processes are started"
    assert "readinessProbe" in finding.change


def test_a_status_that_is_about_the_present_spec() -> None:
    assert check_observed(deployment(), "Deployment").evidence == {"generation": 1}


def test_an_old_status() -> None:
    finding = check_observed(changed(deployment(), "metadata.generation", 2), "Deployment")
    assert [one.what for one in finding.breaches] == ["its status is about generation 1, its spec is generation 2"]


@pytest.mark.parametrize(
    ("obj", "missing"),
    [
        (changed(deployment(), "status", {}), "status.observedGeneration"),
        (changed(deployment(), "metadata.generation", None), "metadata.generation"),
    ],
)
def test_an_object_that_does_not_say(obj: Json, missing: str) -> None:
    assert check_observed(obj, "Deployment").vacuous == f"it has no {missing}: its status does not say which spec it is about"
