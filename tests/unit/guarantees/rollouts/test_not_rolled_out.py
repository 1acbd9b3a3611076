"""template-inert."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.not_rolled_out import check_not_rolled_out
from pytest_kworkload.history.model import History

from ...histories import (
    Change,
    Json,
    at,
    changed,
    daemon_set,
    deployment,
    failed,
    gone,
    moment,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    template,
    terminating,
    unready,
    what_broke,
)

RS = replica_set("web", replicas=2)
A, B = pod("web-a", RS), pod("web-b", RS)
IDLE = {"type": "OnDelete"}


def updated(obj: Json) -> Json:
    return changed(obj, "spec.template", template("web:2"))


def check(history: History, kind: str = "ReplicaSet", name: str = "web") -> Finding:
    return check_not_rolled_out(history, kind, f"{kind}/{name}", 5)


def test_a_replica_set_leaves_its_pods_alone() -> None:
    finding = check(story(RS, A, B, at(1, updated(RS))))
    assert finding.holds
    assert finding.terms == ("no update strategy", "watched for 5 s")
    assert finding.evidence == {"pods": ("web-a", "web-b")}


def test_on_delete() -> None:
    db, agent = stateful_set(updateStrategy=IDLE), daemon_set(updateStrategy=IDLE)
    assert check(story(db, replica(db, 0), at(1, updated(db))), "StatefulSet", "db").terms[0] == "updateStrategy OnDelete"
    assert check(story(agent, pod("agent-a", agent), at(1, updated(agent))), "DaemonSet", "agent").holds


def test_a_partition_that_holds_every_replica() -> None:
    db = stateful_set(replicas=1, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
    mine = replica(db, 0)
    finding = check(story(db, mine, at(1, updated(db))), "StatefulSet", "db")
    assert finding.holds
    assert finding.terms[0] == "updateStrategy RollingUpdate, partition 1"
    finding = check(story(db, mine, at(1, updated(db)), gone(2, mine)), "StatefulSet", "db")
    assert finding.check == "find what, other than the controller, creates, deletes or changes pods of this StatefulSet"


def test_a_paused_deployment_makes_no_replica_set() -> None:
    web = deployment(paused=True)
    rs = replica_set("web-1", web)
    assert check(story(web, rs, pod("web-1-a", rs), at(1, updated(web))), "Deployment").terms[0] == "paused"
    finding = check(story(web, rs, pod("web-1-a", rs), at(1, updated(web)), at(2, replica_set("web-2", web, 0, 2))), "Deployment")
    assert what_broke(finding) == ["ReplicaSet web-2 was created for the new template"]
    assert finding.check == "find what, other than the controller, creates, deletes or changes pods of this Deployment"


def test_what_a_pod_does_by_itself_is_no_rollout() -> None:
    scheduled = changed(A, "spec.nodeName", "node-1")
    assert check(story(RS, A, B, at(1, updated(RS)), at(2, unready(A)), at(3, scheduled))).holds


def test_pods_of_another_owner_do_not_count() -> None:
    assert check(story(RS, A, B, at(1, updated(RS)), at(2, pod("other")), gone(3, pod("other")))).holds


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (at(2, terminating(A)), "web-a was taken down"),
        (gone(2, A), "web-a was taken down"),
        (at(2, pod("web-c", RS, image="web:2")), "web-c was created"),
        (at(2, pod("web-a", RS, image="web:2")), "web-a was changed in place"),
    ],
)
def test_a_pod_is_touched(change: Change, what: str) -> None:
    finding = check(story(RS, A, B, at(1, updated(RS)), change))
    assert [(one.what, one.at) for one in finding.breaches] == [(what, moment(2))]


def test_a_pod_goes_once() -> None:
    finding = check(story(RS, A, B, at(1, updated(RS)), at(2, terminating(A)), at(3, unready(terminating(A))), gone(4, terminating(A))))
    assert what_broke(finding) == ["web-a was taken down"]


@pytest.mark.parametrize(("kind", "name"), [("StatefulSet", "db"), ("DaemonSet", "agent")])
def test_what_to_change_for_a_rolling_update(kind: str, name: str) -> None:
    obj = stateful_set() if kind == "StatefulSet" else daemon_set()
    mine = pod(f"{name}-0", obj)
    finding = check(story(obj, mine, at(1, updated(obj)), gone(2, mine)), kind, name)
    assert finding.change == "spec.updateStrategy.type: OnDelete (now RollingUpdate)"


def test_what_to_change_for_a_deployment() -> None:
    web = deployment()
    old, new = replica_set("web-1", web), replica_set("web-2", web, number=2)
    finding = check(story(web, old, pod("web-1-a", old), at(1, updated(web)), at(2, new), at(3, pod("web-2-a", new))), "Deployment")
    assert what_broke(finding) == ["ReplicaSet web-2 was created for the new template"]
    assert finding.change == "spec.paused: true (pause() before the block)"


def test_a_partition_that_holds_all_replicas() -> None:
    db = stateful_set(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 3}})
    assert check(story(db, replica(db, 0), at(1, updated(db))), "StatefulSet", "db").holds


class TestVacuous:
    @pytest.mark.parametrize(
        ("obj", "why"),
        [
            (stateful_set("web"), "updateStrategy RollingUpdate replaces the pods by itself"),
            (daemon_set("web"), "updateStrategy RollingUpdate replaces the pods by itself"),
            (deployment(), "a Deployment rolls a new template out as soon as it has one"),
        ],
    )
    def test_nothing_holds_the_rollout_back(self, obj: Json, why: str) -> None:
        """A replica that is not healthy keeps it from beginning, say, or the template is soon as it was."""
        kind = obj["kind"]
        rs = replica_set("web-1", obj)
        owner = rs if kind == "Deployment" else obj
        finding = check(story(obj, rs, unready(pod("web-0", owner)), at(1, updated(obj))), kind)
        assert finding.vacuous == f"only luck left the pods alone: {why}"
        assert finding.change.startswith("spec.")

    def test_the_block_created_it(self) -> None:
        assert check(story(at(1, RS), at(2, A))).vacuous == "the block created the ReplicaSet: its pods have this template"

    def test_the_template_stays(self) -> None:
        assert check(story(RS, A, at(1, changed(RS, "spec.replicas", 2)))).vacuous.startswith("the block did not change the pod template")

    def test_a_partition_that_leaves_a_replica_free(self) -> None:
        db = stateful_set(replicas=2, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
        finding = check(story(db, unready(replica(db, 0)), replica(db, 1), at(1, updated(db))), "StatefulSet", "db")
        assert finding.vacuous == "only luck left the pods alone: updateStrategy RollingUpdate replaces the pods by itself"

    def test_no_pod(self) -> None:
        assert check(story(RS, failed(A), at(1, updated(RS)))).vacuous == "there was no pod that could be touched"
