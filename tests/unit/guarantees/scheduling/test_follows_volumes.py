"""pv-node-affinity: pods go where their volumes are."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.scheduling.follows_volumes import check_follows_volumes

from ...histories import Change, Json, at, changed, claim, gone, moment, node, replica, stateful_set, story, using, volume

UID = "StatefulSet/db"
DB = stateful_set()
CLAIM = claim("data", volume="v")
LOCAL, ANYWHERE = volume("v", CLAIM, node="node-1"), volume("v", CLAIM)
NODES = [node("node-0"), node("node-1")]
BEFORE = using(replica(DB, 0, node="node-1", uid="old"), "data")


def again(where: str) -> Json:
    return using(replica(DB, 0, node=where, uid="new"), "data")


def held(*parts: Json | Change, of: Json = DB, nodes: list[Json] = NODES, made: Json = LOCAL, used: Json = CLAIM) -> Finding:
    return check_follows_volumes(story(of, used, made, *nodes, *parts), "StatefulSet", UID)


def test_it_comes_back_to_its_volume() -> None:
    finding = held(BEFORE, gone(1, BEFORE), at(2, again("")), at(3, again("node-1")))
    assert finding.holds
    assert finding.terms == ("volumes that cannot be used everywhere: 1",)
    assert finding.evidence == {"placed": {"db-0": "node-1"}, "usable": {"v": ("node-1",)}}


def test_it_is_put_elsewhere() -> None:
    finding = held(BEFORE, gone(1, BEFORE), at(2, again("node-0")))
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
        ("db-0 was placed on node-0, where the volume of claim data cannot be used", moment(2), ("v  usable on node-1",))
    ]
    assert finding.check == "find what, other than the scheduler, places these pods"
    named = changed(DB, "spec.template.spec.nodeName", "node-0")
    assert held(at(2, again("node-0")), of=named).change == "spec.template.spec.nodeName: leave it out (now node-0)"


def test_a_volume_of_a_node_that_is_no_more() -> None:
    assert held(at(2, again("node-0")), nodes=NODES[:1]).breaches[0].lines == ("v  usable on no node",)


def test_each_pod_is_judged_once() -> None:
    again_later = changed(again("node-1"), "metadata.labels.x", "y")
    assert held(at(2, again("node-1")), at(3, again_later)).evidence["placed"] == {"db-0": "node-1"}
    assert held(BEFORE, at(2, changed(BEFORE, "metadata.labels.x", "y"))).vacuous


class TestVacuous:
    def test_nothing_was_placed(self) -> None:
        assert held(BEFORE).vacuous == "no pod was placed in the block whose claims were bound before it"

    def test_a_volume_that_is_made_for_the_pod(self) -> None:
        fresh = changed(CLAIM, "spec.volumeName", "")
        assert held(at(2, again("node-1")), at(3, CLAIM), used=fresh).vacuous.startswith("no pod was placed in the block whose claims")

    def test_every_place_is_right(self) -> None:
        assert held(at(2, again("node-0")), made=ANYWHERE).vacuous == (
            "its volumes can be used on each of the 2 nodes, so every place is right"
        )
        assert held(at(2, again("node-1")), nodes=NODES[1:]).vacuous == (
            "its volumes can be used on the only node that takes its pods (node-1), so every place is right"
        )

    def test_another_node_does_not_take_the_pod_anyway(self) -> None:
        tainted = node("node-0", "node-role.kubernetes.io/control-plane:NoSchedule")
        assert held(at(2, again("node-1")), nodes=[tainted, NODES[1]]).vacuous.startswith("its volumes can be used on the only node")
        tolerant = changed(again("node-1"), "spec.tolerations", [{"operator": "Exists"}])
        assert held(at(2, tolerant), nodes=[tainted, NODES[1]]).holds
        choosy = changed(again("node-1"), "spec.nodeSelector", {"kubernetes.io/hostname": "node-1"})
        assert held(at(2, choosy)).vacuous.startswith("its volumes can be used on the only node that takes its pods (node-1)")

    def test_the_template_names_the_right_node(self) -> None:
        named = changed(DB, "spec.template.spec.nodeName", "node-1")
        finding = held(at(2, again("node-1")), of=named)
        assert finding.vacuous == "spec.template.spec.nodeName names the node, so the scheduler is not asked"
        assert finding.change == "spec.template.spec.nodeName: leave it out (now node-1)"
