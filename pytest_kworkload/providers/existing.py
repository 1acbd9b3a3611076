"""A cluster that is there already: only the context that the user names, never the current one."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import SettingsError
from ..settings import Settings
from .base import Running, Wish


class Existing:
    name = "existing"

    def __init__(self, settings: Settings, workers: int = 1) -> None:
        # What every cluster that conforms to Kubernetes has. Nothing here has a right to its machines.
        capabilities = {"network:pods", "network:services", "network:dns", "images:real", "resources:limits"}
        # A test cannot have this cluster to itself while another worker's test runs there.
        if settings.allow_node_faults and workers == 1:
            capabilities.add("nodes:cordon")
        self.capabilities = frozenset(capabilities)

    def start(self, wish: Wish, settings: Settings) -> Running:
        if settings.context is None:
            raise SettingsError(
                "--kworkload-provider=existing without a context",
                "the kubeconfig's current context is never used: tests would run wherever it happens to point",
                "name one: --kworkload-context=NAME (or KWORKLOAD_CONTEXT)",
            )
        return Running(self.name, _kubeconfig(settings.context), stop=lambda: None, context=settings.context, ours=False)


def _kubeconfig(context: str) -> Path:
    """The one of KUBECONFIG's files that has the context; the first if none has, for the message that follows."""
    import yaml

    named = [Path(one) for one in os.environ.get("KUBECONFIG", "").split(os.pathsep) if one]
    files = named or [Path.home() / ".kube" / "config"]
    for file in files:
        try:
            contexts = yaml.safe_load(file.read_bytes())["contexts"]
            if any(one["name"] == context for one in contexts):
                return file
        except (OSError, yaml.YAMLError, KeyError, TypeError):
            continue  # whoever reads the file next says what is wrong with it
    return files[0]
