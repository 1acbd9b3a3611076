"""pod-bare-not-recreated."""

from __future__ import annotations

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.not_recreated import check_not_recreated, recreated
from pytest_kworkload.history.model import History

from ...histories import at, changed, gone, moment, owned_by, pod, replica_set, story, terminating

BARE = pod("one")
GONE = [at(1, terminating(BARE)), gone(2, terminating(BARE))]


def check(history: History, uid: str = "Pod/one") -> Finding:
    return check_not_recreated(history, uid, 5)


def test_a_bare_pod_stays_away() -> None:
    finding = check(story(BARE, *GONE))
    assert finding.holds
    assert finding.terms == ("watched for 5 s after it was gone",)
    assert finding.evidence == {"uid": "Pod/one"}


def test_other_pods_come_and_go() -> None:
    web = replica_set("web")
    assert check(story(BARE, web, *GONE, at(3, pod("two")), at(4, pod("web-x", web)))).holds


def test_a_pod_that_the_block_creates_too() -> None:
    assert check(story(at(0.5, BARE), *GONE)).holds


def test_the_same_name_comes_again() -> None:
    finding = check(story(BARE, *GONE, at(3, pod("one", uid="again"))))
    assert [(one.what, one.at) for one in finding.breaches] == [("pod one was created", moment(3))]
    assert finding.cause == "something created it again"
    assert (finding.change, finding.check) == ("", "what creates it")
    assert finding.trigger == moment(1)


WEB = replica_set("web", replicas=1)
ADOPTED = changed(BARE, "metadata.ownerReferences", [owned_by(WEB)])


def test_an_adopted_pod_is_replaced_by_another_name() -> None:
    new = pod("web-x", WEB)
    finding = check(story(BARE, at(0.5, WEB), at(0.6, ADOPTED), at(1, terminating(ADOPTED)), at(1.1, new), gone(2, ADOPTED)))
    assert [(one.what, one.at) for one in finding.breaches] == [("pod web-x was created", moment(1.1))]
    assert finding.cause == "ReplicaSet web had adopted the pod: its selector matches the pod's labels"
    assert finding.change == "metadata.labels: labels that no controller's selector matches"


def test_a_pod_that_its_controller_made() -> None:
    made = changed(ADOPTED, "metadata.generateName", "web-")
    finding = check(story(WEB, made, at(1, terminating(made)), at(1.1, pod("web-x", WEB)), gone(2, made)))
    assert finding.cause == "ReplicaSet web created the pod: it is not a bare one"


def test_a_pod_of_the_same_owner_that_came_before_is_no_recreation() -> None:
    """The owner grew before the pod was deleted: nothing has come in its place yet."""
    history = story(WEB, ADOPTED, at(0.5, pod("web-x", WEB)), at(1, terminating(ADOPTED)))
    assert recreated(history, "one", "Pod/one") is None


def test_a_pod_of_another_owner_is_no_recreation() -> None:
    stranger = pod("stranger", replica_set("other"))
    history = story(WEB, ADOPTED, at(1, terminating(ADOPTED)), at(2, stranger), at(3, pod("bare")))
    assert recreated(history, "one", "Pod/one") is None


class TestVacuous:
    def test_the_pod_was_not_deleted(self) -> None:
        assert check(story(BARE)).vacuous == "the pod was not deleted in the block, so nothing could be created again"

    def test_the_pod_is_still_terminating(self) -> None:
        finding = check(story(BARE, GONE[0]))
        assert (finding.vacuous, finding.check) == ("the pod is still terminating", "wait longer, with timeout=")
        assert finding.change == "spec.terminationGracePeriodSeconds: less (now 30)"

    def test_a_pod_with_a_controller_is_not_bare(self) -> None:
        """Its controller was scaled to 0 meanwhile, so it was not replaced; that shows nothing about bare pods."""
        history = story(WEB, ADOPTED, at(0.5, replica_set("web", replicas=0)), at(1, terminating(ADOPTED)), gone(2, ADOPTED))
        assert check(history).vacuous == (
            "ReplicaSet web had adopted the pod: its selector matches the pod's labels; so this shows nothing about a bare pod"
        )
