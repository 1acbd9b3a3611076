"""Services, as far as the API describes them."""

from __future__ import annotations

from typing import ClassVar

from .handle import Handle


class Service(Handle):
    """A Service, and the pods behind it."""

    kind: ClassVar[str] = "Service"

    def endpoints(self) -> list[str]:
        """The names of the pods that are ready endpoints of this Service, from its EndpointSlices."""
        slices = self.client.list("EndpointSlice", self.namespace.name, label_selector=f"kubernetes.io/service-name={self.name}")
        ready = {  # a dual-stack Service has a slice for each family of addresses
            one["targetRef"]["name"]
            for piece in slices
            for one in piece.get("endpoints") or ()
            if one.get("conditions", {}).get("ready", True) and one.get("targetRef")
        }
        return sorted(ready)
