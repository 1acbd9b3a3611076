"""Where a setting comes from, and what it may be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.errors import SettingsError
from pytest_kworkload.providers.registry import known
from pytest_kworkload.settings import OPTIONS, OURS, Option, Settings, resolve

Source = Callable[[str, Any], dict[str, dict[str, Any]]]

SAMPLES: dict[str, list[tuple[str, Any]]] = {  # three texts for each option, and what they mean
    "provider": [("one", "one"), ("two", "two"), ("three", "three")],
    "nodes": [("1", 1), ("2", 2), ("5", 5)],
    "timeout": [("1", 1.0), ("2.5", 2.5), ("1e3", 1000.0)],
    "image": [("a=host", ("a", "host")), ("b=stand-in", ("b", "stand-in")), ("c/*:1=host", ("c/*:1", "host"))],
    "image-archive": [("/a.tar", Path("/a.tar")), ("b.tar", Path.cwd() / "b.tar"), ("~/c", Path.home() / "c")],
    "cluster-per": [("worker", "worker"), ("run", "run"), ("worker", "worker")],
    "namespace-per": [("module", "module"), ("worker", "worker"), ("test", "test")],
    "keep": [("failed", "failed"), ("none", "none"), ("all", "all")],
    "logs": [("/logs", Path("/logs")), ("my/logs", Path.cwd() / "my/logs"), ("~/logs", Path.home() / "logs")],
    "reuse": [("a", "a"), ("my-cluster-2", "my-cluster-2"), ("0", "0")],
    "context": [("one", "one"), ("two", "two"), ("three", "three")],
    "kubeconfig": [("/config", Path("/config")), ("my/config", Path.cwd() / "my/config"), ("~/config", Path.home() / "config")],
    "allow-node-faults": [("yes", True), ("1", True), ("TRUE", True)],
    "kind-image": [("one", "one"), ("two:1", "two:1"), ("three@sha256:0", "three@sha256:0")],
    "kind-bin": [("/kind", Path("/kind")), ("bin/kind", Path.cwd() / "bin/kind"), ("~/kind", Path.home() / "kind")],
    "have": [("metrics", "metrics"), ("storage:rwx", "storage:rwx"), ("anything", "anything")],
}


def settings(**sources: dict[str, Any]) -> Settings:
    return resolve(*(sources.get(name, {}) for name in ("command_line", "environment", "ini", "peers")))


def value(option: Option, found: Settings) -> Any:
    return getattr(found, option.field)


by_option = pytest.mark.parametrize("option", OPTIONS, ids=[option.name for option in OPTIONS])


def test_every_option_has_samples() -> None:
    assert [option.name for option in OPTIONS] == list(SAMPLES)


def test_the_defaults() -> None:
    assert settings() == Settings(provider="embedded", nodes=3, timeout=120.0, images=(), context=None)


@by_option
def test_names_share_a_stem(option: Option) -> None:
    assert (option.flag, option.dest, option.variable) == (
        f"--kworkload-{option.name}",
        f"kworkload_{option.name.replace('-', '_')}",
        f"KWORKLOAD_{option.name.upper().replace('-', '_')}",
    )


@by_option
def test_command_line_before_environment_before_ini_before_default(option: Option) -> None:
    (line, of_line), (environment, of_environment), (ini, of_ini) = SAMPLES[option.name]
    sources: dict[str, dict[str, Any]] = {
        "command_line": {"kworkload_provider": option.provider, option.dest: [line] if option.many else line},
        "environment": {option.variable: environment},
        "ini": {option.dest: [ini] if option.many else ini},
    }
    seen = []
    while sources:
        seen.append(value(option, settings(**sources)))
        del sources[next(iter(sources))]
    expected = [(one,) if option.many else one for one in (of_line, of_environment, of_ini)]
    assert seen == (expected if option.ini else [*expected[:2], option.default])


of_a_provider = pytest.mark.parametrize("option", [one for one in OPTIONS if one.provider], ids=lambda option: str(option.name))


def test_our_providers_are_known() -> None:
    assert set(known()) == OURS


def test_only_what_one_of_ours_alone_uses_is_its_own() -> None:
    assert {one.name: one.provider for one in OPTIONS if one.provider} == {
        "context": "existing",
        "kubeconfig": "existing",
        "allow-node-faults": "existing",
        "kind-image": "kind",
        "kind-bin": "kind",
    }


@of_a_provider
@pytest.mark.parametrize("provider", ["embedded", "existing", "kind"])
def test_an_option_of_another_provider_is_refused_on_the_command_line(option: Option, provider: str) -> None:
    given = {option.dest: SAMPLES[option.name][0][0]}
    for chosen in ({"environment": {"KWORKLOAD_PROVIDER": provider}}, {"ini": {"kworkload_provider": provider}}):
        if provider == option.provider:
            settings(command_line=given, **chosen)
            continue
        with pytest.raises(SettingsError) as error:
            settings(command_line=given, **chosen)
        assert str(error.value) == (
            f"{option.flag} with the provider {provider}\n"
            f"  why: only the provider {option.provider} uses it, so it would have no effect\n"
            f"  do:  leave it out, or choose that provider: --kworkload-provider={option.provider}"
        )


@of_a_provider
@pytest.mark.parametrize("source", ["environment", "ini", "peers"])
def test_elsewhere_it_waits_for_its_provider(option: Option, source: str) -> None:
    settings(**{source: {option.variable if source == "environment" else option.dest: SAMPLES[option.name][0][0]}})


@of_a_provider
def test_a_provider_of_somebody_elses_may_use_it(option: Option) -> None:
    line, meant = SAMPLES[option.name][0]
    assert value(option, settings(command_line={"kworkload_provider": "theirs", option.dest: line})) == meant


def test_a_peers_option_counts_before_the_environment_and_is_named_when_it_is_wrong() -> None:
    sources = {"peers": {"kworkload_kind_image": "theirs:1"}, "environment": {"KWORKLOAD_KIND_IMAGE": "ours:1"}}
    assert settings(**sources).kind_image == "theirs:1"
    with pytest.raises(SettingsError) as error:
        settings(peers={"kworkload_kind_image": " "})
    assert error.value.saw == "--kind-image: ' '"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"kworkload_keep": "failed", "kworkload_namespace_per": "module"},
            "--kworkload-keep=failed with --kworkload-namespace-per=module\n"
            "  why: a namespace that the next test uses cannot stay the way a test left it\n"
            "  do:  leave --kworkload-namespace-per out: then each test has its own namespace",
        ),
        (
            {"kworkload_reuse": "mine", "kworkload_cluster_per": "worker"},
            "--kworkload-reuse=mine with --kworkload-cluster-per=worker\n"
            "  why: one name is one cluster, and all workers use it\n"
            "  do:  leave one of the two out",
        ),
    ],
)
def test_what_does_not_go_together(given: dict[str, str], text: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(command_line=given)
    assert str(error.value) == text


def test_a_context_is_never_taken_from_an_ini_file() -> None:
    assert settings(ini={"kworkload_context": "prod"}).context is None


def test_node_faults_are_never_allowed_by_an_ini_file() -> None:
    assert settings(ini={"kworkload_allow_node_faults": "1"}).allow_node_faults is False


def test_one_flag_may_name_several_needs_but_only_one_path() -> None:
    found = settings(command_line={"kworkload_have": ["metrics,storage:rwx", "pods:exec"], "kworkload_image_archive": ["/a,b.tar"]})
    assert found.have == ("metrics", "storage:rwx", "pods:exec")
    assert found.image_archives == (Path("/a,b.tar"),)


@pytest.mark.parametrize("text", ["0", "false", "No"])
def test_a_switch_that_is_off(text: str) -> None:
    assert settings(environment={"KWORKLOAD_ALLOW_NODE_FAULTS": text}).allow_node_faults is False


@by_option
@pytest.mark.parametrize("nothing", [None, "", []])
def test_an_empty_value_is_none(option: Option, nothing: Any) -> None:
    sources = {"command_line": {option.dest: nothing}, "environment": {option.variable: nothing or ""}, "ini": {option.dest: nothing}}
    assert settings(**sources) == Settings()


def test_a_list_in_each_of_its_forms() -> None:
    both = (("busybox:*", "host"), ("nginx", "stand-in"))
    texts = ["busybox:*=host", "nginx=stand-in"]
    assert settings(command_line={"kworkload_image": texts}).images == both
    assert settings(environment={"KWORKLOAD_IMAGE": "busybox:*=host, nginx=stand-in"}).images == both
    assert settings(ini={"kworkload_image": texts}).images == both


def test_sources_are_not_mixed() -> None:
    found = settings(command_line={"kworkload_image": ["a=host"]}, environment={"KWORKLOAD_IMAGE": "b=host"})
    assert found.images == (("a", "host"),)


def test_other_variables_do_not_matter() -> None:
    assert settings(environment={"KWORKLOAD_NODE": "9", "NODES": "9", "PATH": "/bin"}) == Settings()


NODES = "a cluster has at least 1 node; write a whole number"
SECONDS = "write a number of seconds above 0"
IMAGE = "write PATTERN=host (runs with this machine's tools) or PATTERN=stand-in (an idling process)"


@pytest.mark.parametrize(
    ("sources", "text"),
    [
        pytest.param(
            {"command_line": {"kworkload_nodes": wrong}},
            f"--kworkload-nodes: {wrong!r}\n  why: it cannot be used as N\n  do:  {NODES}",
            id=f"nodes {wrong}",
        )
        for wrong in ("0", "-1", "three", "1.5", "²")
    ]
    + [
        pytest.param(
            {"environment": {"KWORKLOAD_TIMEOUT": wrong}},
            f"KWORKLOAD_TIMEOUT: {wrong!r}\n  why: it cannot be used as SECONDS\n  do:  {SECONDS}",
            id=f"timeout {wrong}",
        )
        for wrong in ("0", "-5", "soon", "nan", "inf", "2m")
    ]
    + [
        pytest.param(
            {"ini": {"kworkload_image": ["ok=host", wrong]}},
            f"kworkload_image in the ini file: {wrong!r}\n  why: it cannot be used as PATTERN=KIND\n  do:  {IMAGE}",
            id=f"image {wrong}",
        )
        for wrong in ("nginx", "nginx=", "=host", "nginx=real")
    ]
    + [
        pytest.param(
            {"command_line": {f"kworkload_{name}": "  "}},
            f"--kworkload-{name}: '  '\n  why: it cannot be used as NAME\n  do:  write a name",
            id=f"blank {name}",
        )
        for name in ("provider", "context")
    ]
    + [
        pytest.param(
            {"environment": {"KWORKLOAD_ALLOW_NODE_FAULTS": "maybe"}},
            "KWORKLOAD_ALLOW_NODE_FAULTS: 'maybe'\n  why: it cannot be used as 1\n  do:  write 1, true or yes; or 0, false or no",
            id="switch",
        ),
        pytest.param(
            {"ini": {"kworkload_namespace_per": "class"}},
            "kworkload_namespace_per in the ini file: 'class'\n  why: it cannot be used as WHAT\n  do:  write test, module or worker",
            id="word",
        ),
    ]
    + [
        pytest.param(
            {"command_line": {"kworkload_reuse": wrong}},
            f"--kworkload-reuse: {wrong!r}\n  why: it cannot be used as NAME\n"
            "  do:  write up to 40 lower-case letters, digits and hyphens, with no hyphen at either end",
            id=f"cluster {wrong}",
        )
        for wrong in ("Mine", "a/b", "-a", "a-", "..", "a" * 41)
    ],
)
def test_a_wrong_value_is_answered_with_the_right_ones(sources: dict[str, dict[str, Any]], text: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(**sources)
    assert str(error.value) == text


def test_a_wrong_value_that_another_source_overrides_does_not_matter() -> None:
    assert settings(command_line={"kworkload_nodes": "2"}, environment={"KWORKLOAD_NODES": "zero"}).nodes == 2


def test_settings_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Settings().nodes = 5  # type: ignore[misc] # that is what is tested
