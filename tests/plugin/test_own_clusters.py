"""Needs: what the provider lacks is skipped, and a test that breaks its cluster has one to itself."""

from __future__ import annotations

import pytest

from .conftest import Suite

MIXED = """
    import pytest

    breaking = pytest.mark.kworkload(nodes=2, needs=["nodes:stop"])

    def test_a(kworkload): pass

    @breaking
    def test_b(kworkload, kworkload_cluster): pass

    @pytest.mark.kworkload(nodes=5)
    def test_c(kworkload_cluster): pass

    @pytest.mark.kworkload(needs=["nodes:add", "nodes:stop"], nodes=7)
    @pytest.mark.parametrize("n", [1, 2])
    def test_d(kworkload, n): pass

    def test_e(kworkload): pass

    @breaking
    def test_f(): "it takes no cluster, so none is started for it"
"""
SHARED = ["start nodes=5", "stop"]
OWN = [
    "start nodes=3 alone for nodes:stop",
    "stop",
    "start nodes=7 alone for nodes:add, nodes:stop",
    "stop",
    "start nodes=7 alone for nodes:add, nodes:stop",
    "stop",
]


def passed(result: pytest.RunResult) -> list[str]:
    """The tests that passed, in their order."""
    return [line.split()[0].removeprefix("test_suite.py::") for line in result.outlines if " PASSED " in line]


def test_who_shares_has_one_cluster_and_who_breaks_it_has_another_each(suite: Suite) -> None:
    result = suite.run(MIXED, "-v")
    result.assert_outcomes(passed=7)
    assert suite.starts == SHARED + OWN
    assert passed(result) == ["test_a", "test_c", "test_e", "test_b", "test_d[1]", "test_d[2]", "test_f"]
    told = [line for line in result.outlines if line.startswith("kworkload: scripted")]
    assert [line.endswith(" · for one test alone") for line in told] == [False, True, True, True]


def test_two_that_look_alike_do_not_share(suite: Suite) -> None:
    tests = """
        import pytest

        pytestmark = pytest.mark.kworkload(needs=["nodes:stop"])

        def test_one(kworkload): pass
        def test_two(kworkload): pass
    """
    suite.run(tests).assert_outcomes(passed=2)
    assert suite.starts == ["start nodes=3 alone for nodes:stop", "stop"] * 2


def test_names_and_choices_stay_as_they_are(suite: Suite) -> None:
    result = suite.run(MIXED, "test_suite.py::test_d[2]", "-v")
    result.assert_outcomes(passed=1)
    assert suite.starts == OWN[-2:]
    result = suite.run(MIXED, "--collect-only", "-q", "-k", "test_b or test_c")
    assert result.outlines[:2] == ["test_suite.py::test_c", "test_suite.py::test_b"]


def test_the_failed_ones_first(suite: Suite) -> None:
    failing = MIXED.replace("def test_b(kworkload, kworkload_cluster): pass", "def test_b(kworkload, kworkload_cluster): assert False")
    suite.run(failing).assert_outcomes(passed=6, failed=1)
    result = suite.run(MIXED, "--lf", "-v")
    assert passed(result) == ["test_b"]
    assert suite.starts[len(SHARED + OWN) :] == OWN[:2]


def test_a_repetition_has_a_fresh_cluster(suite: Suite) -> None:
    tests = """
        import pytest

        clusters = []

        @pytest.mark.kworkload(needs=["nodes:stop"])
        def test_it(kworkload, kworkload_cluster):
            clusters.append(kworkload_cluster)
            assert len(clusters) == 2
    """
    result = suite.run(tests, "--reruns=1")
    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert suite.starts == ["start nodes=3 alone for nodes:stop", "stop"] * 2


def test_fixtures_of_the_users_follow_the_cluster(suite: Suite) -> None:
    tests = """
        import pytest

        @pytest.fixture(scope="session")
        def name(kworkload_cluster):
            return str(id(kworkload_cluster))

        def test_shared(name, kworkload_cluster):
            assert name == str(id(kworkload_cluster))

        @pytest.mark.kworkload(needs=["nodes:stop"])
        class TestAlone:
            def test_it(self, name, kworkload_cluster):
                assert name == str(id(kworkload_cluster))
    """
    suite.run(tests).assert_outcomes(passed=2)
    assert suite.starts == ["start nodes=3", "stop", *OWN[:2]]


def test_on_two_workers(suite: Suite) -> None:
    result = suite.run(MIXED, "-n", "2", "--dist=each")
    result.assert_outcomes(passed=14)
    assert sorted(suite.starts) == sorted(2 * (SHARED + OWN))


def test_in_another_order_all_is_the_same_but_slower(suite: Suite) -> None:
    conftest = """
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_collection_modifyitems(items):
            yield
            items.sort(key=lambda item: item.name)
    """
    result = suite.run(MIXED, "-v", conftest=conftest)
    result.assert_outcomes(passed=7)
    assert suite.starts == [*SHARED, *OWN[:2], *SHARED, *OWN[2:], *SHARED]


