"""pod-init-order."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.init_order import check_init_order
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, conditions, ended, failed, having, moment, pod, running, story, waiting

POD = pod("web", initContainers=[{"name": "one"}, {"name": "side", "restartPolicy": "Always"}, {"name": "two"}])


def stage(one: Json, two: Json, main: Json, *, initialized: bool = False) -> Json:
    return conditions(having(POD, one=one, two=two, main=main), Initialized=initialized)


FIRST = stage(running(1), waiting(), waiting())
SECOND = stage(ended(0, 1, 2), running(2), waiting())
LAST = stage(ended(0, 1, 2), ended(0, 2, 3), running(3), initialized=True)


def check(history: History) -> Finding:
    return check_init_order(history, "Pod/web")


def test_one_after_the_other() -> None:
    finding = check(story(at(0, changed(POD, "status", {})), at(1, FIRST), at(2, SECOND), at(3, LAST)))
    assert finding.holds
    assert finding.terms == ("init containers: one, two", "restartPolicy Always")
    assert finding.evidence == {"order": ("one", "two"), "attempts": {"one": 1, "two": 1}, "started": ("main",)}


def test_an_attempt_that_fails_is_repeated_before_anything_else() -> None:
    again = stage(running(3, restarts=1), waiting(), waiting())
    over = stage(ended(0, 3, 4, restarts=1), ended(0, 4, 5), running(5), initialized=True)
    finding = check(story(at(1, FIRST), at(2, stage(ended(1, 1, 2), waiting(), waiting())), at(3, again), at(5, over)))
    assert finding.holds
    assert finding.evidence["attempts"] == {"one": 2, "two": 1}


def test_a_pod_that_fails_in_its_init_never_starts() -> None:
    finding = check(story(at(1, FIRST), at(2, failed(stage(ended(1, 1, 2), waiting(), waiting())))))
    assert finding.holds
    assert finding.evidence["started"] == ()


def test_upstream_would_pass_an_app_that_started_too_early() -> None:
    """Upstream collects such events in a slice that it gets by value, and drops the error that it returns."""
    early = stage(running(1), waiting(), running(2))
    finding = check(story(at(1, FIRST), at(2, early), at(3, SECOND), at(4, LAST)))
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
        (
            "main had started before one was done",
            moment(2),
            ("one  running", "two  waiting (PodInitializing)", "main  running"),
        )
    ]


def test_an_init_container_that_failed_is_not_done() -> None:
    finding = check(story(at(1, FIRST), at(2, stage(ended(1, 1, 2), running(2), waiting()))))
    assert [one.what for one in finding.breaches] == ["two had started before one was done"]


def test_what_no_version_shows_is_in_the_times() -> None:
    finding = check(story(at(1, FIRST), at(9, stage(ended(0, 1, 5), ended(0, 4, 6), running(7), initialized=True))))
    assert [one.what for one in finding.breaches] == [
        "two started at 2026-01-02T03:04:09Z, before one ended at 2026-01-02T03:04:10Z",
    ]


def test_it_does_not_fall_back() -> None:
    finding = check(story(at(1, FIRST), at(3, LAST), at(4, stage(ended(0, 1, 2), ended(0, 2, 3), running(3)))))
    assert [one.what for one in finding.breaches] == ["it was initialized, and is no longer"]
    assert finding.check == "what writes the pod's status or restarts its node in the block"


def test_vacuous() -> None:
    assert check(story(LAST)).vacuous == "the Pod was there before the block: its start was not seen"
    plain = pod("web", initContainers=[{"name": "side", "restartPolicy": "Always"}])
    finding = check(story(at(1, plain)))
    assert "no init container that ends" in finding.vacuous
    assert finding.change.startswith("spec.initContainers")
