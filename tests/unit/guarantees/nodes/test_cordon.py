"""node-cordon."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.nodes.cordon import check_cordon
from pytest_kworkload.objects.nodes import CORDONED

from ...histories import Change, Json, at, changed, daemon_set, node, pod, replica_set, story, template, terminating

OPEN, OTHER = node("node-0"), node("node-1")
CLOSED = changed(OPEN, "spec.unschedulable", True)
RS = replica_set("web", replicas=2)
A = pod("a", RS)


def check(*parts: Json | Change, owner: Json = RS, start: Json = CLOSED) -> Finding:
    return check_cordon(story(owner, start, OTHER, *parts), owner["kind"], owner["metadata"]["uid"], "node-0")


def test_new_pods_go_elsewhere() -> None:
    new = pod("b", RS, node="node-1")
    finding = check(A, at(1, pod("b", RS, node="")), at(2, new))
    assert finding.holds
    assert finding.terms == ("node-0 cordoned",)
    assert finding.evidence == {"placed": {"b": "node-1"}}


# Workloads to which a cordon means nothing: why, what to change, and what to do.
UNBOUND = [
    (
        replica_set("web", template=template(tolerations=[{"key": CORDONED, "operator": "Exists"}])),
        f"the template tolerates {CORDONED}",
        f"spec.template.spec.tolerations: none for {CORDONED}",
        "",
    ),
    (
        replica_set("web", template=template(nodeName="node-0")),
        "spec.template.spec.nodeName names the node, so the scheduler is not asked",
        "spec.template.spec.nodeName: leave it out (now node-0)",
        "",
    ),
    (
        daemon_set(),
        "a DaemonSet's pods are placed on cordoned nodes too",
        "",
        "use a taint that they do not tolerate: node.tainted(...)",
    ),
]


PAST_THE_CORDON = (RS, "", "", "find what places pods past the cordon: look at spec.template.spec.schedulerName")


@pytest.mark.parametrize(("owner", "cause", "change", "todo"), [*UNBOUND, PAST_THE_CORDON])
def test_a_new_pod_comes(owner: Json, cause: str, change: str, todo: str) -> None:
    finding = check(at(1, pod("b", owner)), at(1.1, pod("c", owner, node="node-1")), owner=owner)
    assert [(one.what, one.lines) for one in finding.breaches] == [("new pods placed on node-0: 1 of 2", ("b",))]
    assert (finding.cause, finding.change, finding.check) == (cause, change, todo)


def test_a_pod_that_came_and_went_counts() -> None:
    new = pod("b", RS)
    assert check(at(1, new), at(2, terminating(new))).breaches


class TestVacuous:
    def test_not_cordoned(self) -> None:
        assert check(at(1, pod("b", RS, node="node-1")), start=OPEN).vacuous == "node-0 was not cordoned all the time"

    def test_not_all_the_time(self) -> None:
        assert check(at(1, OPEN), at(2, pod("b", RS, node="node-1"))).vacuous == "node-0 was not cordoned all the time"

    def test_nothing_was_placed(self) -> None:
        assert check(A, at(1, pod("b", RS, node=""))).vacuous == "no pod was placed in the block"

    def test_the_node_is_not_admitted(self) -> None:
        owner = replica_set("web", template=template(nodeSelector={"kubernetes.io/hostname": "node-1"}))
        assert check(at(1, pod("b", owner, node="node-1")), owner=owner).vacuous == "the template does not admit node-0 anyway"

    @pytest.mark.parametrize(("owner", "cause", "change", "todo"), UNBOUND)
    def test_a_cordon_means_nothing_to_it(self, owner: Json, cause: str, change: str, todo: str) -> None:
        finding = check(at(1, pod("b", owner, node="node-1")), owner=owner)
        assert (finding.vacuous, finding.change, finding.check) == (f"{cause}; the cordon kept no pod away", change, todo)

    def test_another_taint_keeps_the_pods_away(self) -> None:
        mark = "node-role.kubernetes.io/control-plane:NoSchedule"
        tainted = changed(node("node-0", mark, f"{CORDONED}:NoSchedule"), "spec.unschedulable", True)
        finding = check(at(1, pod("b", RS, node="node-1")), start=tainted)
        assert finding.vacuous == f"the template does not tolerate {mark}, so no pod would be placed on node-0 anyway"
        tolerant = replica_set("web", template=template(tolerations=[{"key": mark.partition(":")[0], "operator": "Exists"}]))
        assert check(at(1, pod("b", tolerant, node="node-1")), owner=tolerant, start=tainted).holds

    def test_a_taint_that_only_discourages_keeps_nobody_away(self) -> None:
        discouraged = changed(node("node-0", "slow:PreferNoSchedule"), "spec.unschedulable", True)
        assert check(at(1, pod("b", RS, node="node-1")), start=discouraged).holds
