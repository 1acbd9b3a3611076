"""What the plugin costs those who do not use it: nothing is imported, started or set up."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from .conftest import Suite

if TYPE_CHECKING:
    import pytest


def test_importing_the_plugin_imports_no_client_no_yaml_and_no_kind() -> None:
    code = (
        "import sys, pytest_kworkload.plugin\n"
        "print(sorted({'kubernetes', 'yaml', 'pytest_kind', 'pykube', 'urllib3', 'tenacity', 'websocket'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_importing_the_public_names_imports_no_client() -> None:
    code = (
        "import sys, pytest_kworkload\n"
        "for name in pytest_kworkload.__all__: getattr(pytest_kworkload, name)\n"
        "print(sorted({'kubernetes', 'pytest_kind', 'pykube'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_no_fixture_is_autouse(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it="""
        def test_it(request):
            assert [name for name in request.fixturenames if "kworkload" in name] == []
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_collecting_starts_nothing(suite: Suite) -> None:
    suite.run("def test_it(kworkload): pass", "--collect-only").assert_outcomes()
    assert suite.starts == []
    assert suite.api.calls == []


def test_a_run_without_our_fixtures_starts_nothing(suite: Suite) -> None:
    tests = """
        import sys
        import pytest

        @pytest.mark.kworkload(nodes=3)
        def test_it():
            assert "kubernetes" not in sys.modules
    """
    result = suite.run(tests, "-p", "no:kind")
    result.assert_outcomes(passed=1)
    assert suite.starts == []
    assert [line for line in result.outlines if line.startswith("kworkload:")] == [
        "kworkload: provider scripted, 3 nodes or more; started by the first test that needs it"
    ]
