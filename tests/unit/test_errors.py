"""The exception tree, and its three parts."""

from __future__ import annotations

import pytest

import pytest_kworkload
from pytest_kworkload import errors
from pytest_kworkload.errors import ApiError, GuaranteeViolated, Inconclusive, KworkloadError, Unproven, WaitTimeout


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KworkloadError("saw"), "saw"),
        (KworkloadError("saw", "why"), "saw\n  why: why"),
        (KworkloadError("saw", do="do"), "saw\n  do:  do"),
        (KworkloadError("saw", "one\n  two\n", "three\nfour"), "saw\n  why: one\n         two\n  do:  three\n       four"),
    ],
)
def test_three_parts(error: KworkloadError, text: str) -> None:
    assert str(error) == text


def test_what_a_program_can_read_of_a_refusal() -> None:
    error = ApiError("saw", "why", "do", status=409, reason="Conflict", message="m", fields=("spec.replicas",), retry_after=1.5)
    assert (error.status, error.reason, error.message, error.fields, error.retry_after) == (409, "Conflict", "m", ("spec.replicas",), 1.5)
    assert (error.saw, error.why, error.do) == ("saw", "why", "do")


def test_what_is_not_proven_is_a_failure_and_what_goes_wrong_an_error() -> None:
    """pytest reports an AssertionError as a failed test; the two trees have nothing in common."""
    unproven = {GuaranteeViolated, Inconclusive, WaitTimeout}
    assert all(issubclass(one, Unproven) and issubclass(one, AssertionError) for one in unproven)
    others = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, KworkloadError)]
    assert len(others) == 6
    assert not any(issubclass(one, AssertionError) for one in others)


def test_the_kinds_of_unproven_are_siblings() -> None:
    assert [one.__bases__ for one in (GuaranteeViolated, Inconclusive, WaitTimeout)] == [(Unproven,)] * 3
    assert Unproven("x").finding is None


@pytest.mark.parametrize("error", [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)])
def test_an_error_is_shown_by_the_name_that_it_is_imported_by(error: type[Exception]) -> None:
    assert error.__module__ == "pytest_kworkload"
    assert getattr(pytest_kworkload, error.__name__) is error
