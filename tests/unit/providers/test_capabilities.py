"""What tests need, what providers have, and what a marker asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pytest_kworkload.errors import SettingsError
from pytest_kworkload.markers import TEXT, Asked, asked
from pytest_kworkload.providers.capabilities import ALONE, NEEDS, lacking
from pytest_kworkload.providers.existing.provider import Existing
from pytest_kworkload.providers.offers import Offer
from pytest_kworkload.providers.registry import known
from pytest_kworkload.settings import Settings

HERE = Offer("here", frozenset({"nodes:add", "network:dns"}), withheld={"network:dns": "-b", "nodes:cordon": "--a and -b"})
THERE = Offer("there", frozenset(NEEDS) - {"metrics", "storage:rwo-attach"})
SOMEWHERE = Offer("somewhere", frozenset(), frozenset({"metrics", "nodes:read"}), withheld={"storage:rwo-attach": "--have"})


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        ([], None),
        (["network:dns", "nodes:add"], None),
        (["nodes:stop"], "needs nodes:stop, which the provider here does not have; --kworkload-provider=there has it"),
        (
            ["network:dns", "nodes:stop", "storage:rwx"],
            "needs nodes:stop, storage:rwx, which the provider here does not have; --kworkload-provider=there has it",
        ),
        (
            ["nodes:cordon"],
            "needs nodes:cordon, which the provider here does not have; "
            "--kworkload-provider=there has it; with --a and -b it has nodes:cordon",
        ),
        (["nodes:read"], "needs nodes:read, which the provider here does not have; --kworkload-provider=there has it"),
        (["metrics"], "needs metrics, which the provider here does not have; --kworkload-provider=somewhere may have it"),
        (
            ["storage:rwo-attach", "metrics"],
            "needs storage:rwo-attach, metrics, which the provider here does not have; --kworkload-provider=somewhere may have it",
        ),
        (["metrics", "nodes:stop"], "needs metrics, nodes:stop, which the provider here does not have; no provider has it"),
    ],
)
def test_what_is_lacking_and_who_has_it(needs: list[str], reason: str | None) -> None:
    assert lacking(needs, HERE, [HERE, THERE, SOMEWHERE]) == reason


@pytest.mark.parametrize("provider", known().values(), ids=lambda provider: str(provider.name))
def test_our_providers_declare_what_there_is(provider: Any) -> None:
    assert provider.capabilities <= set(NEEDS)


def test_nobody_elses_cluster_is_broken() -> None:
    assert known()["existing"].capabilities & ALONE == frozenset()
    assert known()["embedded"].capabilities >= ALONE


@pytest.mark.parametrize(
    ("allowed", "workers", "withheld"),
    [
        (False, 1, {"nodes:cordon": "--kworkload-allow-node-faults"}),
        (False, 2, {"nodes:cordon": "--kworkload-allow-node-faults and -n 0"}),
        (True, 2, {"nodes:cordon": "-n 0"}),
        (True, 1, {}),
    ],
)
def test_an_existing_cluster_tells_what_lets_it_cordon(allowed: bool, workers: int, withheld: Mapping[str, str]) -> None:
    existing = Existing(Settings(allow_node_faults=allowed), workers)
    assert {need: how for need, how in existing.withheld.items() if need == "nodes:cordon"} == withheld
    assert ("nodes:cordon" in existing.capabilities) == (not withheld)


def test_an_existing_cluster_has_what_no_server_tells_when_its_user_says_so() -> None:
    existing = Existing(Settings(allow_node_faults=True))
    assert existing.withheld == {need: f"--kworkload-have={need}" for need in ("storage:rwx", "storage:rwo-attach")}
    assert set(existing.withheld).isdisjoint(existing.capabilities | existing.detected)


def test_what_breaks_a_cluster_is_a_need() -> None:
    assert set(NEEDS) >= ALONE
    assert all(need in TEXT for need in NEEDS)


def marks(*arguments: dict[str, Any]) -> Asked:
    return asked("t.py::test", [pytest.mark.kworkload(**one).mark for one in arguments])


def test_markers_add_up() -> None:
    assert marks() == Asked(0, ())
    assert marks({}, {"nodes": 2, "needs": ["nodes:stop"]}, {"nodes": 4, "needs": ("network:dns", "nodes:stop")}) == Asked(
        4, ("nodes:stop", "network:dns")
    )


@pytest.mark.parametrize("need", NEEDS)
def test_who_breaks_a_cluster_has_it_alone(need: str) -> None:
    assert marks({"needs": [need]}).alone == (need in ALONE)


@pytest.mark.parametrize("needs", ["nodes:stop", 3, None, [1], {"nodes:stop"}])
def test_needs_are_a_list_of_names(needs: Any) -> None:
    with pytest.raises(SettingsError) as error:
        marks({"needs": needs})
    assert str(error.value) == (
        f't.py::test: kworkload(needs={needs!r})\n  why: needs is a list of names\n  do:  write them as a list: needs=["nodes:stop"]'
    )


def test_an_unknown_need_is_answered_with_all() -> None:
    with pytest.raises(SettingsError) as error:
        marks({"needs": ["network:dns", "coffee"]})
    assert str(error.value) == (
        "t.py::test: kworkload(needs=['network:dns', 'coffee'])\n"
        f"  why: there is no need 'coffee'; the needs are {', '.join(NEEDS)}\n"
        "  do:  write one of these"
    )
