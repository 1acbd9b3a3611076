"""pod-readiness: that a pod is Ready, and what holds it back."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.readiness import check_not_ready_before, check_pod_ready
from pytest_kworkload.history.model import History

from ...histories import (
    Json,
    at,
    changed,
    conditions,
    failed,
    having,
    moment,
    pod,
    running,
    story,
    template,
    terminating,
    unready,
    waiting,
)

GATE = "example.com/in-service"
GATED = having(pod("web", readinessGates=[{"conditionType": GATE}]), main=running())


def gated(gate: bool, ready: bool, obj: Json = GATED) -> Json:
    made = conditions(obj, Ready=ready, gate=gate)
    made["status"]["conditions"][1]["type"] = GATE
    return made


def check(history: History, what: str = GATE) -> Finding:
    return check_not_ready_before(history, "Pod/web", what)


class TestPodReady:
    def test_a_ready_pod(self) -> None:
        finding = check_pod_ready(pod("web"))
        assert finding.holds
        assert finding.evidence == {"node": "node-0", "containers": ("main",)}

    def test_a_gate_is_a_signal_too(self) -> None:
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
    def test_a_pod_that_is_not(self, obj: Json, what: str, line: str) -> None:
        assert [(one.what, one.lines) for one in check_pod_ready(obj).breaches] == [(what, (line,))]

    def test_without_a_signal_ready_means_nothing(self) -> None:
        finding = check_pod_ready(changed(pod("web"), "spec", template(probe=False)["spec"]))
        assert finding.vacuous == "the pod has no readiness signal: it is Ready as soon as its processes are started"
        assert "readinessProbe" in finding.change


class TestGate:
    def test_ready_when_the_gate_is_set(self) -> None:
        finding = check(story(at(1, gated(False, False)), at(4, gated(True, False)), at(4.5, gated(True, True))))
        assert finding.holds
        assert finding.terms == (f"not Ready before {GATE}",)
        assert finding.evidence == {"seconds": 3.5}

    def test_ready_before_the_gate_is_set(self) -> None:
        finding = check(story(at(1, gated(False, False)), at(2, gated(False, True))))
        assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
            (f"it became Ready before {GATE} allowed it", moment(2), (f"condition {GATE}: False",))
        ]
        assert finding.check == "what, other than its kubelet, writes the pod's status"

    def test_a_gate_that_falls_later_is_not_about_the_start(self) -> None:
        every = [at(1, gated(False, False)), at(2, gated(True, True)), at(3, gated(False, True)), at(3.1, gated(False, False))]
        assert check(story(*every)).holds

    def test_a_gate_that_was_set_too_early_held_nothing_back(self) -> None:
        early = gated(False, False, having(GATED, main=running(ready=False)))
        finding = check(story(at(1, early), at(2, gated(True, True))))
        assert finding.vacuous == f"{GATE} held nothing back: it allowed the pod to be Ready from the start"

    def test_no_such_gate(self) -> None:
        finding = check(story(at(1, having(pod("web"), main=running()))))
        assert finding.vacuous == f"the pod has no readiness gate {GATE}"
        assert finding.change == f"spec.readinessGates: [{{conditionType: {GATE}}}]"

    def test_never_ready(self) -> None:
        assert check(story(at(1, gated(False, False)))).vacuous == "the pod did not become Ready in the block"


class TestStartupProbe:
    POD = changed(pod("web"), "spec.containers", [{"name": "main", "startupProbe": {}}])

    def test_ready_when_it_has_started(self) -> None:
        starting = conditions(having(self.POD, main=running(started=False, ready=False)), Ready=False)
        up = conditions(having(self.POD, main=running()), Ready=True)
        finding = check(story(at(1, conditions(having(self.POD, main=waiting()), Ready=False)), at(2, starting), at(5, up)), "startupProbe")
        assert finding.evidence == {"seconds": 3.0}
        early = conditions(having(self.POD, main=running(started=False)), Ready=True)
        assert check(story(at(2, starting), at(3, early)), "startupProbe").breaches[0].lines == (
            "main  running since 2026-01-02 03:04:05+00:00, started False",
        )

    def test_no_probe(self) -> None:
        assert check(story(at(1, pod("web"))), "startupProbe").vacuous == "the pod has no container with a startupProbe"


class TestInitialDelay:
    POD = changed(pod("web"), "spec.containers", [{"name": "main", "readinessProbe": {"initialDelaySeconds": 5}}])

    @pytest.mark.parametrize(("second", "holds"), [(6, True), (5, True), (4, False)])
    def test_ready_when_the_delay_is_over(self, second: float, holds: bool) -> None:
        """It starts in second 1; times are cut to whole seconds, so one second less is none."""
        waits = conditions(having(self.POD, main=running(1, ready=False)), Ready=False)
        up = conditions(having(self.POD, main=running(1)), Ready=True)
        assert check(story(at(1, waits), at(second, up)), "initialDelaySeconds").holds is holds

    def test_no_delay(self) -> None:
        finding = check(story(at(1, pod("web"))), "initialDelaySeconds")
        assert finding.vacuous == "the pod has no readiness probe with initialDelaySeconds of 2 or more"
