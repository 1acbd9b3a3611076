"""Which servers this plugin can judge. What differs between those is read from what they serve, not from their version."""

from __future__ import annotations

import re

from ..errors import ClusterError

# The first one where sidecars, ReadWriteOncePod, a replica's index label and the condition DisruptionTarget are there by default.
OLDEST = (1, 29)


def supported(version: str) -> str:
    """The version, if it is new enough. Raises ClusterError."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if found is not None and (int(found[1]), int(found[2])) < OLDEST:
        raise ClusterError(
            f"the server is Kubernetes {version}",
            f"the guarantees are those of Kubernetes {OLDEST[0]}.{OLDEST[1]} and later; an older one behaves differently",
            "use a newer cluster; which versions are tried is in docs/providers.md",
        )
    return version
