"""The fixtures: a namespace per test, what stands beside a failure, windows, workers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .conftest import Suite
from .test_tracebacks import report_of

if TYPE_CHECKING:
    import pytest

DEPLOYMENT = """
    DEPLOYMENT = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {}, "spec": {"containers": []}}},
    }
"""


def section_of(result: pytest.RunResult, test: str) -> list[str]:
    """The lines that we add to a failed test's report."""
    lines = result.stdout.lines
    start = next(n for n, line in enumerate(lines) if re.fullmatch(rf"_+ (?:ERROR at \w+ of )?{test} _+", line))
    start = next(n for n, line in enumerate(lines) if n > start and re.fullmatch(r"-+ kworkload -+", line))
    end = next(n for n, line in enumerate(lines) if n > start and re.match(r"_+ \w|=+ \w|-+ \w|kworkload:", line))
    return [
        re.sub(r"kw-\w+-\d+|--kubeconfig \S+", lambda found: "NAMESPACE" if found[0][0] == "k" else "--kubeconfig FILE", line)
        for line in lines[start + 1 : end]
    ]


def test_each_test_has_a_namespace_of_its_own_and_the_next_does_not_wait_for_its_end(suite: Suite) -> None:
    tests = """
        def test_one(kworkload): pass
        def test_two(kworkload): pass
    """
    suite.run(tests).assert_outcomes(passed=2)
    # The scripted server never finishes a deletion: whoever waited for it would not come to an end.
    create_one, delete_one, create_two, delete_two = suite.api.calls
    assert create_one.replace("POST", "DELETE") == delete_one
    assert create_two.replace("POST", "DELETE") == delete_two
    assert re.fullmatch(r"POST namespaces/kw-[0-9a-f]{6}-1", create_one)
    assert create_two == create_one.removesuffix("1") + "2"


def test_it_is_recorded_from_before_the_first_object(suite: Suite) -> None:
    tests = """
        def test_it(kworkload):
            before = kworkload.history()
            assert before.objects("Pod") == {}
            assert [one["metadata"]["name"] for one in before.objects("ServiceAccount").values()] == ["default"]
            for phase in ("Pending", "Running"):
                kworkload.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "status": {"phase": phase}})
            versions = kworkload.history().of("Pod")
            assert [(one.type, one.object["status"]["phase"]) for one in versions] == [("ADDED", "Pending"), ("MODIFIED", "Running")]
    """
    suite.run(tests).assert_outcomes(passed=1)


def test_what_stands_beside_a_failure(suite: Suite) -> None:
    tests = """
        def test_it(kworkload):
            waiting = {"name": "main", "ready": False, "state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}}
            pod = {
                "spec": {"nodeName": "node-0", "containers": [{"name": "main"}]},
                "status": {"phase": "Pending", "containerStatuses": [waiting]},
            }
            about = {"kind": "Pod", "name": "p", "uid": "1"}
            event = {"type": "Warning", "reason": "Failed", "message": "no such image", "involvedObject": about}
            kworkload.apply([
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, **pod},
                {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, **event},
            ])
            assert False
    """
    result = suite.run(tests)
    result.assert_outcomes(failed=1)
    section = section_of(result, "test_it")
    assert section[:4] == [
        "scripted · Kubernetes v1.37.0-scripted · 1 node · usable after 1.2 s",
        "shortened: grace 8s, lease 5s",
        "namespace NAMESPACE: kubectl --kubeconfig FILE --context scripted -n NAMESPACE get all",
        "  pod p on node-0: container main: ErrImagePull: no such image",
    ]
    assert section[-1] == "  Warning Failed Pod/p: no such image"


def test_a_failure_in_a_fixture_of_the_users_has_it_too(suite: Suite) -> None:
    tests = """
        import pytest

        @pytest.fixture
        def shop(kworkload):
            raise RuntimeError("closed")

        @pytest.fixture
        def stall(kworkload):
            yield
            raise RuntimeError("still open")

        def test_setup(shop): pass
        def test_teardown(stall): pass
    """
    result = suite.run(tests)
    result.assert_outcomes(errors=2, passed=1)
    for test in ("test_setup", "test_teardown"):
        assert section_of(result, test)[-1] == "namespace NAMESPACE: kubectl --kubeconfig FILE --context scripted -n NAMESPACE get all"


def test_a_passed_test_shows_nothing(suite: Suite) -> None:
    result = suite.run("def test_it(kworkload): pass", "-rA")
    result.stdout.no_fnmatch_line("*get all*")


def test_a_refused_deletion_is_an_error_of_the_teardown(suite: Suite) -> None:
    suite.api.refused["DELETE namespaces"] = "namespaces is forbidden"
    result = suite.run("def test_it(kworkload): pass")
    result.assert_outcomes(passed=1, errors=1)
    assert report_of(result, "test_it")[:2] == [
        f"the API server refused to delete {suite.api.calls[0].removeprefix('POST ')}: 403 Forbidden",
        "  why: namespaces is forbidden",
    ]


