"""svc-endpoints-ready: slices that follow the pods."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.endpoints import behind, check_endpoints, ending
from pytest_kworkload.guarantees.finding import Finding

from ..histories import (
    Change,
    Json,
    at,
    changed,
    endpoint,
    endpoint_slice,
    failed,
    gone,
    moment,
    pod,
    service,
    story,
    terminating,
    unready,
)

UID = "Service/web"
WEB = service()
A, B = (changed(pod(name), "status.podIP", f"10.0.0.{n}") for n, name in enumerate("ab", start=1))
BOTH, ALONE = endpoint_slice(WEB, endpoint(A), endpoint(B)), endpoint_slice(WEB, endpoint(A))
A_UNREADY = endpoint_slice(WEB, endpoint(A, ready=False))


def held(*parts: Json | Change, web: Json = WEB) -> Finding:
    return check_endpoints(story(web, *parts), UID)


def what(finding: Finding) -> list[tuple[str, object, object]]:
    return [(breach.what, breach.at, breach.until) for breach in finding.breaches]


def test_they_follow() -> None:
    parts = (A, B, BOTH, at(1, unready(B)), at(2, endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False))))
    finding = held(*parts)
    assert finding.holds
    assert finding.terms == ("2 pods seen", "1 changes of readiness")
    assert finding.evidence == {"pods": 2, "changes": 1, "lag": 1.0}
    assert behind(story(WEB, *parts), UID) == []


def test_a_terminating_pod_serves_and_is_not_ready() -> None:
    ending = endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False, serving=True, terminating=True))
    assert held(A, B, BOTH, at(1, terminating(B)), at(2, ending), gone(3, B), at(4, ALONE)).holds


def test_finished_pods_and_pods_without_an_address_are_not_listed() -> None:
    new = changed(pod("c", ready=False), "status.podIP", "")
    assert held(A, failed(B), new, ALONE, at(1, unready(A)), at(2, A_UNREADY)).holds


def test_upstream_would_pass_slices_that_are_right_in_the_end() -> None:
    """Upstream polls until they are, for as long as its timeout."""
    finding = held(A, BOTH, B, at(1, unready(B)), at(9, endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False))))
    assert what(finding) == [("b is listed as ready, and it is not ready", moment(1), moment(9))]
    assert finding.change == "who writes its EndpointSlices"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((A, B, BOTH, at(1, terminating(B))), "b is listed as ready, and it is terminating and serving"),
        (
            (A, B, ALONE, at(1, unready(A)), at(2, A_UNREADY)),
            "b is not listed, and it is ready",
        ),
        ((A, B, BOTH, gone(1, B)), "b is listed, and there is no such pod of the Service"),
    ],
)
def test_they_do_not_follow(parts: tuple[Json | Change, ...], text: str) -> None:
    assert text in [breach.what for breach in held(*parts).breaches]
    assert behind(story(WEB, *parts), UID) == [text]


def test_a_service_that_publishes_what_is_not_ready() -> None:
    web = service(publishNotReadyAddresses=True)
    finding = held(A, B, BOTH, at(1, unready(B)), web=web)
    assert (finding.cause, finding.change) == (
        "it publishes pods that are not Ready",
        "spec.publishNotReadyAddresses: false (now true)",
    )


def test_slices_of_other_services_and_pods_of_others_do_not_count() -> None:
    other = service("other")
    stranger = changed(pod("stranger"), "metadata.labels", {"app": "other"})
    finding = held(A, B, BOTH, other, endpoint_slice(other), stranger, at(1, unready(stranger)))
    assert finding.vacuous == "no pod became Ready or stopped being so, so there was nothing to follow"


def test_a_service_that_is_gone() -> None:
    assert behind(story(WEB, gone(1, WEB)), UID) == ["the Service is gone"]


@pytest.mark.parametrize(("selector", "told"), [({"app": "nobody"}, "app=nobody"), ({}, "none")])
def test_no_pod(selector: Json, told: str) -> None:
    finding = held(A, at(1, unready(A)), web=changed(WEB, "spec.selector", selector))
    assert finding.vacuous == f"no pod has the labels that it selects ({told})"
    assert finding.change == "spec.selector: labels of the pods' template"


def test_pods_that_are_still_going() -> None:
    assert ending(story(WEB, A, B, at(1, terminating(B)), terminating(changed(pod("x"), "metadata.labels", {}))), UID) == ["b"]
