"""The pod management policies, as what to change."""

from __future__ import annotations

ORDERED_READY = "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)"
PARALLEL = "spec.podManagementPolicy: Parallel (now OrderedReady; it cannot be changed in place)"
OTHERWISE = "the controller should have waited: podManagementPolicy is OrderedReady"  # a cause: then it was not the controller's doing
