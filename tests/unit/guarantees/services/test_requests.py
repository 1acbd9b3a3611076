"""svc-no-lost-requests: what became of the requests, and why."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.services.requests import Request, check_requests

from ...histories import Change, Json, at, changed, gone, moment, pod, service, story, terminating, unready

UID = "Service/web"
WEB = service(clusterIP="10.96.0.9")
A, B = pod("a"), pod("b")
REPLACED = (A, at(1, unready(B)), at(2, B), at(3, terminating(A)), gone(4, A))


def sent(*lost: int, until: int = 40, said: str = "refused") -> list[Request]:
    """A request every quarter of a second, of which some are lost."""
    return [Request(moment(n / 4), said if n in lost else "") for n in range(1, until)]


def held(*parts: Json | Change, requests: Sequence[Request] = tuple(sent())) -> Finding:
    return check_requests(story(WEB, *parts, ends=10), UID, requests)


def test_all_are_answered() -> None:
    finding = held(*REPLACED)
    assert finding.holds
    assert finding.terms == ("requests: 39", "lost: 0", "pods that came or went: 2")
    assert finding.evidence == {"requests": 39, "moved": ("b", "a")}


def test_some_are_lost() -> None:
    finding = held(*REPLACED, requests=[*sent(13, 14, 20, until=24), Request(moment(6)), Request(moment(6.5))])
    assert [(one.what, one.at, one.until, one.lines) for one in finding.breaches] == [
        ("3 of 25 requests were lost", moment(3.25), moment(5.25), ("refused",))
    ]
    (to_the_end,) = held(*REPLACED, requests=[*sent(13), Request(moment(10), "timed out")]).breaches
    assert (to_the_end.until, to_the_end.lines) == (None, ("refused", "timed out"))


def test_upstream_would_pass_a_request_that_is_tried_again() -> None:
    """Upstream retries until the Service answers."""
    assert held(*REPLACED, requests=sent(13)).breaches


class TestWhy:
    def test_told_to_end(self) -> None:
        finding = held(*REPLACED, requests=sent(13))
        assert finding.cause == "a was told to end, and requests reach a pod until every node knows that"
        assert finding.change == "spec.template.spec.containers[].lifecycle.preStop.sleep.seconds: 5 or more"

    def test_no_readiness_signal(self) -> None:
        bare = changed(B, "spec.containers", [{"name": "main"}])
        finding = held(A, at(2, bare), at(3, terminating(A)), requests=sent(9))
        assert finding.cause == "b counts as ready as soon as its processes are started, whether it can answer or not"
        assert finding.change.startswith("spec.template.spec.containers[].readinessProbe: add one")

    def test_nobody_was_ready(self) -> None:
        finding = held(A, at(1, terminating(A)), gone(2, A), at(3, B), requests=sent(5))
        assert finding.cause == "no pod of the Service was ready"
        assert finding.change.startswith("spec.replicas: 2 or more")

    def test_nobody_had_been_ready_for_long(self) -> None:
        finding = held(A, at(1, terminating(A)), gone(2, A), requests=sent(30))
        assert finding.cause == "no pod of the Service was ready"
        assert finding.change.startswith("spec.replicas: 2 or more")

    def test_nothing_had_happened(self) -> None:
        assert held(A, B, requests=sent(5)).cause == "no pod had come or gone just before"
        assert held(A, B, at(9, terminating(A)), requests=sent(5)).cause == "no pod had come or gone just before"


class TestSelector:
    """It changes from the pods of one version to those of another."""

    BLUE, GREEN = (service(clusterIP="10.96.0.9", selector={"v": v}) for v in "12")
    ONE, TWO = pod("one", labels={"v": "1"}), pod("two", labels={"v": "2"})

    def switched(self, *parts: Json | Change, requests: Sequence[Request] = tuple(sent())) -> Finding:
        return check_requests(story(self.BLUE, self.ONE, self.TWO, *parts, ends=10), UID, requests)

    def test_pods_come_and_go_with_it(self) -> None:
        finding = self.switched(at(5, self.GREEN))
        assert finding.holds
        assert finding.evidence["moved"] == ("two", "one")

    def test_a_request_is_lost_after_it(self) -> None:
        finding = self.switched(at(5, self.GREEN), at(5.1, terminating(self.ONE)), requests=sent(21))
        assert finding.cause == "one was no longer selected, and requests reach a pod until every node knows that"
        assert finding.check.startswith("whether the pods that the old spec.selector chose run on")

    def test_a_request_is_lost_before_it(self) -> None:
        """The pod that went was the Service's then."""
        finding = self.switched(at(3, terminating(self.ONE)), at(8, self.GREEN), requests=sent(13))
        assert finding.cause == "no pod of the Service was ready"

    def test_to_pods_that_are_not_ready(self) -> None:
        finding = self.switched(at(1, unready(self.TWO)), at(5, self.GREEN), requests=sent(21))
        assert finding.cause == "no pod of the Service was ready"


def test_another_address() -> None:
    finding = held(*REPLACED, at(5, changed(WEB, "spec.clusterIP", "10.96.0.7")))
    assert [one.what for one in finding.breaches] == ["its address changed: 10.96.0.7, 10.96.0.9"]


def test_pods_of_others_do_not_count() -> None:
    other = changed(pod("other"), "metadata.labels", {"app": "other"})
    assert held(A, other, at(1, terminating(other))).vacuous == "no pod of the Service came or went, so nothing could be lost"


class TestVacuous:
    def test_too_few(self) -> None:
        assert held(*REPLACED, requests=sent(until=5)).vacuous == "4 requests of the 10 that are needed to show anything"

    def test_a_pause(self) -> None:
        late = [Request(moment(n)) for n in (*range(9), *range(20, 30))]
        assert held(*REPLACED, requests=late).vacuous == "no request was sent for 12 s"

    def test_silence_to_the_end(self) -> None:
        """The client says nothing any more, as one whose request hangs, and the pods are replaced after that."""
        late = (A, at(30, unready(B)), at(31, B), at(35, terminating(A)), gone(40, A))
        finding = check_requests(story(WEB, *late, ends=60), UID, sent(until=21))
        assert finding.vacuous == "no request was sent for 30 s"

    def test_nothing_moved(self) -> None:
        assert held(A, B).vacuous == "no pod of the Service came or went, so nothing could be lost"


@given(st.lists(st.booleans(), min_size=10, max_size=40))
def test_no_lost_request_is_overlooked(fates: list[bool]) -> None:
    requests = [Request(moment(n / 4), "" if answered else "refused") for n, answered in enumerate(fates)]
    finding = held(*REPLACED, requests=requests)
    assert finding.holds == all(fates)
    lost = fates.count(False)
    assert [one.what for one in finding.breaches] == ([f"{lost} of {len(fates)} requests were lost"] if lost else [])
