"""What a Service selects."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_eventually, assert_selects_only

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, both, put


def selects(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_selects_only(applied.service("web"), applied.deployment("web"))


def _switched(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    applied.service("web").patch({"spec": {"selector": {"app": "other"}}})
    assert_selects_only(applied.service("web"), applied.deployment("web"))


def _relabelled(kworkload: Namespace, manifests: Manifests) -> None:
    """A bare pod gets the labels for a moment, as a canary that somebody tries out."""
    applied = kworkload.apply(manifests).wait_ready()
    stray = kworkload.apply(workloads.bare_pod("stray")).pod("stray")
    stray.patch({"metadata": {"labels": {"app": "web", "track": "stable"}}})
    stray.patch({"metadata": {"labels": {"app": "stray"}}})
    assert_selects_only(applied.service("web"), applied.deployment("web"))


def _let_go(kworkload: Namespace, manifests: Manifests) -> None:
    """The Deployment's ReplicaSet is relabelled, so that it is let go with its pods, which the Service still selects."""
    applied = kworkload.apply(manifests).wait_ready()
    web = applied.deployment("web")
    (old,) = web.replica_sets()
    kworkload.object("ReplicaSet", old["metadata"]["name"]).patch({"metadata": {"labels": {"app": "let-go"}}})
    web.wait_ready()
    assert_eventually(kworkload.objects("ReplicaSet"), lambda sets: len(sets) == 3, says="the Deployment has another ReplicaSet")
    web.wait_ready()
    assert_selects_only(applied.service("web"), web)


def _apart() -> list[dict[str, Any]]:
    """Two Deployments whose labels have one in common, and a Service for the first."""
    stable, canary = workloads.deployment(replicas=2), workloads.deployment("canary", replicas=1)
    for one, track in ((stable, "stable"), (canary, "canary")):
        one["spec"]["selector"]["matchLabels"] = one["spec"]["template"]["metadata"]["labels"] = {"app": "web", "track": track}
    return [workloads.service(selector={"app": "web", "track": "stable"}), stable, canary]


SCENARIOS = (
    Scenario(
        "assert_selects_only",
        _apart,
        selects,
        (
            Mutant("a selector that a canary has too", "svc-selects-only", "track=stable", put("spec.selector", {"app": "web"}, "Service")),
            Mutant("a selector with a typo", "svc-selects-only", "app=web", put("spec.selector", {"app": "wbe"}, "Service")),
            Mutant("no selector", "svc-selects-only", "spec.selector", put("spec.selector", None, "Service")),
            Mutant("no replicas", "svc-selects-only", "no pod", put("spec.replicas", 0, "Deployment")),
            Mutant("a selector that is switched", "svc-selects-only", "app=web", check=_switched),
            Mutant("a ReplicaSet that is let go with its pods", "svc-selects-only", "labels.app of", check=_let_go),
            Mutant(
                "an ExternalName",
                "svc-selects-only",
                "spec.type",
                both(put("spec.type", "ExternalName", "Service"), put("spec.externalName", "example.invalid", "Service")),
            ),
            Mutant("a stray pod with the labels for a moment", "svc-selects-only", "labels.app of", check=_relabelled),
        ),
    ),
)
