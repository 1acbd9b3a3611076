"""What a test may need from a cluster, by name, and which providers have it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Protocol

NEEDS: Mapping[str, str] = {
    "nodes:add": "nodes join and leave",
    "nodes:read": "the nodes can be listed and watched",
    "nodes:stop": "a node is frozen, killed or removed, or its kubelet is stopped",
    "nodes:cordon": "a node is cordoned, drained or tainted",
    "control-plane:stop": "the API server, the controller manager or the scheduler is stopped",
    "network:pods": "pods reach one another by their addresses",
    "network:services": "Services lead to their ready pods",
    "network:dns": "the names of Services and of a StatefulSet's pods resolve",
    "pods:evict": "pods are evicted",
    "pods:exec": "commands run in containers",
    "storage:default": "claims that name no class get a volume",
    "storage:rwx": "pods on several nodes write to one volume",
    "storage:rwo-attach": "a volume is attached to one node, and pods on another node wait for it",
    "claims:unused": "a claim's condition Unused says whether a pod uses it",
    "volumes:read": "the volumes can be listed and watched",
    "images:archives": "images come from archives",
    "images:real": "images are pulled from registries",
    "resources:limits": "CPU and memory limits are enforced",
    "metrics": "the usage of pods and nodes is served (metrics.k8s.io)",
}

# What breaks the cluster for everybody: a test that needs one of these gets a cluster to itself.
ALONE = frozenset({"nodes:add", "nodes:stop", "nodes:cordon", "control-plane:stop"})


class Capable(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def has(self) -> frozenset[str]: ...

    @property
    def capabilities(self) -> frozenset[str]: ...  # what it is not known to lack

    @property
    def withheld(self) -> Mapping[str, str]: ...  # what it would have, with the settings that give it


def unknown(need: str) -> tuple[str, str]:
    """Why this is not a need, and what to do."""
    near = difflib.get_close_matches(need, NEEDS, n=1)
    return f"there is no need {need!r}; the needs are {', '.join(NEEDS)}", f"did you mean {near[0]}?" if near else "write one of these"


def lacking(needs: Iterable[str], provider: Capable, every: Iterable[Capable]) -> str | None:
    """Why a test with these needs is skipped with this provider, and which one has what it lacks; None if nothing is lacking."""
    missing = [need for need in needs if need not in provider.capabilities]
    if not missing:
        return None
    others = [one for one in every if one.name != provider.name]
    able = sorted(one.name for one in others if one.has.issuperset(missing))
    perhaps = sorted(one.name for one in others if one.capabilities.union(one.withheld).issuperset(missing))
    there = f"--kworkload-provider={' or '.join(able or perhaps)} {'has' if able else 'may have'} it" if perhaps else "no provider has it"
    gives = [f"; with {provider.withheld[need]} it has {need}" for need in missing if need in provider.withheld]
    return f"needs {', '.join(missing)}, which the provider {provider.name} does not have; {there}{''.join(gives)}"
