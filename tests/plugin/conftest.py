"""The plugin in pytest runs of its own (pytester), on a provider of the test's: no cluster."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest

from pytest_kworkload.settings import OPTIONS

from . import apiserver

PROVIDER = """
import pathlib, sys
import pytest
from pytest_kworkload.cluster.running import Running

class Scripted:
    name = "scripted"
    capabilities = frozenset({"nodes:add", "nodes:stop", "network:dns"})

    def start(self, wish, settings):
        here = pathlib.Path(__file__).parent
        log = here / "starts.log"
        with log.open("a") as file:
            print(f"start nodes={wish.nodes}" + (f" alone for {', '.join(wish.needs)}" if wish.alone else ""), file=file)
        def stop():
            with log.open("a") as file:
                print("stop", file=file)
        return Running("scripted", here / "kubeconfig", stop=stop, context="scripted", seconds=1.25, timings={"lease": "5s", "grace": "8s"})

def pytest_kworkload_make_provider(config):
    return Scripted()
"""


@pytest.fixture(autouse=True)
def _ambient(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment of this run says must not reach the runs inside it."""
    for name in [option.variable for option in OPTIONS] + ["KWORKLOAD_EMBEDDED_BINARY"]:
        monkeypatch.delenv(name, raising=False)
    # The machines of CI set these two, and pytest then writes its short summary at full length.
    for name in ("KUBECONFIG", "CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    # Without the plugin of Hypothesis, which none of them uses, a run takes half the time.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")


class Suite:
    """A suite of one's own beside a scripted provider; `api` is its API server."""

    def __init__(self, pytester: pytest.Pytester, api: apiserver.ApiServer) -> None:
        self.pytester, self.api = pytester, api

    def run(self, tests: str, *arguments: str, conftest: str = "") -> pytest.RunResult:
        self.pytester.makeconftest(PROVIDER + textwrap.dedent(conftest))
        self.pytester.makepyfile(test_suite=textwrap.dedent(tests))
        return self.pytester.runpytest_subprocess("--kworkload-provider=scripted", "--kworkload-timeout=20", *arguments)

    @property
    def starts(self) -> list[str]:
        log = self.pytester.path / "starts.log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Iterator[Suite]:
    with apiserver.running(pytester.path / "kubeconfig") as api:
        yield Suite(pytester, api)
