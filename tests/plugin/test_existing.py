"""The provider of clusters that are there already: what it says, what it refuses, what it skips. The server is a scripted one."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.providers.existing.rights import ASKED

from .conftest import Suite
from .test_providers import TWO_TESTS, refused

HERE = ("--kworkload-provider=existing", "--kworkload-context=scripted")
NODE = {"apiVersion": "v1", "kind": "Node", "spec": {}}
DEFAULT = {"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}
METRICS = {
    "metadata": {"name": "metrics.k8s.io"},
    "versions": [
        {"version": "v1beta1", "resources": [{"resource": "pods", "responseKind": {"kind": "PodMetrics"}, "scope": "Namespaced"}]}
    ],
}

NEEDY = """
    import pytest

    needs = lambda *names, **more: pytest.mark.kworkload(needs=list(names), **more)

    @pytest.fixture(scope="module")
    def early(kworkload_cluster):
        print("a fixture ran")

    @needs("pods:exec")
    def test_exec(early, kworkload): pass

    @needs("storage:default")
    def test_claim(kworkload): pass

    @needs("metrics")
    def test_metrics(kworkload_cluster): pass

    @needs("nodes:stop")
    def test_fault(kworkload): pass

    @needs("storage:rwx")
    def test_shared(kworkload): pass

    @pytest.mark.kworkload(nodes=2)
    def test_wide(kworkload): pass

    @pytest.mark.kworkload(nodes=1)
    def test_narrow(kworkload): pass
