"""The list of guarantees."""

from __future__ import annotations

from datetime import timedelta

from pytest_kworkload.guarantees.catalogue import CATALOGUE
from pytest_kworkload.guarantees.finding import Breach, Finding

from ..histories import START


def test_every_guarantee_is_known_by_its_id() -> None:
    assert all(key == one.id for key, one in CATALOGUE.items())


def test_every_guarantee_says_one_thing_and_names_its_source() -> None:
    for one in CATALOGUE.values():
        assert one.says
        assert not one.says.endswith(".")
        assert one.source.split(";")[0].split(" ")[0].endswith(".go")


def test_a_finding_holds_only_without_a_breach_and_for_a_reason() -> None:
    finding = Finding(CATALOGUE["rollback"], "Deployment web")
    breach = Breach("no", START, START + timedelta(seconds=1))
    assert finding.holds
    assert not Finding(CATALOGUE["rollback"], "Deployment web", breaches=(breach,)).holds
    assert not Finding(CATALOGUE["rollback"], "Deployment web", vacuous="nothing happened").holds
