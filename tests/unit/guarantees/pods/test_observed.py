"""observed."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.pods.observed import check_observed

from ...histories import Json, changed, deployment


def test_a_status_that_is_about_the_present_spec() -> None:
    assert check_observed(deployment()).evidence == {"generation": 1}


def test_an_old_status() -> None:
    finding = check_observed(changed(deployment(), "metadata.generation", 2))
    assert [one.what for one in finding.breaches] == ["its status is about generation 1, its spec is generation 2"]


@pytest.mark.parametrize(
    ("obj", "missing"),
    [
        (changed(deployment(), "status", {}), "status.observedGeneration"),
        (changed(deployment(), "metadata.generation", None), "metadata.generation"),
    ],
)
def test_an_object_that_does_not_say(obj: Json, missing: str) -> None:
    assert check_observed(obj).vacuous == f"it has no {missing}: its status does not say which spec it is about"
