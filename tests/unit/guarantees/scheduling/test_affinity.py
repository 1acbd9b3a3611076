"""sched-affinity: pods apart from one another, or together with others."""

from __future__ import annotations

import types
from typing import Any

from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.scheduling.affinity import NOWHERE, Rule, check_affinity

from ...histories import Change, Json, at, changed, gone, moment, node, pod, replica_set, story, succeeded, template, terminating

UID = "ReplicaSet/web"
HOST = "kubernetes.io/hostname"
NODES = [node(f"node-{n}") for n in range(3)]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
FIELD = "spec.template.spec.affinity"


def term(app: str = "web", key: str = HOST) -> Json:
    return {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}}


def affinity(rule: Rule, *terms: Json, strength: str = REQUIRED) -> Json:
    return {"podAntiAffinity" if rule == "apart" else "podAffinity": {strength: list(terms)}}


def web(rule: Rule, *terms: Json, strength: str = REQUIRED, **spec: Any) -> Json:
    return replica_set("web", template=template(affinity=affinity(rule, *terms, strength=strength), **spec))


APART, TOGETHER = web("apart", term()), web("together", term("db"))


def placed(name: str, where: str, owner: Json = APART) -> Json:
    obj = pod(name, owner, node=where)
    return changed(obj, "spec.affinity", owner["spec"]["template"]["spec"].get("affinity"))


def db(where: str, name: str = "db") -> Json:
    return pod(name, replica_set("db"), node=where, labels={"app": "db"})


def held(rule: Rule, *parts: Json | Change, of: Json = APART, nodes: list[Json] = NODES) -> Finding:
    return check_affinity(story(of, *nodes, *parts), "ReplicaSet", UID, HOST, rule)


class TestApart:
    def test_each_on_a_node_of_its_own(self) -> None:
        finding = held("apart", placed("a", "node-0"), at(1, placed("b", "node-1")))
        assert finding.holds
        assert finding.terms == ("apart by kubernetes.io/hostname", "domains: node-0, node-1, node-2")
        assert finding.evidence == {"domains": ("node-0", "node-1", "node-2"), "placed": {"b": "node-1"}}

    def test_two_on_one(self) -> None:
        finding = held("apart", placed("a", "node-0"), at(1, placed("b", "")), at(2, placed("b", "node-0")))
        assert [(one.what, one.at) for one in finding.breaches] == [("b was placed on node-0, beside a", moment(2))]
        assert finding.check == "find what, other than the scheduler, places these pods"

    def test_what_is_terminating_is_still_there_and_what_has_ended_is_not(self) -> None:
        a = placed("a", "node-0")
        assert held("apart", a, at(1, terminating(a)), at(2, placed("b", "node-0"))).breaches
        assert held("apart", succeeded(a), placed("c", "node-1"), at(2, placed("b", "node-0"))).holds
        assert held("apart", a, placed("c", "node-1"), gone(1, a), at(2, placed("b", "node-0"))).holds

    def test_upstream_would_pass_two_that_met_for_a_moment(self) -> None:
        """Upstream looks at where the pods are at the end."""
        a, b = placed("a", "node-0"), placed("b", "node-0")
        assert held("apart", a, at(1, b), gone(2, a), at(3, placed("c", "node-1"))).breaches

    def test_a_preference_is_chance(self) -> None:
        wish = web("apart", term(), strength="preferredDuringSchedulingIgnoredDuringExecution")
        finding = held("apart", placed("a", "node-0", wish), at(1, placed("b", "node-1", wish)), of=wish)
        assert finding.vacuous == "no required term binds the scheduler, so the pods are apart by chance"
        assert finding.change == f"{FIELD}.podAntiAffinity: {REQUIRED} (now preferredDuringSchedulingIgnoredDuringExecution)"
        assert held("apart", placed("a", "node-0", wish), at(1, placed("b", "node-0", wish)), of=wish).breaches

    def test_another_key(self) -> None:
        zone = web("apart", term(key="zone"))
        finding = held("apart", placed("a", "node-0", zone), at(1, placed("b", "node-0", zone)), of=zone)
        assert finding.change == f"{FIELD}.podAntiAffinity.{REQUIRED}.0.topologyKey: {HOST} (now zone)"

    def test_no_term(self) -> None:
        bare = replica_set("web")
        finding = held("apart", placed("a", "node-0", bare), at(1, placed("b", "node-0", bare)), of=bare)
        assert finding.change == f"{FIELD}.podAntiAffinity.{REQUIRED}: a term with topologyKey {HOST}"

    def test_any_of_several_terms_forbids(self) -> None:
        two = web("apart", term(), term("db"))
        finding = held("apart", db("node-1"), at(1, placed("a", "node-1", two)), of=two)
        assert [one.what for one in finding.breaches] == ["a was placed on node-1, beside db"]

    def test_a_template_that_names_its_node(self) -> None:
        fixed = web("apart", term(), nodeName="node-0")
        finding = held("apart", placed("a", "node-0", fixed), at(1, placed("b", "node-0", fixed)), of=fixed)
        assert finding.change == "spec.template.spec.nodeName: leave it out (now node-0)"


