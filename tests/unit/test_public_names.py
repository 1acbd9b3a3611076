"""What the package offers, and what importing it costs."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pytest_kworkload

PACKAGE = Path(pytest_kworkload.__file__).parent
ASSERTIONS = [name for name in pytest_kworkload.__all__ if name.startswith("assert_")]
GUARANTEE = re.compile(r"\bGuarantee: ([a-z0-9, -]+)\.$|Guarantee: yours", re.MULTILINE)


def imported_with(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.splitlines())


@pytest.mark.parametrize("statement", ["import pytest_kworkload", "import pytest_kworkload.plugin"])
def test_importing_it_is_cheap(statement: str) -> None:
    assert imported_with(statement) & {"kubernetes", "yaml", "urllib3", "websocket", "tenacity"} == set()


def test_the_errors_need_no_more_than_themselves() -> None:
    assert imported_with("from pytest_kworkload import ApiError, GuaranteeViolated") & {"kubernetes", "yaml", "urllib3"} == set()


@pytest.mark.parametrize("name", pytest_kworkload.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(pytest_kworkload, name).__name__ == name


def test_names_are_in_order() -> None:
    assert pytest_kworkload.__all__ == sorted(pytest_kworkload.__all__)
    assert dir(pytest_kworkload) == pytest_kworkload.__all__


def test_a_public_name_stands_where_it_is_defined_and_in_the_imports_and_nowhere_else() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    imported = [alias for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname]
    assert sorted(alias.name for alias in imported) == pytest_kworkload.__all__
    assert [alias.name for alias in imported if alias.asname != alias.name] == []  # `a as a`: type checkers take it for public
    helpers = [name for name in pytest_kworkload.__all__ if name.startswith("assert_")]
    defined = [
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("assert_")
    ]
    assert sorted(defined) == helpers


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(AttributeError) as error:
        _ = pytest_kworkload.assert_rolling_updates
    assert str(error.value) == (
        f"module 'pytest_kworkload' has no attribute 'assert_rolling_updates'; it has: {', '.join(pytest_kworkload.__all__)}"
    )


def test_its_types_are_shipped() -> None:
    assert (PACKAGE / "py.typed").is_file()
    wheel = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["pytest_kworkload"]
    assert "exclude" not in wheel


@pytest.mark.parametrize("name", ASSERTIONS)
def test_an_assertion_says_what_it_asserts_and_by_which_guarantee(name: str) -> None:
    documented = inspect.getdoc(getattr(pytest_kworkload, name))
    assert documented
    assert documented.splitlines()[0].endswith((".", ","))
    assert GUARANTEE.search(documented), f"no line that ends with `Guarantee: some-id, another-id.` in:\n{documented}"


@pytest.mark.parametrize("name", ASSERTIONS)
def test_an_assertion_says_what_its_times_are_for(name: str) -> None:
    """Each parameter that is a time is named, and that it is in seconds is said."""
    documented = inspect.getdoc(getattr(pytest_kworkload, name)) or ""
    times = {"timeout", "settle", "duration", "grace_seconds", "pre_stop"} & set(
        inspect.signature(getattr(pytest_kworkload, name)).parameters
    )
    assert [one for one in sorted(times) if f"`{one}`" not in documented] == []
    assert not times or "seconds" in documented


@pytest.mark.parametrize(
    ("name", "shortened_by"),
    [
        ("assert_restarted_in_place", "crashLoopBackOff.maxContainerRestartPeriod"),
        ("assert_graceful_termination", "terminationGracePeriodSeconds"),
        ("assert_at_most_one_per_ordinal", "terminationGracePeriodSeconds"),
        ("assert_ordered_stop", "terminationGracePeriodSeconds"),
        ("assert_stable_identity", "terminationGracePeriodSeconds"),
        ("assert_rollout_stalled", "progressDeadlineSeconds"),
        ("assert_job_fails", "backoffLimit"),
        ("assert_cron_concurrency", "no setting shortens that"),
        ("assert_stable_dns", "TTL"),
        ("assert_follows_nodes", "no setting shortens"),
        ("assert_rescheduled_after_node_loss", "tolerationSeconds"),
        ("assert_taint_evicts", "tolerationSeconds"),
    ],
)
def test_an_assertion_that_waits_by_nature_says_what_shortens_it(name: str, shortened_by: str) -> None:
    assert shortened_by in (inspect.getdoc(getattr(pytest_kworkload, name)) or "")


def test_every_public_class_is_documented() -> None:
    assert [name for name in pytest_kworkload.__all__ if not inspect.getdoc(getattr(pytest_kworkload, name))] == []
