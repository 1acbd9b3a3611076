"""svc-selects-only: which pods a selector catches, and whose they are."""

from __future__ import annotations

from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.services.selects_only import check_selects_only

from ...histories import Change, Json, at, changed, deployment, failed, gone, pod, replica_set, service, story, terminating

WEB = changed(deployment(), "spec.template.metadata.labels", {"app": "web", "track": "stable"})
SET = replica_set("web-1", WEB)
CANARY = changed(deployment("canary"), "spec.template.metadata.labels", {"app": "web", "track": "canary"})
CANARY_SET = replica_set("canary-1", CANARY)
SERVICE = service()


def labelled(obj: Json, **labels: str) -> Json:
    return changed(obj, "metadata.labels", labels)


A, B = (labelled(pod(name, SET), app="web", track="stable") for name in ("web-1-a", "web-1-b"))
FOREIGN = labelled(pod("canary-1-a", CANARY_SET), app="web", track="canary")


def judged(*parts: Json | Change, by: Json = SERVICE) -> Finding:
    return check_selects_only(story(by, WEB, SET, CANARY, CANARY_SET, *parts), "Service/web", "Deployment", "Deployment/web")


def what(finding: Finding) -> list[str]:
    return [breach.what for breach in finding.breaches]


def test_its_own_pods_and_all_of_them() -> None:
    finding = judged(A, at(1, B))
    assert finding.holds
    assert finding.evidence == {"pods": 2, "selector": {"app": "web"}}


def test_a_pod_of_another_workload() -> None:
    finding = judged(A, at(1, FOREIGN), gone(3, FOREIGN))
    assert what(finding) == ["it selected canary-1-a, which is not a pod of Deployment web"]
    assert finding.cause == "canary-1-a has the labels too: app=web"
    assert finding.change == "spec.selector: app=web,track=stable (now app=web)"
    assert finding.breaches[0].lines == ("canary-1-a  app=web,track=canary  of ReplicaSet canary-1",)


def test_a_pod_that_has_all_the_labels() -> None:
    finding = judged(A, labelled(pod("stray"), app="web", track="stable"))
    assert finding.change == "metadata.labels of Pod stray: another app (now web)"


def test_a_pod_that_has_finished_or_goes() -> None:
    assert judged(A, failed(FOREIGN)).holds
    assert not judged(A, terminating(FOREIGN)).holds


def test_a_selector_that_the_template_does_not_have() -> None:
    finding = judged(A, by=service(selector={"app": "wbe"}))
    assert what(finding) == ["it did not select web-1-a, a pod of Deployment web"]
    assert finding.change == "spec.selector: app=web (now app=wbe)"


def test_a_selector_that_is_switched_in_the_middle() -> None:
    finding = judged(A, at(2, changed(SERVICE, "spec.selector", {"app": "other"})), at(4, SERVICE))
    assert what(finding) == ["it did not select web-1-a, a pod of Deployment web"]


def test_a_pod_that_is_relabelled_and_released_soon() -> None:
    relabelled = labelled(A, app="aside")
    orphan = changed(relabelled, "metadata.ownerReferences", [])
    assert judged(A, B, at(2, relabelled), at(2.5, orphan)).holds
    late = judged(A, B, at(2, relabelled), at(4, orphan))
    assert what(late) == ["it did not select web-1-a, a pod of Deployment web"]
    assert late.check == "find what changes labels of pods of this workload"


def test_vacuous() -> None:
    none = judged(A, by=service(selector={}))
    assert none.vacuous.startswith("the Service has no selector")
    assert none.change == "spec.selector: app=web,track=stable (now none)"
    assert judged(FOREIGN).vacuous == "the Deployment has had no pod since the test began"


@given(
    own=st.lists(st.sampled_from([{"app": "web"}, {"app": "web", "extra": "1"}, {"app": "x"}]), min_size=1, max_size=4),
    others=st.lists(st.sampled_from([{"app": "web"}, {"app": "y"}, {}]), max_size=3),
)
def test_it_holds_exactly_if_labels_and_owners_agree(own: list[dict[str, str]], others: list[dict[str, str]]) -> None:
    mine = [labelled(pod(f"own-{n}", SET), **labels) for n, labels in enumerate(own)]
    theirs = [labelled(pod(f"other-{n}", CANARY_SET), **labels) for n, labels in enumerate(others)]
    agree = all(one.get("app") == "web" for one in own) and not any(one.get("app") == "web" for one in others)
    assert judged(*mine, *theirs).holds is agree
