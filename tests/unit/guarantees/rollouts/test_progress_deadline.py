"""deploy-progress-deadline: a rollout that makes no progress."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.progress_deadline import check_progress_deadline, deadline_report

from ...histories import Change, Json, at, changed, deployment, moment, stamp, story, what_broke

UID = "Deployment/web"


def web(image: str = "web:2", *, own: int | None = 3, **progressing: Any) -> Json:
    spec: Json = {} if own is None else {"progressDeadlineSeconds": own}
    made = deployment(image=image, **spec)
    return changed(made, "status.conditions", [{"type": "Progressing", **progressing}]) if progressing else made


def going(second: int, **how: Any) -> Json:
    """It made progress at this second."""
    stamps: Json = {"lastUpdateTime": stamp(second), "lastTransitionTime": stamp(0)}
    return changed(web(status="True", reason="ReplicaSetUpdated", **stamps, **how), "status.availableReplicas", 2)


def late(second: int, **how: Any) -> Json:
    stamps: Json = {"lastUpdateTime": stamp(second), "lastTransitionTime": stamp(second)}
    report = web(status="False", reason="ProgressDeadlineExceeded", message="it has timed out", **stamps, **how)
    return changed(report, "status.availableReplicas", 2)


BEFORE = web("web:1", status="True", reason="NewReplicaSetAvailable", lastUpdateTime=stamp(-100), lastTransitionTime=stamp(-100))


def held(*parts: Json | Change, seconds: int = 3) -> Finding:
    return check_progress_deadline(story(*parts), UID, seconds)


def test_it_is_reported_in_time() -> None:
    finding = held(BEFORE, at(1, web()), at(2, going(2)), at(5.3, late(5)))
    assert finding.holds
    assert finding.terms == ("expected: reported after 3 s", "progressDeadlineSeconds 3")
    assert finding.evidence == {"seconds": 3, "message": "it has timed out"}


def test_progress_in_the_second_of_the_report_comes_after_it() -> None:
    """The server's times are whole seconds: only the order of the versions tells."""
    finding = held(BEFORE, at(1, web()), at(2, going(2)), at(5.3, late(5)), at(5.4, going(5)), at(8.5, late(8)))
    assert finding.holds
    assert finding.evidence["seconds"] == 3


def test_too_early() -> None:
    finding = held(BEFORE, at(1, web()), at(2, going(2)), at(3, late(3)))
    assert [(one.what, one.at) for one in finding.breaches] == [("it was reported 1 s after the last progress", moment(3))]
    assert finding.check == "find what, other than the controller, writes the Deployment's status"


@pytest.mark.parametrize("own", [1, 9])
def test_another_deadline(own: int) -> None:
    finding = held(BEFORE, at(1, web(own=own)), at(2, going(2, own=own)), at(2 + own, late(2 + own, own=own)))
    assert finding.breaches[0].what == f"it was reported {own} s after the last progress"
    assert finding.change == f"spec.progressDeadlineSeconds: 3 (now {own})"


def test_it_is_not_reported() -> None:
    finding = held(BEFORE, at(1, web(own=None)), at(2, going(2, own=None)))
    assert what_broke(finding) == ["it was not reported"]
    assert finding.change == "spec.progressDeadlineSeconds: 3 (now 600)"
    assert held(BEFORE, at(2, going(2))).check == "whether it is reported with a longer timeout"


def test_somebody_goes_back() -> None:
    back = changed(BEFORE, "status.availableReplicas", 3)
    finding = held(BEFORE, at(2, going(2)), at(5, late(5)), at(6, back))
    assert what_broke(finding) == ["the template was changed afterwards"]
    assert finding.cause == "Kubernetes does not roll back by itself"


def test_a_report_about_an_older_generation_does_not_count() -> None:
    stale = changed(late(5), "metadata.generation", 2)
    assert deadline_report(story(BEFORE, at(1, web()), at(5, stale)), UID) is None


@pytest.mark.parametrize(
    ("parts", "vacuous"),
    [
        ((at(1, web()),), "the block created the Deployment"),
        (
            (BEFORE, at(1, changed(BEFORE, "spec.replicas", 5))),
            "the block made no new revision",
        ),
        ((BEFORE, at(1, changed(web(), "spec.paused", True))), "no deadline runs while the Deployment is paused"),
        ((BEFORE, at(1, web())), "the update was completed, so there was nothing to report"),
    ],
)
def test_vacuous(parts: tuple[Json | Change, ...], vacuous: str) -> None:
    assert held(*parts).vacuous.startswith(vacuous)
