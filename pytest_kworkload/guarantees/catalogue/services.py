"""Services and the names of pods."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "svc-endpoints-ready",
        "a Service's endpoints follow the readiness of its pods within seconds",
        "staging/src/k8s.io/endpointslice/utils.go; test/e2e/network/endpointslice.go",
        details=("a terminating pod stays listed, as terminating and not ready, and as serving as long as it is Ready",),
    ),
    Guarantee(
        "svc-no-lost-requests",
        "every request to a Service is answered while its pods come and go",
        "test/e2e/node/pre_stop.go; staging/src/k8s.io/api/core/v1/types.go (Lifecycle)",
        details=(
            "Kubernetes alone does not promise this for a rolling update: the program must serve requests until its endpoint is gone",
            "a Service's address and name outlive its pods, and lead to those that are Ready",
        ),
    ),
    Guarantee(
        "dns-pod-identity",
        "the DNS name of a replica leads to that replica, even after it was replaced",
        "staging/src/k8s.io/endpointslice/util/controller_utils.go; test/e2e/network/dns.go",
        details=(
            "the name is that of the pod, under the name of the StatefulSet's headless Service",
            "the name of the headless Service itself gives the address of each ready pod",
        ),
    ),
    Guarantee(
        "svc-selects-only",
        "a Service's selector catches the pods of its workload, all of them and no others",
        "pkg/controller/endpointslice/endpointslice_controller.go; test/e2e/network/service.go",
        details=("Kubernetes takes every pod with the labels, whoever owns it",),
    ),
)
