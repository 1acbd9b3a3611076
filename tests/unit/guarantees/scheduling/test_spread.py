"""sched-spread: each placement, beside what was there."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.scheduling.spread import check_spread

from ...histories import Change, Json, at, changed, gone, moment, node, pod, replica_set, story, terminating

KEY = "zone"
NODES = tuple(node(f"node-{n}", labels={KEY: "ab"[n % 2]}) for n in range(4))
CONSTRAINT: Json = {
    "topologyKey": KEY,
    "maxSkew": 1,
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"app": "web"}},
}


def web(*constraints: Json, **spec: Any) -> Json:
    obj = replica_set("web")
    obj["spec"]["template"]["spec"] |= {"topologySpreadConstraints": list(constraints), **spec}
    return obj


WEB = web(CONSTRAINT)


def on(name: str, n: int, of: Json = WEB) -> Json:
    obj = pod(name, of, node=f"node-{n}")
    return {**obj, "spec": {**of["spec"]["template"]["spec"], **obj["spec"]}}


def held(*parts: Json | Change, of: Json = WEB, nodes: tuple[Json, ...] = NODES, max_skew: int = 1) -> Finding:
    return check_spread(story(of, *nodes, *parts), "ReplicaSet", "ReplicaSet/web", KEY, max_skew)


def test_spread() -> None:
    new = changed(on("a", 0), "spec.nodeName", "")
    finding = held(at(1, new), at(2, on("a", 0)), at(3, on("b", 1)), at(4, on("c", 2)))
    assert finding.holds
    assert finding.terms == ("skew of zone at most 1", "domains: a, b")
    assert finding.evidence == {"domains": ("a", "b"), "placed": ("a", "b", "c"), "highest_skew": 1}


def test_upstream_would_pass_a_skew_that_is_evened_out_in_the_end() -> None:
    """Upstream counts the pods of each domain when all are there."""
    finding = held(at(1, on("a", 0)), at(2, on("b", 2)), at(3, on("c", 1)), at(4, on("d", 3)))
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("b was placed on a: a: 2, b: 0", moment(2))]


def test_a_scale_down_may_leave_any_skew() -> None:
    assert held(on("a", 0), on("b", 1), on("c", 2), at(1, terminating(on("b", 1))), gone(2, on("b", 1)), at(5, on("d", 1))).holds


@pytest.mark.parametrize(("second", "holds"), [(1.5, True), (3.0, False)])
def test_what_the_scheduler_may_not_have_known(second: float, holds: bool) -> None:
    """b goes; a moment later the scheduler may still have counted it."""
    parts = (on("a", 0), on("b", 1), at(1, terminating(on("b", 1))), at(second, on("c", 2)))
    assert held(*parts).holds == holds


@pytest.mark.parametrize(("third", "holds"), [(1.5, True), (3.0, False)])
def test_pods_that_are_bound_out_of_turn(third: float, holds: bool) -> None:
    """c was decided before b, but its binding took longer."""
    waiting = [changed(on(name, 0), "spec.nodeName", "") for name in "abc"]
    assert held(*waiting, at(1, on("a", 0)), at(1.1, on("b", 2)), at(third, on("c", 1))).holds == holds


def test_pods_that_are_bound_at_once_count_as_they_came() -> None:
    """Whatever the scheduler had decided by then: with one pod in two domains the skew was 1."""
    waiting = [changed(on(name, 0), "spec.nodeName", "") for name in "ab"]
    finding = held(*waiting, at(1, on("a", 0)), at(1.1, on("b", 1)))
    assert finding.holds
    assert finding.evidence["highest_skew"] == 1


def test_pods_that_are_bound_at_once_to_one_domain() -> None:
    waiting = [changed(on(name, 0), "spec.nodeName", "") for name in "abc"]
    finding = held(*waiting, at(1, on("a", 0)), at(1.1, on("b", 2)), at(1.2, on("c", 0)))
    assert [breach.what for breach in finding.breaches] == ["b was placed on a: a: 2, b: 0", "c was placed on a: a: 3, b: 0"]


def test_pods_that_the_constraint_does_not_count() -> None:
    stranger = changed(on("x", 0), "metadata.labels", {"app": "other"})
    assert held(stranger, at(1, on("a", 0))).holds


def test_pods_of_another_version_do_not_count_with_match_label_keys() -> None:
    keyed = web({**CONSTRAINT, "matchLabelKeys": ["version"]})
    old = changed(on("old", 0), "metadata.labels.version", "1")
    new = changed(on("new", 2), "metadata.labels.version", "2")
    assert held(old, at(1, new), of=keyed).holds
    assert not held(old, at(1, new)).holds


def test_too_few_domains() -> None:
    finding = held(on("a", 0), on("b", 1), at(1, on("c", 2)), of=web({**CONSTRAINT, "minDomains": 3}))
    assert [breach.what for breach in finding.breaches] == ["c was placed on a: a: 2, b: 1"]


def test_a_node_without_the_label() -> None:
    odd = node("node-9")
    finding = held(at(1, pod("a", WEB, node="node-9")), nodes=(*NODES, odd))
    assert finding.holds
    assert finding.evidence["highest_skew"] == 0


class TestDomains:
    """Those of the moment at which a pod is placed, as the constraint counts them."""

    C = node("node-9", labels={KEY: "c"})
    TWICE = (at(10, on("a", 0)), at(20, on("b", 1)), at(30, on("c", 2)))

    def test_a_node_that_comes_later(self) -> None:
        finding = held(*self.TWICE, at(35, on("d", 3)), at(40, self.C), at(50, pod("e", WEB, node="node-9")))
        assert finding.holds
        assert finding.terms[1] == "domains: a, b, c"

    def test_a_node_that_goes_later(self) -> None:
        finding = held(*self.TWICE, gone(40, self.C), nodes=(*NODES, self.C))
        assert [breach.what for breach in finding.breaches] == ["c was placed on a: a: 2, b: 1, c: 0"]

    @pytest.mark.parametrize(("second", "holds"), [(29.5, True), (28.0, False)])
    def test_a_node_that_the_scheduler_may_not_have_known(self, second: float, holds: bool) -> None:
        assert held(*self.TWICE[:2], at(second, self.C), self.TWICE[2]).holds == holds

    def test_a_node_that_the_pod_is_on_was_known(self) -> None:
        joined = node("node-8", labels={KEY: "a"})
        parts = (at(10, on("a", 0)), at(19.5, joined), at(20, pod("b", WEB, node="node-8")))
        assert [breach.what for breach in held(*parts).breaches] == ["b was placed on a: a: 2, b: 0"]

    def test_a_domain_that_went_for_good(self) -> None:
        finding = held(*self.TWICE, *(gone(40, one) for one in NODES[1::2]))
        assert finding.holds
        assert finding.terms[1] == "domains: a, b"

    def test_a_pod_on_a_node_that_is_gone_does_not_count(self) -> None:
        """The pod is still there, as long as nobody collects it."""
        assert held(on("a", 0), on("b", 1), gone(10, NODES[0]), at(20, on("c", 2))).holds

    @pytest.mark.parametrize(("effect", "counts"), [("NoSchedule", False), ("NoExecute", False), ("PreferNoSchedule", True)])
    def test_a_tainted_node(self, effect: str, counts: bool) -> None:
        tainted = node("node-9", f"dedicated:{effect}", labels={KEY: "c"})
        honor = web({**CONSTRAINT, "nodeTaintsPolicy": "Honor"})
        placed = (at(10, on("a", 0, honor)), at(20, on("b", 1, honor)), at(30, on("c", 2, honor)))
        assert held(*placed, of=honor, nodes=(*NODES, tainted)).holds != counts
        assert not held(*self.TWICE, nodes=(*NODES, tainted)).holds  # taints are ignored by default

    @pytest.mark.parametrize(("key", "counts"), [("dedicated", True), ("other", False)])
    def test_a_tainted_node_that_the_pod_tolerates(self, key: str, counts: bool) -> None:
        tainted = node("node-9", "dedicated:NoSchedule", labels={KEY: "c"})
        honor = web({**CONSTRAINT, "nodeTaintsPolicy": "Honor"}, tolerations=[{"key": key, "operator": "Exists"}])
        placed = (at(10, on("a", 0, honor)), at(20, on("b", 1, honor)), at(30, on("c", 2, honor)))
        assert held(*placed, of=honor, nodes=(*NODES, tainted)).holds != counts

    def test_only_what_the_pod_tolerates_itself_counts(self) -> None:
        """A daemon pod would tolerate a cordoned node."""
        cordoned = node("node-9", "node.kubernetes.io/unschedulable:NoSchedule", labels={KEY: "c"})
        honor = web({**CONSTRAINT, "nodeTaintsPolicy": "Honor"})
        placed = (at(10, on("a", 0, honor)), at(20, on("b", 1, honor)), at(30, on("c", 2, honor)))
        assert held(*placed, of=honor, nodes=(*NODES, cordoned)).holds

    @pytest.mark.parametrize(("policy", "counts"), [("Honor", False), ("Ignore", True)])
    def test_a_node_that_the_template_does_not_admit(self, policy: str, counts: bool) -> None:
        picky = web({**CONSTRAINT, "nodeAffinityPolicy": policy}, nodeSelector={"disk": "ssd"})
        fast = [changed(one, "metadata.labels.disk", "ssd") for one in NODES]
        placed = (at(10, on("a", 0, picky)), at(20, on("b", 1, picky)), at(30, on("c", 2, picky)))
        assert held(*placed, of=picky, nodes=(*fast, self.C)).holds != counts

    def test_a_node_without_the_label_of_another_constraint(self) -> None:
        both = web(CONSTRAINT, {**CONSTRAINT, "topologyKey": "kubernetes.io/hostname", "maxSkew": 5})
        placed = (at(10, on("a", 0, both)), at(20, on("b", 1, both)), at(30, on("c", 2, both)))
        bare = changed(self.C, "metadata.labels", {KEY: "c"})
        assert held(*placed, of=both, nodes=(*NODES, bare)).holds
        assert not held(*placed, of=both, nodes=(*NODES, self.C)).holds


def test_past_the_scheduler() -> None:
    finding = held(at(1, on("a", 0)), at(1, on("b", 0)), of=web(CONSTRAINT, nodeName="node-0"))
    assert finding.change == "spec.template.spec.nodeName: leave it out (now node-0)"


def test_somebody_else_places_pods() -> None:
    assert held(at(1, on("a", 0)), at(1, on("b", 0))).check == "find what, other than the scheduler, places these pods"


FIELD = "spec.template.spec.topologySpreadConstraints"


class TestVacuous:
    @pytest.mark.parametrize(
        ("constraint", "change"),
        [
            ({"whenUnsatisfiable": "ScheduleAnyway"}, f"{FIELD}.0.whenUnsatisfiable: DoNotSchedule (now ScheduleAnyway)"),
            ({"maxSkew": 2}, f"{FIELD}.0.maxSkew: 1 (now 2)"),
            ({"labelSelector": {"matchLabels": {"app": "other"}}}, f"{FIELD}.0.labelSelector: the labels of the template"),
            ({"topologyKey": "rack"}, f"{FIELD}: one with topologyKey zone"),
        ],
    )
    def test_nothing_binds_the_scheduler(self, constraint: Json, change: str) -> None:
        finding = held(at(1, on("a", 0)), of=web({**CONSTRAINT, **constraint}))
        assert finding.vacuous == "no constraint binds the scheduler, so the pods are spread by chance"
        assert finding.change == change

    def test_one_domain(self) -> None:
        assert held(at(1, on("a", 0)), nodes=NODES[:1]).vacuous == "there are fewer than two domains"
        picky = web(CONSTRAINT, nodeSelector={KEY: "a"})
        assert held(at(1, on("a", 0, picky)), of=picky).terms[1] == "domains: a"
        assert held(of=picky).terms[1] == "domains: a"

    def test_nothing_was_placed(self) -> None:
        assert held(on("a", 0)).vacuous == "no pod was placed in the block"
