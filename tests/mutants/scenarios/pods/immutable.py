"""Fields that cannot be changed."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_immutable

from ....cluster import workloads
from ...scenario import Check, Manifests, Mutant, Scenario


def _patched(spec: dict[str, Any]) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        assert_immutable(kworkload.apply(manifests).wait_ready().handles[-1], {"spec": spec})

    return check


SCENARIOS = (
    Scenario(
        "assert_immutable",
        lambda: workloads.stateful_set(replicas=0),
        _patched({"serviceName": "other"}),
        (
            Mutant(
                "a field that can be changed", "sts-immutable", "a field that the kind does not let you", check=_patched({"replicas": 1})
            ),
            Mutant("the value that it has", "sts-immutable", "another value", check=_patched({"serviceName": "db"})),
            Mutant("an unknown field", "sts-immutable", "one that is valid", check=_patched({"servicesName": "db"})),
        ),
    ),
    Scenario(
        "assert_immutable",
        workloads.bare_pod,
        _patched({"containers": [{"name": "main", "command": ["sh"]}]}),
        (
            Mutant(
                "its deadline",
                "pod-mutable-fields",
                "a field that the kind does not let you",
                check=_patched({"activeDeadlineSeconds": 600}),
            ),
        ),
        name="pod",
    ),
    Scenario(
        "assert_immutable",
        workloads.job,
        _patched({"completions": 3}),
        (Mutant("its parallelism", "immutable-fields", "a field that the kind does not let you", check=_patched({"parallelism": 1})),),
        name="job",
    ),
)
