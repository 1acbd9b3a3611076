"""deploy-bad-rollout-keeps-old."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.stalled import check_stalled, stall_reason
from pytest_kworkload.history.model import History

from ...histories import (
    Change,
    Json,
    at,
    changed,
    crashed,
    deployment,
    event,
    failed,
    gone,
    moment,
    pending,
    pod,
    replica_set,
    story,
    template,
    terminating,
    unready,
    what_broke,
)

UID = "Deployment/web"


def web(image: str = "web:1", **spec: Any) -> Json:
    return deployment(replicas=2, image=image, **spec)


def bad(**spec: Any) -> Json:
    """The Deployment with the broken version, as far as its controller got."""
    return changed(web("web:2", **spec), "status.updatedReplicas", 1)


OLD = replica_set("web-1", web(), replicas=2, number=1)
NEW = replica_set("web-2", web(), replicas=1, number=2)
A, B = pod("a", OLD), pod("b", OLD)
X, Y = pod("x", NEW, image="web:2"), pod("y", NEW, image="web:2")
PULL = pending(X, "ImagePullBackOff", "no such image")


def tried(*changes: Change) -> History:
    return story(web(), OLD, A, B, at(1, bad()), at(1.1, NEW), *changes)


def check(history: History) -> Finding:
    return check_stalled(history, UID)


STUCK = tried(at(2, pending(X)), at(3, PULL))


def test_the_old_version_stays() -> None:
    finding = check(STUCK)
    assert finding.holds
    assert finding.terms == (
        "replicas 2",
        "the strategy allows 0 unavailable (maxUnavailable 25%)",
        "promised: at least 2 old pods available",
    )
    assert finding.evidence == {"old_available": 2, "bound": 2, "reason": "container main: ImagePullBackOff: no such image"}
    assert finding.trigger == moment(1)


def test_what_it_waits_for_when_it_is_not_stuck_for_good() -> None:
    assert check(tried(at(2, unready(X)))).evidence["reason"] == "container main: not ready yet (readiness probe)"


def test_a_broken_version_over_one_that_was_stuck_already() -> None:
    """The ReplicaSet of the first attempt is no new version; its pod goes, the old ones stay."""
    third = replica_set("web-3", web(), replicas=1, number=3)
    z = pending(pod("z", third), "ErrImagePull")
    history = story(bad(), OLD, NEW, A, B, PULL, at(1, web("web:3")), at(1.1, third), at(2, z), at(2.1, terminating(PULL)))
    assert check(history).holds


CLOSED = unready(pod("x", NEW, image="web:2", readinessGates=[{"conditionType": "example.com/go"}]))
CLOSED["status"]["containerStatuses"][0]["ready"] = True
CLOSED["status"]["conditions"].append({"type": "ContainersReady", "status": "True"})


class TestStalled:
    """What a wait for the stall ends with: only what does not come by itself."""

    @pytest.mark.parametrize(
        ("x", "reason"),
        [
            (PULL, "container main: ImagePullBackOff: no such image"),
            (pending(X, "CrashLoopBackOff"), "container main: CrashLoopBackOff"),
            (pending(X, "CreateContainerConfigError"), "container main: CreateContainerConfigError"),
            (
                changed(X, "status", {"conditions": [{"type": "PodScheduled", "status": "False", "message": "no node"}]}),
                "not scheduled: no node",
            ),
        ],
    )
    def test_what_does_not_come_by_itself(self, x: Json, reason: str) -> None:
        assert stall_reason(tried(at(2, x)), UID) == reason

    def test_an_init_container(self) -> None:
        setup = {"name": "setup", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
        stuck = changed(pending(X, "PodInitializing"), "status.initContainerStatuses", [setup])
        assert stall_reason(tried(at(2, stuck)), UID) == "container setup: CrashLoopBackOff"

    def test_a_gate_that_nobody_opens(self) -> None:
        assert stall_reason(tried(at(2, CLOSED)), UID) == "readiness gate example.com/go is not True"

    @pytest.mark.parametrize(
        "x",
        [
            pending(X),
            pending(X, "PodInitializing"),
            unready(X),
            crashed(X),
            crashed(X, restarted=True),
            X,
            changed(CLOSED, "status.conditions", []),  # its containers are not ready yet
            changed(CLOSED, "spec.readinessGates", []),  # no gate: Ready follows at once
        ],
    )
    def test_what_may_still_come(self, x: Json) -> None:
        """A pod that is being created, that only starts slowly, or that ended once is not stuck."""
        assert stall_reason(tried(at(2, x)), UID) is None

    def test_a_failing_probe_counts_when_the_deployment_gives_up(self) -> None:
        condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
        late = changed(bad(), "status.conditions", [condition])
        assert stall_reason(tried(at(2, unready(X)), at(12, late)), UID) == "container main: not ready yet (readiness probe)"
        assert stall_reason(tried(at(2, X), at(12, late)), UID) is None

    def test_not_before_all_its_pods_are_there(self) -> None:
        two = replica_set("web-2", web(), replicas=2, number=2)
        assert stall_reason(tried(at(1.5, two), at(2, PULL)), UID) is None

    def test_not_while_one_pod_may_still_come(self) -> None:
        two = replica_set("web-2", web(), replicas=2, number=2)
        assert stall_reason(tried(at(1.5, two), at(2, PULL), at(2.1, pending(Y))), UID) is None

    def test_failed_pods_are_not_counted(self) -> None:
        assert stall_reason(tried(at(2, failed(X))), UID) is None
        assert stall_reason(tried(at(2, failed(X)), at(2.1, pending(Y, "ErrImagePull"))), UID) == "container main: ErrImagePull"

    def test_terminating_pods_are_not_counted(self) -> None:
        assert stall_reason(tried(at(2, PULL), at(2.1, terminating(PULL))), UID) is None
        assert stall_reason(tried(at(2, terminating(X)), at(2.1, pending(Y, "ErrImagePull"))), UID) == "container main: ErrImagePull"

    def test_not_before_there_is_a_new_version(self) -> None:
        assert stall_reason(story(web(), OLD, A, B), UID) is None
        assert stall_reason(story(web(), OLD, A, B, at(1, bad())), UID) is None

    def test_not_while_the_controller_lags_behind(self) -> None:
        """The next version is on its way already."""
        assert stall_reason(tried(at(2, PULL), at(3, changed(bad(), "metadata.generation", 2))), UID) is None

    def test_not_when_the_rollout_is_complete(self) -> None:
        assert stall_reason(tried(at(2, PULL), at(3, web("web:2"))), UID) is None

    def test_not_when_the_deployment_is_gone(self) -> None:
        assert stall_reason(tried(at(2, PULL), gone(3, bad())), UID) is None


class TestBroken:
    took_over = (at(2, pending(X)), at(3, X), at(3.1, terminating(A)), at(4, Y), at(4.1, terminating(B)))

    def test_the_new_version_takes_over(self) -> None:
        finding = check(tried(*self.took_over))
        assert [(one.what, one.at) for one in finding.breaches] == [("old pods available: 0", moment(3.1))]
        assert finding.chart is not None
        assert {lane.name: lane.revision for lane in finding.chart.lanes} == {"a": "old", "b": "old", "x": "new", "y": "new"}
        assert (finding.chart.counted, [count for _, count in finding.chart.counts]) == ("old available", [2, 2, 2, 1, 1, 0])
        assert finding.cause == "the new version became available, so the Deployment went on and took the old pods down"
        assert finding.change == "spec.template.spec.containers[].readinessProbe: one that the broken version fails"

    def test_a_version_without_a_readiness_signal(self) -> None:
        bare = changed(bad(), "spec.template", template("web:2", probe=False))
        finding = check(story(web(), OLD, A, B, at(1, bare), at(1.1, NEW), *self.took_over))
        assert finding.cause.startswith("the new version has no readiness signal, so its pods counted as available")
        assert finding.change.startswith("spec.template.spec.containers[].readinessProbe: add one that a broken version fails")

    def test_an_old_pod_that_crashes(self) -> None:
        finding = check(tried(at(2, PULL), at(3, crashed(A, 137))))
        assert what_broke(finding) == ["old pods available: 1"]
        assert finding.cause == "a: container main ended with exit code 137 (Error)"

    def test_an_old_pod_that_is_taken_down_although_the_strategy_forbids_it(self) -> None:
        deleted = event("SuccessfulDelete", OLD, "Deleted pod: a")
        finding = check(tried(at(2, PULL), at(3, terminating(A)), at(3.1, deleted)))
        assert finding.cause == "a: taken down by the controller, although the strategy lets none be unavailable"

    def test_going_back_to_a_good_version_is_no_stall(self) -> None:
        """The ReplicaSet of the version that is rolled out was there before; its pods are the new ones all the same."""
        idle = replica_set("web-1", web(), replicas=0, number=1)
        again = replica_set("web-1", web(), replicas=2, number=3)
        back = [at(2, A), at(2.1, terminating(X)), at(3, B), at(3.1, terminating(Y))]
        finding = check(story(web("web:2"), idle, NEW, X, Y, at(1, web()), at(1.1, again), *back))
        assert [(one.what, one.at) for one in finding.breaches] == [("old pods available: 0", moment(2.1))]

    def test_scaling_down_in_the_block_lowers_the_promise(self) -> None:
        fewer = changed(bad(), "spec.replicas", 1)
        assert check(tried(at(2, PULL), at(3, fewer), at(3.1, terminating(A)))).holds


class TestVacuous:
    def test_no_new_revision(self) -> None:
        assert (
            check(story(web(), OLD, A, B)).vacuous
            == "the block made no new revision: the pod template is what it was, so nothing could stall"
        )

    def test_a_strategy_that_keeps_nothing(self) -> None:
        recreate = [changed(one, "spec.strategy", {"type": "Recreate"}) for one in (web(), bad())]
        finding = check(story(recreate[0], OLD, A, B, at(1, recreate[1]), at(1.1, NEW), at(2, PULL)))
        assert finding.vacuous == "the strategy lets all old pods go, so none is promised to stay"
        assert finding.change == "spec.strategy.type: RollingUpdate (now Recreate)"

    def test_too_few_at_the_start(self) -> None:
        finding = check(story(web(), OLD, A, unready(B), at(1, bad()), at(1.1, NEW), at(2, PULL)))
        assert finding.vacuous == "old pods available when the block began: 1, fewer than the 2 promised to stay"

    def test_back_to_the_version_that_is_still_up(self) -> None:
        """The old version is the broken one, and was never available."""
        again = replica_set("web-1", web(), number=3)
        finding = check(story(bad(), OLD, NEW, A, B, PULL, at(1, web()), at(1.1, again), at(1.2, terminating(PULL))))
        assert finding.vacuous == "old pods available when the block began: 0, fewer than the 2 promised to stay"

    def test_a_version_that_was_never_tried(self) -> None:
        finding = check(story(web(), OLD, A, B, at(1, changed(bad(), "spec.paused", True))))
        assert finding.vacuous == "no pod of the new version was created, so it was not even tried"
        assert finding.change == "spec.paused: false (now true)"

    def test_a_deployment_that_the_block_created(self) -> None:
        assert check(story(at(1, web()))).vacuous == "the block created the Deployment: there was no old version to stay"
