"""rollout-complete, and when a workload has settled."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.complete import check_complete
from pytest_kworkload.history.model import History
from pytest_kworkload.objects.settling import incomplete, never_replaced, unsettled

from ...histories import (
    Change,
    Json,
    at,
    changed,
    daemon_set,
    deployment,
    failed,
    gone,
    node,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    template,
    terminating,
    unready,
    what_broke,
    what_broke_with_lines,
)

WEB = deployment(replicas=2, image="web:2")
OLD, NEW = replica_set("web-1", WEB, replicas=0), replica_set("web-2", WEB, replicas=2, number=2)
X, Y = (pod(name, NEW, image="web:2") for name in "xy")
A = pod("a", OLD)


def check(history: History, kind: str = "Deployment", name: str = "web") -> Finding:
    return check_complete(history, kind, f"{kind}/{name}")


AGENT = daemon_set(nodes=2, template=template("web:2"))
AGENT_PODS = [pod(f"agent-{n}", AGENT, node=f"node-{n}", image="web:2") for n in range(2)]


class TestUnsettled:
    def test_settled(self) -> None:
        assert unsettled(story(WEB, OLD, NEW, X, Y), "Deployment", "Deployment/web") is None

    def test_gone(self) -> None:
        assert unsettled(story(WEB, gone(1, WEB)), "Deployment", "Deployment/web") == "it is gone"

    def test_the_controller_lags_behind(self) -> None:
        """The status of the old rollout says "complete"; it is not about this generation."""
        lagging = changed(WEB, "metadata.generation", 2)
        reason = "its controller has not observed generation 2 yet"
        assert unsettled(story(lagging, NEW, X, Y), "Deployment", "Deployment/web") == reason

    def test_a_pod_is_still_terminating(self) -> None:
        history = story(WEB, OLD, NEW, X, Y, terminating(A))
        assert unsettled(history, "Deployment", "Deployment/web") == "still terminating: a"

    def test_pods_of_others_may_terminate(self) -> None:
        history = story(WEB, NEW, X, Y, terminating(pod("stranger", replica_set("other"))))
        assert unsettled(history, "Deployment", "Deployment/web") is None


class TestIncomplete:
    """The status is written after the fact; the pods are what counts."""

    def test_complete(self) -> None:
        assert incomplete(story(WEB, OLD, NEW, X, Y), "Deployment", "Deployment/web") is None
        assert incomplete(story(AGENT, *AGENT_PODS), "DaemonSet", "DaemonSet/agent") is None

    def test_what_is_unsettled_is_not_complete(self) -> None:
        history = story(WEB, OLD, NEW, X, Y, terminating(A))
        assert incomplete(history, "Deployment", "Deployment/web") == "still terminating: a"

    @pytest.mark.parametrize("lost", [at(1, unready(Y)), at(1, failed(Y)), gone(1, Y)])
    def test_a_pod_that_the_status_still_counts(self, lost: Change) -> None:
        assert incomplete(story(WEB, OLD, NEW, X, Y, lost), "Deployment", "Deployment/web") == "1 of 2 pods are Ready"

    def test_a_daemon_pod_that_the_status_still_counts(self) -> None:
        assert incomplete(story(AGENT, AGENT_PODS[0]), "DaemonSet", "DaemonSet/agent") == "1 of 2 pods are Ready"

    def test_a_node_that_the_status_does_not_count_yet(self) -> None:
        nodes = [node(f"node-{n}") for n in range(3)]
        assert incomplete(story(AGENT, *AGENT_PODS, *nodes[:2]), "DaemonSet", "DaemonSet/agent") is None
        assert incomplete(story(AGENT, *AGENT_PODS, *nodes), "DaemonSet", "DaemonSet/agent") == "2 of 3 pods are Ready"

    def test_pods_of_others_do_not_make_it_complete(self) -> None:
        history = story(WEB, OLD, NEW, X, pod("stranger", replica_set("other")))
        assert incomplete(history, "Deployment", "Deployment/web") == "1 of 2 pods are Ready"


class TestComplete:
    def test_a_deployment(self) -> None:
        finding = check(story(WEB, OLD, NEW, X, Y))
        assert finding.holds
        assert finding.terms == ("replicas 2",)
        assert finding.evidence == {"pods": ("x", "y"), "revision": "web-2"}

    def test_pods_of_the_old_template(self) -> None:
        finding = check(story(WEB, OLD, NEW, A, X))
        assert what_broke_with_lines(finding) == [
            ("pods with an older template: 1 of 2", ("a  spec.containers[0].image is 'web:1', the template says 'web:2'",))
        ]
        assert finding.check == "what keeps the pods from being available: see their events and logs"

    def test_pods_that_are_not_available(self) -> None:
        waiting = changed(WEB, "status.availableReplicas", 1)
        finding = check(story(waiting, OLD, NEW, X, unready(Y)))
        assert what_broke_with_lines(finding) == [
            (
                "not complete: 1 of 2 replicas available, 2 updated, 2 in all",
                ("y  container main: not ready yet (readiness probe)",),
            )
        ]

    def test_an_old_pod_that_is_terminating_is_told_as_such(self) -> None:
        finding = check(story(WEB, OLD, NEW, X, Y, terminating(A)))
        assert what_broke_with_lines(finding) == [("not complete: still terminating: a", ())]

    def test_an_old_pod_that_failed_stays_as_an_object_only(self) -> None:
        """Evicted pods are kept by their ReplicaSet until the pod garbage collector comes; no controller counts them."""
        assert check(story(WEB, OLD, NEW, X, Y, failed(A, "Evicted"))).holds

    def test_pods_of_others_do_not_count(self) -> None:
        finding = check(story(WEB, OLD, NEW, X, Y, pod("stranger", replica_set("other"))))
        assert finding.holds
        assert finding.evidence["pods"] == ("x", "y")

    def test_a_pod_that_the_status_still_counts(self) -> None:
        assert what_broke_with_lines(check(story(WEB, OLD, NEW, X, Y, gone(1, Y)))) == [("not complete: 1 of 2 pods are Ready", ())]

    def test_a_status_of_another_generation(self) -> None:
        finding = check(story(changed(WEB, "metadata.generation", 2), OLD, NEW, X, Y))
        assert what_broke_with_lines(finding) == [("not complete: its controller has not observed generation 2 yet", ())]


BARE = replica_set("web", replicas=2)
PODS = [pod("a", BARE), pod("b", BARE)]


class TestReplicaSet:
    """Nothing is rolled out by changing a ReplicaSet's template."""

    def test_an_edited_template(self) -> None:
        edited = changed(BARE, "spec.template", template("web:2"))
        finding = check(story(BARE, *PODS, at(1, edited)), "ReplicaSet")
        line = "spec.containers[0].image is 'web:1', the template says 'web:2'"
        assert what_broke_with_lines(finding) == [("pods with an older template: 2 of 2", (f"a  {line}", f"b  {line}"))]
        assert finding.cause == "a ReplicaSet never replaces a pod because its template changed; only later pods get the new one"
        assert finding.change == "kind: Deployment (now ReplicaSet), which makes a ReplicaSet for each template and moves the pods over"

    def test_a_field_that_was_taken_out(self) -> None:
        """The pods have all that the template says, and something that it no longer says."""
        edited = changed(BARE, "spec.template", template(probe=False))
        finding = check(story(BARE, *PODS, at(1, edited)), "ReplicaSet")
        reason = "was created before the template changed"
        assert what_broke_with_lines(finding) == [("pods with an older template: 2 of 2", (f"a  {reason}", f"b  {reason}"))]

    def test_one_pod_from_before_and_one_from_after(self) -> None:
        edited = changed(BARE, "spec.template", template(probe=False))
        after = pod("c", BARE, probe=False)
        finding = check(story(BARE, *PODS, at(1, edited), gone(2, PODS[0]), at(3, after)), "ReplicaSet")
        assert what_broke_with_lines(finding) == [("pods with an older template: 1 of 2", ("b  was created before the template changed",))]

    def test_the_template_of_another_one(self) -> None:
        other = replica_set("other", replicas=0)
        edited = changed(other, "spec.template", template(probe=False))
        assert check(story(BARE, other, *PODS, at(1, edited), at(2, BARE)), "ReplicaSet").holds
        created_between = [at(1, edited), *(at(2, one) for one in PODS)]
        assert check(story(BARE, other, *created_between), "ReplicaSet").holds

    def test_pods_that_are_not_ready_are_not_the_templates_fault(self) -> None:
        waiting = changed(BARE, "status.availableReplicas", 1)
        finding = check(story(waiting, PODS[0], unready(PODS[1])), "ReplicaSet")
        assert (finding.cause, finding.change, finding.check) == (
            "",
            "",
            "what keeps the pods from being available: see their events and logs",
        )

    def test_the_template_was_changed_and_changed_back(self) -> None:
        edited = changed(BARE, "spec.template", template(probe=False))
        assert check(story(BARE, *PODS, at(1, edited), at(2, BARE)), "ReplicaSet").holds

    def test_pods_that_came_after_the_edit(self) -> None:
        edited = changed(BARE, "spec.template", template(probe=False))
        pods = [pod(name, BARE, probe=False) for name in "cd"]
        history = story(BARE, *PODS, at(1, edited), gone(2, PODS[0]), gone(2, PODS[1]), *(at(3, one) for one in pods))
        assert check(history, "ReplicaSet").holds

    def test_recorded_from_before_it_was_created(self) -> None:
        edited = changed(BARE, "spec.template", template(probe=False))
        assert check(story(at(1, BARE), *(at(2, one) for one in PODS)), "ReplicaSet").holds
        assert not check(story(at(1, BARE), *(at(2, one) for one in PODS), at(3, edited)), "ReplicaSet").holds

    def test_a_pod_that_it_adopted_is_judged_by_what_it_is(self) -> None:
        assert check(story(at(1, pod("a")), at(2, pod("b")), at(3, BARE), *(at(4, one) for one in PODS)), "ReplicaSet").holds


