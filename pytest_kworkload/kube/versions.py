"""Which servers this plugin can judge. Differences among those are read from what they serve, not from their version."""

from __future__ import annotations

import re

from ..errors import ClusterError

# The first one in which sidecars, ReadWriteOncePod, a replica's index label and the condition DisruptionTarget are on by default.
OLDEST = (1, 29)
UNUSED = (1, 37)  # the first one with the condition Unused of claims; only the version shows that to every user


def supported(version: str) -> str:
    """The version, if it is new enough. Raises ClusterError."""
    if before(version, OLDEST):
        raise ClusterError(
            f"the server is Kubernetes {version}",
            f"the guarantees are those of Kubernetes {OLDEST[0]}.{OLDEST[1]} and later; an older one behaves differently",
            "use a newer cluster; which versions are tried is in docs/providers.md",
        )
    return version


def before(version: str, first: tuple[int, int]) -> bool:
    """Whether a version is older. One that cannot be parsed counts as new."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) < first
