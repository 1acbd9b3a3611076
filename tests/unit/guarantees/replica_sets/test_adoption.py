"""rs-adopt-release."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.replica_sets.adoption import check_adopted, check_released, orphans
from pytest_kworkload.history.model import History
from pytest_kworkload.objects.selection import matches

from ...histories import (
    at,
    changed,
    deployment,
    failed,
    gone,
    owned_by,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    terminating,
    what_broke,
)

WEB = replica_set("web", replicas=1, selector={"matchLabels": {"app": "web"}})
OTHER = replica_set("other")
BARE = pod("bare")
ADOPTED = changed(BARE, "metadata.ownerReferences", [owned_by(WEB)])
OWN = pod("web-a", WEB)
# What decides besides a workload's own selector: a hash that only its ReplicaSets know, or the name.
UPPER = deployment(selector={"matchLabels": {"app": "web"}})
LOWER = replica_set("web-1", UPPER, 1, selector={"matchLabels": {"app": "web", "pod-template-hash": "1"}})
HASHED = pod("bare", labels={"pod-template-hash": "1"})
SET = stateful_set("db", 1, selector={"matchLabels": {"app": "web"}})
RELEASED = changed(changed(OWN, "metadata.ownerReferences", []), "metadata.labels", {"app": "else"})


class TestAdopted:
    def check(self, history: History) -> Finding:
        return check_adopted(history, "ReplicaSet", "ReplicaSet/web", "Pod/bare")

    def test_it_is_adopted(self) -> None:
        finding = self.check(story(BARE, at(1, WEB), at(2, ADOPTED)))
        assert finding.holds
        assert finding.terms == ("to adopt: bare",)
        assert finding.evidence == {"pod": "bare", "owner": "web"}

    def test_labels_that_do_not_match(self) -> None:
        finding = self.check(story(changed(BARE, "metadata.labels", {"app": "else"}), at(1, WEB)))
        assert what_broke(finding) == ["bare was not adopted"]
        assert (finding.cause, finding.change) == ("its labels do not match the selector", "metadata.labels of the pod: app=web")

    def test_one_too_many(self) -> None:
        finding = self.check(story(BARE, WEB, OWN, at(1, ADOPTED), at(2, terminating(ADOPTED)), gone(3, terminating(ADOPTED))))
        assert what_broke(finding) == ["bare was deleted, not kept"]
        assert finding.change == "spec.replicas: 2 (now 1), or create one pod fewer before"

    def test_another_controllers_pod_is_never_taken(self) -> None:
        finding = self.check(story(BARE, WEB, OTHER, at(1, changed(BARE, "metadata.ownerReferences", [owned_by(OTHER)]))))
        assert finding.cause == "ReplicaSet other controls it, and another controller's pod is never taken"

    def test_an_owner_that_does_not_control_is_no_controller(self) -> None:
        finding = self.check(story(changed(BARE, "metadata.ownerReferences", [owned_by(WEB, controller=False)]), WEB))
        assert what_broke(finding) == ["bare was not adopted"]
        assert finding.check == "find what keeps the ReplicaSet's controller from its work"

    def test_by_uid_and_not_by_name(self) -> None:
        twin = replica_set("web", replicas=1)
        twin["metadata"]["uid"] = "anew"
        assert not self.check(story(BARE, WEB, at(1, changed(BARE, "metadata.ownerReferences", [owned_by(twin)])))).holds

    def test_a_deployment_takes_what_its_replica_sets_select(self) -> None:
        finding = check_adopted(story(UPPER, LOWER, at(1, BARE)), "Deployment", "Deployment/web", "Pod/bare")
        assert finding.cause == "none of the Deployment's ReplicaSets selects it: they select by pod-template-hash too"
        assert finding.change == "metadata.labels of the pod: app=web, pod-template-hash=1"
        finding = check_adopted(story(UPPER, LOWER, at(1, HASHED)), "Deployment", "Deployment/web", "Pod/bare")
        assert finding.check == "find what keeps the Deployment's controller from its work"

    def test_a_stateful_set_takes_pods_of_its_own_names(self) -> None:
        finding = check_adopted(story(SET, at(1, BARE)), "StatefulSet", "StatefulSet/db", "Pod/bare")
        assert finding.cause == "a StatefulSet takes only pods that have its name and an ordinal"
        assert finding.change == "metadata.name of the pod: db-0, or another ordinal"

    def test_a_pod_that_it_made_itself_is_vacuous(self) -> None:
        finding = self.check(story(WEB, ADOPTED))
        assert finding.vacuous == "bare had a controller from the start, ReplicaSet web, and such a pod is never adopted"


class TestReleased:
    def check(self, history: History) -> Finding:
        return check_released(history, "ReplicaSet", "ReplicaSet/web", "Pod/web-a")

    def test_it_is_released_and_replaced(self) -> None:
        finding = self.check(story(WEB, OWN, at(1, RELEASED), at(2, pod("web-b", WEB))))
        assert finding.holds
        assert finding.terms == ("to release: web-a",)
        assert finding.evidence == {"pod": "web-a", "replacement": "web-b"}

    def test_upstream_would_pass_a_pod_that_came_before_the_release(self) -> None:
        """Upstream counts the pods at the end; one that was there before took nobody's place."""
        finding = self.check(story(WEB, OWN, at(0.5, pod("web-b", WEB)), at(1, RELEASED)))
        assert what_broke(finding) == ["no pod was created in place of web-a"]
        assert finding.cause == "the ReplicaSet wants 1 pod, and had that many without it"

    def test_its_labels_match_still(self) -> None:
        finding = self.check(story(WEB, OWN, at(1, changed(OWN, "metadata.labels.color", "blue"))))
        assert what_broke(finding) == ["web-a was not released"]
        assert (finding.cause, finding.change) == ("its labels still match the selector", "metadata.labels of the pod: not app=web")

    def test_another_hash_is_selected_no_more(self) -> None:
        own = changed(pod("web-1-a", LOWER), "metadata.labels.pod-template-hash", "1")
        aside = changed(own, "metadata.labels.pod-template-hash", "aside")
        finding = check_released(story(UPPER, LOWER, own, at(1, aside)), "Deployment", "Deployment/web", "Pod/web-1-a")
        assert finding.check == "find what keeps the Deployment's controller from its work"
        finding = check_released(story(UPPER, LOWER, own), "Deployment", "Deployment/web", "Pod/web-1-a")
        assert finding.cause == "its labels still match the selector"

    def test_the_controller_does_nothing(self) -> None:
        finding = self.check(story(WEB, OWN, at(1, changed(OWN, "metadata.labels", {"app": "else"}))))
        assert finding.check == "find what keeps the ReplicaSet's controller from its work"

    def test_it_is_deleted(self) -> None:
        finding = self.check(story(WEB, OWN, at(1, terminating(OWN)), gone(2, terminating(OWN)), at(3, pod("web-b", WEB))))
        assert what_broke(finding) == ["web-a was deleted, not kept"]

    def test_a_stranger_is_vacuous(self) -> None:
        finding = check_released(story(WEB, BARE), "ReplicaSet", "ReplicaSet/web", "Pod/bare")
        assert finding.vacuous == "the ReplicaSet never controlled bare, so it could not release it"


