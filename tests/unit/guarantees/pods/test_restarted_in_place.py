"""pod-restart-in-place."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.restarted_in_place import check_restarted_in_place
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, ended, gone, having, pod, running, story, terminating, waiting

POD = having(pod("web"), main=running(), side=running())
ENDED = having(POD, main=ended(3, 0, 2), side=running())


def again(exit_code: int = 3, *, restarts: int = 1, until: float = 2, side: Json | None = None) -> Json:
    main = {**running(until + 1, restarts=restarts), "lastState": ended(exit_code, 0, until)["state"]}
    return having(POD, main=main, side=side or running())


def check(history: History, restarts: int = 1, container: str = "main") -> Finding:
    return check_restarted_in_place(history, "Pod/web", container, restarts)


def test_it_is_started_again() -> None:
    finding = check(story(POD, at(2, ENDED), at(3, again())))
    assert finding.holds
    assert finding.terms == ("container main", "expected: 1 restart", "restartPolicy Always")
    assert finding.evidence == {"restarts": 1, "exit_codes": (3,)}


def test_upstream_would_miss_an_end_that_no_version_shows() -> None:
    """A poll sees the container running before and after; its last state tells that it had ended."""
    assert check(story(POD, at(3, again()))).evidence["exit_codes"] == (3,)


def test_twice() -> None:
    finding = check(story(POD, at(2, ENDED), at(3, again()), at(9, again(4, restarts=2, until=8))), restarts=2)
    assert finding.holds
    assert finding.evidence == {"restarts": 2, "exit_codes": (3, 4)}


def test_an_older_end_does_not_count() -> None:
    finding = check(story(again(), at(3, again())))
    assert finding.vacuous == "container main did not end in the block, so it was not started again"


def test_it_is_not_started_again() -> None:
    finding = check(story(POD, at(2, ENDED), at(3, having(POD, main=waiting("CrashLoopBackOff"), side=running()))))
    assert [(one.what, one.lines) for one in finding.breaches] == [("restarts: 0", ("main  waiting (CrashLoopBackOff)",))]
    assert finding.cause == "the back-off between restarts grows: 10 s, then twice as long each time"
    assert finding.check == "whether timeout= leaves time for this many restarts="


@pytest.mark.parametrize(("policy", "phase"), [("Never", "Failed"), ("OnFailure", "Succeeded")])
def test_the_pod_finishes_instead(policy: str, phase: str) -> None:
    web = changed(POD, "spec.restartPolicy", policy)
    over = changed(having(web, main=ended(3, 0, 2), side=running()), "status.phase", phase)
    finding = check(story(web, at(2, over)))
    assert [(one.what, one.lines) for one in finding.breaches] == [(f"the pod's phase is {phase}", ("main  ended with exit code 3",))]
    assert finding.change == f"spec.restartPolicy: Always (now {policy})"


def test_another_container_is_started_again_too() -> None:
    finding = check(story(POD, at(2, ENDED), at(3, again(side=running(3, restarts=1)))))
    assert [one.what for one in finding.breaches] == ["other containers were started again too: side"]


def test_another_pod_is_no_restart() -> None:
    finding = check(
        story(POD, at(1, terminating(POD)), gone(2, terminating(POD)), at(3, {**POD, "metadata": {**POD["metadata"], "uid": "new"}}))
    )
    assert [one.what for one in finding.breaches] == ["the pod was deleted, and not only its container started again"]


@pytest.mark.parametrize(
    ("history", "container", "vacuous"),
    [
        (story(at(1, POD)), "main", "the block created the Pod: nothing ran that could end"),
        (story(POD), "main", "container main did not end"),
        (story(POD), "other", "the pod has no container other; it has: main, side"),
    ],
)
def test_vacuous(history: History, container: str, vacuous: str) -> None:
    finding = check(history, container=container)
    assert vacuous in finding.vacuous
    assert finding.check