class TestTogether:
    def test_where_the_other_is(self) -> None:
        finding = held("together", db("node-1"), at(1, placed("a", "node-1", TOGETHER)), of=TOGETHER)
        assert finding.evidence["placed"] == {"a": "node-1"}
        assert finding.holds

    def test_elsewhere(self) -> None:
        finding = held("together", db("node-1"), at(1, placed("a", "node-0", TOGETHER)), of=TOGETHER)
        assert [one.what for one in finding.breaches] == ["a was placed on node-0, away from db"]

    def test_the_other_is_not_there(self) -> None:
        assert held("together", at(1, placed("a", "node-0", TOGETHER)), of=TOGETHER).breaches

    def test_the_first_of_its_kind_may_go_anywhere(self) -> None:
        own = web("together", term())
        assert held("together", at(1, placed("a", "node-0", own)), at(2, placed("b", "node-0", own)), of=own).holds
        assert held("together", at(1, placed("a", "node-0", own)), at(2, placed("b", "node-1", own)), of=own).breaches

    def test_the_scheduler_decides_in_turn_and_binds_at_once(self) -> None:
        waiting = db("")
        other = db("node-2", "db-2")
        parts = (other, waiting, at(1, placed("a", "node-1", TOGETHER)), at(1.2, db("node-1")))
        assert held("together", *parts, of=TOGETHER).holds
        late = (other, waiting, at(1, placed("a", "node-1", TOGETHER)), at(5, db("node-1")))
        assert held("together", *late, of=TOGETHER).breaches

    def test_it_may_not_know_yet_that_the_other_went(self) -> None:
        there, other = db("node-1"), db("node-2", "db-2")
        parts = (there, other, gone(1, there), at(1.2, placed("a", "node-1", TOGETHER)))
        assert held("together", *parts, of=TOGETHER).holds

    def test_the_other_matches_all_of_several_terms(self) -> None:
        two = web("together", term("db"), {"topologyKey": HOST, "labelSelector": {"matchLabels": {"tier": "back"}}})
        half, whole = db("node-0", "half"), changed(db("node-1"), "metadata.labels.tier", "back")
        assert held("together", half, whole, at(1, placed("a", "node-1", two)), of=two).holds
        assert held("together", half, whole, at(1, placed("a", "node-0", two)), of=two).breaches


