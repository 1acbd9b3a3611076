"""Claims, and the class that they get if they name none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .handle import Handle


class Claim(Handle):
    """A PersistentVolumeClaim."""

    kind: ClassVar[str] = "PersistentVolumeClaim"

    @property
    def volume(self) -> str:
        """The name of the volume that it is bound to; empty while it is not."""
        return str(self.get()["spec"].get("volumeName") or "")


def is_default(storage_class: Mapping[str, Any]) -> bool:
    """Whether claims that name no class get this one."""
    return (storage_class["metadata"].get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class") == "true"
