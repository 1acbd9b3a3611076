"""deploy-recreate: no pod of the new version is created while one of the old version is still there, terminating included."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from ...history.model import History, Object
from ...objects.containers import running_containers
from ...objects.pods import controlled_by, controller, finished, owners
from ...objects.readiness import object_state
from ...objects.revisions import reached, template_change
from ...objects.strategy import strategy_type
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import READY_BEFORE, created_in_the_block, new_version_not_tried, no_new_revision


class _Encounter(NamedTuple):
    """A pod that was created too early; `by_force`: the other version's pods were gone, and only their processes may have been there."""

    breach: Breach
    by_force: bool


def check_recreate(history: History, uid: str) -> Finding:
    """At the creation of each pod, no pod of another ReplicaSet was there, and none had gone with its containers running."""
    obj = history.seen("Deployment")[uid]
    strategy = strategy_type(obj)
    terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"strategy {strategy}")
    judging = Judging.of(CATALOGUE["deploy-recreate"], obj, *terms)
    if reason := created_in_the_block(history, obj, "there was no old version to wait for"):
        return judging.vacuous(*reason)
    update = template_change(history, "Deployment", uid)
    if update is None:
        return judging.vacuous(*no_new_revision("there was nothing to recreate"))
    mine = controlled_by(owners(history, "Deployment", uid))
    old = {one: pod for one, pod in history.before("Pod").items() if mine(pod) and not finished(pod)}
    if not old:
        return judging.vacuous("there was no old pod that a new one could have met", do=f"{READY_BEFORE}, with at least 1 replica")
    created = _created(history, mine, {controller(pod) for pod in old.values()})
    if not created:
        return judging.vacuous(*new_version_not_tried(obj))
    encounter = _first_encounter(history, mine, old)
    if encounter is None and strategy != "Recreate":
        why = f"only luck kept the versions apart: strategy {strategy} does not wait for the old pods"
        return judging.vacuous(why, _recreate_instead(strategy))
    return replace(judging, trigger=reached(history, update)).found(
        [encounter.breach] if encounter else (),
        *_advice(strategy, by_force=encounter is not None and encounter.by_force),
        evidence={"old": tuple(sorted(str(pod["metadata"]["name"]) for pod in old.values())), "new": created},
    )


def _created(history: History, mine: Callable[[Object], bool], old_sets: Collection[str | None]) -> tuple[str, ...]:
    """The pods of new versions, in the order of their creation."""
    new = (one for one in history.of("Pod") if one.type == "ADDED" and mine(one.object) and not finished(one.object))
    return tuple(one.name for one in new if controller(one.object) not in old_sets)


def _first_encounter(history: History, mine: Callable[[Object], bool], old: Mapping[str, Object]) -> _Encounter | None:
    """The first pod that was created while one of another version was there; after it the versions are mixed."""
    alive = dict(old)
    unconfirmed: list[Object] = []  # gone by force: their containers may still run
    for version in history.of("Pod"):
        pod, store = version.object, controller(version.object)
        alive.pop(version.uid, None)
        if not mine(pod) or finished(pod):
            continue
        if version.type == "DELETED":
            unconfirmed += [pod] if running_containers(pod) else []
            continue
        if version.type == "ADDED":
            there = [one for one in alive.values() if controller(one) != store]
            gone = [one for one in unconfirmed if controller(one) != store]
            if there or gone:
                how = "while pods of another version were there" if there else "although processes of another version may still run"
                lines = _states(history, there or gone)
                return _Encounter(Breach(f"{version.name} was created {how}", version.received, lines=lines), by_force=not there)
        alive[version.uid] = pod
    return None


def _states(history: History, pods: Iterable[Object]) -> tuple[str, ...]:
    sets = history.seen("ReplicaSet")
    return tuple(
        sorted(f"{pod['metadata']['name']}  of {sets[controller(pod) or '']['metadata']['name']}: {object_state(pod)}" for pod in pods)
    )


def _recreate_instead(strategy: str) -> str:
    return f"spec.strategy.type: Recreate (now {strategy})"


def _advice(strategy: str, *, by_force: bool) -> Advice:
    if by_force:
        return Advice(
            "an old pod was deleted by force (a grace period of 0), so nothing waited for its processes",
            check="who deletes pods with grace_seconds=0, or gives them terminationGracePeriodSeconds 0",
        )
    if strategy != "Recreate":
        return Advice(f"{strategy} creates new pods while old ones are still at work", _recreate_instead(strategy))
    return Advice(
        "the controller waits for the old pods: something else created the new one",
        check="find what, other than the controller, creates pods of this Deployment",
    )
