"""What stays of a test, and whose tests share a namespace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_kworkload.cluster.owners import kept

from .conftest import Suite

THREE = """
    import pytest

    def test_good(kworkload): pass
    def test_bad(kworkload): assert False

    @pytest.mark.xfail(strict=True)
    def test_expected(kworkload): assert False
"""
# A cluster with a directory can stay.
STAYING = """
    import dataclasses, pathlib

    class Staying(Scripted):
        def start(self, wish, settings):
            directory = pathlib.Path(__file__).parent / "cluster-1"
            directory.mkdir(exist_ok=True)
            return dataclasses.replace(super().start(wish, settings), directory=directory)

    def pytest_kworkload_make_provider(config):
        return Staying()
"""
POD = """
    POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
"""


def told(result: pytest.RunResult) -> list[str]:
    """What the end of the run says of what was kept, without what is another in each run."""
    lines = [line for line in result.outlines if re.match(r"kworkload: (?:kept|not kept|to end it)", line)]
    return [re.sub(r"kw-\w+-\d+", "NAMESPACE", re.sub(r"--kubeconfig \S+", "--kubeconfig FILE", line)) for line in lines]


def deleted(suite: Suite) -> list[str]:
    """The numbers of the namespaces that were deleted."""
    return [call.rpartition("-")[2] for call in suite.api.calls if call.startswith("DELETE namespaces")]


def cluster(suite: Suite) -> Path:
    return suite.pytester.path / "cluster-1"


def test_nothing_is_kept_unless_it_is_asked_for(suite: Suite) -> None:
    result = suite.run(THREE, conftest=STAYING)
    assert (told(result), deleted(suite), kept(cluster(suite))) == ([], ["1", "2", "3"], False)


def test_what_failed_is_kept(suite: Suite) -> None:
    result = suite.run(THREE, "--kworkload-keep=failed", conftest=STAYING)
    result.assert_outcomes(passed=1, failed=1, xfailed=1)
    assert told(result) == [
        "kworkload: kept for test_suite.py::test_bad: kubectl --kubeconfig FILE --context scripted -n NAMESPACE get all",
        "kworkload: to end it: kworkload down cluster-1",
    ]
    assert (deleted(suite), kept(cluster(suite))) == (["1", "3"], True)


def test_a_run_without_a_failure_keeps_nothing(suite: Suite) -> None:
    result = suite.run("def test_good(kworkload): pass", "--kworkload-keep=failed", conftest=STAYING)
    assert (told(result), deleted(suite), kept(cluster(suite))) == ([], ["1"], False)


def test_a_failure_of_the_fixture_itself_counts(suite: Suite) -> None:
    tests = """
        from pytest_kworkload import assert_rolling_update

        DEPLOYMENT = {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {}, "spec": {"containers": []}}},
        }

        def test_never_entered(kworkload):
            assert_rolling_update(kworkload.apply(DEPLOYMENT).deployment("web"))
    """
    result = suite.run(tests, "--kworkload-keep=failed", conftest=STAYING)
    result.assert_outcomes(passed=1, errors=1)
    assert (len(told(result)), deleted(suite)) == (2, [])


def test_a_repetition_that_passes_is_not_kept(suite: Suite) -> None:
    tests = """
        runs = []

        def test_flaky(kworkload):
            runs.append(1)
            assert len(runs) == 2
    """
    result = suite.run(tests, "--kworkload-keep=failed", "--reruns=1", conftest=STAYING)
    assert (len(told(result)), deleted(suite)) == (2, ["2"])


def test_everything_is_kept(suite: Suite) -> None:
    result = suite.run(THREE, "--kworkload-keep=all", conftest=STAYING)
    assert told(result) == [
        "kworkload: kept: kubectl --kubeconfig FILE --context scripted get namespaces -l pytest-kworkload/run",
        "kworkload: to end it: kworkload down cluster-1",
    ]
    assert (deleted(suite), kept(cluster(suite))) == ([], True)


def test_a_worker_tells_its_controller(suite: Suite) -> None:
    result = suite.run(THREE, "--kworkload-keep=failed", "-n", "1", conftest=STAYING)
    assert told(result)[1:] == ["kworkload: to end it: kworkload down cluster-1"]


def test_a_provider_that_cannot_keep_a_cluster_says_so(suite: Suite) -> None:
    result = suite.run(THREE, "--kworkload-keep=failed")
    assert told(result) == ["kworkload: not kept: the provider scripted ends its clusters with the run"]


def test_on_a_cluster_of_somebody_elses_only_the_namespace_is_kept(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(suite.pytester.path / "kubeconfig"))
    result = suite.run(THREE, "--kworkload-keep=failed", "--kworkload-provider=existing", "--kworkload-context=scripted")
    kubectl = "kubectl --kubeconfig FILE --context scripted"
    assert told(result) == [
        f"kworkload: kept for test_suite.py::test_bad: {kubectl} -n NAMESPACE get all",
        f"kworkload: to end it: {kubectl} delete namespace NAMESPACE",
    ]
    assert deleted(suite) == ["1", "3"]


def test_what_does_not_go_together_is_one_message(suite: Suite) -> None:
    result = suite.run(THREE, "--kworkload-keep=failed", "--kworkload-namespace-per=module")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --kworkload-keep=failed with --kworkload-namespace-per=module"])


SHARING = """
    from conftest import POD

    def test_one(kworkload):
        kworkload.apply(POD)

    def test_two(kworkload):
        assert kworkload.history().of("Pod") == (), "what was before is not this test's"
        handle = kworkload.apply(POD).pod("p")
        assert [(one.type, one.name) for one in kworkload.history().of("Pod")] == [("ADDED", "p")]