class TestNodesWithoutTheLabel:
    NODES = (node("node-0", labels={"zone": "a"}), node("node-1", labels={"zone": "b"}), node("node-8"), node("node-9"))
    OF = types.MappingProxyType({rule: web(rule, term(key="zone")) for rule in ("apart", "together")})

    def held(self, rule: Rule, *where: str) -> Finding:
        of = self.OF[rule]
        pods = (at(n, placed(f"p{n}", one, of)) for n, one in enumerate(where, 1))
        return check_affinity(story(of, *self.NODES, *pods), "ReplicaSet", UID, "zone", rule)

    def test_two_of_them_are_not_one_domain(self) -> None:
        finding = self.held("apart", "node-0", "node-8", "node-9", "node-1")
        assert finding.holds
        assert finding.evidence["placed"] == {"p1": "a", "p2": NOWHERE, "p3": NOWHERE, "p4": "b"}

    def test_what_is_on_them_is_apart_from_nobody(self) -> None:
        assert self.held("apart", "node-0", "node-8").vacuous == "there was no matching pod to be apart from"

    def test_nobody_is_together_there(self) -> None:
        finding = self.held("together", "node-0", "node-8", "node-0")
        assert [(one.what, one.at) for one in finding.breaches] == [("p2 was placed on a node without this label", moment(2))]

    def test_who_is_there_does_not_bind_the_first_of_its_kind(self) -> None:
        """For the scheduler no matching pod is in any domain."""
        of = self.OF["together"]
        parts = (placed("x", "node-8", of), at(1, placed("a", "node-0", of)), at(2, placed("b", "node-0", of)))
        assert check_affinity(story(of, *self.NODES, *parts), "ReplicaSet", UID, "zone", "together").holds


class TestVacuous:
    def test_one_domain(self) -> None:
        finding = held("apart", placed("a", "node-0"), nodes=NODES[:1])
        assert finding.vacuous == "there are fewer than two domains"

    def test_nothing_was_placed(self) -> None:
        assert held("apart", placed("a", "node-0")).vacuous == "no pod was placed in the block"

    def test_nobody_to_be_apart_from(self) -> None:
        assert held("apart", at(1, placed("a", "node-0"))).vacuous == "there was no matching pod to be apart from"


ZONES = ("a", "a", "b", None)
STEPS = st.lists(st.tuples(st.integers(0, 3), st.sets(st.sampled_from(["app", "tier"])), st.booleans()), max_size=10)


@given(st.sampled_from(["apart", "together"]), STEPS)
def test_the_check_agrees_with_a_look_at_every_node(rule: Rule, steps: list[tuple[int, set[str], bool]]) -> None:
    """Pods with the labels of some of two terms come to nodes of two zones and of none, or the last one of a node goes."""
    terms = [{"topologyKey": "zone", "labelSelector": {"matchLabels": {one: "web"}}} for one in ("app", "tier")]
    of = web(rule, *terms)
    there: list[list[tuple[Json, set[str]]]] = [[], [], [], []]
    parts: list[Json | Change] = []
    breaches = []
    for n, (where, labels, comes) in enumerate(steps, 1):
        if comes:
            matching = [
                ZONES[m] for m in range(4) for _, theirs in there[m] if (theirs if rule == "apart" else len(theirs) == 2) and ZONES[m]
            ]
            if rule == "apart":
                wrong = ZONES[where] in matching
            else:
                wrong = ZONES[where] is None or (ZONES[where] not in matching and (bool(matching) or len(labels) < 2))
            breaches += [f"p{n}"] if wrong else []
            made = changed(placed(f"p{n}", f"node-{where}", of), "metadata.labels", dict.fromkeys(sorted(labels), "web"))
            there[where].append((made, labels))
            parts.append(at(10 * n, made))
        elif there[where]:
            parts.append(gone(10 * n, there[where].pop()[0]))
    nodes = [node(f"node-{n}", labels={"zone": zone} if zone else {}) for n, zone in enumerate(ZONES)]
    finding = check_affinity(story(of, *nodes, *parts), "ReplicaSet", UID, "zone", rule)
    assert [one.what.split()[0] for one in finding.breaches] == breaches
