"""A cluster that already exists: only the context that the user names, never the current one."""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...cluster.running import Running, Wish
from ...errors import ApiError, ClusterError, SettingsError
from ...kube.versions import UNUSED, before, supported
from ...objects.claims import is_default
from ...settings import Settings
from ..leftovers import Leftover, Untouched
from ..survey import Survey

if TYPE_CHECKING:
    from ...kube.access import Right
    from ...kube.client import Client


UNTOLD = ("storage:rwx", "storage:rwo-attach")  # no server says what the volumes of a class can do, so the user has to


class Existing:
    name = "existing"
    # What it is asked for before the first test.
    detected = frozenset({"nodes:read", "pods:evict", "pods:exec", "storage:default", "claims:unused", "volumes:read", "metrics"})

    def __init__(self, settings: Settings, workers: int = 1) -> None:
        # What every conformant cluster has. Nothing here has access to its machines.
        capabilities = {"network:pods", "network:services", "network:dns", "images:real", "resources:limits"}
        # A test cannot have this cluster to itself while another worker's test runs in it.
        given = {"--kworkload-allow-node-faults": settings.allow_node_faults, "-n 0": workers == 1}
        lacking = [option for option, there in given.items() if not there]
        if not lacking:
            capabilities.add("nodes:cordon")
        self.capabilities = frozenset(capabilities)
        self.withheld = {need: f"--kworkload-have={need}" for need in UNTOLD}
        if lacking:
            self.withheld["nodes:cordon"] = " and ".join(lacking)
        self._denied: dict[_Place, frozenset[Right]] = {}  # about fifty questions, so they are asked only once

    def announce(self, settings: Settings, run: str) -> list[str]:
        """What will be done to which cluster, before anything is done, and without asking the cluster."""
        place = _place(settings)
        nodes = (
            "but cordons, drains and taints nodes if a test says so (--kworkload-allow-node-faults)"
            if settings.allow_node_faults
            else "and leaves the nodes alone"
        )
        lines = [
            f"provider {self.name}, context {place.context} ({place.server}) of {place.kubeconfig}",
            f"creates namespaces kw-{run}-... with the label pytest-kworkload/run, one per {settings.namespace_per}, and deletes them",
            "creates objects outside of them only if a test applies some, with that label, and deletes them after the test",
            "lets the cluster make the volumes that tests claim; a retained one stays, and `kworkload sweep` finds it",
            f"changes nothing that already exists, {nodes}",
        ]
        given = [name for name, value in (("image", settings.images), ("image-archive", settings.image_archives)) if value]
        if given:
            lines.append(f"does not use {' and '.join(f'--kworkload-{one}' for one in given)}: the cluster's nodes pull their own images")
        return lines

    def survey(self, settings: Settings) -> Survey:
        """What the cluster has of `detected`, and how many nodes. Raises SettingsError, ClusterError and ApiError."""
        from . import rights

        place = _place(settings)
        with self._looking(place) as client:
            denied = self._denied[place]
            lacks = {
                need: f"its user may not {rights.told(wanted)}"
                for need, needed in rights.NEEDED.items()
                if (wanted := [right for right in needed if right in denied])
            }
            if "metrics.k8s.io" not in client.discovery.groups():
                lacks["metrics"] = "it does not serve metrics.k8s.io"
            if "storage:default" not in lacks and not any(map(is_default, client.list("StorageClass"))):
                lacks["storage:default"] = "none of its StorageClasses is the default"
            if before(version := client.version(), UNUSED):
                lacks["claims:unused"] = f"it is Kubernetes {version}, and claims have the condition since {UNUSED[0]}.{UNUSED[1]}"
            nodes = None if "nodes:read" in lacks else len(client.list("Node"))
        lacks = {need: why for need, why in lacks.items() if need not in settings.have}
        return Survey(f"context {place.context}", lacks, nodes)

    def start(self, wish: Wish, settings: Settings) -> Running:
        from . import rights

        place = _place(settings)
        if place not in self._denied:  # nobody has looked, or it is time to report what was found
            with self._looking(place):
                pass
        unseen = rights.unrecorded(self._denied[place])
        notes = [
            f"not recorded, because this user may not list and watch them: {', '.join(unseen)}; "
            "a verdict that depends on them is inconclusive, and the test fails"
        ]
        return Running(self.name, place.kubeconfig, stop=lambda: None, context=place.context, ours=False, notes=notes if unseen else ())

    def leftovers(self, settings: Settings) -> list[Leftover | Untouched]:
        """Those in the cluster of the context that the user names; none if no context is named."""
        if settings.context is None:
            return []
        from ...kube.client import Client
        from .remains import remains

        place = _place(settings)
        client = Client(place.kubeconfig, place.context)  # it stays open: what is found may be deleted with it
        with _known(place):
            return remains(client, f"context {place.context}", hours=settings.older_than)

    @contextmanager
    def _looking(self, place: _Place) -> Iterator[Client]:
        """A client, once it is known what its user may not do. Raises ClusterError if no test can run here."""
        from ...kube.access import denied, user
        from ...kube.client import Client
        from . import rights

        client = Client(place.kubeconfig, place.context)
        with contextlib.closing(client):
            with _known(place):
                supported(client.version())
                refused = denied(client, rights.ASKED)
            if refused:
                rights.require(refused, user(client))
            self._denied[place] = refused
            yield client


