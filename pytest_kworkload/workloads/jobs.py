"""Jobs."""

from __future__ import annotations

from typing import ClassVar

from ..history.model import History
from ..objects import readiness
from ..objects.pods import controller
from .handle import Handle


class Job(Handle):
    """Ready when it is complete."""

    kind: ClassVar[str] = "Job"

    def troubles(self, history: History) -> list[str]:
        mine = [pod for pod in history.objects("Pod").values() if controller(pod) == self._uid and readiness.unready(pod) is not None]
        return sorted(f"pod {pod['metadata']['name']}: {readiness.pod_trouble(pod)}" for pod in mine)[:5]