@pytest.mark.parametrize(
    ("expression", "matched"),
    [
        ({"key": "app", "operator": "In", "values": ["web", "db"]}, True),
        ({"key": "app", "operator": "In", "values": ["db"]}, False),
        ({"key": "tier", "operator": "In", "values": ["db"]}, False),
        ({"key": "app", "operator": "NotIn", "values": ["web"]}, False),
        ({"key": "tier", "operator": "NotIn", "values": ["web"]}, True),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "app", "operator": "DoesNotExist"}, False),
        ({"key": "tier", "operator": "DoesNotExist"}, True),
    ],
)
def test_what_an_expression_matches(expression: dict[str, object], matched: bool) -> None:
    assert matches({"matchExpressions": [expression]}, {"app": "web"}) is matched
    assert matches({"matchLabels": {"app": "web"}, "matchExpressions": [expression]}, {"app": "web"}) is matched
    assert not matches({"matchLabels": {"app": "db"}, "matchExpressions": [expression]}, {"app": "web"})


def test_orphans_are_alive_and_nobodys() -> None:
    every = [BARE, OWN, failed(pod("ended")), terminating(pod("going")), pod("else", labels={"app": "else"}), pod("b", OTHER)]
    assert orphans(story(WEB, *every), "ReplicaSet", "ReplicaSet/web") == ["bare"]


def test_a_deployments_orphans_are_those_that_its_replica_sets_would_take() -> None:
    assert orphans(story(UPPER, LOWER, BARE), "Deployment", "Deployment/web") == []
    assert orphans(story(UPPER, LOWER, HASHED), "Deployment", "Deployment/web") == ["bare"]
    assert orphans(story(UPPER, LOWER, HASHED, gone(1, LOWER)), "Deployment", "Deployment/web") == []


@pytest.mark.parametrize(("name", "taken"), [("db-7", True), ("bare", False), ("my-db-0", False), ("db-0-0", False), ("db-x", False)])
def test_a_stateful_sets_orphans_have_its_name_and_an_ordinal(name: str, taken: bool) -> None:
    assert orphans(story(SET, replica(SET, 0), pod(name)), "StatefulSet", "StatefulSet/db") == ([name] if taken else [])
