"""Which value of a budget's field requires how many healthy pods."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.disruption.advice import letting_one_go, requiring
from pytest_kworkload.objects.budgets import at_end, count

from ...histories import Json, budget, pod, replica_set, story


@pytest.mark.parametrize(
    ("spec", "needed", "change"),
    [
        ({"minAvailable": 1}, 2, "spec.minAvailable: 2 (now 1)"),
        ({"minAvailable": "50%"}, 1, "spec.minAvailable: 25% (now 50%)"),
        ({"minAvailable": "50%"}, 5, "spec.minAvailable: 5 (now minAvailable 50%)"),
        ({"maxUnavailable": 1}, 2, "spec.maxUnavailable: 2 (now 1)"),
        ({"maxUnavailable": "10%"}, 4, "spec.maxUnavailable: 0% (now 10%)"),
        ({"maxUnavailable": 1}, 5, "spec.minAvailable: 5 (now maxUnavailable 1)"),
    ],
)
def test_the_field_and_the_value(spec: Json, needed: int, change: str) -> None:
    assert requiring(budget(healthy=0, needed=0, **spec), 4, needed) == change


def test_more_replicas_help_where_a_number_of_pods_has_to_stay() -> None:
    assert (
        letting_one_go(budget(healthy=0, needed=0, minAvailable=3), 3, 3) == "spec.minAvailable: 2 (now 3); or spec.replicas: more than 3"
    )
    assert letting_one_go(budget(healthy=0, needed=0, minAvailable="100%"), 3, 3) == "spec.minAvailable: 66% (now 100%)"


@given(
    st.integers(1, 40),
    st.data(),
    st.sampled_from([{"minAvailable": 1}, {"minAvailable": "1%"}, {"maxUnavailable": 1}, {"maxUnavailable": "1%"}]),
)
def test_the_value_does_what_is_said(replicas: int, data: st.DataObject, spec: Json) -> None:
    needed = data.draw(st.integers(0, replicas))
    field, _, text = requiring(budget(healthy=0, needed=0, **spec), replicas, needed).removeprefix("spec.").partition(": ")
    value = text.partition(" ")[0]
    changed: Json = {field: value if value.endswith("%") else int(value)}
    web, owner = budget(healthy=0, needed=0, **changed), replica_set("web", replicas=replicas)
    assert count(web, at_end(story(web, owner, pod("a", owner)))).needed == needed
