"""taint-noexecute."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.nodes.taints import check_taint_evicts, not_yet_evicted, tolerated_seconds

from ...histories import Change, Json, at, evicted, failed, gone, moment, node, pod, replica_set, story, terminating

KEY = "example.com/broken"
NODE, OTHER = node("node-0"), node("node-1")
TAINTED = node("node-0", f"{KEY}=disk:NoExecute")
RS = replica_set("web", replicas=3)
A, B, C = pod("a", RS), pod("b", RS), pod("c", RS, node="node-1")
BY = "DeletionByTaintManager"


def patient(name: str, seconds: int | None, **options: Any) -> Json:
    toleration: Json = {"key": KEY, "operator": "Exists", "effect": "NoExecute"}
    return pod(name, RS, tolerations=[toleration if seconds is None else {**toleration, "tolerationSeconds": seconds}], **options)


def taken(one: Json) -> Json:
    return terminating(evicted(one, BY))


def check(*parts: Json | Change, after: float = 0) -> Finding:
    return check_taint_evicts(story(RS, NODE, OTHER, *parts), "ReplicaSet", "ReplicaSet/web", "node-0", KEY, after)


def test_they_go_at_once_and_the_others_stay() -> None:
    finding = check(A, B, C, at(1, TAINTED), at(1.1, taken(A)), at(1.5, taken(B)), gone(2, taken(A)))
    assert finding.holds
    assert finding.terms == (f"node-0 tainted {KEY}:NoExecute", "2 pods on it", "asked for: evicted at once")
    assert finding.evidence == {"evicted": ("a", "b"), "stayed": ("c",), "seconds": 0.5}


def test_a_pod_of_its_own() -> None:
    history = story(NODE, A, B, at(1, TAINTED), at(1.1, taken(A)))
    finding = check_taint_evicts(history, "Pod", "Pod/a", "node-0", KEY)
    assert finding.holds
    assert finding.subject == "Pod a"


def test_they_go_when_their_time_is_over() -> None:
    one = patient("a", 3)
    finding = check(one, C, at(1, TAINTED), at(4, taken(one)), after=3)
    assert finding.holds
    assert finding.evidence["seconds"] == 3


@pytest.mark.parametrize(
    ("seconds", "after", "what", "change"),
    [
        (None, 0, "a tolerates the taint without a time limit", f"spec.template.spec.tolerations: none for {KEY}"),
        (300, 0, "a tolerates the taint for 300 s", f"spec.template.spec.tolerations: none for {KEY}"),
        (
            300,
            3,
            "a tolerates the taint for 300 s",
            f"spec.template.spec.tolerations: {{key: {KEY}, operator: Exists, effect: NoExecute, tolerationSeconds: 3}}",
        ),
    ],
)
def test_they_tolerate_it_for_longer(seconds: int | None, after: float, what: str, change: str) -> None:
    one = patient("a", seconds)
    finding = check(one, C, at(1, TAINTED), after=after)
    assert [breach.what for breach in finding.breaches] == [what]
    assert finding.change == change


def test_they_do_not_tolerate_it() -> None:
    assert [one.what for one in check(A, at(1, TAINTED), at(1.1, taken(A)), after=3).breaches] == ["a does not tolerate the taint"]


def test_nothing_evicts_them() -> None:
    finding = check(A, at(1, TAINTED))
    assert [one.what for one in finding.breaches] == ["a was not evicted"]
    assert finding.check == "find what keeps kube-controller-manager from evicting: look at its log"


def test_too_early() -> None:
    one = patient("a", 3)
    finding = check(one, at(1, TAINTED), at(2, taken(one)), after=3)
    assert [(breach.what, breach.at) for breach in finding.breaches] == [("a was evicted before its 3 s were over", moment(2))]


def test_something_else_deletes_it() -> None:
    finding = check(A, B, at(1, TAINTED), at(1.1, taken(A)), at(1.2, terminating(B)))
    assert [one.what for one in finding.breaches] == ["b was deleted, but not because of the taint"]
    assert finding.check == "find what else deletes or evicts pods in the block"


def test_upstream_would_pass_an_eviction_of_everything() -> None:
    """It looks at the pods on the node only."""
    finding = check(A, C, at(1, TAINTED), at(1.1, taken(A)), at(1.2, taken(C)))
    assert [one.what for one in finding.breaches] == ["c on node-1 was evicted too"]


class TestVacuous:
    def test_no_pod_on_the_node(self) -> None:
        assert check(C, failed(A), terminating(B), at(1, TAINTED)).vacuous == "none of its pods was on node-0 when the block began"

    def test_no_taint(self) -> None:
        assert check(A, at(1, terminating(A))).vacuous == "node-0 did not get the taint in the block"

    def test_another_effect(self) -> None:
        assert check(A, at(1, node("node-0", f"{KEY}:NoSchedule"))).vacuous == "node-0 did not get the taint in the block"

    def test_it_had_the_taint_before(self) -> None:
        history = story(RS, TAINTED, A, at(1, TAINTED), at(1.1, taken(A)))
        assert check_taint_evicts(history, "ReplicaSet", "ReplicaSet/web", "node-0", KEY).vacuous

    def test_it_was_taken_away_in_time(self) -> None:
        one = patient("a", 3)
        finding = check(one, at(1, TAINTED), at(2, NODE), after=3)
        assert finding.vacuous == "the taint was removed before the time was over, so the pods stay"


def test_what_is_waited_for() -> None:
    def waiting(*parts: Json | Change, after: float = 0) -> list[str]:
        return not_yet_evicted(story(RS, NODE, *parts), "ReplicaSet", "ReplicaSet/web", "node-0", KEY, after)

    assert waiting(A, B, at(1, TAINTED), at(2, taken(A))) == ["b"]
    assert waiting(A, at(1, TAINTED), at(2, taken(A))) == []
    assert waiting(A) == [], "no taint"
    assert waiting(A, at(1, TAINTED), at(2, NODE)) == [], "it was taken away"
    assert waiting(patient("a", None), B, at(1, TAINTED)) == [], "one of them is never evicted"


TOLERATIONS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "key": st.sampled_from([KEY, "other"]),
            "operator": st.sampled_from(["Exists", "Equal"]),
            "value": st.sampled_from(["disk", "net"]),
            "effect": st.sampled_from(["NoExecute", "NoSchedule", ""]),
            "tolerationSeconds": st.integers(-1, 5),
        },
    ),
    max_size=4,
)


@given(TOLERATIONS)
def test_the_first_toleration_that_fits_decides(tolerations: list[Json]) -> None:
    """Against the words of the API reference, one by one."""
    expected: float = 0
    for one in tolerations:
        effect = one.get("effect", "") in ("", "NoExecute")
        key = one.get("key", "") in ("", KEY)
        value = one.get("operator", "Equal") == "Exists" or one.get("value", "") == "disk"
        if effect and key and value:
            expected = max(0, one["tolerationSeconds"]) if "tolerationSeconds" in one else inf
            break
    assert tolerated_seconds(pod("a", tolerations=tolerations), TAINTED["spec"]["taints"][0]) == expected
