"""Options, ini settings, environment and the marker: where they are named, and what a wrong value leads to."""

from __future__ import annotations

import pytest

from pytest_kworkload.settings import OPTIONS

MARKED = """
    import pytest

    @pytest.mark.kworkload{arguments}
    @pytest.mark.parametrize("n", [1, 2])
    def test_marked(n):
        pass
"""


def error_of(result: pytest.RunResult) -> str:
    """The one message that a run ended with, which must be all that it says."""
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    return result.stderr.str().strip()


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: str(option.name))
def test_every_name_carries_the_prefix(option: object) -> None:
    flag, dest, variable = (getattr(option, name) for name in ("flag", "dest", "variable"))
    assert flag.startswith("--kworkload-")
    assert dest.startswith("kworkload_")
    assert variable == dest.upper()


def test_no_name_is_taken_by_another_plugin(pytester: pytest.Pytester) -> None:
    # Where two plugins define the same option, pytest ends with an error as soon as both are loaded.
    result = pytester.runpytest_subprocess("--help")
    assert result.ret == 0
    text = result.stdout.str()
    for name in ("--cluster-name", "--numprocesses", *(option.flag for option in OPTIONS)):
        assert name in text


PEERS = """
    from pytest_kworkload.session import session_of

    def test_it(pytestconfig):
        settings = session_of(pytestconfig).settings
        assert (settings.kind_image, str(settings.kind_bin), str(settings.kubeconfig), settings.keep) == {expected}
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--kind-image=theirs:1", "--kind-bin=/their/kind", "--kubeconfig=/theirs"], ("theirs:1", "/their/kind", "/theirs", "none")),
        (
            ["--kind-image=theirs:1", "--kworkload-kind-image=ours:1", "--kworkload-kind-bin=/our/kind", "--kworkload-kubeconfig=/ours"],
            ("ours:1", "/our/kind", "/ours", "none"),
        ),
        (["--kubeconfig=/theirs", "--kworkload-kubeconfig=/ours"], (None, "None", "/ours", "none")),
        (["--keep-cluster"], (None, "None", "None", "all")),
        (["--keep-cluster", "--kworkload-keep=failed"], (None, "None", "None", "failed")),
        (["-p", "no:kind"], (None, "None", "None", "none")),
    ],
)
def test_options_of_pytest_kind_count_where_ours_are_not_given(
    pytester: pytest.Pytester, given: list[str], expected: tuple[str | None, str, str]
) -> None:
    pytester.makepyfile(PEERS.format(expected=expected))
    pytester.runpytest_subprocess(*given, "--kworkload-provider=theirs").assert_outcomes(passed=1)


@pytest.mark.parametrize("option", ["--kworkload-context=production", "--kworkload-allow-node-faults", "--kworkload-kind-bin=kind"])
def test_what_the_provider_does_not_use_ends_the_run(pytester: pytest.Pytester, option: str) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_inprocess(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert error_of(result).startswith(f"ERROR: {option.partition('=')[0]} with the provider embedded\n  why: only the provider ")


@pytest.mark.parametrize("option", ["--kind-image=theirs:1", "--kind-bin=kind", "--kubeconfig=elsewhere"])
def test_what_is_pytest_kinds_own_ends_none(pytester: pytest.Pytester, option: str) -> None:
    pytester.makepyfile("def test_it(): pass")
    pytester.runpytest_subprocess(option).assert_outcomes(passed=1)


def test_help_names_flag_variable_and_ini_setting(pytester: pytest.Pytester) -> None:
    text = " ".join(pytester.runpytest_inprocess("--help").stdout.str().split())
    for option in OPTIONS:
        assert option.usage in text
        assert f"[{option.variable}]" in text
        assert (f"{option.dest} (" in text) == option.ini


def test_markers_show_ours(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--markers")
    result.stdout.fnmatch_lines(
        [
            "@pytest.mark.kworkload(nodes=N, needs=*): the test needs a cluster with at least N nodes that can do what the needs name "
            "(nodes:add, nodes:read, nodes:stop, nodes:cordon, control-plane:stop, network:pods, network:services, network:dns, "
            "pods:evict, pods:exec, storage:default, storage:rwx, storage:rwo-attach, claims:unused, "
            "volumes:read, images:archives, images:real, "
            "resources:limits, metrics); with control-plane:stop, nodes:add, nodes:cordon, nodes:stop it gets a cluster of its own"
        ]
    )


@pytest.mark.parametrize(
    ("how", "name", "value", "message"),
    [
        ("flag", "nodes", "0", "'0'\n  why: it cannot be used as N\n  do:  a cluster has at least 1 node; write a whole number"),
        ("variable", "nodes", "many", "'many'\n  why: it cannot be used as N\n  do:  a cluster has at least 1 node; write a whole number"),
        ("ini", "nodes", "-1", "'-1'\n  why: it cannot be used as N\n  do:  a cluster has at least 1 node; write a whole number"),
        ("flag", "timeout", "soon", "'soon'\n  why: it cannot be used as SECONDS\n  do:  write a number of seconds above 0"),
        ("variable", "timeout", "0", "'0'\n  why: it cannot be used as SECONDS\n  do:  write a number of seconds above 0"),
        (
            "ini",
            "image",
            "nginx=real",
            "'nginx=real'\n  why: it cannot be used as PATTERN=KIND\n"
            "  do:  write PATTERN=host (runs with this machine's tools) or PATTERN=stand-in (an idling process)",
        ),
    ],
)
def test_a_wrong_value_is_one_message(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, how: str, name: str, value: str, message: str
) -> None:
    pytester.makepyfile("def test_it(): pass")
    arguments = []
    if how == "flag":
        source = f"--kworkload-{name}"
        arguments = [f"{source}={value}"]
    elif how == "variable":
        source = f"KWORKLOAD_{name.upper()}"
        monkeypatch.setenv(source, value)
    else:
        source = f"kworkload_{name} in the ini file"
        pytester.makeini(f"[pytest]\nkworkload_{name} = {value}")
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert error_of(result) == f"ERROR: {source}: {message}"
    assert result.stdout.str().strip() == ""


def test_command_line_before_environment_before_ini(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    def header(*arguments: str) -> str:
        return next(line for line in pytester.runpytest_inprocess(*arguments).outlines if line.startswith("kworkload: "))

    pytester.makeini("[pytest]\nkworkload_nodes = 2\nkworkload_provider = third\nkworkload_image =\n  nginx*=stand-in\n  tools:*=host")
    assert header() == (
        "kworkload: provider third, 2 nodes or more, images nginx*=stand-in, tools:*=host; started by the first test that needs it"
    )
    monkeypatch.setenv("KWORKLOAD_NODES", "4")
    monkeypatch.setenv("KWORKLOAD_IMAGE", "a=host,b=stand-in")
    assert header() == "kworkload: provider third, 4 nodes or more, images a=host, b=stand-in; started by the first test that needs it"
    assert header("--kworkload-nodes=5", "--kworkload-image=c=host") == (
        "kworkload: provider third, 5 nodes or more, images c=host; started by the first test that needs it"
    )


def test_a_context_in_the_ini_file_is_not_taken(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nkworkload_context = production\nkworkload_provider = existing")
    pytester.makepyfile("def test_it(kworkload): pass")
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(
        ["--kworkload-provider=existing without a context", "*PytestConfigWarning: Unknown config option: kworkload_context"]
    )
    result.assert_outcomes(errors=1, warnings=1)
    strict = pytester.runpytest_inprocess("--strict-config")
    assert strict.ret == pytest.ExitCode.USAGE_ERROR
    assert error_of(strict) == "ERROR: Unknown config option: kworkload_context"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("(nodes=0)", "a cluster has at least 1 node\n  do:  write a whole number, 1 or more, or leave nodes out"),
        ("(nodes='3')", "a cluster has at least 1 node\n  do:  write a whole number, 1 or more, or leave nodes out"),
        ("(nodes=True)", "a cluster has at least 1 node\n  do:  write a whole number, 1 or more, or leave nodes out"),
        ("(3)", "it takes keyword arguments only\n  do:  write pytest.mark.kworkload(nodes=3), or needs=[...], or both"),
        ("(node=3)", "it has no argument 'node'\n  do:  write pytest.mark.kworkload(nodes=3), or needs=[...], or both"),
        (
            "(needs=['nodes:stpo'])",
            "there is no need 'nodes:stpo'; the needs are nodes:add, nodes:read, nodes:stop, nodes:cordon, control-plane:stop, "
            "network:pods, network:services, network:dns, pods:evict, pods:exec, storage:default, storage:rwx, storage:rwo-attach, "
            "claims:unused, volumes:read, images:archives, images:real, resources:limits, metrics\n"
            "  do:  did you mean nodes:stop?",
        ),
        ("(needs='nodes:stop')", 'needs is a list of names\n  do:  write them as a list: needs=["nodes:stop"]'),
    ],
)
def test_a_wrong_marker_is_one_message(pytester: pytest.Pytester, arguments: str, why: str) -> None:
    pytester.makepyfile(test_it=MARKED.format(arguments=arguments))
    result = pytester.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*Traceback*")
    assert f"test_it.py::test_marked[1]: kworkload{arguments}\n  why: {why}\n" in result.stdout.str()


def test_a_wrong_marker_is_one_message_from_workers_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=MARKED.format(arguments="(nodes=0)"))
    result = pytester.runpytest_inprocess("-n", "2")
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    assert result.stdout.str().count("  why: a cluster has at least 1 node\n") == 1


def test_a_wrong_marker_that_comes_after_the_collection(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.kworkload(nodes=0))
        """
    )
    pytester.makepyfile(test_it="def test_it(): pass")
    result = pytester.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert error_of(result) == (
        "ERROR: test_it.py::test_it: kworkload(nodes=0)\n  why: a cluster has at least 1 node\n"
        "  do:  write a whole number, 1 or more, or leave nodes out"
    )
