"""What the user chose, from the command line, the environment, the ini file, or the default, in this order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .errors import SettingsError

STEM = "kworkload"
DEFAULT_PROVIDER = "embedded"
IMAGE_KINDS = ("host", "stand-in")


@dataclass(frozen=True, slots=True)
class Option:
    """A setting as the user meets it. Its name is `--kworkload-NAME`, `KWORKLOAD_NAME` and (if `ini`) `kworkload_NAME`."""

    name: str
    default: Any
    read: Callable[[str], Any]
    help: str
    ini: bool = True
    many: bool = False
    switch: bool = False  # on the command line it takes no value
    paths: bool = False  # relative ones start at the ini file, or where pytest was called
    metavar: str = "VALUE"
    stored: str = ""  # what it is called among the settings, if not by its name
    provider: str = ""  # the only one of ours that uses it
    peer: str = ""  # the name of pytest-kind's option for the same, which counts if this one is not given
    peer_means: str = ""  # the value that it means, if it is a switch

    @property
    def flag(self) -> str:
        return f"--{STEM}-{self.name}"

    @property
    def usage(self) -> str:
        """How it is written on the command line."""
        return self.flag if self.switch else f"{self.flag}={self.metavar}"

    @property
    def field(self) -> str:
        """What it is called among the settings."""
        return self.stored or self.name.replace("-", "_")

    @property
    def dest(self) -> str:
        return f"{STEM}_{self.name.replace('-', '_')}"

    @property
    def variable(self) -> str:
        return self.dest.upper()

    @property
    def ini_type(self) -> Literal["string", "linelist", "paths"]:
        return "paths" if self.paths else "linelist" if self.many else "string"


def _nodes(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError("a cluster has at least 1 node; write a whole number")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ValueError("write a number of seconds above 0")
    return value


def _image(text: str) -> tuple[str, str]:
    pattern, _, kind = text.partition("=")
    if not pattern or kind not in IMAGE_KINDS:
        raise ValueError("write PATTERN=host (runs with this machine's tools) or PATTERN=stand-in (an idling process)")
    return pattern, kind


def _path(text: str) -> Path:
    if not text:
        raise ValueError("write the path of a file")
    return Path(text).expanduser().absolute()


def _switch(text: str) -> bool:
    if text.lower() not in ("1", "true", "yes", "0", "false", "no"):
        raise ValueError("write 1, true or yes; or 0, false or no")
    return text.lower() in ("1", "true", "yes")


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"write {', '.join(words[:-1])} or {words[-1]}")
        return text

    return read


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("write a name")
    return text.strip()


def cluster_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", text):
        raise ValueError("write up to 40 lower-case letters, digits and hyphens, with no hyphen at either end")
    return text


OPTIONS = (
    Option("provider", DEFAULT_PROVIDER, _name, "where the cluster comes from: embedded (default), existing, kind", metavar="NAME"),
    Option("nodes", 3, _nodes, "the least number of nodes of a cluster that is started (default 3)", metavar="N"),
    Option("timeout", 120.0, _seconds, "how many seconds a wait may take unless the test says otherwise (default 120)", metavar="SECONDS"),
    Option(
        "image",
        (),
        _image,
        "what the embedded cluster runs for images that match: PATTERN=host or PATTERN=stand-in; repeatable",
        many=True,
        stored="images",
        metavar="PATTERN=KIND",
    ),
    Option(
        "image-archive",
        (),
        _path,
        "an archive of your own images (docker save, OCI layout) for a cluster that is started; repeatable",
        many=True,
        paths=True,
        stored="image_archives",
        metavar="PATH",
    ),
    Option(
        "cluster-per",
        "run",
        _one_of("run", "worker"),
        "run (default): all workers of pytest-xdist share one cluster; worker: each has its own",
        metavar="WHAT",
    ),
    Option(
        "namespace-per",
        "test",
        _one_of("test", "module", "worker"),
        "test (default), module or worker: what gets its own namespace, which its tests use one after another",
        metavar="WHAT",
    ),
    Option(
        "keep",
        "none",
        _one_of("none", "failed", "all"),
        "which tests' namespaces, and their clusters, stay after the run: none (default), failed or all",
        metavar="WHICH",
        peer="keep_cluster",
        peer_means="all",
    ),
    # Not in an ini file: where there is room depends on the machine.
    Option(
        "logs",
        None,
        _path,
        "a directory for the logs of each cluster that was started and in which a test failed",
        ini=False,
        metavar="PATH",
    ),
    Option(
        "reuse",
        None,
        cluster_name,
        "use the cluster of this name, which stays for later runs; it is started if it does not run",
        metavar="NAME",
    ),
    # Not in an ini file: a context that a repository names would point everybody's tests at that cluster.
    Option(
        "context",
        None,
        _name,
        "provider existing: the kubeconfig context to use; never taken from an ini file",
        ini=False,
        metavar="NAME",
        provider="existing",
    ),
    Option(
        "kubeconfig",
        None,
        _path,
        "provider existing: the file that has this context (default: one of KUBECONFIG); never taken from an ini file",
        ini=False,
        metavar="PATH",
        provider="existing",
        peer="kubeconfig",
    ),
    Option(
        "allow-node-faults",
        False,
        _switch,
        "provider existing, without several workers: tests may cordon, drain and taint its nodes; never taken from an ini file",
        ini=False,
        switch=True,
        metavar="1",
        provider="existing",
    ),
    Option(
        "kind-image",
        None,
        _name,
        "provider kind: the node image, which Docker must have (default: the newest kindest/node)",
        metavar="IMAGE",
        provider="kind",
        peer="kind_image",
    ),
    # Not in an ini file: where programs are depends on the machine.
    Option(
        "kind-bin",
        None,
        _path,
        "provider kind: the program kind (default: the one on PATH)",
        ini=False,
        metavar="PATH",
        provider="kind",
        peer="kind_bin",
    ),
    Option(
        "have",
        (),
        _name,
        "what the cluster has but its provider does not know of, for example storage:rwx; repeatable",
        ini=False,
        many=True,
        metavar="NEED,...",
    ),
)

OURS = frozenset({DEFAULT_PROVIDER, *(option.provider for option in OPTIONS if option.provider)})  # the providers of this plugin


@dataclass(frozen=True, slots=True)
class Settings:
    provider: str = DEFAULT_PROVIDER
    nodes: int = 3
    timeout: float = 120.0
    images: tuple[tuple[str, str], ...] = ()
    image_archives: tuple[Path, ...] = ()
    cluster_per: str = "run"
    namespace_per: str = "test"
    keep: str = "none"
    reuse: str | None = None
    context: str | None = None
    kubeconfig: Path | None = None
    allow_node_faults: bool = False
    kind_image: str | None = None
    kind_bin: Path | None = None
    logs: Path | None = None
    have: tuple[str, ...] = ()
    older_than: float = 24.0  # hours; only of `kworkload sweep`


def resolve(
    command_line: Mapping[str, Any], environment: Mapping[str, str], ini: Mapping[str, Any], peers: Mapping[str, Any] | None = None
) -> Settings:
    """The settings from their sources; values are texts (lists of texts where an option is repeatable). Raises SettingsError.

    `peers` is what pytest-kind's options say, by the names of ours.
    """
    values: dict[str, Any] = {}
    for option in OPTIONS:
        values[option.field] = option.default
        for source, given in (
            (option.flag, command_line.get(option.dest)),
            (f"--{option.peer.replace('_', '-')}", (peers or {}).get(option.dest)),
            (option.variable, environment.get(option.variable)),
            (f"{option.dest} in the ini file", ini.get(option.dest) if option.ini else None),
        ):
            if given in (None, "", []):
                continue
            if option.many:
                texts = given if isinstance(given, list) else str(given).split(",")
                if not option.paths:  # several in one flag; a comma may be part of a path
                    texts = [one for text in texts for one in text.split(",") if one]
                values[option.field] = tuple(_read(option, source, str(text)) for text in texts)
            else:
                values[option.field] = _read(option, source, str(given))
            break
    settings = Settings(**values)
    _fit(settings)
    _used(settings.provider, [option for option in OPTIONS if command_line.get(option.dest)])
    return settings


def _fit(settings: Settings) -> None:
    """Whether the settings go together. Raises SettingsError."""
    if settings.keep != "none" and settings.namespace_per != "test":
        raise SettingsError(
            f"--kworkload-keep={settings.keep} with --kworkload-namespace-per={settings.namespace_per}",
            "a namespace that the next test uses cannot stay the way a test left it",
            "leave --kworkload-namespace-per out: then each test has its own namespace",
        )
    if settings.reuse is not None and settings.cluster_per != "run":
        raise SettingsError(
            f"--kworkload-reuse={settings.reuse} with --kworkload-cluster-per={settings.cluster_per}",
            "one name is one cluster, and all workers use it",
            "leave one of the two out",
        )


def _used(provider: str, typed: list[Option]) -> None:
    """Whether the provider uses what is on the command line. Raises SettingsError.

    An ini file or an environment may serve several providers, and one of somebody else's may use what it likes.
    """
    for option in typed:
        if option.provider not in ("", provider) and provider in OURS:
            raise SettingsError(
                f"{option.flag} with the provider {provider}",
                f"only the provider {option.provider} uses it, so it would have no effect",
                f"leave it out, or choose that provider: --{STEM}-provider={option.provider}",
            )


def _read(option: Option, source: str, text: str) -> Any:
    try:
        return option.read(text.strip())
    except ValueError as error:
        raise SettingsError(f"{source}: {text!r}", f"it cannot be used as {option.metavar}", str(error)) from None
