"""svc-selects-only: which pods a selector catches, and whose they are."""

from __future__ import annotations

from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.services.selects_only import check_selects_only

from ...histories import Change, Json, at, changed, deployment, failed, gone, moment, pod, replica_set, service, story, terminating

WEB = changed(deployment(), "spec.template.metadata.labels", {"app": "web", "track": "stable"})
SET = replica_set("web-1", WEB)
CANARY = changed(deployment("canary"), "spec.template.metadata.labels", {"app": "web", "track": "canary"})
CANARY_SET = replica_set("canary-1", CANARY)
SERVICE = service()


def labelled(obj: Json, **labels: str) -> Json:
    return changed(obj, "metadata.labels", labels)


A, B = (labelled(pod(name, SET), app="web", track="stable") for name in ("web-1-a", "web-1-b"))
FOREIGN_OWNER = CANARY_SET["metadata"]["ownerReferences"]
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
    assert what(finding) == ["it selected canary-1-a, which is not a pod of this Deployment web"]
    assert finding.cause == "canary-1-a of Deployment canary has the labels that the selector asks for, app=web"
    assert finding.change == "spec.selector of Service web: app=web,track=stable (now app=web)"
    assert finding.breaches[0].lines == ("canary-1-a  app=web,track=canary  of Deployment canary; the selector was app=web",)


def test_a_pod_that_has_all_the_labels() -> None:
    finding = judged(A, labelled(pod("stray"), app="web", track="stable"))
    assert finding.change == "metadata.labels.app of Pod stray: any value but web"


def test_a_pod_that_has_finished_or_goes() -> None:
    assert judged(A, failed(FOREIGN)).holds
    assert not judged(A, terminating(FOREIGN)).holds


def test_a_selector_that_the_template_does_not_have() -> None:
    finding = judged(A, by=service(selector={"app": "wbe"}))
    assert what(finding) == ["it did not select web-1-a, a pod of Deployment web"]
    assert finding.change == "spec.selector of Service web: app=web (now app=wbe)"


def test_a_selector_that_is_switched_in_the_middle() -> None:
    finding = judged(A, at(2, changed(SERVICE, "spec.selector", {"app": "other"})), at(4, SERVICE))
    assert what(finding) == ["it did not select web-1-a, a pod of Deployment web"]


def test_a_pod_that_is_relabelled_and_released_soon() -> None:
    relabelled = labelled(A, app="aside")
    orphan = changed(relabelled, "metadata.ownerReferences", [])
    assert judged(A, B, at(2, relabelled), at(2.5, orphan)).holds
    late = judged(A, B, at(2, relabelled), at(4, orphan))
    assert what(late) == ["it did not select web-1-a, a pod of Deployment web"]
    assert late.check == "find what changes the labels of web-1-a"


def test_a_selector_that_was_switched_is_told_with_what_it_was() -> None:
    finding = judged(A, at(2, changed(SERVICE, "spec.selector", {"app": "other"})), at(4, SERVICE))
    assert finding.cause == "the selector was app=other then, and is app=web at the end"
    assert finding.breaches[0].lines == ("web-1-a  app=web,track=stable  of Deployment web; the selector was app=other",)


def test_what_lasts_is_explained_before_what_has_passed() -> None:
    finding = judged(A, at(2, changed(SERVICE, "spec.selector", {"app": "other"})), at(3, SERVICE), at(4, FOREIGN))
    assert len(finding.breaches) == 2
    assert finding.change == "spec.selector of Service web: app=web,track=stable (now app=web)"


def test_pods_of_a_replica_set_that_was_let_go() -> None:
    orphan = changed(SET, "metadata.ownerReferences", [])
    assert what(judged(A, at(2, orphan))) == ["it selected web-1-a, which is not a pod of this Deployment web"]


def test_pods_of_a_replica_set_that_was_another_s_before() -> None:
    theirs = changed(SET, "metadata.ownerReferences", FOREIGN_OWNER)
    finding = check_selects_only(story(SERVICE, WEB, CANARY, theirs, A, at(4, SET)), "Service/web", "Deployment", "Deployment/web")
    assert [(breach.what, breach.until) for breach in finding.breaches] == [
        ("it selected web-1-a, which is not a pod of this Deployment web", moment(4))
    ]


def test_pods_that_were_created_from_another_template() -> None:
    finding = judged(labelled(pod("web-1-c", SET), app="web"), B, by=service(selector={"app": "web", "track": "stable"}))
    assert finding.cause == "the selector asks for track=stable, and web-1-c was created without it"
    assert finding.change == "spec.selector of Service web: app=web (now app=web,track=stable)"


def test_foreign_pods_that_no_label_sets_apart() -> None:
    twin = labelled(pod("canary-1-b", CANARY_SET), app="web", track="stable")
    finding = judged(A, FOREIGN, twin)
    assert finding.change == "spec.template.metadata.labels.app of Deployment canary: any value but web"


def test_a_service_that_selects_nothing_by_its_type() -> None:
    finding = judged(A, by=service(type="ExternalName"))
    assert finding.change == "spec.type: ClusterIP (now ExternalName)"


def test_a_service_that_came_when_the_pods_had_gone() -> None:
    finding = check_selects_only(
        story(WEB, SET, A, gone(2, A), at(3, service(selector={"app": "wbe"}))), "Service/web", "Deployment", "Deployment/web"
    )
    assert finding.vacuous == "there was no pod of Deployment web while the Service was there"


def test_vacuous() -> None:
    none = judged(A, by=service(selector={}))
    assert none.vacuous.startswith("the Service has no selector")
    assert none.change == "spec.selector of Service web: app=web,track=stable (now none)"
    assert judged(FOREIGN).vacuous == "there was no pod of Deployment web while the Service was there"


@given(
    own=st.lists(st.sampled_from([{"app": "web"}, {"app": "web", "extra": "1"}, {"app": "x"}]), min_size=1, max_size=4),
    others=st.lists(st.sampled_from([{"app": "web"}, {"app": "y"}, {}]), max_size=3),
)
def test_it_holds_exactly_if_labels_and_owners_agree(own: list[dict[str, str]], others: list[dict[str, str]]) -> None:
    mine = [labelled(pod(f"own-{n}", SET), **labels) for n, labels in enumerate(own)]
    theirs = [labelled(pod(f"other-{n}", CANARY_SET), **labels) for n, labels in enumerate(others)]
    agree = all(one.get("app") == "web" for one in own) and not any(one.get("app") == "web" for one in others)
    assert judged(*mine, *theirs).holds is agree
