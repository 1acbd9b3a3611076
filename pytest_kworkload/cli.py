"""The command `kworkload`: clusters that stay, and what killed runs left behind."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .cluster.owners import kept, owned
from .cluster.running import Wish
from .errors import ClusterError, KworkloadError, SettingsError
from .providers.leftovers import Leftover, Untouched
from .providers.provider import Provider
from .providers.registry import choose, known
from .providers.sharing import Entry, end, entries, joinable, leftovers, named
from .settings import OPTIONS, Settings, cluster_name, resolve

STARTING = ("provider", "nodes", "image", "image-archive", "kind-image", "kind-bin")  # the settings that `up` takes too


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        settings = resolve(vars(given), os.environ, {})
        status: int = given.run(given, settings, known(settings))
    except KworkloadError as error:
        print(f"kworkload: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    return status


def up(given: argparse.Namespace, settings: Settings, providers: Mapping[str, Provider]) -> int:
    running = named(choose(settings.provider, providers), Wish(settings.nodes), settings, given.name)
    print(f"export KUBECONFIG={running.kubeconfig}")
    print(f"# pytest --kworkload-reuse={given.name}")
    print(f"# kworkload down {given.name}")
    running.stop()  # it was kept: this only releases our share
    return 0


def down(given: argparse.Namespace, settings: Settings, providers: Mapping[str, Provider]) -> int:
    there = entries()
    found = [one for one in there if given.name in (one.name, one.directory.name, str(one.directory))]
    if not found:
        raise ClusterError(
            f"no cluster {given.name}",
            f"there {'is' if len(there) == 1 else 'are'} {', '.join(map(_name, there)) or 'none'}",
            "`kworkload status` lists them",
        )
    for one in found:
        if one.provider not in providers:
            raise ClusterError(
                f"the cluster {_name(one)} is one of the provider {one.provider}",
                f"this command loads neither plugins nor conftest.py, so it knows only {', '.join(providers)}",
                f"end it with that provider's own tools, and remove {one.directory}",
            )
        end(providers[one.provider], one)
        print(f"ended: {_name(one)}")
    return 0


def status(given: argparse.Namespace, settings: Settings, providers: Mapping[str, Provider]) -> int:
    rows = [("NAME", "PROVIDER", "NODES", "AGE", "STATE", "KUBECONFIG")]
    for one in entries():
        rows.append((_name(one), one.provider, str(one.wish["nodes"]), _age(one.since), _state(one, providers), str(one.kubeconfig)))
    _table(rows)
    return 0


def sweep(given: argparse.Namespace, settings: Settings, providers: Mapping[str, Provider]) -> int:
    if given.kworkload_kubeconfig and settings.context is None:
        raise SettingsError(
            f"--kubeconfig={given.kworkload_kubeconfig} without a context",
            "the file's current context is never used: it may be any cluster's",
            "name one: --context=NAME",
        )
    every: list[Leftover | Untouched] = [*leftovers()]
    for provider in providers.values():
        if hasattr(provider, "leftovers"):
            every += provider.leftovers(replace(settings, older_than=given.older_than))
    for one in every:
        if isinstance(one, Untouched):
            print(f"left alone: {one.what}: {one.why}")
    found = [one for one in every if isinstance(one, Leftover)]
    if not found:
        print("nothing else is left" if every else "nothing is left")
        return 0
    _table([("WHAT", "AGE", "WHY"), *((one.what, _age(one.since), one.why) for one in found)])
    if not given.yes and not _confirmed(len(found)):
        print("nothing was deleted")
        return 1
    return max([_delete(one) for one in found])


def _delete(one: Leftover) -> int:
    try:
        then = one.delete()
    except (KworkloadError, OSError) as error:
        print(f"kworkload: {one.what} was not deleted: {error}", file=sys.stderr)
        return 1
    print(f"deleted: {one.what}" + (f" ({then})" if then else ""))
    return 0


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 <= hours < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours")
    return hours


def _new_name(text: str) -> str:
    try:
        return cluster_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None


def _known_name(text: str) -> str:
    if not text:  # the name of every cluster that belongs to one run
        raise argparse.ArgumentTypeError("it is empty; `kworkload status` lists the names")
    return text


def _confirmed(count: int) -> bool:
    if not sys.stdin.isatty():
        print("it deletes only with --yes, or if you say so at a terminal")
        return False
    return input(f"Delete {'this' if count == 1 else f'these {count}'}? [y/N] ").strip().lower() in ("y", "yes")


def _name(entry: Entry) -> str:
    return entry.name or entry.directory.name


def _state(entry: Entry, providers: Mapping[str, Provider]) -> str:
    provider = providers.get(entry.provider)
    if provider is not None and joinable(provider) and not provider.runs(entry.record):
        return "dead"
    if owned(entry.directory):
        return "in use"
    if provider is None:
        return "unknown"  # only the provider that made it, which is not loaded, could tell whether it still runs
    return "kept" if kept(entry.directory) else "ending"


def _age(since: float) -> str:
    seconds = max(0.0, time.time() - since)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kworkload", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Any, text: str) -> argparse.ArgumentParser:
        one = commands.add_parser(run.__name__, help=text, description=text)
        one.set_defaults(run=run)
        return one

    one = command(up, "start a cluster that stays, or find the one of this name")
    one.add_argument("--name", type=_new_name, default="default", help='its name, for pytest --kworkload-reuse=NAME (default "default")')
    for option in OPTIONS:
        if option.name in STARTING:
            how = "append" if option.many else "store"
            one.add_argument(f"--{option.name}", dest=option.dest, action=how, metavar=option.metavar, help=option.help)
    one = command(down, "end a cluster that was kept")
    one.add_argument("name", type=_known_name, metavar="NAME", help="its name or its directory, as `kworkload status` lists them")
    command(status, "list your clusters on this machine")
    one = command(sweep, "show what runs have left behind, and delete it after asking")
    one.set_defaults(kworkload_provider="existing")  # the first two options are its own; it looks at what all providers left
    one.add_argument("--context", dest="kworkload_context", metavar="NAME", help="look also in the cluster of this kubeconfig context")
    one.add_argument(
        "--kubeconfig",
        dest="kworkload_kubeconfig",
        metavar="PATH",
        help="the kubeconfig that has this context (default: one of KUBECONFIG)",
    )
    one.add_argument(
        "--older-than",
        type=_hours,
        default=Settings().older_than,
        metavar="HOURS",
        help="objects in that cluster that were made on another machine, and kind clusters without a directory and a guardian "
        "here, may still be in use; they count as left over when they are older than this (default %(default)g)",
    )
    one.add_argument("--yes", action="store_true", help="delete without asking")
    return parser


if __name__ == "__main__":
    sys.exit(main())
