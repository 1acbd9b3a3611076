"""An error of ours is shown by the user's own lines, whatever stands between them and the error."""

from __future__ import annotations

import re
import sys

import pytest

from .conftest import Suite

HELPERS = """
    import pytest

    def deploy(kworkload):
        return kworkload.deployment("web")

    @pytest.fixture
    def web(kworkload):
        return deploy(kworkload)
"""
TESTS = """
    import pytest
    from conftest import deploy
    from pytest_kworkload import NotFound, Unproven

    def test_direct(kworkload):
        kworkload.deployment("web")

    def test_by_a_helper(kworkload):
        deploy(kworkload)

    def test_by_a_fixture(web): pass

    def test_by_a_library_in_between(kworkload):
        kworkload.recording.wait_for(lambda history: deploy(kworkload), "a callback", kworkload.deadline(1))

    def test_with_a_cause_of_ours(kworkload):
        kworkload.apply("a: [\\n")

    def test_as_the_cause_of_the_users(kworkload):
        try:
            deploy(kworkload)
        except NotFound as error:
            raise RuntimeError("no shop") from error

    def test_after_an_error_of_the_users(kworkload):
        try:
            {}["shop"]
        except KeyError:
            deploy(kworkload)

    def test_in_a_group(kworkload):
        with pytest.raises(NotFound) as first:
            deploy(kworkload)
        with pytest.raises(NotFound) as second:
            kworkload.deployment("db")
        raise ExceptionGroup("two", [first.value, second.value])

    def test_a_bug(kworkload):
        kworkload.recording.wait_for(None, "nothing", kworkload.deadline(1))
"""
OURS = re.compile(r"pytest_kworkload/\w|site-packages|tenacity|urllib3|yaml/")


def report_of(result: pytest.RunResult, test: str) -> list[str]:
    """What stands between the heading of a test's failure and the section that we add."""
    lines = result.stdout.lines
    start = next(n for n, line in enumerate(lines) if re.fullmatch(rf"_+ (?:ERROR at \w+ of )?{test} _+", line))
    end = next(n for n, line in enumerate(lines) if n > start and re.match(r"-+ kworkload -+|_+ \w|=+ \w", line))
    return lines[start + 1 : end]


def steps(report: list[str]) -> list[str]:
    """The frames and errors of a report in the style `short`."""
    return [re.sub(r":\d+:", "", line) for line in report if re.match(r"\S+\.py:\d+: |E   \S|The above|During", line)]


def test_in_the_style_short(suite: Suite) -> None:
    result = suite.run(TESTS, "--tb=short", conftest=HELPERS)
    result.assert_outcomes(failed=8, errors=1)
    missing = "E   pytest_kworkload.NotFound: no Deployment web in namespace NAMESPACE"
    expected = {
        "test_direct": ["test_suite.py in test_direct", missing],
        "test_by_a_helper": ["test_suite.py in test_by_a_helper", "conftest.py in deploy", missing],
        "test_by_a_fixture": ["conftest.py in web", "conftest.py in deploy", missing],
        "test_by_a_library_in_between": [
            "test_suite.py in test_by_a_library_in_between",
            "test_suite.py in <lambda>",
            "conftest.py in deploy",
            missing,
        ],
        "test_with_a_cause_of_ours": [
            "test_suite.py in test_with_a_cause_of_ours",
            "E   pytest_kworkload.ManifestError: the text, line 2, column 1: expected the node content, but found '<stream end>'",
        ],
        "test_as_the_cause_of_the_users": [
            "test_suite.py in test_as_the_cause_of_the_users",
            "conftest.py in deploy",
            missing,
            "The above exception was the direct cause of the following exception:",
            "test_suite.py in test_as_the_cause_of_the_users",
            "E   RuntimeError: no shop",
        ],
        "test_after_an_error_of_the_users": [
            "test_suite.py in test_after_an_error_of_the_users",
            "E   KeyError: 'shop'",
            "During handling of the above exception, another exception occurred:",
            "test_suite.py in test_after_an_error_of_the_users",
            "conftest.py in deploy",
            missing,
        ],
    }
    for test, frames in expected.items():
        found = steps(report_of(result, test))
        assert [re.sub(r"kw-\w+-\d+", "NAMESPACE", line) for line in found] == frames, test
    assert not [line for line in report_of(result, "test_in_a_group") if OURS.search(line)]
    assert [line for line in report_of(result, "test_a_bug") if OURS.search(line)], "an error that is not ours shows where it is"


@pytest.mark.parametrize("option", ["--full-trace", "--tb=native"])
def test_whoever_asks_for_everything_gets_it(suite: Suite, option: str) -> None:
    result = suite.run(TESTS, option, "-k", "test_direct or test_with_a_cause_of_ours", conftest=HELPERS)
    assert re.search(r"pytest_kworkload/workloads/namespace\.py", result.stdout.str())
    assert "The above exception was the direct cause" in result.stdout.str()


def test_from_a_worker(suite: Suite) -> None:
    result = suite.run(TESTS, "--tb=short", "-n", "1", "-k", "test_by_a_helper", conftest=HELPERS)
    assert [line.split(" NotFound")[0] for line in steps(report_of(result, "test_by_a_helper"))][:2] == [
        "test_suite.py in test_by_a_helper",
        "conftest.py in deploy",
    ]


def test_the_debugger_stands_at_the_users_line(suite: Suite) -> None:
    suite.run(TESTS, "--collect-only", conftest=HELPERS)
    result = suite.pytester.run(
        *(sys.executable, "-m", "pytest", "--kworkload-provider=scripted", "--pdb", "-k", "test_by_a_helper"),
        stdin=b"p 'here:', __name__, sorted(locals())\nup\np 'above:', __name__, sorted(locals())\nq\n",
    )
    text = result.stdout.str()
    assert "('here:', 'conftest', ['kworkload'])" in text
    assert "('above:', 'test_suite', ['kworkload'])" in text


NOWHERE = """
    def test_it(kworkload): pass
"""


@pytest.mark.parametrize("style", ["auto", "short", "line", "no"])
def test_without_a_frame_of_the_users_there_is_the_text(suite: Suite, style: str) -> None:
    suite.api.refused["POST namespaces"] = "namespaces is forbidden"
    result = suite.run(NOWHERE, f"--tb={style}")
    result.assert_outcomes(errors=1)
    text = result.stdout.str()
    assert not OURS.search(text)
    assert ("  why: namespaces is forbidden\n" in text) == (style != "no")
    result.stdout.fnmatch_lines(["ERROR test_suite.py::test_it - pytest_kworkload*ApiError: the API*"])


def test_without_a_frame_of_the_users_from_a_worker(suite: Suite) -> None:
    suite.api.refused["POST namespaces"] = "namespaces is forbidden"
    result = suite.run(NOWHERE, "-n", "1", "--junitxml=report.xml")
    assert report_of(result, "test_it")[1:4] == [
        "the API server refused to create namespaces: 403 Forbidden",
        "  why: namespaces is forbidden",
        "  do:  grant this right to the kubeconfig's user, or use another context",
    ]
    assert "namespaces is forbidden" in (suite.pytester.path / "report.xml").read_text()
