"""What providers offer with the user's settings, and what a look at a cluster makes of it."""

from __future__ import annotations

import pytest

from pytest_kworkload.errors import SettingsError
from pytest_kworkload.needs import check_declared
from pytest_kworkload.providers.capabilities import ALONE, NEEDS
from pytest_kworkload.providers.offers import Offer, missing, offers
from pytest_kworkload.providers.registry import known
from pytest_kworkload.providers.survey import Survey
from pytest_kworkload.settings import Settings

EMBEDDED = Offer("embedded", frozenset({"pods:exec", "storage:rwx"}))
EXISTING = Offer("existing", frozenset(), frozenset({"pods:exec"}), fixed=True)


def test_what_the_user_declares_counts_for_the_chosen_provider_only() -> None:
    there = offers(known(), Settings(provider="existing", have=("storage:rwx", "metrics")))
    assert {"storage:rwx", "metrics"} <= there["existing"].has
    assert "metrics" not in there["existing"].maybe
    assert "metrics" not in there["embedded"].capabilities


def test_what_has_to_be_looked_up_belongs_to_clusters_that_are_there_already() -> None:
    there = offers(known(), Settings())
    assert {name for name, one in there.items() if one.maybe} == {"existing"}
    assert {name for name, one in there.items() if one.fixed} == {"existing"}


@pytest.mark.parametrize("need", sorted(ALONE))
def test_a_fault_cannot_be_declared(need: str) -> None:
    with pytest.raises(SettingsError) as error:
        check_declared(("metrics", need))
    rest = ", ".join(one for one in NEEDS if one not in ALONE)
    assert str(error.value) == (
        f"--kworkload-have={need}\n  why: a cluster does not have it by itself: its provider must be able to do it, and to revert it\n"
        f"  do:  leave it out; you can declare {rest}"
    )


def test_an_unknown_need_cannot_be_declared() -> None:
    with pytest.raises(SettingsError, match="did you mean storage:rwx"):
        check_declared(("storage:rxw",))


@pytest.mark.parametrize(
    ("nodes", "needs", "there", "reason"),
    [
        (0, (), 1, None),
        (1, (), None, None),
        (3, ("network:dns",), 3, None),
        (3, (), 2, "context c lacks what the test needs (3 nodes: it has 2); --kworkload-provider=embedded has it"),
        (2, (), None, "context c lacks what the test needs (2 nodes: no right); --kworkload-provider=embedded has it"),
        (
            2,
            ("pods:exec", "network:dns"),
            1,
            "context c lacks what the test needs (pods:exec: it may not; 2 nodes: it has 1); --kworkload-provider=embedded has it",
        ),
        (0, ("metrics",), 1, "context c lacks what the test needs (metrics: none); no provider is known to have it"),
    ],
)
def test_a_look_at_the_cluster_gives_a_reason(nodes: int, needs: tuple[str, ...], there: int | None, reason: str | None) -> None:
    survey = Survey("context c", {"pods:exec": "it may not", "metrics": "none", "nodes:read": "no right"}, there)
    assert missing(survey, nodes, needs, [EMBEDDED, EXISTING]) == reason
