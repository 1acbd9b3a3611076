"""Quantities as Kubernetes writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pytest_kworkload.objects.quantities import amount


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        (3, 3),
        ("1Ki", 1024),
        ("1.5Gi", 3 * 2**29),
        ("2Ei", 2**61),
        ("1k", 1000),
        ("5M", 5_000_000),
        ("1E", 10**18),
        ("500m", Decimal("0.5")),
        ("7n", Decimal("0.000000007")),
        ("2e3", 2000),
        ("1E3", 1000),
        ("-1", -1),
    ],
)
def test_an_amount(text: str | int, number: int | Decimal) -> None:
    assert amount(text) == number


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1Xi", "1K", "1e", "1.2.3"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity such as '1Gi'"):
        amount(text)
