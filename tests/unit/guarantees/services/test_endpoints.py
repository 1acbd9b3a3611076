"""svc-endpoints-ready: slices that follow the pods."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.services.endpoints import check_endpoints, terminating_pods, wrong_endpoints

from ...histories import (
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
    what_broke,
)

UID = "Service/web"
WEB = service()
A, B = (changed(pod(name), "status.podIP", f"10.0.0.{n}") for n, name in enumerate("ab", start=1))
BOTH, ALONE = endpoint_slice(WEB, endpoint(A), endpoint(B)), endpoint_slice(WEB, endpoint(A))
A_UNREADY = endpoint_slice(WEB, endpoint(A, ready=False))
A_AND_UNREADY = endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False))


def held(*parts: Json | Change, web: Json = WEB) -> Finding:
    return check_endpoints(story(web, *parts), UID)


def lapses(finding: Finding) -> list[tuple[str, object, object]]:
    return [(breach.what, breach.at, breach.until) for breach in finding.breaches]


def test_they_follow() -> None:
    parts = (A, B, BOTH, at(1, unready(B)), at(2, endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False))))
    finding = held(*parts)
    assert finding.holds
    assert finding.terms == ("2 pods seen", "1 change of readiness")
    assert finding.evidence == {"pods": 2, "changes": 1, "lag": 1.0}
    assert wrong_endpoints(story(WEB, *parts), UID) == []


def test_a_terminating_pod_serves_and_is_not_ready() -> None:
    ending = endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False, serving=True, terminating=True))
    assert held(A, B, BOTH, at(1, terminating(B)), at(2, ending), gone(3, B), at(4, ALONE)).holds


def test_finished_pods_and_pods_without_an_address_are_not_listed() -> None:
    new = changed(pod("c", ready=False), "status.podIP", "")
    assert held(A, failed(B), new, ALONE, at(1, unready(A)), at(2, A_UNREADY)).holds


def test_upstream_would_pass_slices_that_are_right_at_the_end() -> None:
    """Upstream polls until they are, for as long as its timeout."""
    finding = held(A, BOTH, B, at(1, unready(B)), at(9, endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False))))
    assert lapses(finding) == [("b is listed as ready, but it is not ready", moment(1), moment(9))]
    assert (finding.change, finding.check) == ("", "find what writes its EndpointSlices")


class TestLag:
    GOING, QUIET = terminating(B), terminating(unready(B))

    def test_slices_that_rest_are_behind_since_the_first_change(self) -> None:
        """The pod goes on changing, and each time it is something else that they say wrongly."""
        finding = held(A, B, BOTH, at(1, self.GOING), at(5.5, self.QUIET), gone(10, self.QUIET), at(14.5, ALONE))
        assert lapses(finding) == [("b is listed as ready, but it is terminating and serving", moment(1), moment(14.5))]
        assert finding.evidence["lag"] == 13.5

    def test_slices_may_be_late_in_every_step(self) -> None:
        """The pod changes again before they have followed, and they are never right; what they say is four seconds old at most."""
        steps = [unready(B), terminating(B), self.QUIET, B]
        said = [
            endpoint_slice(WEB, endpoint(A), one)
            for one in (
                endpoint(B, ready=False),
                endpoint(B, ready=False, serving=True, terminating=True),
                endpoint(B, ready=False, terminating=True),
                endpoint(B),
            )
        ]
        parts = [at(n * 2 + later, kind[n % 4]) for n in range(12) for later, kind in ((1, steps), (5, said))]
        finding = held(A, B, BOTH, *sorted(parts, key=lambda one: one.second))
        assert finding.holds
        assert finding.evidence["lag"] == 4

    def test_slices_that_fall_behind_step_by_step(self) -> None:
        """What they say at 8 s was untrue since 2 s, though they said it first at 4 s."""
        listed = endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False))
        last = endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False, terminating=True))
        finding = held(A, B, BOTH, at(0.5, unready(B)), at(2, self.QUIET), at(4, listed), at(8, last))
        assert lapses(finding) == [("b is listed as not ready, but it is terminating and not serving", moment(2), moment(8))]

    def test_slices_that_somebody_deletes_may_be_late_again(self) -> None:
        finding = held(A, B, BOTH, at(1, unready(A)), at(1.5, unready(B)), at(2, A), at(2.5, B), gone(20, BOTH), at(24, BOTH))
        assert finding.holds
        assert finding.evidence["lag"] == 4

    def test_a_slice_may_be_heard_of_before_its_pod(self) -> None:
        assert held(
            A, unready(B), ALONE, at(1, BOTH), at(1.1, B), at(20, unready(B)), at(21, A_AND_UNREADY), at(40, BOTH), at(40.1, B)
        ).holds


class TestSelector:
    BLUE, GREEN = service(selector={"v": "1"}), service(selector={"v": "2"})
    ONE, TWO = (changed(pod(name, labels={"v": v}), "status.podIP", f"10.0.0.{v}") for name, v in (("one", "1"), ("two", "2")))
    TO_ONE, TO_TWO = (endpoint_slice(WEB, endpoint(one)) for one in (ONE, TWO))

    def test_it_changes_and_they_follow(self) -> None:
        finding = held(self.ONE, self.TWO, self.TO_ONE, at(10, self.GREEN), at(10.5, self.TO_TWO), web=self.BLUE)
        assert finding.holds
        assert finding.terms == ("2 pods seen", "2 changes of readiness")
        assert finding.evidence["lag"] == 0.5

    def test_it_changes_and_they_do_not_follow(self) -> None:
        finding = held(self.ONE, self.TWO, self.TO_ONE, at(10, self.GREEN), at(18, self.TO_TWO), web=self.BLUE)
        assert lapses(finding) == [
            ("two is not listed, but it is ready", moment(10), moment(18)),
            ("one is listed, but there is no such pod of the Service", moment(10), moment(18)),
        ]

    def test_the_pods_of_another_time_do_not_count(self) -> None:
        """It leads nowhere for a while; what becomes of its pods then is not its affair."""
        nowhere = endpoint_slice(WEB)
        parts = (self.ONE, self.TO_ONE, at(10, self.GREEN), at(11, nowhere), at(20, unready(self.ONE)), at(30, self.ONE))
        assert held(*parts, at(40, self.BLUE), at(41, self.TO_ONE), web=self.BLUE).terms == ("1 pod seen", "2 changes of readiness")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((A, B, BOTH, at(1, terminating(B))), "b is listed as ready, but it is terminating and serving"),
        (
            (A, B, ALONE, at(1, unready(A)), at(2, A_UNREADY)),
            "b is not listed, but it is ready",
        ),
        ((A, B, BOTH, gone(1, B)), "b is listed, but there is no such pod of the Service"),
    ],
)
def test_they_do_not_follow(parts: tuple[Json | Change, ...], text: str) -> None:
    assert text in [breach.what for breach in held(*parts).breaches]
    assert wrong_endpoints(story(WEB, *parts), UID) == [text]


@pytest.mark.parametrize("slice_second", [0.9, 1.1])
def test_the_pod_and_its_slice_may_be_heard_of_in_any_order(slice_second: float) -> None:
    published = at(slice_second, endpoint_slice(WEB, endpoint(A), endpoint(B, serving=False)))
    parts = sorted((at(1, unready(B)), published), key=lambda one: one.second)
    assert what_broke(held(A, B, BOTH, *parts)) == ["b is listed as ready, but it is not ready"]


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
    assert finding.vacuous == "no pod became Ready or stopped being Ready, so there was nothing to follow"


def test_a_service_that_is_gone() -> None:
    assert wrong_endpoints(story(WEB, gone(1, WEB)), UID) == ["the Service is gone"]


def test_a_service_that_the_block_makes() -> None:
    parts = (A, unready(B), at(1, WEB), at(2, A_AND_UNREADY), at(3, B), at(4, BOTH))
    assert check_endpoints(story(*parts), UID).holds


@pytest.mark.parametrize(("selector", "labels"), [({"app": "nobody"}, "app=nobody"), ({}, "none")])
def test_no_pod(selector: Json, labels: str) -> None:
    finding = held(A, at(1, unready(A)), web=changed(WEB, "spec.selector", selector))
    assert finding.vacuous == f"no pod has the labels that it selects ({labels})"
    assert finding.change == f"spec.selector: labels of the pod template (now {labels})"


def test_pods_that_are_still_going() -> None:
    assert terminating_pods(story(WEB, A, B, at(1, terminating(B)), terminating(changed(pod("x"), "metadata.labels", {}))), UID) == ["b"]


# A pod and what a slice says of it, as a letter for each second: Ready, not ready, terminating, or not there.
WAYS = st.text("rntx", min_size=1, max_size=25)
PODS = {"r": B, "n": unready(B), "t": terminating(unready(B))}
SLICES = {
    "r": BOTH,
    "n": A_AND_UNREADY,
    "t": endpoint_slice(WEB, endpoint(A), endpoint(B, ready=False, terminating=True)),
    "x": ALONE,
}


@given(WAYS, WAYS)
@example("rtttxxxxxx", "rrrrrrrrrx")
@example("rntrntrntrntrnt", "rrrntrntrntrntr")
def test_the_lag_is_that_of_brute_force(pods: str, slices: str) -> None:
    """Late: what is said was true at no time of more than five seconds, and they agreed at none. Slices change in a second's middle."""
    seconds = max(len(pods), len(slices))
    pods, slices = pods.ljust(seconds, pods[-1]), slices.ljust(seconds, slices[-1])
    true, said = "".join(one * 2 for one in pods), (slices[0] + "".join(one * 2 for one in slices))[: 2 * seconds]
    late = any(
        all(true[before] not in (said[half], said[before]) for before in range(half - 10, half + 1)) for half in range(10, len(said))
    )
    parts: list[Json | Change] = [A, SLICES[slices[0]], *([PODS[pods[0]]] if pods[0] in PODS else [])]
    for second, (before, now) in enumerate(pairwise(zip(pods, slices, strict=True)), start=1):
        if now[0] != before[0]:
            parts.append(at(second, PODS[now[0]]) if now[0] in PODS else gone(second, PODS[before[0]]))
        if now[1] != before[1]:
            parts.append(at(second + 0.5, SLICES[now[1]]))
    assert bool(check_endpoints(story(WEB, *parts, ends=seconds), UID).breaches) == late
