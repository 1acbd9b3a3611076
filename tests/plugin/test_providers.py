"""Where a cluster comes from, and the one message if it cannot come from there."""

from __future__ import annotations

import os
import struct
import tempfile
from pathlib import Path

import pytest

from pytest_kworkload.cluster.running import Running, Wish
from pytest_kworkload.providers.embedded import provider
from pytest_kworkload.providers.program import Program
from pytest_kworkload.settings import Settings

from .conftest import Suite

TWO_TESTS = "def test_one(kworkload): pass\ndef test_two(kworkload): pass"
WITHOUT_WHEEL = """
    import sys
    sys.modules["kworkload_embedded_cluster"] = None
"""


def refused(result: pytest.RunResult, message: str) -> None:
    """Both tests of a run ended in their set-up; the message stands there once, and no line of anybody's code."""
    result.assert_outcomes(errors=2)
    lines = result.stdout.lines
    first, second = (n for n, line in enumerate(lines) if line.startswith("____") and "ERROR at setup of" in line)
    end = next(n for n, line in enumerate(lines) if line.startswith("=") and "short test summary" in line)
    assert "\n".join(lines[first + 1 : second]) == message
    assert lines[second + 1 : end] == [message.splitlines()[0], "  (told in full above)"]
    assert "Traceback" not in result.stdout.str()