"""


@pytest.fixture
def there(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.setenv("KUBECONFIG", str(suite.pytester.path / "kubeconfig"))
    return suite


def skips(result: pytest.RunResult) -> list[str]:
    return sorted(line.partition(": ")[2] for line in result.outlines if line.startswith("SKIPPED"))


def test_without_a_context(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=TWO_TESTS)
    result = pytester.runpytest_inprocess("--kworkload-provider=existing")
    refused(
        result,
        "--kworkload-provider=existing without a context\n"
        "  why: the kubeconfig's current context is never used: tests would run wherever it happens to point\n"
        "  do:  name one: --kworkload-context=NAME (or KWORKLOAD_CONTEXT)",
    )
    result.stdout.fnmatch_lines(["kworkload: provider existing: --kworkload-provider=existing without a context"])


def test_a_context_that_no_file_has(there: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    path = there.pytester.path
    (path / "broken").write_text("contexts: [")
    (path / "list").write_text("[]")
    (path / "empty").write_text("contexts:\n")
    files = [path / one for one in ("missing", "broken", "list", "empty", "kubeconfig")]
    monkeypatch.setenv("KUBECONFIG", ":".join(map(str, files)))
    refused(
        there.run(TWO_TESTS, "--kworkload-provider=existing", "--kworkload-context=production"),
        "no context production for --kworkload-provider=existing\n"
        f"  why: {files[0]} cannot be read: No such file or directory\n"
        f"       {files[1]} is not a kubeconfig; `kubectl --kubeconfig FILE config view` shows how it reads\n"
        f"       {files[2]} is not a kubeconfig; `kubectl --kubeconfig FILE config view` shows how it reads\n"
        f"       {files[3]} has no context\n"
        f"       {files[4]} has scripted\n"
        "  do:  name one that exists, or another file: --kworkload-kubeconfig=PATH, or KUBECONFIG",
    )


def test_a_context_with_a_slip_of_the_pen(there: Suite) -> None:
    result = there.run(TWO_TESTS, "--kworkload-provider=existing", "--kworkload-context=scirpted")
    result.stdout.fnmatch_lines(["  do:  did you mean scripted?"])


def test_the_file_of_kubeconfig_that_has_the_context(there: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["missing", there.pytester.makefile(".yaml", other="contexts: [{name: other}]"), there.pytester.path / "kubeconfig"]
    monkeypatch.setenv("KUBECONFIG", ":".join(map(str, files)))
    result = there.run("def test_it(kworkload): assert kworkload.kubeconfig.name == 'kubeconfig'", *HERE)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["kworkload: existing · Kubernetes v1.37.0-scripted · 1 node"])
    assert there.starts == []
    assert there.api.calls[0].startswith("POST namespaces/kw-")


@pytest.mark.parametrize("option", ["--kworkload-kubeconfig", "--kubeconfig"], ids=["ours", "of pytest-kind"])
def test_a_file_that_is_named_is_the_only_one_that_is_looked_into(there: Suite, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", there.pytester.makefile(".yaml", other="contexts: [{name: scripted}]").name)
    tests = "def test_it(kworkload): assert kworkload.kubeconfig.name == 'kubeconfig'"
    there.run(tests, *HERE, f"{option}=kubeconfig").assert_outcomes(passed=1)
    refused(
        there.run(TWO_TESTS, *HERE, f"{option}=elsewhere"),
        "no context scripted for --kworkload-provider=existing\n"
        f"  why: {there.pytester.path / 'elsewhere'} cannot be read: No such file or directory\n"
        "  do:  name one that exists, or another file: --kworkload-kubeconfig=PATH, or KUBECONFIG",
    )


def test_the_file_for_pytest_kinds_fixture_chooses_no_provider(suite: Suite) -> None:
    result = suite.run("def test_it(kworkload): pass", "--kubeconfig=elsewhere")
    result.assert_outcomes(passed=1)
    assert suite.starts[0].startswith("start ")


@pytest.mark.parametrize("faults", [False, True])
def test_what_will_be_done_is_told_before_anything_is_done(there: Suite, faults: bool) -> None:
    conftest = """
        def pytest_sessionstart(session):
            (pathlib.Path(__file__).parent / "before").write_text(str(len(list(pathlib.Path(__file__).parent.glob("starts.log")))))
    """
    arguments = ["--kworkload-image=a=host", "--kworkload-image-archive=/b.tar", *(["--kworkload-allow-node-faults"] if faults else [])]
    result = there.run("def test_it(kworkload): pass", *HERE, *arguments, conftest=conftest)
    result.assert_outcomes(passed=1)
    header = [line for line in result.outlines[: result.outlines.index("collected 1 item")] if line.startswith("kworkload: ")]
    nodes = "but cordons, drains and taints nodes if a test says so (--kworkload-allow-node-faults)"
    run = there.api.calls[0].split("-")[1]
    assert header == [
        f"kworkload: provider existing, context scripted (127.0.0.1:{there.api.server_port}) of {there.pytester.path / 'kubeconfig'}",
        f"kworkload: creates namespaces kw-{run}-... with the label pytest-kworkload/run, one per test, and deletes them",
        "kworkload: creates objects outside of them only if a test applies some, with that label, and deletes them after the test",
        "kworkload: lets the cluster make the volumes that tests claim; a retained one stays, and `kworkload sweep` finds it",
        f"kworkload: changes nothing that already exists, {nodes if faults else 'and leaves the nodes alone'}",
        "kworkload: does not use --kworkload-image and --kworkload-image-archive: the cluster's nodes pull their own images",
    ]


@pytest.mark.parametrize("quiet", ["-q", "--no-header", "-qq"])
def test_it_is_told_where_pytest_has_no_header_too(there: Suite, quiet: str) -> None:
    result = there.run("def test_it(kworkload): pass", *HERE, quiet)
    run = there.api.calls[0].split("-")[1]
    said = [line for line in result.outlines if line.startswith("kworkload: ")]
    assert said[0].startswith("kworkload: provider existing, context scripted ")
    assert said[1].startswith(f"kworkload: creates namespaces kw-{run}-... with the label ")
    assert len([line for line in said if "changes nothing that already exists" in line]) == 1
    told = next(n for n, line in enumerate(result.outlines) if "changes nothing that already exists" in line)
    assert told < next(n for n, line in enumerate(result.outlines) if "100%" in line or line == "."), "before the first test"


def test_of_workers_it_is_told_once_and_holds_for_their_names(there: Suite) -> None:
    result = there.run("def test_it(kworkload): pass", *HERE, "-q", "-n", "1")
    (told,) = [line for line in result.outlines if "creates namespaces" in line]
    beginning = told.split("creates namespaces ")[1].split("...")[0]
    assert there.api.calls[0].startswith(f"POST namespaces/{beginning}gw0-")


def test_a_list_of_the_tests_stays_one(there: Suite) -> None:
    result = there.run("def test_it(kworkload): pass", *HERE, "--collect-only", "-q")
    assert result.outlines[0] == "test_suite.py::test_it"


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_each_right_is_asked_for_once_in_each_process(there: Suite, workers: int) -> None:
    tests = f"""
        import pytest

        @pytest.mark.kworkload(needs=["pods:exec"])
        @pytest.mark.parametrize("n", range({max(workers, 1)}))
        def test_it(kworkload, n): pass
    """
    there.run(tests, *HERE, *(["-n", str(workers)] if workers else [])).assert_outcomes(passed=max(workers, 1))
    assert Counter(there.api.reviews) == Counter([str(right) for right in dict.fromkeys(ASKED)] * max(workers, 1))


def test_what_it_says_is_what_it_does(there: Suite) -> None:
    tests = """
        def test_it(kworkload):
            kworkload.apply({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "mine"}, "provisioner": "p"})
    """
    there.run(tests, *HERE).assert_outcomes(passed=1)
    namespace = next(name for kind, _, name in there.api.objects if kind == "namespaces")
    assert there.api.calls == [
        f"POST namespaces/{namespace}",
        "PATCH storageclasses/mine",
        "DELETE storageclasses/mine",
        f"DELETE namespaces/{namespace}",
    ]
    made = [found for plural, _, found in there.api.events if plural in ("namespaces", "storageclasses")]
    assert {one["metadata"]["labels"]["pytest-kworkload/run"] for one in made} == {namespace.split("-")[1]}


def test_who_has_the_cluster_to_himself_has_a_namespace_of_his_own_too(there: Suite) -> None:
    tests = """
        import pytest

        def test_before(kworkload): pass

        @pytest.mark.kworkload(needs=["nodes:cordon"])
        @pytest.mark.parametrize("n", [1, 2])
        def test_it(kworkload, n): pass
    """
    there.run(tests, *HERE, "--kworkload-allow-node-faults").assert_outcomes(passed=3)
    made = [call.rpartition("-")[2] for call in there.api.calls if call.startswith("POST namespaces/")]
    assert made == ["1", "2", "3"], "the names of the others are still in use while they go"


def test_an_object_of_the_cluster_that_is_not_ours_is_left_alone(there: Suite) -> None:
    there.api.put("storageclasses", "", "fast", {"metadata": {"labels": {"pytest-kworkload/run": "another"}}})
    tests = """
        def test_it(kworkload):
            kworkload.apply({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"}, "provisioner": "p"})
    """
    result = there.run(tests, *HERE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ManifestError: the dict: StorageClass fast is already in the cluster"])
    assert not [call for call in there.api.calls if "storageclasses" in call]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_what_the_cluster_lacks_is_skipped_before_anything_of_the_test_has_begun(there: Suite, workers: tuple[str, ...]) -> None:
    there.api.denied = {"create pods/exec", "get pods/exec"}
    result = there.run(NEEDY, *HERE, "-rs", *workers)
    result.assert_outcomes(passed=1, skipped=6)
    lacks = "context scripted lacks what the test needs"
    assert skips(result) == sorted(
        [
            f"{lacks} (pods:exec: its user may not get and create pods/exec); --kworkload-provider=embedded or kind has it",
            f"{lacks} (storage:default: none of its StorageClasses is the default); --kworkload-provider=embedded or kind has it",
            f"{lacks} (metrics: it does not serve metrics.k8s.io); no provider is known to have it",
            f"{lacks} (2 nodes: it has 1); --kworkload-provider=embedded or kind or scripted has it",
            "needs nodes:stop, which the provider existing does not have; --kworkload-provider=embedded or kind or scripted has it",
            "needs storage:rwx, which the provider existing does not have; --kworkload-provider=embedded has it; "
            "with --kworkload-have=storage:rwx it has storage:rwx",
        ]
    )
    result.stdout.no_fnmatch_line("*a fixture ran*")


@pytest.mark.parametrize(("version", "skipped"), [("v1.36.4", 1), ("v1.37.0", 0), ("of my own", 0)])
def test_what_only_the_version_tells(there: Suite, version: str, skipped: int) -> None:
    there.api.version = version
    tests = """
        import pytest

        @pytest.mark.kworkload(needs=["claims:unused"])
        def test_it(kworkload): pass
    """
    result = there.run(tests, *HERE, "-rs")
    result.assert_outcomes(passed=1 - skipped, skipped=skipped)
    why = "claims:unused: it is Kubernetes v1.36.4, and claims have the condition since 1.37"
    assert skips(result) == [f"context scripted lacks what the test needs ({why}); --kworkload-provider=embedded has it"] * skipped


def test_what_the_cluster_has_is_not_skipped(there: Suite) -> None:
    there.api.put("storageclasses", "", "fast", DEFAULT)
    there.api.put("nodes", "", "node-1", NODE)
    there.api.groups = [METRICS]
    result = there.run(NEEDY, *HERE, "-rs", "--kworkload-have=storage:rwx")
    result.assert_outcomes(passed=6, skipped=1)


def test_nodes_that_may_not_be_seen(there: Suite) -> None:
    there.api.denied = {
        f"{verb} {kind}" for verb in ("get", "list", "watch") for kind in ("nodes", "persistentvolumes", "volumeattachments")
    }
    tests = """
        import pytest
        from pytest_kworkload import assert_throughout

        @pytest.mark.kworkload(nodes=2)
        def test_wide(kworkload): pass

        def test_narrow(kworkload): pass
    """
    result = there.run(tests, *HERE, "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "kworkload: existing · Kubernetes v1.37.0-scripted · nodes that this user may not see",
            "kworkload: not recorded, because this user may not list and watch them: Node, PersistentVolume, VolumeAttachment; "
            "a verdict that depends on them is inconclusive, and the test fails",
        ]
    )
    assert skips(result) == [
        "context scripted lacks what the test needs (2 nodes: its user may not list and watch nodes); "
        "--kworkload-provider=embedded or kind or scripted has it"
    ]


def test_a_right_that_every_test_needs(there: Suite) -> None:
    there.api.denied = {"delete namespaces"}
    result = there.run(TWO_TESTS, *HERE)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "system:serviceaccount:ci:tester may not do what every test needs: delete namespaces",
            '       - {apiGroups: [[]""], resources: [[]namespaces], verbs: [[]delete]}',
            "       subjects: [[]{kind: ServiceAccount, namespace: ci, name: tester}]",
            "  (told in full above)",
        ]
    )
    assert there.api.calls == []


def test_a_server_that_is_too_old(there: Suite) -> None:
    there.api.version = "v1.28.15"
    refused(
        there.run(TWO_TESTS, *HERE),
        "the server is Kubernetes v1.28.15\n"
        "  why: the guarantees are those of Kubernetes 1.29 and later; an older one behaves differently\n"
        "  do:  use a newer cluster; which versions are tried is in docs/providers.md",
    )


def test_the_plan_needs_no_cluster(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_suite=f"{NEEDY}\n    def test_plain(): pass\n".replace("\n    ", "\n"))
    result = pytester.runpytest_subprocess(
        "--kworkload-plan", "--kworkload-provider=existing", "--kworkload-have=metrics", "-k", "not wide"
    )
    assert result.ret == 0
    table = [re.sub(r" {2,}", "  ", line) for line in result.outlines]
    table = table[next(n for n, line in enumerate(table) if line.startswith("test  ")) :]
    assert table[:-1] == [
        "test  nodes  needs  on embedded  on existing  on kind",
        "test_suite.py::test_exec  -  pods:exec  yes  if: pods:exec  yes",
        "test_suite.py::test_claim  -  storage:default  yes  if: storage:default  yes",
        "test_suite.py::test_metrics  -  metrics  no: metrics  yes  no: metrics",
        "test_suite.py::test_shared  -  storage:rwx  yes  no: storage:rwx without --kworkload-have=storage:rwx  no: storage:rwx",
        "test_suite.py::test_narrow  1  -  yes  yes  yes",
        "test_suite.py::test_fault  -  nodes:stop  yes  no: nodes:stop  yes",
        "",
        "6 tests need a cluster, 1 does not; embedded can run 5; existing can run 2 and perhaps 2 more; kind can run 4",
        "",
    ]
    assert "7/8 tests collected (1 deselected)" in table[-1]


def test_the_plan_starts_no_workers(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_suite="def test_it(kworkload): raise AssertionError")
    result = pytester.runpytest_subprocess("--kworkload-plan", "-n", "2")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["test_suite.py::test_it  -      -      yes          yes          yes"])
    assert not [line for line in result.outlines if "2 workers" in line]


def test_the_plan_is_that_of_so_many_workers(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_suite="import pytest\n@pytest.mark.kworkload(needs=['nodes:cordon'])\ndef test_it(kworkload): raise AssertionError"
    )
    existing = ("--kworkload-plan", "--kworkload-provider=existing", "--kworkload-allow-node-faults")
    for workers, verdict in (("0", "yes"), ("2", "no: nodes:cordon without -n 0")):
        result = pytester.runpytest_subprocess(*existing, "-n", workers)
        assert f"test_suite.py::test_it  -  nodes:cordon  yes  {verdict}  yes" in [re.sub(r" {2,}", "  ", line) for line in result.outlines]


def test_the_plan_knows_no_unknown_provider(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_suite=TWO_TESTS)
    result = pytester.runpytest_subprocess("--kworkload-plan", "--kworkload-provider=nowhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.str().startswith(
        "ERROR: provider 'nowhere'\n  why: there is no such provider; the providers are embedded, existing, kind\n"
    )
    result.stdout.no_fnmatch_line("*on embedded*")


@pytest.mark.parametrize("need", ["nodes:stop", "coffee"])
def test_what_cannot_be_declared_ends_the_run(pytester: pytest.Pytester, need: str) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_inprocess(f"--kworkload-have={need}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.str().startswith(f"ERROR: --kworkload-have={need}\n  why: ")


def kubeconfig(path: Path, server: str, cluster: dict[str, Any], user: dict[str, Any]) -> None:
    path.write_text(
        json.dumps(
            {
                "contexts": [{"name": "scripted", "context": {"cluster": "c", "user": "u"}}],
                "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
                "users": [{"name": "u", "user": user}],
            }
        )
    )


def test_nobody_answers(there: Suite) -> None:
    kubeconfig(there.pytester.path / "kubeconfig", "http://127.0.0.1:1", {}, {})
    refused(
        there.run(TWO_TESTS, *HERE),
        "no answer from the API server at 127.0.0.1:1: Failed to establish a new connection: [Errno 111] Connection refused\n"
        "  why: the cluster is down, or this is not its address\n"
        "  do:  see whether the cluster still runs, and whether the kubeconfig has its server address and its certificate authority",
    )


def test_a_token_that_has_expired(there: Suite) -> None:
    there.api.expired = True
    refused(
        there.run(TWO_TESTS, *HERE),
        f"the API server at 127.0.0.1:{there.api.server_port} does not know the user of context scripted (401 Unauthorized)\n"
        "  why: the credentials have expired, or are for another cluster\n"
        "  do:  log in again so that the kubeconfig has fresh ones, or name another context",
    )


def test_a_program_for_credentials_that_is_not_there(there: Suite) -> None:
    program = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-program", "interactiveMode": "Never"}
    kubeconfig(there.pytester.path / "kubeconfig", f"http://127.0.0.1:{there.api.server_port}", {}, {"exec": program})
    refused(
        there.run(TWO_TESTS, *HERE),
        f"no credentials from the program that the kubeconfig {there.pytester.path / 'kubeconfig'} names for context scripted\n"
        "  why: [Errno 2] No such file or directory: 'no-such-program'\n"
        "  do:  install that program, or log in with it; `kubectl --kubeconfig FILE --context NAME get --raw /version` uses it too",
    )


def test_a_context_that_names_no_cluster(there: Suite) -> None:
    path = there.pytester.path / "kubeconfig"
    path.write_text(json.dumps({"contexts": [{"name": "scripted", "context": {"cluster": "c", "user": "u"}}], "clusters": [], "users": []}))
    refused(
        there.run(TWO_TESTS, *HERE),
        f"the kubeconfig {path} cannot be used with context scripted\n"
        f"  why: Invalid kube-config file. Expected object with name c in {path}/clusters list\n"
        "  do:  correct the file; `kubectl --kubeconfig FILE config view` shows how it reads",
    )