@dataclass(frozen=True, slots=True)
class _Place:
    kubeconfig: Path
    context: str
    server: str


@contextmanager
def _known(place: _Place) -> Iterator[None]:
    """Raises ClusterError if the server does not know the user."""
    try:
        yield
    except ApiError as error:
        if error.status != 401:
            raise
        raise ClusterError(
            f"the API server at {place.server} does not know the user of context {place.context} ({error.status} {error.reason})",
            "the credentials have expired, or are for another cluster",
            "log in again so that the kubeconfig has fresh ones, or name another context",
        ) from error


def _place(settings: Settings) -> _Place:
    """The file that has the context which the user names. Raises SettingsError and ClusterError."""
    import yaml

    context = settings.context
    if context is None:
        raise SettingsError(
            "--kworkload-provider=existing without a context",
            "the kubeconfig's current context is never used: tests would run wherever it happens to point",
            "name one: --kworkload-context=NAME (or KWORKLOAD_CONTEXT)",
        )
    contexts: list[str] = []
    told: list[str] = []  # of each file
    for file in [settings.kubeconfig] if settings.kubeconfig else _ambient():
        try:
            document = yaml.safe_load(file.read_bytes())
            there = {str(one["name"]): one for one in document.get("contexts") or ()}
        except OSError as error:
            told.append(f"{file} cannot be read: {error.strerror}")
        except (yaml.YAMLError, AttributeError, KeyError, TypeError):
            told.append(f"{file} is not a kubeconfig; `kubectl --kubeconfig FILE config view` shows how it reads")
        else:
            if context in there:
                return _Place(file, context, _server(document, there[context]))
            contexts += there
            told.append(f"{file} has {', '.join(there) or 'no context'}")
    near = difflib.get_close_matches(context, contexts, n=1)
    raise ClusterError(
        f"no context {context} for --kworkload-provider=existing",
        "\n".join(told),
        f"did you mean {near[0]}?" if near else "name one that exists, or another file: --kworkload-kubeconfig=PATH, or KUBECONFIG",
    )


def _ambient() -> list[Path]:
    """The files that kubectl reads by default."""
    named = [Path(one) for one in os.environ.get("KUBECONFIG", "").split(os.pathsep) if one]
    return named or [Path.home() / ".kube" / "config"]


def _server(document: dict[str, Any], context: dict[str, Any]) -> str:
    """The server's address in the context; if the file is wrong, its first use says so."""
    from ...kube.errors import host

    with contextlib.suppress(KeyError, TypeError, StopIteration):
        name = context["context"]["cluster"]
        return host(str(next(one for one in document["clusters"] if one["name"] == name)["cluster"]["server"]))
    return "no server"