def test_without_the_wheel_there_is_one_error_with_the_pip_line(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(WITHOUT_WHEEL)
    pytester.makepyfile(test_it=TWO_TESTS)
    result = pytester.runpytest_subprocess()
    refused(
        result,
        "the embedded cluster is not installed\n"
        "  why: it is the default provider, and comes in a wheel of its own (Linux only)\n"
        '  do:  pip install "pytest-kworkload[embedded]", or the wheels that `make wheel` builds in a clone; or choose another provider: '
        "--kworkload-provider=existing --kworkload-context=NAME",
    )
    result.stdout.fnmatch_lines(["ERROR test_it.py::test_one - pytest_kworkload*ClusterError: the embe*"])


@pytest.mark.parametrize(
    ("name", "do"),
    [
        ("exsiting", "did you mean existing?"),
        ("nowhere", "name one of these, or register yours with the hook pytest_kworkload_make_provider"),
    ],
)
def test_an_unknown_provider(pytester: pytest.Pytester, name: str, do: str) -> None:
    pytester.makepyfile(test_it=TWO_TESTS)
    refused(
        pytester.runpytest_inprocess(f"--kworkload-provider={name}"),
        f"provider {name!r}\n  why: there is no such provider; the providers are embedded, existing, kind\n  do:  {do}",
    )


def with_binary(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, path: Path | str) -> pytest.RunResult:
    monkeypatch.setenv("KWORKLOAD_EMBEDDED_BINARY", str(path))
    monkeypatch.setenv("TMPDIR", str(pytester.mkdir("temporary")))
    pytester.makepyfile(test_it=TWO_TESTS)
    result = pytester.runpytest_subprocess()
    assert [str(one) for one in (pytester.path / "temporary").glob("kworkload-*/*")] == [], "a cluster's directory is left"
    return result


def test_a_program_that_is_not_there(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(
        with_binary(pytester, monkeypatch, "/nonexistent/kworkload-cluster"),
        "KWORKLOAD_EMBEDDED_BINARY=/nonexistent/kworkload-cluster\n  why: there is no such file\n"
        "  do:  name the program kworkload-cluster, or unset the variable",
    )


def test_a_program_that_may_not_be_executed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pytester.path / "kworkload-cluster"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o600)
    refused(
        with_binary(pytester, monkeypatch, path),
        f"{path} cannot be run: Permission denied\n  why: the system refuses to execute it\n"
        "  do:  make the file executable, and see that no mount option forbids it",
    )


def test_a_program_for_another_processor(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pytester.path / "kworkload-cluster"
    machine_of_1990 = 9  # EM_S370: no Linux ever ran on it, so no emulator is registered for it either
    path.write_bytes(b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack("<HHI", 2, machine_of_1990, 1).ljust(48, b"\0"))
    path.chmod(0o700)
    refused(
        with_binary(pytester, monkeypatch, path),
        f"{path} cannot be run: Exec format error\n  why: it is built for another kind of processor\n"
        "  do:  install the wheel for this machine",
    )


def test_a_program_that_ends_without_a_word(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(
        with_binary(pytester, monkeypatch, "/bin/false"),
        "the embedded cluster did not start: its program ended with status 1 and without a message\n"
        "  do:  see whether KWORKLOAD_EMBEDDED_BINARY is right",
    )


def test_a_program_that_is_another_one(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(
        with_binary(pytester, monkeypatch, "/bin/echo"),
        "the embedded cluster's program said 'up --owned --nodes 3 --dir "
        + str(pytester.path / "temporary")[: 80 - len("up --owned --nodes 3 --dir ")]
        + "'\n  why: that is not what kworkload-cluster says when a cluster is usable\n"
        "  do:  name that program: KWORKLOAD_EMBEDDED_BINARY=PATH/kworkload-cluster, or unset the variable",
    )


def test_the_programs_own_message_is_ours(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pytester.path / "kworkload-cluster"
    path.write_text("#!/bin/sh\nprintf 'kworkload-cluster up: no bridge\\n  why: it is away\\n  do:  fetch it\\n' >&2; exit 1\n")
    path.chmod(0o700)
    refused(
        with_binary(pytester, monkeypatch, path),
        "the embedded cluster did not start: no bridge\n  why: it is away\n  do:  fetch it",
    )


def test_a_directory_that_others_may_read(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:

    home = pytester.mkdir("open") / f"kworkload-{os.getuid()}"
    home.mkdir()
    home.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(home.parent))
    monkeypatch.setenv("KWORKLOAD_EMBEDDED_BINARY", "/bin/false")
    pytester.makepyfile(test_it=TWO_TESTS)
    refused(
        pytester.runpytest_subprocess(),
        f"{home} is not this user's alone\n  why: others could read a cluster's credentials there\n  do:  remove it, or set TMPDIR",
    )


def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> Running:
    """The embedded provider with a program that is usable at once, and then does this; $2 is the directory."""
    script = tmp_path / "kworkload-cluster"
    script.write_text(f'#!/bin/sh\nshift 4\necho $$ >{tmp_path}/pid\necho \'{{"kubeconfig": "kubeconfig", "milliseconds": 1}}\'\n{then}\n')
    script.chmod(0o700)
    monkeypatch.setenv(provider.BINARY, str(script))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return provider.Embedded().start(Wish(1), Settings())


def test_a_program_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "patience", 0.05)
    running = scripted(tmp_path, monkeypatch, "exec sleep 600")
    assert running.trouble() is None
    running.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_copy_of_the_lock_in_a_forked_process_does_not_keep_the_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = scripted(tmp_path, monkeypatch, f'flock "$2/owners.lock" touch {tmp_path}/ended')
    (held,) = (int(one.name) for one in Path("/proc/self/fd").iterdir() if one.exists() and one.resolve().name == "owners.lock")
    copy = os.dup(held)
    try:
        running.stop()
    finally:
        os.close(copy)
    assert (tmp_path / "ended").exists(), "the program was not told that its last owner let go"


def test_a_provider_of_somebody_elses(suite: Suite) -> None:
    tests = """
        import pytest

        @pytest.mark.kworkload(nodes=5)
        def test_wide(kworkload_cluster):
            assert kworkload_cluster.nodes == ["node-0"]

        @pytest.mark.kworkload(nodes=4)
        def test_narrow(kworkload_cluster):
            assert kworkload_cluster.kubeconfig.exists()
    """
    result = suite.run(tests)
    result.assert_outcomes(passed=2)
    assert suite.starts == ["start nodes=5", "stop"]
    result.stdout.fnmatch_lines(
        [
            "kworkload: provider scripted, 3 nodes or more; started by the first test that needs it",
            "kworkload: scripted · Kubernetes v1.37.0-scripted · 1 node · usable after 1.2 s",
            "kworkload: shortened: grace 8s, lease 5s",
        ]
    )


def test_only_the_selected_tests_count_for_the_size(suite: Suite) -> None:
    tests = """
        import pytest

        @pytest.mark.kworkload(nodes=5)
        def test_wide(kworkload_cluster): pass

        def test_any(kworkload_cluster): pass
    """
    suite.run(tests, "-k", "any", "--kworkload-nodes=1").assert_outcomes(passed=1, deselected=1)
    assert suite.starts == ["start nodes=1", "stop"]


NO_PROVIDERS = {
    "a list of names": ('capabilities = ["nodes:read"]', "its capabilities must be a frozenset of names, not ['nodes:read']"),
    "nothing": ("capabilities = None", "its capabilities must be a frozenset of names, not None"),
    "a slip of the pen": ('capabilities = frozenset({"nodes:cordn"})', "there is no need 'nodes:cordn'; the needs are nodes:add, *"),
    "no name": ("name = None", "a provider must have a name, capabilities and start"),
}


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "worker"])
@pytest.mark.parametrize("given", NO_PROVIDERS)
@pytest.mark.parametrize("chosen", ["scripted", "embedded"])
def test_what_is_no_provider_is_one_message(suite: Suite, chosen: str, given: str, workers: tuple[str, ...]) -> None:
    wrong, why = NO_PROVIDERS[given]
    conftest = f"""
        class Wrong(Scripted):
            {wrong}

        def pytest_kworkload_make_provider(config):
            return Wrong()
    """
    tests = """
        import pytest

        @pytest.mark.kworkload(needs=["nodes:stop"])
        def test_it(kworkload): pass
    """
    result = suite.run(tests, f"--kworkload-provider={chosen}", *workers, conftest=conftest)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in text
    assert "Traceback" not in text
    result.stderr.fnmatch_lines(["ERROR: the hook pytest_kworkload_make_provider returned <*Wrong object at *", f"  why: {why}"])


def test_a_list_of_providers_is_none(suite: Suite) -> None:
    conftest = """
        def pytest_kworkload_make_provider(config):
            return [Scripted()]
    """
    result = suite.run("def test_it(kworkload): pass", conftest=conftest)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["  why: a provider must have a name, capabilities and start", "  do:  return one such object, or None"])
