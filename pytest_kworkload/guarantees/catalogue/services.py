"""Services and the names of pods."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "svc-endpoints-ready",
        "a Service's endpoints follow the readiness of its pods within seconds",
        "staging/src/k8s.io/endpointslice/utils.go; test/e2e/network/endpointslice.go",
    ),
    Guarantee(
        "svc-no-lost-requests",
        "every request to a Service is answered while its pods come and go",
        "test/e2e/node/pre_stop.go; staging/src/k8s.io/api/core/v1/types.go (Lifecycle)",
    ),
    Guarantee(
        "dns-pod-identity",
        "the name of a replica leads to that replica, also after it was replaced",
        "staging/src/k8s.io/endpointslice/util/controller_utils.go; test/e2e/network/dns.go",
    ),
)
