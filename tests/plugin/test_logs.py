"""The logs of a cluster in which a test failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .conftest import Suite

if TYPE_CHECKING:
    import pytest

# A cluster whose logs say how often they were asked for.
TALKING = """
    import dataclasses, pathlib

    class Talking(Scripted):
        def start(self, wish, settings):
            return dataclasses.replace(super().start(wish, settings), logs=write)

    def write(target):
        with (target / "server.log").open("a") as file:
            print("asked", file=file)

    def pytest_kworkload_make_provider(config):
        return Talking()
"""
BROKEN = TALKING.replace("with (target", 'raise OSError(28, "No space left on device")\n        with (target')
GOOD = "def test_good(kworkload): pass\n"
BAD = "def test_bad(kworkload): assert False\n"


def told(result: pytest.RunResult) -> list[str]:
    return [re.sub(r"scripted-\w+", "CLUSTER", line) for line in result.outlines if re.match("kworkload: .*logs of the cluster", line)]


def written(suite: Suite) -> list[str]:
    return [path.read_text() for path in (suite.pytester.path / "logs").glob("scripted-*/server.log")]


def test_logs_of_a_cluster_in_which_a_test_failed(suite: Suite) -> None:
    result = suite.run(BAD + GOOD, "--kworkload-logs=logs", conftest=TALKING)
    assert told(result) == [f"kworkload: logs of the cluster: {suite.pytester.path}/logs/CLUSTER"]
    assert written(suite) == ["asked\n"]


def test_no_logs_when_nothing_failed(suite: Suite) -> None:
    result = suite.run(GOOD, "--kworkload-logs=logs", conftest=TALKING)
    assert (told(result), written(suite)) == ([], [])


def test_no_logs_unless_they_are_asked_for(suite: Suite) -> None:
    result = suite.run(BAD, conftest=TALKING)
    assert (told(result), written(suite)) == ([], [])


def test_only_of_the_cluster_in_which_it_failed(suite: Suite) -> None:
    alone = "import pytest\n@pytest.mark.kworkload(needs=['nodes:stop'])\n"
    result = suite.run(BAD + alone + GOOD, "--kworkload-logs=logs", conftest=TALKING)
    result.assert_outcomes(passed=1, failed=1)
    assert written(suite) == ["asked\n"]


def test_what_is_still_broken_is_taken_back_before(suite: Suite) -> None:
    broken = """
        from pytest_kworkload.cluster.undo import Undo

        def unpause(deadline):
            with open("order", "a") as file:
                print("taken back", file=file)

        def test_bad(kworkload_cluster):
            frozen = Undo("frozen")
            frozen.by(unpause)
            kworkload_cluster.reverts.append(frozen)
            assert False
    """
    result = suite.run(broken, "--kworkload-logs=logs", conftest=TALKING.replace('(target / "server.log")', 'pathlib.Path("order")'))
    result.assert_outcomes(failed=1)
    assert (suite.pytester.path / "order").read_text() == "taken back\nasked\n"


def test_a_provider_without_logs(suite: Suite) -> None:
    assert told(suite.run(BAD, "--kworkload-logs=logs")) == ["kworkload: no logs of the cluster: the provider scripted has none to give"]


def test_logs_that_cannot_be_written_fail_nothing_more(suite: Suite) -> None:
    result = suite.run(BAD, "--kworkload-logs=logs", conftest=BROKEN)
    result.assert_outcomes(failed=1)
    assert told(result) == ["kworkload: no logs of the cluster: [Errno 28] No space left on device"]


def test_of_two_workers_each_tells(suite: Suite) -> None:
    result = suite.run(BAD + BAD.replace("bad", "worse"), "--kworkload-logs=logs", "-n", "2", conftest=TALKING)
    result.assert_outcomes(failed=2)
    assert written(suite) == ["asked\n", "asked\n"]