DB = changed(stateful_set(replicas=2, template=template("web:2")), "status.updateRevision", "db-2")
DB_PODS = [replica(DB, n, revision="db-2", image="web:2") for n in range(2)]


class TestStatefulSet:
    def check(self, *parts: Json) -> Finding:
        return check(story(*parts), "StatefulSet", "db")

    def test_all_at_the_new_revision(self) -> None:
        assert self.check(DB, *DB_PODS).holds

    def test_a_partition_keeps_the_lower_replicas(self) -> None:
        canary = changed(DB, "spec.updateStrategy", {"rollingUpdate": {"partition": 1}})
        old = [replica(DB, n, revision="db-1") for n in range(2)]
        assert self.check(canary, old[0], DB_PODS[1]).holds
        assert what_broke(self.check(canary, *old)) == ["pods with an older template: 1 of 2"]

    def test_a_partition_counts_from_the_first_ordinal(self) -> None:
        db = changed(changed(DB, "spec.updateStrategy", {"rollingUpdate": {"partition": 1}}), "spec.ordinals", {"start": 5})
        pods = [replica(DB, 5, revision="db-1"), replica(DB, 6, revision="db-2", image="web:2")]
        assert self.check(db, *pods).holds
        assert not self.check(db, pods[0], replica(DB, 6, revision="db-1")).holds

    def test_the_field_is_told_rather_than_the_revision(self) -> None:
        finding = self.check(DB, DB_PODS[0], replica(DB, 1, revision="db-1"))
        assert what_broke_with_lines(finding) == [
            ("pods with an older template: 1 of 2", ("db-1  spec.containers[0].image is 'web:1', the template says 'web:2'",))
        ]

    def test_on_delete_with_a_field_taken_out(self) -> None:
        """The pods follow the template, and are of the revision before."""
        on_delete = changed(DB, "spec.updateStrategy", {"type": "OnDelete"})
        old = [replica(DB, n, revision="db-1", image="web:2") for n in range(2)]
        finding = self.check(on_delete, *old)
        assert what_broke_with_lines(finding) == [
            ("pods with an older template: 2 of 2", tuple(f"db-{n}  revision db-1, the set is at db-2" for n in range(2)))
        ]
        assert finding.cause == "with updateStrategy OnDelete a pod gets the new template only after somebody has deleted the old one"
        assert finding.change == "spec.updateStrategy.type: RollingUpdate (now OnDelete)"


