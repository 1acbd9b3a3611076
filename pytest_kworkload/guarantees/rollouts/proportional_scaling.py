"""deploy-proportional-scale: scaling in the middle of a rollout is spread over the ReplicaSets in proportion to their sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ...history.model import History, Object
from ...objects.pods import controller
from ...objects.revisions import sizes
from ...objects.strategy import strategy_type, surge_of
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted

# What the controller notes on each ReplicaSet: the Deployment's replicas, and those with the surge, when it last sized it.
DESIRED, HIGHEST = "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"


def check_proportional_scaling(history: History, uid: str) -> Finding:
    """Each ReplicaSet that had pods got its share of the new size: at its first version that was sized for it."""
    obj = history.seen("Deployment")[uid]
    every = sizes(history, "Deployment", uid)
    old, new = every[0], every[-1]
    surge = surge_of(obj, new)
    terms = (f"from {old} to {counted(new, 'replica')}", f"maxSurge {surge}")
    judging = Judging.of(CATALOGUE["deploy-proportional-scale"], obj, *terms)
    if uid not in history.before("Deployment") or old == new:
        return judging.vacuous("the block did not scale the Deployment", do="scale() in the block, in the middle of a rollout")
    active = {one: rs for one, rs in _sets_before(history, new).items() if controller(rs) == uid and _size(rs)}
    if len(active) < 2:
        recreate = strategy_type(obj) == "Recreate"
        return judging.vacuous(
            "no rollout was under way: one ReplicaSet had all pods, so there was nothing to spread"
            + (" (with strategy Recreate there are never two at a time)" if recreate else ""),
            change="spec.strategy.type: RollingUpdate (now Recreate)" if recreate else "",
            do="before the block, roll out a version that does not become Ready",
        )
    after = {one: rs for one in active if (rs := first_sized_for(history, one, new)) is not None}
    names = {one: str(rs["metadata"]["name"]) for one, rs in active.items()}
    wanted = shares(active, old, new, surge)
    # ReplicaSets of one size are interchangeable: which one the controller takes first rests on seconds of their creation.
    fair = Counter((_size(rs), wanted[one]) for one, rs in active.items())
    got = Counter((_size(rs), _size(after[one]) if one in after else -1) for one, rs in active.items())
    lines = tuple(
        f"{names[one]}  had {_size(rs)}, got {_size(after[one]) if one in after else 'no new size'}; its share is {wanted[one]}"
        for one, rs in sorted(active.items(), key=lambda item: (-_size(item[1]), names[item[0]]))
    )
    spread = Breach(f"{counted(new + surge, 'pod')} not spread over the ReplicaSets in proportion to their sizes", lines=lines)
    return judging.found(
        [spread] if fair != got else (),
        cause="the controller spreads in proportion: something else scaled these ReplicaSets too",
        check="find what, other than the controller, scales ReplicaSets of this Deployment",
        evidence={
            "before": {names[one]: _size(rs) for one, rs in active.items()},
            "after": {names[one]: _size(rs) for one, rs in after.items()},
            "replicas": new,
        },
    )


def _sets_before(history: History, replicas: int) -> Mapping[str, Object]:
    """The ReplicaSets as they were just before the first one was sized for this number of replicas."""
    last: Mapping[str, Object] = history.before("ReplicaSet")
    for state in history.states("ReplicaSet"):
        if state.version is not None and _noted(state.version.object, DESIRED) == replicas:
            return last
        last = dict(state.objects)
    return last


def first_sized_for(history: History, replica_set: str, replicas: int) -> Object | None:
    """A ReplicaSet in its first version of the window that was sized for this number of replicas of its Deployment."""
    for version in history.of("ReplicaSet"):
        if version.uid == replica_set and _noted(version.object, DESIRED) == replicas:
            return version.object
    return None


def shares(active: Mapping[str, Object], old: int, new: int, surge: int) -> dict[str, int]:
    """The size of each ReplicaSet after scaling: in proportion, rounded to the nearest; the largest gets what the rounding left."""
    allowed = new + surge if new else 0
    left = allowed - sum(_size(rs) for rs in active.values())
    up = left > 0
    # Of equal ones the newest first when there are more, the oldest first when there are fewer.
    order = sorted(active, key=lambda one: _age(active[one]), reverse=up)
    order.sort(key=lambda one: -_size(active[one]))
    sized = {}
    for one in order:
        size = _size(active[one])
        change = _nearest(size * (new + surge), _noted(active[one], HIGHEST) or old) - size if new else -size
        change = (min if up else max)(change, left) if left else 0
        sized[one] = size + change
        left -= change
    if order:
        sized[order[0]] = max(0, sized[order[0]] + left)
    return sized


def _nearest(dividend: int, divisor: int) -> int:
    return (2 * dividend + divisor) // (2 * divisor)


def _size(replica_set: Object) -> int:
    return int(replica_set["spec"].get("replicas", 1))


def _age(replica_set: Object) -> str:
    return str(replica_set["metadata"].get("creationTimestamp", ""))


def _noted(replica_set: Object, key: str) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(key, 0))
