"""node-down-replacement."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.nodes.node_loss import check_node_loss, hopeless, node_lost, pods_replaced
from pytest_kworkload.history.model import History
from pytest_kworkload.objects.nodes import UNREACHABLE

from ...histories import (
    Change,
    Json,
    at,
    changed,
    daemon_set,
    deployment,
    event,
    evicted,
    failed,
    gone,
    node,
    pending,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    terminating,
    unready,
)

NODE, OTHER = node("node-0"), node("node-1")
GONE = changed(node("node-0", f"{UNREACHABLE}:NoExecute"), "status.conditions", [{"type": "Ready", "status": "Unknown"}])
LOST = at(8, GONE)
OUT = changed(node("node-0", f"{UNREACHABLE}:NoExecute", "node.kubernetes.io/out-of-service:NoExecute"), "status", GONE["status"])
WEB = deployment(replicas=2)
RS = replica_set("web-1", WEB, replicas=2)
DB = stateful_set(replicas=2)
DS = daemon_set()


def patient(seconds: int | None) -> list[Json]:
    one: Json = {"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute"}
    return [one if seconds is None else {**one, "tolerationSeconds": seconds}]


A, B = pod("a", RS, tolerations=patient(2)), pod("b", RS, node="node-1", tolerations=patient(2))
C = pod("c", RS, node="node-1", tolerations=patient(2))


def taken(one: Json) -> Json:
    return terminating(evicted(unready(one), "DeletionByTaintManager"))


def past(*parts: Json | Change, owner: Json = WEB) -> History:
    return story(owner, RS, NODE, OTHER, *parts)


def check(*parts: Json | Change, owner: Json = WEB) -> Finding:
    return check_node_loss(past(*parts, owner=owner), owner["kind"], owner["metadata"]["uid"], "node-0")


def test_another_pod_takes_the_place() -> None:
    finding = check(A, B, LOST, at(8.1, unready(A)), at(10, taken(A)), at(10.1, pending(C)), at(12, C))
    assert finding.holds
    assert finding.terms == ("node-0 lost", "1 pod on it", "replicas 2")
    assert finding.evidence == {"lost": ("a",), "replacements": ("c",), "seconds": 60.0}


def test_a_node_that_is_gone_counts_too() -> None:
    assert check(A, B, gone(1, NODE), gone(50, taken(A)), at(51, C)).holds


def test_it_still_counts_as_ready() -> None:
    assert "a still counts as Ready on node-0" in [one.what for one in check(A, B, LOST, at(10, taken(B)), at(12, C)).breaches]


def test_the_pods_stay_for_too_long() -> None:
    one = pod("a", RS, tolerations=patient(300))
    finding = check(one, B, LOST, at(8.1, unready(one)))
    assert [(breach.what, breach.lines) for breach in finding.breaches] == [
        ("a is not terminating", ()),
        ("Ready on other nodes: 1 of 2", ("a  container main: not ready yet (readiness probe)",)),
    ]
    assert finding.cause == "its pods tolerate a lost node for 300 s"
    assert finding.change == (
        "spec.template.spec.tolerations: one for node.kubernetes.io/unreachable with fewer tolerationSeconds (now 300); or a longer timeout"
    )


def test_nothing_can_come() -> None:
    quota = event("FailedCreate", RS, "exceeded quota: pods", warning=True)
    finding = check(A, B, LOST, at(8.1, unready(A)), at(10, taken(A)), at(10.1, quota))
    assert [one.what for one in finding.breaches] == ["Ready on other nodes: 1 of 2"]
    assert finding.cause == "Warning FailedCreate ReplicaSet/web-1: exceeded quota: pods"


def test_a_pod_that_is_not_ready_takes_no_place() -> None:
    finding = check(A, B, LOST, at(8.1, unready(A)), at(10, taken(A)), at(10.1, pending(C)))
    assert [one.what for one in finding.breaches] == ["Ready on other nodes: 1 of 2"]


class TestStatefulSet:
    r0, r1 = replica(DB, 0, node="node-1", tolerations=patient(2)), replica(DB, 1, tolerations=patient(2))

    def test_a_replica_waits_for_its_node(self) -> None:
        finding = check(self.r0, self.r1, LOST, at(8.1, unready(self.r1)), at(10, taken(self.r1)), owner=DB)
        assert [(one.what, one.lines) for one in finding.breaches] == [("no Ready db-1 on another node", ("db-1  terminating",))]
        assert finding.cause == "a replica is created again only when its node has reported that the old pod has ended"
        assert finding.check.startswith("whether the node is down; if so, node.tainted('node.kubernetes.io/out-of-service'")

    def test_out_of_service(self) -> None:
        new = replica(DB, 1, uid="new", node="node-1")
        parts = (self.r0, self.r1, at(8, OUT), at(8.1, taken(self.r1)), gone(20, taken(self.r1)), at(21, new))
        assert check(*parts, owner=DB).holds

    def test_nothing_is_waited_for_in_vain(self) -> None:
        def reason(*parts: Json | Change) -> str | None:
            return hopeless(past(self.r0, self.r1, *parts, owner=DB), "StatefulSet", "StatefulSet/db", "node-0", 30)

        assert (
            reason(LOST, at(10, taken(self.r1))) == "a replica is not created again before its node has reported that the old pod has ended"
        )
        assert reason(LOST) is None, "its pod is not terminating yet"
        assert reason(at(8, OUT), at(10, taken(self.r1))) is None, "the garbage collector comes"
        assert reason(gone(1, NODE), at(10, taken(self.r1))) is None


def test_a_daemon_stays() -> None:
    one = pod("a", DS, tolerations=patient(None))
    finding = check(one, LOST, at(8.1, unready(one)), owner=DS)
    assert [breach.what for breach in finding.breaches] == ["a is not terminating", "its pods were not replaced on other nodes"]
    assert finding.terms == ("node-0 lost", "1 pod on it")
    assert finding.change == "kind: Deployment or StatefulSet (now DaemonSet), if the pods are to move"


class TestVacuous:
    def test_the_replicas_were_lowered(self) -> None:
        lower = at(10, changed(WEB, "spec.replicas", 1))
        finding = check(A, B, LOST, at(8.1, unready(A)), lower, at(10.1, taken(A)))
        assert finding.vacuous == "spec.replicas was lowered, so no pod had to be replaced"
        assert check(A, B, LOST, at(8.1, unready(A)), lower, at(10.1, taken(A)), at(10.2, pending(C)), at(12, C)).holds

    def test_a_pod_that_came_before_is_no_sign_of_it(self) -> None:
        """The node was lost, and its pods replaced, when the call began."""
        assert check(taken(A), B, C, LOST).holds

    def test_no_pod_was_there(self) -> None:
        assert check(B, C, failed(A), LOST).vacuous == "none of its pods was on node-0"

    def test_the_node_is_there(self) -> None:
        assert check(A, B).vacuous == "node-0 is not lost: the cluster still hears from it"


def test_what_is_waited_for() -> None:
    uid = "Deployment/web"
    assert not node_lost(past(A, B), "node-0")
    assert node_lost(past(A, B, LOST), "node-0")
    assert node_lost(past(A, B, gone(1, NODE)), "node-0")
    assert pods_replaced(past(A, B, LOST, at(10, taken(A)), at(12, C)), "Deployment", uid, "node-0")
    assert not pods_replaced(past(A, B, LOST, at(10, taken(A)), at(12, pending(C))), "Deployment", uid, "node-0")
    assert not pods_replaced(past(A, B, C), "Deployment", uid, "node-0")
    assert hopeless(past(A, B), "Deployment", uid, "node-0", 1) == "its pods tolerate the lost node for 2 s"
    assert hopeless(past(A, B), "Deployment", uid, "node-0", 3) is None
    assert hopeless(past(A, B, LOST, at(10, taken(A))), "Deployment", uid, "node-0", 1) is None