class TestDaemonSet:
    def test_all_at_the_new_template(self) -> None:
        assert check(story(AGENT, *AGENT_PODS), "DaemonSet", "agent").holds

    def test_on_delete_with_a_field_taken_out(self) -> None:
        on_delete = changed(AGENT, "spec.updateStrategy", {"type": "OnDelete"})
        outdated = changed(on_delete, "status.updatedNumberScheduled", 1)
        finding = check(story(outdated, *AGENT_PODS), "DaemonSet", "agent")
        assert what_broke_with_lines(finding) == [("nodes with a pod of an older template, by the DaemonSet's status: 1", ())]
        assert finding.change == "spec.updateStrategy.type: RollingUpdate (now OnDelete)"


@pytest.mark.parametrize(
    ("workload", "kind", "name", "change", "do"),
    [
        (deployment(replicas=0), "Deployment", "web", "spec.replicas: at least 1 (now 0)", ""),
        (replica_set("web", replicas=0), "ReplicaSet", "web", "spec.replicas: at least 1 (now 0)", ""),
        (daemon_set(nodes=0), "DaemonSet", "agent", "", "run it on a cluster with a node that its template admits"),
    ],
)
def test_no_pods_prove_nothing(workload: Json, kind: str, name: str, change: str, do: str) -> None:
    finding = check(story(workload), kind, name)
    assert finding.vacuous == "it has no pod and wants none, so no pod has the template"
    assert (finding.change, finding.check) == (change, do)


@pytest.mark.parametrize(
    ("workload", "never"),
    [
        (replica_set("web"), True),
        (changed(daemon_set(), "spec.updateStrategy", {"type": "OnDelete"}), True),
        (changed(stateful_set(), "spec.updateStrategy", {"type": "OnDelete"}), True),
        (daemon_set(), False),
        (deployment(), False),
    ],
)
def test_what_never_replaces_its_pods(workload: Json, never: bool) -> None:
    assert never_replaced(workload) is never
