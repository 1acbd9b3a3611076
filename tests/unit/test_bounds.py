"""Bounds that the user states."""

from __future__ import annotations

import pytest

from pytest_kworkload import KworkloadError
from pytest_kworkload.assertions.bounds import checked


@pytest.mark.parametrize("value", [None, 0, 3, "25%"])
def test_a_number_a_percentage_or_nothing(value: int | str | None) -> None:
    checked("max_unavailable", value, "write a number")


@pytest.mark.parametrize("value", ["25", "25 %", "-1%", "all"])
def test_anything_else_is_refused_at_the_call(value: str) -> None:
    with pytest.raises(KworkloadError) as error:
        checked("max_unavailable", value, "write a number")
    assert str(error.value) == (
        f"max_unavailable={value!r}\n  why: {value!r} is neither a whole number nor a percentage such as '25%'\n  do:  write a number"
    )
