"""Absolute numbers and percentages."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.daemon_sets.rolling_update import surge_of as daemon_surge_of
from pytest_kworkload.objects.numbers import required, rolling_bounds, scaled
from pytest_kworkload.objects.strategy import strategy_allows, surge_of

from ..histories import daemon_set, deployment, stateful_set

REPLICAS = st.integers(0, 2000)
PERCENTS = st.integers(0, 200)
VALUES = st.one_of(st.integers(0, 2500), PERCENTS.map(lambda number: f"{number}%"))


@pytest.mark.parametrize(
    ("value", "total", "down", "up"),
    [
        (3, 10, 3, 3),
        (0, 10, 0, 0),
        ("0%", 10, 0, 0),
        ("100%", 7, 7, 7),
        ("25%", 3, 0, 1),
        ("25%", 4, 1, 1),
        ("25%", 5, 1, 2),
        ("25%", 10, 2, 3),
        ("1%", 1, 0, 1),
        ("34%", 3, 1, 2),
        ("150%", 4, 6, 6),
    ],
)
def test_scaled(value: int | str, total: int, down: int, up: int) -> None:
    assert (scaled(value, total, "down"), scaled(value, total, "up")) == (down, up)


@pytest.mark.parametrize("value", ["", "%", "25", "25 %", "2.5%", "-25%", "a quarter", "٢٥%"])
def test_what_is_no_number_and_no_percentage(value: str) -> None:
    with pytest.raises(ValueError, match="is neither a whole number nor a percentage such as '25%'") as error:
        scaled(value, 4, "up")
    assert str(error.value).startswith(repr(value))


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(ValueError, match=r"^0\.25 is neither a whole number nor"):
        scaled(0.25, 4, "up")  # type: ignore[arg-type]  # what a user may write by mistake


@given(PERCENTS, REPLICAS)
def test_percentages_agree_with_exact_fractions(percent: int, total: int) -> None:
    exact = Fraction(percent, 100) * total
    assert scaled(f"{percent}%", total, "down") == math.floor(exact)
    assert scaled(f"{percent}%", total, "up") == math.ceil(exact)


@given(VALUES, VALUES, REPLICAS)
def test_bounds_of_a_deployment(unavailable: int | str, surge: int | str, replicas: int) -> None:
    down, up = rolling_bounds(unavailable, surge, replicas)
    assert 0 <= down <= replicas
    assert up >= 0
    if replicas:
        assert down + up > 0, "an update could never go on"


@pytest.mark.parametrize(
    ("unavailable", "surge", "replicas", "bounds"),
    [
        ("25%", "25%", 3, (0, 1)),  # Kubernetes' defaults: the first rounds down, the second up
        ("25%", "25%", 4, (1, 1)),
        ("25%", "25%", 10, (2, 3)),
        ("25%", 0, 3, (1, 0)),  # both come to 0: one may be unavailable, or nothing could be updated
        ("25%", "0%", 3, (1, 0)),
        (0, "1%", 3, (0, 1)),
        (2, 0, 3, (2, 0)),
        (5, 1, 3, (3, 1)),  # never more than there are
        ("25%", "25%", 0, (0, 0)),
    ],
)
def test_bounds_by_example(unavailable: int | str, surge: int | str, replicas: int, bounds: tuple[int, int]) -> None:
    assert rolling_bounds(unavailable, surge, replicas) == bounds


@pytest.mark.parametrize(
    ("asked", "replicas", "needed"), [(2, 3, 2), ("50%", 3, 2), ("50%", 4, 2), ("1%", 3, 1), ("100%", 3, 3), (0, 3, 0)]
)
def test_what_a_user_asks_for_rounds_up(asked: int | str, replicas: int, needed: int) -> None:
    assert required(asked, replicas) == needed


def rolling(unavailable: int, surge: int) -> dict[str, object]:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": f"{unavailable}%", "maxSurge": f"{surge}%"}}


@given(st.integers(0, 100), PERCENTS, st.integers(1, 2000))
def test_each_kind_rounds_as_its_controller_does(unavailable: int, surge: int, total: int) -> None:
    """Deployment: down, the surge up, and one if both are 0. DaemonSet: both up. StatefulSet: down, but at least to 1. Budget: up."""
    exact, extra = Fraction(unavailable, 100) * total, Fraction(surge, 100) * total
    web = deployment(replicas=total, unavailable=f"{unavailable}%", surge=f"{surge}%")
    assert surge_of(web, total) == math.ceil(extra)
    assert strategy_allows(web, total)[0] == (1 if math.floor(exact) == 0 == math.ceil(extra) else math.floor(exact))
    agent = daemon_set(updateStrategy=rolling(unavailable, surge))
    assert strategy_allows(agent, total)[0] == math.ceil(exact)
    assert daemon_surge_of(agent, total)[0] == math.ceil(extra)
    db = stateful_set(updateStrategy=rolling(unavailable, 0))
    assert strategy_allows(db, total)[0] == max(1, math.floor(exact))
    assert required(f"{unavailable}%", total) == math.ceil(exact)
