"""pod-sidecar-order."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.sidecar_order import check_sidecar_order
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, ended, gone, having, moment, pod, running, stamp, story, terminating, waiting

ALWAYS = {"restartPolicy": "Always"}
POD = pod("web", initContainers=[{"name": "one", **ALWAYS}, {"name": "two", **ALWAYS}])


def stage(one: Json, two: Json, main: Json) -> Json:
    return having(POD, one=one, two=two, main=main)


STARTING = running(1, started=False)
UP = stage(running(1), running(2), running(3))


def over(one: float, two: float, main: float) -> Json:
    return terminating(stage(ended(0, 1, one), ended(0, 2, two), ended(0, 3, main)))


def check(history: History) -> Finding:
    return check_sidecar_order(history, "Pod/web")


def test_they_start_first() -> None:
    start = [at(1, stage(STARTING, waiting(), waiting())), at(2, stage(running(1), STARTING, waiting())), at(3, UP)]
    finding = check(story(at(0, changed(POD, "status", {})), *start))
    assert finding.holds
    assert finding.terms == ("sidecars: one, two", "containers: main")
    assert finding.evidence == {"started": True, "stopped": False, "ends": {}}


def test_they_end_last_and_in_reverse() -> None:
    finding = check(story(UP, at(5, terminating(UP)), gone(9, over(one=8, two=7, main=6))))
    assert finding.holds
    assert finding.evidence["ends"] == {"one": stamp(8), "two": stamp(7), "main": stamp(6)}


def test_within_one_second_there_is_no_order() -> None:
    assert check(story(UP, gone(9, over(one=6.1, two=6.5, main=6.9)))).holds


def test_a_container_that_does_not_wait_for_the_sidecar() -> None:
    finding = check(story(at(1, stage(STARTING, waiting(), running(1))), at(3, UP)))
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
        ("main had begun before one had started", moment(1), ("one  running", "main  running"))
    ]


def test_a_sidecar_that_has_started_once_may_fall_back() -> None:
    back = stage(running(4, started=False, restarts=1), running(2), running(3))
    assert check(story(at(1, stage(STARTING, waiting(), waiting())), at(3, UP), at(4, back))).holds


def test_a_sidecar_that_ends_before_what_it_serves() -> None:
    finding = check(story(UP, gone(9, over(one=8, two=5, main=7))))
    assert [(one.what, one.lines) for one in finding.breaches] == [
        ("two ended 2 s before main", (f"two  at {stamp(5)}", f"main  at {stamp(7)}"))
    ]
    assert finding.change.startswith("spec.initContainers[].lifecycle.preStop")


def test_sidecars_end_in_reverse() -> None:
    finding = check(story(UP, gone(9, over(one=7, two=8, main=6))))
    assert [one.what for one in finding.breaches] == ["one ended 1 s before two"]


def test_vacuous() -> None:
    assert check(story(at(1, pod("web")))).vacuous.startswith("the pod has no sidecar")
    finding = check(story(UP, at(1, terminating(UP))))
    assert finding.vacuous == "the window shows neither the start nor the end of the pod's containers"
    assert finding.check
