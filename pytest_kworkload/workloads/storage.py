"""Claims, and the class that they get if they do not name one."""

from __future__ import annotations

from typing import ClassVar

from .handle import Handle


class Claim(Handle):
    """A PersistentVolumeClaim."""

    kind: ClassVar[str] = "PersistentVolumeClaim"

    @property
    def volume(self) -> str:
        """The name of the volume that it is bound to; empty while it is not."""
        return str(self.get()["spec"].get("volumeName") or "")