def test_what_the_provider_lacks_is_skipped_before_anything_is_started(suite: Suite) -> None:
    tests = """
        import pytest

        pytestmark = pytest.mark.kworkload(needs=["network:dns"])

        @pytest.mark.kworkload(needs=["nodes:stop", "control-plane:stop"])
        def test_embedded_has_it(kworkload): assert False

        @pytest.mark.kworkload(needs=["images:real"])
        def test_existing_has_it(kworkload): assert False

        @pytest.mark.kworkload(needs=["metrics"])
        def test_existing_may_have_it(): assert False

        @pytest.mark.kworkload(needs=["control-plane:stop", "metrics", "nodes:stop"])
        def test_nobody_has_it(): assert False
    """
    result = suite.run(tests, "-rs")
    result.assert_outcomes(skipped=4)
    assert suite.starts == []
    assert [line.split(": ", 1)[1] for line in result.outlines if line.startswith("SKIPPED")] == [
        "needs images:real, which the provider scripted does not have; --kworkload-provider=existing or kind has it",
        "needs metrics, which the provider scripted does not have; --kworkload-provider=existing may have it",
        "needs control-plane:stop, which the provider scripted does not have; --kworkload-provider=embedded or kind has it",
        "needs control-plane:stop, metrics, which the provider scripted does not have; no provider has it",
    ]
    assert all("test_suite.py:" in line for line in result.outlines if line.startswith("SKIPPED"))


def test_a_need_on_a_parameter_comes_too_late(suite: Suite) -> None:
    tests = """
        import pytest

        @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.kworkload(needs=["nodes:stop"])), 2])
        def test_it(kworkload, n): pass
    """
    result = suite.run(tests)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "test_suite.py::test_it[[]1[]]: kworkload(needs=[[]'nodes:stop'[]])",
            "  why: the test needs a cluster to itself, but this marker was added after its parameters were made",
            "  do:  put the marker on the function, its class or its module, not on a parameter and not in a hook",
        ]
    )


UNDECLARED = """
    import pytest

    @pytest.mark.kworkload(needs=[{needs}])
    def test_it(kworkload_cluster):
        with {call}:
            pass
"""


@pytest.mark.parametrize(
    ("call", "needs", "why", "need"),
    [
        (
            'kworkload_cluster.node("node-0").frozen()',
            "",
            "this cluster is shared, and other tests would run on a broken one",
            "nodes:stop",
        ),
        ("kworkload_cluster.node_added()", '"nodes:stop"', "its marker needs only nodes:stop", "nodes:add"),
        ('kworkload_cluster.stopped("kube-scheduler")', '"nodes:stop"', "its marker needs only nodes:stop", "control-plane:stop"),
    ],
)
def test_a_fault_that_nobody_declared(suite: Suite, call: str, needs: str, why: str, need: str) -> None:
    result = suite.run(UNDECLARED.format(call=call, needs=needs))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *in a test that has not declared it",
            f"E *why: {why}",
            f'E *do:  mark the test, its class or its module with pytest.mark.kworkload(needs=[[]"{need}"[]]); it gets *',
        ]
    )


def test_nodes_of_a_cluster_of_somebody_elses(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(suite.pytester.path / "kubeconfig"))
    tests = """
        import pytest

        @pytest.mark.kworkload(needs=["nodes:cordon"])
        def test_it(kworkload_cluster):
            node = kworkload_cluster.node("node-0")
            with node.cordoned():
                assert node.get()["spec"] == {"unschedulable": True}
    """
    existing = ("--kworkload-provider=existing", "--kworkload-context=scripted")
    allowed = "--kworkload-allow-node-faults"
    suite.run(tests, *existing).assert_outcomes(skipped=1)
    # Another worker's test may be on that node.
    suite.run(tests, *existing, allowed, "-n", "2").assert_outcomes(skipped=1)
    assert suite.api.calls == []
    suite.run(tests, *existing, allowed).assert_outcomes(passed=1)
    assert suite.api.calls == ["PATCH nodes/node-0"] * 2
    node = suite.api.objects["nodes", "", "node-0"]
    assert (node["spec"], node["metadata"]["annotations"]) == ({}, {})


def test_what_could_not_be_taken_back_fails_this_test_and_is_told_by_the_next(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(suite.pytester.path / "kubeconfig"))
    tests = """
        import pytest

        pytestmark = pytest.mark.kworkload(needs=["nodes:cordon"])

        def test_it(kworkload_cluster, api):
            with kworkload_cluster.node("node-0").cordoned():
                api.refuse()

        def test_that_fails_anyway(kworkload_cluster, api):
            api.allow()
            with kworkload_cluster.node("node-0").tainted("a"):
                api.refuse()
                raise RuntimeError("closed")

        def test_next(kworkload): pass
    """
    conftest = """
        class Api:
            refusing = False
            def refuse(self): self.refusing = True
            def allow(self): self.refusing = False

        @pytest.fixture
        def api(kworkload_cluster, monkeypatch):
            from pytest_kworkload import ApiError
            api, patch = Api(), kworkload_cluster.client.patch
            def patched(*words, **how):
                if api.refusing:
                    raise ApiError("the API server refused", "forbidden", status=403)
                return patch(*words, **how)
            monkeypatch.setattr(kworkload_cluster.client, "patch", patched)
            return api
    """
    existing = ("--kworkload-provider=existing", "--kworkload-context=scripted", "--kworkload-allow-node-faults")
    result = suite.run(tests, "--tb=short", *existing, conftest=conftest)
    result.assert_outcomes(failed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "the cluster has not been whole since a fault",
            "  why: cordoned() of node-0 was not reverted",
            "         why: the API server refused",
            "                why: forbidden",
        ]
    )
    result.stdout.fnmatch_lines(["E *RuntimeError: closed", "E *tainted('a') of node-0 was not reverted"])
