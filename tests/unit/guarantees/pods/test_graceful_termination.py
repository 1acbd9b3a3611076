"""pod-graceful-termination."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.graceful_termination import check_graceful_termination
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, ended, failed, gone, having, pod, running, stamp, story, waiting

POD = changed(
    having(pod("web", terminationGracePeriodSeconds=10), main=running()),
    "spec.containers",
    [{"name": "main", "lifecycle": {"preStop": {}}}],
)


ASKED = 5


def going(obj: Json, grace: int = 10, second: float = ASKED) -> Json:
    """Deleted in this second, with this grace."""
    dated = changed(obj, "metadata.deletionTimestamp", stamp(second + grace))
    return changed(dated, "metadata.deletionGracePeriodSeconds", grace)


def over(exit_code: int = 0, until: float = 7, *, dated: float | None = None, **status: object) -> Json:
    """The last version: the kubelet has deleted it without grace. That is dated with its moment; up to 1.32 with ASKED."""
    main = ended(exit_code, 0, until)
    main["state"]["terminated"] |= status
    return going(having(POD, main=main), 0, until + 1 if dated is None else dated)


def check(history: History, grace: int | None = None, pre_stop: float | None = None) -> Finding:
    return check_graceful_termination(history, "Pod/web", grace, pre_stop)


def test_it_ends_by_itself() -> None:
    finding = check(story(POD, at(5, going(POD)), gone(8, over())), grace=10, pre_stop=2)
    assert finding.holds
    assert finding.terms == ("terminationGracePeriodSeconds 10", "expected: a grace period of 10 s", "expected: 2 s of preStop")
    assert finding.evidence == {"grace_seconds": 10, "seconds": 2.0, "exit_codes": {"main": 0}}


def test_it_has_to_be_killed() -> None:
    finding = check(story(POD, at(5, going(POD)), gone(16, over(137, 15))))
    assert [(one.what, one.lines) for one in finding.breaches] == [
        ("container main had to be killed: it did not end within its grace period", ("main  exit code 137",)),
    ]
    assert finding.change == "spec.terminationGracePeriodSeconds: more than 10 (now 10), if the program needs longer"
    assert finding.check == "whether the container's program ends on SIGTERM"


def test_one_that_ran_out_of_memory_was_not_killed_for_being_late() -> None:
    assert check(story(POD, at(5, going(POD)), gone(8, over(137, 7, reason="OOMKilled")))).holds


@pytest.mark.parametrize("dated", [None, ASKED])
@pytest.mark.parametrize(("until", "holds"), [(9, True), (15, True), (18, True), (19, False)])
def test_it_ends_in_time(until: float, holds: bool, dated: float | None) -> None:
    """The deadline is in second 15; a node grants two seconds more, and times are in whole seconds."""
    assert check(story(POD, at(5, going(POD)), gone(20, over(0, until, dated=dated)))).holds is holds


def test_it_is_left_alone_after_its_time() -> None:
    finding = check(story(POD, at(5, going(POD)), gone(26, over(0, 25))))
    assert [one.what for one in finding.breaches] == ["container main ended 10 s after its grace period"]
    assert (finding.change, finding.check) == ("", "what kept the node's kubelet from its work at that time")


@pytest.mark.parametrize("last", [going(POD, 0), POD])
def test_it_is_deleted_by_force(last: Json) -> None:
    finding = check(story(POD, gone(5, last)))
    assert [(one.what, one.lines) for one in finding.breaches] == [
        ("the pod's object went without waiting for its containers", ("main  was running when the pod's object went",)),
    ]
    assert finding.check == "what deletes it by force: the block should delete() it without grace_seconds=0"


def test_another_grace_period() -> None:
    finding = check(story(POD, at(5, going(POD, 3)), gone(8, over())), grace=30)
    assert [one.what for one in finding.breaches] == ["its grace period was 3 s"]
    assert finding.change == "spec.terminationGracePeriodSeconds: 30 (now 10)"
    assert finding.check == "whether the deletion has a grace_seconds of its own"


def test_a_hook_that_did_not_run() -> None:
    finding = check(story(POD, at(5, going(POD)), gone(8, over(until=6))), pre_stop=3)
    assert [one.what for one in finding.breaches] == ["container main ended 1 s after the deletion: its preStop hook had no 3 s"]
    assert finding.change == "spec.containers[].lifecycle.preStop: one that takes 3 s or more"
    assert finding.check == "whether the hook's command succeeds in the container"


def test_containers_that_ended_before_do_not_count() -> None:
    done = having(changed(POD, "spec.initContainers", [{"name": "init"}]), init=ended(137, 0, 1), main=running())
    last = having(going(done), init=ended(137, 0, 1), main=ended(0, 0, 7))
    finding = check(story(done, at(5, going(done)), gone(8, last)), pre_stop=2)
    assert finding.holds
    assert finding.evidence["exit_codes"] == {"main": 0}


@pytest.mark.parametrize(
    ("obj", "seconds", "vacuous", "needed"),
    [
        (changed(POD, "spec.containers", [{"name": "main"}]), 5, "no container has a preStop hook", 5),
        (POD, 1, "times are in whole seconds, so a hook of less than 2 s cannot be seen", 2),
    ],
)
def test_a_hook_that_cannot_be_seen(obj: Json, seconds: float, vacuous: str, needed: int) -> None:
    finding = check(story(obj, at(5, going(obj)), gone(8, having(going(obj), main=ended(0, 0, 6)))), pre_stop=seconds)
    assert finding.vacuous == vacuous
    assert finding.change == f"spec.containers[].lifecycle.preStop: one that takes {needed} s or more"


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [
        (story(POD), "the pod was not deleted"),
        (story(failed(POD), gone(1, failed(POD))), "no container of the pod ran when it was deleted"),
        (story(having(POD, main=waiting()), gone(1, having(POD, main=waiting()))), "no container of the pod ran when it was deleted"),
    ],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert vacuous in finding.vacuous
    assert finding.check