"""


def test_a_namespace_for_a_module(suite: Suite) -> None:
    suite.pytester.makepyfile(test_other="def test_three(kworkload): pass")
    suite.run(SHARING, "--kworkload-namespace-per=module", conftest=POD).assert_outcomes(passed=3)
    calls = [re.sub(r"kw-\w+-", "", call) for call in suite.api.calls]
    assert calls == [
        "POST namespaces/1",
        "DELETE namespaces/1",
        "POST namespaces/2",
        "PATCH pods/p",
        "DELETE pods/p",
        "PATCH pods/p",
        "DELETE pods/p",
        "DELETE namespaces/2",
    ]


def test_a_namespace_for_a_worker(suite: Suite) -> None:
    suite.pytester.makepyfile(test_other="def test_three(kworkload): pass")
    suite.run(SHARING, "--kworkload-namespace-per=worker", "-n", "2", "--dist=each", conftest=POD).assert_outcomes(passed=6)
    made = sorted(call.rpartition("-gw")[2] for call in suite.api.calls if call.startswith("POST"))
    assert made == ["0-1", "1-1"]


def test_a_cluster_of_a_tests_own_is_ended_by_its_own_name(suite: Suite) -> None:
    tests = """
        import pytest

        @pytest.mark.kworkload(needs=["nodes:stop"])
        def test_alone(kworkload): assert False
    """
    result = suite.run(tests, "--kworkload-keep=failed", "--kworkload-reuse=mine", conftest=STAYING)
    assert told(result)[1:] == ["kworkload: to end it: kworkload down cluster-1"]


LATE = """
    import pytest

    @pytest.fixture
    def checked(kworkload):
        yield
        assert False

    def test_late(checked): pass
"""
NOT_KEPT = "kworkload: not kept: test_suite.py::test_late failed only when its fixtures ended, and by then its namespace was gone"


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "worker"])
def test_a_failure_that_comes_too_late_is_told(suite: Suite, workers: tuple[str, ...]) -> None:
    result = suite.run(LATE, "--kworkload-keep=failed", *workers, conftest=STAYING)
    result.assert_outcomes(passed=1, errors=1)
    assert (told(result), deleted(suite)) == ([NOT_KEPT], ["1"])


def test_nothing_is_too_late_for_what_was_kept_before(suite: Suite) -> None:
    result = suite.run(LATE.replace("pass", "assert False"), "--kworkload-keep=failed", conftest=STAYING)
    result.assert_outcomes(failed=1, errors=1)
    assert (len(told(result)), deleted(suite)) == (2, [])


def test_nothing_is_too_late_where_nothing_was_to_be_kept(suite: Suite) -> None:
    assert told(suite.run(LATE, conftest=STAYING)) == []
