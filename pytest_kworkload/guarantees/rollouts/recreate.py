"""deploy-recreate: no pod of the new version is created while one of the old version is still there, terminating included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...history.model import History, Object
from ...objects.containers import running_containers
from ...objects.pods import controlled_by, controller, finished, owners
from ...objects.readiness import object_state
from ...objects.revisions import reached, template_change
from ...objects.strategy import strategy_type
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_recreate(history: History, uid: str) -> Finding:
    """At the creation of each pod, no pod of another ReplicaSet was there, and none had gone with its containers running."""
    obj = history.seen("Deployment")[uid]
    mine, every = controlled_by(owners(history, "Deployment", uid)), history.seen("ReplicaSet")
    alive = {one: pod for one, pod in history.before("Pod").items() if mine(pod) and not finished(pod)}
    strategy = strategy_type(obj)

    def found(**parts: Any) -> Finding:
        terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"strategy {strategy}")
        return Finding(CATALOGUE["deploy-recreate"], f"Deployment {obj['metadata']['name']}", terms, **parts)

    if uid not in history.before("Deployment"):
        return found(
            vacuous="the block created the Deployment, so there was no old version to wait for", change="apply it before the block"
        )
    trigger = template_change(history, "Deployment", uid)
    if trigger is None:
        return found(
            vacuous="the block made no new revision, so there was nothing to recreate",
            change="change the template in the block (set_image, patch of spec.template, restart)",
        )
    if not alive:
        return found(vacuous="there was no old pod that a new one could have met", change="wait_ready() before the block, with replicas")
    old, old_stores = _names(alive.values()), {controller(pod) for pod in alive.values()}
    unconfirmed: list[Object] = []  # gone by force: their containers may still run
    created: list[str] = []
    breach: Breach | None = None  # the first one; after it the versions are mixed
    forced = False
    for version in history.of("Pod"):
        pod, store = version.object, controller(version.object)
        alive.pop(version.uid, None)
        if not mine(pod) or finished(pod):
            continue
        if version.type == "DELETED":
            unconfirmed += [pod] if running_containers(pod) else []
            continue
        if version.type == "ADDED":
            created += [version.name] if store not in old_stores else []
            beside = [one for one in alive.values() if controller(one) != store]
            after = [one for one in unconfirmed if controller(one) != store]
            if breach is None and (beside or after):
                forced = not beside
                breach = Breach(_what(version.name, forced), version.received, lines=_lines(beside or after, every))
        alive[version.uid] = pod
    if not created:
        return found(vacuous="no pod of the new version was created", change="resume() the Deployment if it is paused")
    if breach is None and strategy != "Recreate":
        return found(
            vacuous=f"nothing but luck kept the versions apart: strategy {strategy} does not wait for the old pods", change=_bound(strategy)
        )
    cause, change = _why(strategy, forced) if breach else ("", "")
    return found(
        breaches=(breach,) if breach else (),
        cause=cause,
        change=change,
        trigger=reached(history, trigger),
        evidence={"old": old, "new": tuple(created)},
    )


def _names(pods: Iterable[Object]) -> tuple[str, ...]:
    return tuple(sorted(str(pod["metadata"]["name"]) for pod in pods))


def _what(name: str, forced: bool) -> str:
    return f"{name} was created " + ("although processes of another version may still run" if forced else "beside pods of another version")


def _lines(pods: Iterable[Object], stores: Mapping[str, Object]) -> tuple[str, ...]:
    return tuple(
        sorted(f"{pod['metadata']['name']}  of {stores[controller(pod) or '']['metadata']['name']}: {object_state(pod)}" for pod in pods)
    )


def _bound(strategy: str) -> str:
    return f"spec.strategy.type: Recreate (now {strategy})"


def _why(strategy: str, forced: bool) -> tuple[str, str]:
    if forced:
        return (
            "somebody deleted the old pod by force (a grace period of 0), so nothing was waited for",
            "the deletion: without grace_seconds=0; or spec.template.spec.terminationGracePeriodSeconds: 1 or more",
        )
    if strategy != "Recreate":
        return f"{strategy} brings new pods while old ones are at work", _bound(strategy)
    return "the controller waits for the old pods; see who made the new one", "what creates pods of this Deployment beside its controller"
