"""A cluster that is there already: only the context that the user names, never the current one."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import SettingsError
from ..settings import Settings
from .base import Running, Wish


class Existing:
    name = "existing"

    def start(self, wish: Wish, settings: Settings) -> Running:
        if settings.context is None:
            raise SettingsError(
                "--kworkload-provider=existing without a context",
                "the kubeconfig's current context is never used: tests would run wherever it happens to point",
                "name one: --kworkload-context=NAME (or KWORKLOAD_CONTEXT)",
            )
        named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
        kubeconfig = Path(named) if named else Path.home() / ".kube" / "config"
        return Running(self.name, kubeconfig, stop=lambda: None, context=settings.context, ours=False)