def test_a_cluster_that_died_says_why(suite: Suite) -> None:
    conftest = """
        import dataclasses

        class Dying(Scripted):
            def start(self, wish, settings):
                return dataclasses.replace(super().start(wish, settings), trouble=lambda: dead or None)

        dead = ""

        def pytest_kworkload_make_provider(config):
            return Dying()
    """
    tests = """
        import conftest

        def test_first(kworkload):
            conftest.dead = "etcd: killed"

        def test_second(kworkload): pass
        def test_third(kworkload): pass
    """
    result = suite.run(tests, conftest=conftest)
    result.assert_outcomes(passed=1, errors=2)
    assert report_of(result, "test_second") == [
        "the cluster no longer runs",
        "  why: etcd: killed",
        "  do:  start the tests again; if it happens again, report the text above",
    ]
    assert report_of(result, "test_third")[:2] == ["the cluster no longer runs", "  (told in full above)"]
    assert suite.starts == ["start nodes=3", "stop"]


def test_a_window_that_was_never_entered_is_an_error(suite: Suite) -> None:
    tests = """
        from conftest import DEPLOYMENT
        from pytest_kworkload import assert_rolling_update

        def test_it(kworkload):
            web = kworkload.apply(DEPLOYMENT).deployment("web")
            assert_rolling_update(web)
            web.scale(2)

        def test_that_failed_anyway(kworkload):
            web = kworkload.apply(DEPLOYMENT).deployment("web")
            assert_rolling_update(web)
            raise RuntimeError("closed")
    """
    result = suite.run(tests, conftest=DEPLOYMENT)
    result.assert_outcomes(passed=1, errors=1, failed=1)
    assert report_of(result, "test_it") == [
        "assert_rolling_update(Deployment web) was called, but its `with` block was never entered",
        "  why: it checks what happens in its block, so it has checked nothing",
        "  do:  write `with assert_...(...):` around what changes the workload, or pass trigger=...",
    ]


def test_an_error_in_a_window_wins_and_the_verdict_goes_along(suite: Suite) -> None:
    tests = """
        from conftest import DEPLOYMENT
        from pytest_kworkload import assert_rolling_update

        def test_it(kworkload):
            web = kworkload.apply(DEPLOYMENT).deployment("web")
            with assert_rolling_update(web):
                raise RuntimeError("closed")
    """
    result = suite.run(tests, "--tb=short", conftest=DEPLOYMENT)
    result.assert_outcomes(failed=1)
    report = report_of(result, "test_it")
    assert report[2] == "E   RuntimeError: closed"
    assert report[3].startswith("E   kworkload: deploy-rolling-available (Deployment ")


def test_two_workers_have_two_clusters_and_the_facts_of_each_are_told_once(suite: Suite) -> None:
    tests = """
        import pytest

        @pytest.mark.parametrize("n", range(4))
        def test_it(kworkload, n): pass
    """
    result = suite.run(tests, "-n", "2", "--dist=each")
    result.assert_outcomes(passed=8)
    assert sorted(suite.starts) == ["start nodes=3", "start nodes=3", "stop", "stop"]
    told = [line for line in result.outlines if line.startswith("kworkload: ")]
    facts = "scripted · Kubernetes v1.37.0-scripted · 1 node · usable after 1.2 s"
    assert told[0] == "kworkload: provider scripted, 3 nodes or more; started by the first test that needs it"
    assert sorted(told[1:3]) == [f"kworkload: gw0 · {facts}", f"kworkload: gw1 · {facts}"]
    assert told[3:] == ["kworkload: shortened: grace 8s, lease 5s"]
    names = [call.removeprefix("POST namespaces/") for call in suite.api.calls if call.startswith("POST")]
    assert len({name.split("-")[1] for name in names}) == 1, "all workers belong to one run"
    assert sorted(name.split("-", 2)[2] for name in names) == [f"gw{worker}-{n}" for worker in (0, 1) for n in (1, 2, 3, 4)]


def test_a_failure_in_a_worker_has_its_section(suite: Suite) -> None:
    result = suite.run("def test_it(kworkload): assert False", "-n", "1", "--testrunuid=Our_Run")
    result.assert_outcomes(failed=1)
    assert section_of(result, "test_it")[:2] == [
        "scripted · Kubernetes v1.37.0-scripted · 1 node · usable after 1.2 s",
        "shortened: grace 8s, lease 5s",
    ]
    assert re.fullmatch(r"POST namespaces/kw-[0-9a-f]{6}-gw0-1", suite.api.calls[0]), "a name must be a DNS label"


def test_a_rerun_has_a_namespace_of_its_own(suite: Suite) -> None:
    tests = """
        names = []

        def test_it(kworkload):
            names.append(kworkload.name)
            assert len(set(names)) == 2
    """
    result = suite.run(tests, "--reruns=1")
    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert suite.starts == ["start nodes=3", "stop"]
