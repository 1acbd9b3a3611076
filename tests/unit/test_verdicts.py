"""The comparison of two result files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import verdicts

if TYPE_CHECKING:
    import pytest

ONE = """<testsuites><testsuite>
<testcase classname="t" name="a"/>
<testcase classname="t" name="b"><failure message="Broken: one&#10;more">text</failure></testcase>
<testcase classname="t" name="c"><skipped message="needs nodes:stop"/></testcase>
<testcase classname="t" name="d"/><testcase classname="t" name="d"><error message="teardown"/></testcase>
</testsuite></testsuites>"""
OTHER = """<testsuites><testsuite>
<testcase classname="t" name="a"/>
<testcase classname="t" name="b"><failure message="Broken: two"/></testcase>
<testcase classname="t" name="c"/>
<testcase classname="t" name="d"/>
<testcase classname="t" name="e"/>
</testsuite></testsuites>"""


def compared(tmp_path: Path, one: str, other: str) -> int:
    for name, text in (("one.xml", one), ("other.xml", other)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return verdicts.main([str(tmp_path / "one.xml"), str(tmp_path / "other.xml")])


def test_the_differences_are_a_table_and_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(tmp_path, ONE, OTHER) == 1
    assert capsys.readouterr().out == (
        "t::c | skipped: needs nodes:stop | passed\n"
        "t::d | error: teardown | passed\n"
        "t::e | not there | passed\n"
        "5 tests, 3 with another verdict\n"
    )


def test_the_same_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(tmp_path, ONE, ONE) == 0
    assert capsys.readouterr().out == "4 tests, 0 with another verdict\n"


def test_two_files_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdicts.main([]) == 2
