"""deploy-rolling-available, on hand-made updates of a Deployment from web:1 (web-1) to web:2 (web-2)."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.rolling_update import check_rolling_update
from pytest_kworkload.history.model import History

from ...histories import (
    Change,
    Json,
    at,
    changed,
    crashed,
    deployment,
    event,
    evicted,
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


def before(replicas: int = 3, **options: Any) -> Json:
    return deployment(replicas=replicas, **options)


def after(replicas: int = 3, **options: Any) -> Json:
    return deployment(replicas=replicas, image="web:2", **options)


OLD = replica_set("web-1", before(), number=1)
NEW = replica_set("web-2", before(), number=2)
A, B, C = (pod(name, OLD) for name in "abc")
D = pod("d", OLD)
X, Y, Z = (pod(name, NEW, image="web:2") for name in "xyz")


def surge(second: float, old: Json, new: Json) -> list[Change]:
    """One step of a good update: the new pod first, then the old one goes."""
    return [
        at(second, pending(new)),
        at(second + 0.5, new),
        at(second + 0.6, terminating(old)),
        gone(second + 0.9, terminating(old)),
    ]


def check(history: History, min_available: int | str | None = None) -> Finding:
    return check_rolling_update(history, "Deployment/web", min_available)


GOOD = [at(1, after()), at(1.1, NEW), *surge(2, A, X), *surge(3, B, Y), *surge(4, C, Z)]


def test_the_trigger_is_no_later_than_what_followed_it() -> None:
    """Each kind has a connection of its own: the pods' may be quicker than the Deployment's."""
    finding = check(story(before(), OLD, A, B, C, at(2, after()), at(1.5, terminating(A)), at(3, NEW)))
    assert finding.trigger == moment(1.5)
    assert finding.breaches[0].at == moment(1.5)


class TestHolds:
    def test_a_good_update(self) -> None:
        finding = check(story(before(), OLD, A, B, C, *GOOD))
        assert finding.holds
        assert finding.subject == "Deployment web"
        assert finding.terms == (
            "replicas 3",
            "its strategy promises: at least 3 available",
            "the strategy allows 0 unavailable (maxUnavailable 25%)",
        )
        assert finding.evidence == {
            "lowest_available": 3,
            "highest_available": 4,
            "bound": 3,
            "replicas": 3,
            "states": 13,
            "seconds": pytest.approx(3.9),
        }
        assert (finding.cause, finding.change) == ("", "")

    def test_less_than_the_bound_is_not_asked_for(self) -> None:
        drop = [at(1, after()), at(1.1, NEW), at(2, unready(A)), at(3, A), *surge(4, A, X)]
        finding = check(story(before(), OLD, A, B, C, *drop), 2)
        assert finding.holds
        assert finding.evidence["lowest_available"] == 2
        assert finding.terms[1] == "asked for: at least 2 available"

    def test_a_percentage_rounds_up(self) -> None:
        assert check(story(before(), OLD, A, B, C, *GOOD), "50%").evidence["bound"] == 2

    def test_pods_of_others_do_not_count(self) -> None:
        other = replica_set("other-1", deployment("other"))
        stranger = pod("stranger", other)
        finding = check(story(before(), OLD, A, B, C, other, stranger, at(0.5, unready(stranger)), *GOOD))
        assert finding.holds
        assert finding.evidence["highest_available"] == 4

    def test_a_bad_image_that_is_rolled_back_without_a_new_pod(self) -> None:
        """The update back to web-1 only takes the broken pod away."""
        stuck, again = pending(X, "ErrImagePull"), replica_set("web-1", before(), number=3)
        finding = check(story(after(), OLD, NEW, A, B, C, stuck, at(1, before()), at(1.1, again), at(1.2, terminating(stuck))))
        assert finding.holds

    def test_scaling_is_not_part_of_the_promise(self) -> None:
        fewer = [at(1, after(replicas=2)), at(1.1, terminating(A)), at(1.2, NEW), *surge(2, B, X), *surge(3, C, Y)]
        finding = check(story(before(), OLD, A, B, C, *fewer))
        assert finding.holds
        assert finding.evidence["replicas"] == 2

    def test_growing_in_the_block_asks_for_what_was_there_before(self) -> None:
        more = [at(1, after(replicas=6)), at(1.1, NEW), *surge(2, A, X)]
        finding = check(story(before(), OLD, A, B, C, *more))
        assert finding.holds
        assert finding.evidence["bound"] == 3

    def test_an_adopted_replica_set(self) -> None:
        """The Deployment takes over a ReplicaSet in the window; its pods count from the start."""
        orphan = replica_set("web-1")
        finding = check(story(before(), orphan, A, B, C, at(0.5, OLD), *GOOD))
        assert finding.holds


class TestBroken:
    def test_a_pod_that_is_taken_down_first(self) -> None:
        early = [at(1, after()), at(1.1, NEW), at(2, terminating(A)), at(2.1, pending(X)), at(3, X), gone(4, A)]
        finding = check(story(before(), OLD, A, B, C, *early))
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [("2 available", moment(2), moment(3))]
        assert finding.trigger == moment(1)
        assert finding.evidence["lowest_available"] == 2

    def test_upstream_would_pass_a_drop_between_two_polls(self) -> None:
        """Upstream looks every 2 seconds, and sees three available pods each time."""
        drop = [at(1, after()), at(1.1, NEW), at(2.6, unready(B)), at(2.65, B), *surge(3, A, X)]
        history = story(before(), OLD, A, B, C, *drop)
        polls = [history.until(moment(second)).objects("Pod").values() for second in range(0, 12, 2)]
        assert [sum(dict(pod)["status"]["conditions"][0]["status"] == "True" for pod in poll) for poll in polls] == [3, 3, 3, 3, 3, 3]
        finding = check(history)
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [("2 available", moment(2.6), moment(2.65))]

    def test_each_stretch_once_with_its_first_and_its_lowest_number(self) -> None:
        drops = [at(2, unready(A)), at(3, unready(B)), at(4, B), at(5, A), at(6, unready(C)), at(7, C), *surge(8, A, X)]
        finding = check(story(before(), OLD, A, B, C, at(1, after()), at(1.1, NEW), *drops))
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [
            ("2, then 1 available", moment(2), moment(5)),
            ("2 available", moment(6), moment(7)),
        ]

    def test_to_the_end_of_the_window(self) -> None:
        finding = check(story(before(), OLD, A, B, C, at(1, after()), at(1.1, NEW), at(2, terminating(A)), gone(3, A)))
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [("2 available, until the end", moment(2), None)]

    def test_before_the_trigger(self) -> None:
        finding = check(story(before(), OLD, A, B, C, at(0.5, unready(A)), at(0.9, A), *GOOD))
        assert finding.breaches[0].at == moment(0.5)
        assert finding.trigger == moment(1)

    def test_terminating_pods_are_not_available_however_ready(self) -> None:
        finding = check(story(before(), OLD, A, B, C, at(1, after()), at(1.1, NEW), at(2, terminating(A)), at(3, pending(X))))
        assert what_broke(finding) == ["2 available, until the end"]

    def test_a_namesake_is_another_pod(self) -> None:
        """A new pod of the same name that is not Ready is no substitute for the one that is gone."""
        namesake = pod("a", OLD, uid="another")
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], gone(2, A), at(2.1, pending(namesake)), at(5, namesake)))
        assert [(one.what, one.until) for one in finding.breaches] == [("2 available", moment(5))]

    def test_min_ready_seconds(self) -> None:
        """A new pod that is Ready but not yet available does not replace an old one."""
        young = [at(1, after(minReadySeconds=10)), at(1.1, NEW), at(2, X), at(5, terminating(A)), gone(6, A), at(20, Y)]
        finding = check(story(before(minReadySeconds=10), OLD, A, B, C, *young))
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [("2 available", moment(5), moment(11))]

    def test_min_ready_seconds_have_a_grain_of_one_second(self) -> None:
        on_time = [at(1, after(minReadySeconds=10)), at(1.1, NEW), at(2.9, X), at(11.95, terminating(A)), gone(13, A)]
        assert check(story(before(minReadySeconds=10), OLD, A, B, C, *on_time)).holds
        early = [at(1, after(minReadySeconds=10)), at(1.1, NEW), at(2.9, X), at(11.85, terminating(A)), gone(13, A)]
        assert not check(story(before(minReadySeconds=10), OLD, A, B, C, *early)).holds

    def test_pods_of_the_new_version_count_like_those_of_the_old(self) -> None:
        flapping = [*GOOD, at(6, unready(Z)), at(7, Z)]
        assert what_broke(check(story(before(), OLD, A, B, C, *flapping))) == ["2 available"]

    def test_pods_that_follow_only_the_labels_do_not_count(self) -> None:
        impostor = pod("impostor", replica_set("other-1"), labels={"pod-template-hash": "web-1"})
        finding = check(story(before(), OLD, A, B, C, impostor, at(1, after()), at(1.1, NEW), at(2, terminating(A))))
        assert what_broke(finding) == ["2 available, until the end"]

    def test_a_failed_pod_does_not_count(self) -> None:
        finding = check(story(before(), OLD, A, B, C, at(1, after()), at(1.1, NEW), at(2, failed(A)), at(3, pending(X))))
        assert what_broke(finding) == ["2 available, until the end"]

    def test_an_orphaned_replica_set_takes_no_pod_out_of_the_count(self) -> None:
        orphan = replica_set("web-1")
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, unready(A)), at(3, orphan), at(4, X)))
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [("2 available", moment(2), moment(4))]


class TestBounds:
    @pytest.mark.parametrize(
        ("unavailable", "surged", "replicas", "bound", "how"),
        [
            ("25%", "25%", 4, 3, "1 unavailable (maxUnavailable 25%)"),
            ("25%", "25%", 3, 3, "0 unavailable (maxUnavailable 25%)"),
            ("25%", 0, 3, 2, "1 unavailable (maxUnavailable 25%)"),
            (1, 1, 3, 2, "1 unavailable (maxUnavailable 1)"),
        ],
    )
    def test_the_strategys_own_promise(self, unavailable: int | str, surged: int | str, replicas: int, bound: int, how: str) -> None:
        strategy: Json = {"unavailable": unavailable, "surge": surged}
        pods = [pod(f"old-{n}", OLD) for n in range(replicas)]
        finding = check(story(before(replicas, **strategy), OLD, *pods, at(1, after(replicas, **strategy)), at(2, NEW), at(3, X)))
        assert finding.evidence["bound"] == bound
        assert finding.terms[2] == f"the strategy allows {how}"

    def test_a_strategy_that_says_nothing_has_the_defaults(self) -> None:
        plain, updated = (changed(one, "spec.strategy", {}) for one in (before(4), after(4)))
        history = story(plain, OLD, A, B, C, pod("d", OLD), at(1, updated), at(2, NEW), at(3, X))
        assert check(history).evidence["bound"] == 3

    def test_a_deployment_without_replicas_has_one(self) -> None:
        one, updated = before(), after()
        del one["spec"]["replicas"], updated["spec"]["replicas"]
        finding = check(story(one, OLD, A, at(1, updated), at(1.1, NEW), *surge(2, A, X)))
        assert finding.holds
        assert finding.evidence["replicas"] == 1

    def test_recreate_allows_everything(self) -> None:
        recreate = [changed(one, "spec.strategy", {"type": "Recreate"}) for one in (before(), after())]
        down = [at(2, replica_set("web-1", replicas=0)), *(at(2, terminating(one)) for one in (A, B, C))]
        finding = check(story(recreate[0], OLD, A, B, C, at(1, recreate[1]), *down, at(4, NEW), at(5, X)), 1)
        assert finding.terms[2] == "the strategy allows all 3 to be unavailable at once (Recreate)"
        assert what_broke(finding) == ["0 available"]
        assert finding.change == "spec.strategy.type: RollingUpdate (now Recreate)"

    @pytest.mark.parametrize("value", ["two", "2", 1.5])
    def test_a_bad_bound(self, value: object) -> None:
        with pytest.raises(ValueError, match="neither a whole number nor a percentage"):
            check(story(before(), OLD, A, B, C, *GOOD), value)  # type: ignore[arg-type]  # what a user may write by mistake


class TestVacuous:
    def test_no_new_revision(self) -> None:
        finding = check(story(before(), OLD, A, B, C, at(1, before(replicas=5)), at(2, pod("d", OLD))))
        assert finding.vacuous == "the block made no new revision: the pod template is what it was, so nothing was rolled out"
        assert finding.check.startswith("change the template in the block")

    def test_no_readiness_signal(self) -> None:
        bare = changed(after(), "spec.template", template("web:2", probe=False))
        finding = check(story(before(), OLD, A, B, C, at(1, bare), *GOOD[1:]))
        assert finding.vacuous.startswith("the template has no readiness signal: ")
        assert finding.change.startswith("spec.template.spec.containers[].readinessProbe: ")

    @pytest.mark.parametrize("asked", [0, "0%", -1])
    def test_a_bound_of_nothing(self, asked: int | str) -> None:
        finding = check(story(before(), OLD, A, B, C, *GOOD), asked)
        assert finding.vacuous == "a bound of 0 available pods promises nothing; no update could break it"

    def test_a_strategy_that_promises_nothing(self) -> None:
        options: Json = {"unavailable": "100%", "surge": 0}
        finding = check(story(before(**options), OLD, A, B, C, at(1, after(**options)), *GOOD[1:]))
        assert finding.vacuous.startswith("a bound of 0 available pods")
        assert finding.change == "spec.strategy.rollingUpdate.maxUnavailable: 2 (now 100%)"
        assert finding.check == "or state what the workload needs: min_available=..., at least 1"

    def test_no_replicas(self) -> None:
        finding = check(story(before(0), OLD, at(1, after(0))))
        assert finding.change == "spec.replicas: at least 1 (now 0)"

    def test_more_than_there_are(self) -> None:
        finding = check(story(before(), OLD, A, B, C, *GOOD), 4)
        assert finding.vacuous == "4 available pods cannot be asked of 3 replicas: there were fewer before any update"
        assert (finding.change, finding.check) == ("spec.replicas: at least 4 (now 3)", "or ask for a smaller min_available")

    def test_too_few_at_the_start(self) -> None:
        finding = check(story(before(), OLD, A, unready(B), C, *GOOD))
        assert finding.vacuous == "available when the block began: 2, fewer than the bound of 3"
        assert finding.check == "wait_ready() before the block"

    def test_a_paused_deployment(self) -> None:
        finding = check(story(before(), OLD, A, B, C, at(1, changed(after(), "spec.paused", True)), at(2, unready(A)), at(3, A)))
        assert finding.vacuous == "no pod was created or taken down for a new version: the update was not carried out"

    @pytest.mark.parametrize("meanwhile", [[], [at(1.01, NEW)]])
    def test_a_template_that_is_soon_as_it_was(self, meanwhile: list[Change]) -> None:
        """Another pod is deleted by hand, and replaced by one of its own version."""
        web, again = before(unavailable=1), replica_set("web-1", before(), number=3)
        back = [at(1, after(unavailable=1)), *meanwhile, at(1.02, web), at(1.03, again)]
        deleted = [at(2, terminating(A)), at(2.1, pending(D)), at(3, D), gone(4, A)]
        assert check(story(web, OLD, A, B, C, *back, *deleted)).vacuous.startswith("no pod was created or taken down")

    def test_pods_of_others_that_come_and_go_are_no_update(self) -> None:
        stranger = pod("stranger", replica_set("other-1"))
        paused = [at(1, changed(after(), "spec.paused", True)), at(2, stranger), at(3, terminating(stranger)), gone(4, stranger)]
        assert check(story(before(), OLD, A, B, C, *paused)).vacuous.startswith("no pod was created or taken down")

    def test_an_update_of_another_deployment_is_none_of_this_one(self) -> None:
        other = deployment("other", image="web:2")
        finding = check(story(before(), deployment("other"), OLD, A, B, C, at(1, other), at(2, pod("d", OLD))))
        assert finding.vacuous.startswith("the block made no new revision")

    def test_a_deployment_that_the_block_created(self) -> None:
        finding = check(story(at(1, before()), at(1.1, OLD), at(2, A), at(3, after()), at(4, NEW), at(5, X)))
        assert finding.vacuous == "the block created the Deployment: a first rollout has no pods to keep available"

    def test_nothing_vacuous_holds(self) -> None:
        assert not check(story(before(), OLD, A, B, C, *GOOD), 0).holds


def taken(name: str) -> Change:
    return at(9, event("SuccessfulDelete", OLD, f"Deleted pod: {name}"))


class TestCause:
    """What is said about the first breach: the pods that were lost, and the field that would have kept them."""

    def test_the_strategy_allows_more_than_the_user_needs(self) -> None:
        options: Json = {"unavailable": 2, "surge": 0}
        down = [at(2, terminating(A)), at(2.1, terminating(B)), at(3, X), taken("a"), taken("b")]
        finding = check(story(before(**options), OLD, A, B, C, at(1, after(**options)), at(1.1, NEW), *down), 2)
        assert finding.cause == "a, b: taken down by the controller, as the strategy allows"
        assert finding.change == "spec.strategy.rollingUpdate.maxUnavailable: 1 (now 2)"

    def test_with_room_for_none_there_must_be_a_surge(self) -> None:
        options: Json = {"unavailable": 1, "surge": 0}
        finding = check(story(before(**options), OLD, A, B, C, at(1, after(**options)), at(1.1, NEW), at(2, terminating(A)), taken("a")), 3)
        assert finding.change == "spec.strategy.rollingUpdate.maxUnavailable: 0 (now 1) and maxSurge: 1 (now 0)"

    def test_with_a_surge_there_is_no_need_for_another_one(self) -> None:
        options: Json = {"unavailable": 1, "surge": 1}
        finding = check(story(before(**options), OLD, A, B, C, at(1, after(**options)), at(1.1, NEW), at(2, terminating(A)), taken("a")), 3)
        assert finding.change == "spec.strategy.rollingUpdate.maxUnavailable: 0 (now 1)"

    def test_a_controller_that_breaks_its_own_promise(self) -> None:
        finding = check(story(before(), OLD, A, B, C, at(1, after()), at(1.1, NEW), at(2, terminating(A)), taken("a")))
        assert finding.cause == "a: taken down by the controller, although the strategy lets none be unavailable"
        assert finding.change == "spec.replicas: more than 3, so that one may be lost"

    def test_a_crash_on_top_of_what_the_strategy_allows(self) -> None:
        """The update may take one of four; the crash is what breaks the promise, and is what is to be cured."""
        d = pod("d", OLD)
        steps = [at(2, terminating(A)), taken("a"), at(3, crashed(B, 137)), at(4, X)]
        finding = check(story(before(4), OLD, A, B, C, d, at(1, after(4)), at(1.1, NEW), *steps))
        assert finding.breaches[0].at == moment(3)
        assert finding.cause == "b: container main ended with exit code 137 (Error); a: taken down by the controller"
        assert finding.check == "why it ended: see its status and its log, logs(previous=True)"

    def test_pods_that_were_replaced_before_are_no_cause(self) -> None:
        steps = [*surge(2, A, X), *surge(3, B, Y), at(5, unready(C)), at(6, C)]
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], *steps))
        assert finding.cause == "c: container main: not ready yet (readiness probe)"
        assert finding.check == "what keeps the pod from being Ready: see its log and its readiness probe"

    def test_a_container_that_restarted(self) -> None:
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, crashed(B, 1, restarted=True)), *surge(3, A, X)))
        assert finding.cause == "b: container main ended with exit code 1 (Error)"

    def test_the_last_end_of_a_container_counts(self) -> None:
        twice = crashed(crashed(B, 1, restarted=True), 2)
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, twice), *surge(3, A, X)))
        assert finding.cause == "b: container main ended with exit code 2 (Error)"

    def test_a_restart_of_long_ago_is_no_cause(self) -> None:
        old = crashed(A, restarted=True)
        was = changed(A, "status.containerStatuses", [{**old["status"]["containerStatuses"][0], "ready": True}])
        finding = check(story(before(), OLD, was, B, C, *GOOD[:2], at(2, old), *surge(3, B, X)))
        assert finding.cause == "a: container main: not ready yet (readiness probe)"

    def test_a_failed_pod(self) -> None:
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, failed(B, "OutOfcpu")), *surge(3, A, X)))
        assert finding.cause == "b: the pod failed (OutOfcpu)"
        assert finding.check.startswith("why it ended")

    @pytest.mark.parametrize(
        ("reason", "change"),
        [
            ("EvictionByEvictionAPI", "spec.minAvailable of a PodDisruptionBudget: 3, so that an eviction waits"),
            (
                "DeletionByTaintManager",
                "spec.template.spec.tolerations: add one for the node's taint; or more spec.replicas, on other nodes",
            ),
            ("PreemptionByScheduler", "spec.template.spec.priorityClassName: one that is not preempted"),
            ("DeletionByPodGC", "spec.replicas: more than 3, so that one may be lost"),
        ],
    )
    def test_an_eviction(self, reason: str, change: str) -> None:
        marked = evicted(A, reason)
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, marked), at(2.1, terminating(marked)), at(3, X)))
        assert finding.breaches[0].at == moment(2.1)
        assert finding.cause == f"a: evicted ({reason})"
        assert finding.change == change

    def test_an_eviction_by_the_kubelet_is_no_crash(self) -> None:
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, evicted(failed(A), "TerminationByKubelet")), at(3, X)))
        assert finding.cause == "a: evicted (TerminationByKubelet)"
        assert finding.change.startswith("spec.template.spec.containers[].resources")

    def test_somebody_deleted_a_pod(self) -> None:
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, terminating(A)), *surge(3, B, X), taken("b")))
        assert finding.cause == "a: deleted, but not by the controller"
        assert finding.change == "spec.replicas: more than 3, so that one may be lost"
        assert finding.check == "find what, other than the controller, deletes pods of this workload"

    def test_somebody_deleted_a_pod_by_force(self) -> None:
        """Grace 0: the object is gone at once, without ever having been terminating."""
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], gone(2, A), at(3, X)))
        assert finding.cause == "a: deleted, but not by the controller"

    def test_the_size_of_the_replica_set_tells_when_its_event_is_lost(self) -> None:
        smaller = replica_set("web-1", before(), replicas=2)
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, smaller), at(2.1, terminating(A)), at(3, X)))
        assert finding.cause.startswith("a: taken down by the controller")

    def test_a_replica_set_that_only_changed_took_nothing_down(self) -> None:
        same = changed(OLD, "metadata.labels", {"seen": "yes"})
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(1.5, same), at(2, terminating(A)), at(3, X)))
        assert finding.cause == "a: deleted, but not by the controller"

    def test_when_all_its_deletions_were_told_another_one_is_somebody_elses(self) -> None:
        smaller = replica_set("web-1", before(), replicas=2)
        steps = [at(2, terminating(A)), at(3, X), at(4, smaller), at(4.1, terminating(B)), taken("b")]
        assert check(story(before(), OLD, A, B, C, *GOOD[:2], *steps)).cause == "a: deleted, but not by the controller"

    def test_a_pod_that_its_controller_released(self) -> None:
        released = changed(A, "metadata.ownerReferences", [])
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, released), at(3, X)))
        assert finding.cause == "a: released by its controller: its labels no longer match the selector"
        assert finding.change == "metadata.labels of the pod: what the workload's selector wants"

    def test_a_pod_that_was_released_later_was_lost_before(self) -> None:
        released = changed(unready(A), "metadata.ownerReferences", [])
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, unready(A)), at(3, released), at(4, X)))
        assert finding.cause == "a: container main: not ready yet (readiness probe)"

    def test_a_node_that_does_not_answer(self) -> None:
        lost = changed(A, "status.conditions", [{"type": "Ready", "status": "False"}])
        finding = check(story(before(), OLD, A, B, C, *GOOD[:2], at(2, lost), at(3, X)))
        assert finding.cause == "a: condition Ready is False although all containers are ready: its node may not answer"


class TestChart:
    def test_pods_are_tagged_by_their_replica_set(self) -> None:
        finding = check(story(before(), OLD, A, B, C, *GOOD))
        assert finding.chart is not None
        assert {lane.name: lane.revision for lane in finding.chart.lanes} == {
            "a": "old",
            "b": "old",
            "c": "old",
            "x": "new",
            "y": "new",
            "z": "new",
        }

    def test_a_replica_set_that_is_used_again_is_the_new_version(self) -> None:
        idle = replica_set("web-1", before(), replicas=0, number=1)
        again = replica_set("web-1", before(), number=3)
        back = pod("a2", again)
        history = story(after(), idle, NEW, X, Y, Z, at(1, before()), at(1.1, again), *surge(2, X, back))
        chart = check(history).chart
        assert chart is not None
        assert {lane.name: lane.revision for lane in chart.lanes} == {"x": "old", "y": "old", "z": "old", "a2": "new"}

    def test_another_deployments_replica_set_of_the_same_hash_is_not_asked(self) -> None:
        twin = changed(replica_set("web-2", deployment("twin")), "metadata.uid", "twin")
        finding = check(story(before(), OLD, A, B, C, twin, *GOOD))
        assert finding.chart is not None
        assert {lane.revision for lane in finding.chart.lanes if lane.name in "xyz"} == {"new"}
