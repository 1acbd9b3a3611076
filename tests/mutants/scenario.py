"""A promise put to the test: a good workload on which a helper passes, and mutants of it on each of which it must fail.

A mutant differs from its good twin in one way: a field of the manifest, or what the test does (where the promise is about
that). It is caught if the helper raises GuaranteeViolated with the expected guarantee, and names the expected field. A
timeout, a gap in the recording or a refused manifest does not count.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Manifests = list[dict[str, Any]]
Check = Callable[..., object]  # (kworkload, manifests), and the cluster if it is broken: apply them, act, assert


@dataclass(frozen=True)
class Mutant:
    """One change from good. `names` is what the failure's advice (or the reason why it is vacuous) must contain."""

    name: str
    guarantee: str
    names: str
    change: Callable[[Manifests], object] | None = None
    check: Check | None = None
    marks: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A helper on a good workload. `good` makes the manifests anew; `check` passes on them.

    `breaks`: nodes are broken or administered, so that each check has a cluster to itself.
    """

    helper: str
    good: Callable[[], dict[str, Any] | Manifests]
    check: Check
    mutants: tuple[Mutant, ...]
    name: str = ""
    marks: tuple[Any, ...] = field(default=())
    breaks: bool = False

    @property
    def id(self) -> str:
        return f"{self.helper.removeprefix('assert_')}{'-' + self.name if self.name else ''}"

    def manifests(self, mutant: Mutant | None = None) -> Manifests:
        found = copy.deepcopy(self.good())
        every = found if isinstance(found, list) else [found]
        if mutant is not None and mutant.change is not None:
            mutant.change(every)
        return every


def put(path: str, value: Any, kind: str = "") -> Callable[[Manifests], None]:
    """A change of one field: put("spec.strategy.type", "Recreate") in the only manifest, or in the one of this kind."""

    def change(manifests: Manifests) -> None:
        target: Any = _of(manifests, kind)
        *parents, last = path.split(".")
        for one in parents:
            target = target[int(one)] if isinstance(target, list) else target.setdefault(one, {})
        if isinstance(target, list):
            target[int(last)] = value
        else:
            target[last] = value

    return change


def drop(path: str, kind: str = "") -> Callable[[Manifests], None]:
    """A change that leaves one field out."""

    def change(manifests: Manifests) -> None:
        target: Any = _of(manifests, kind)
        *parents, last = path.split(".")
        for one in parents:
            target = target[int(one)] if isinstance(target, list) else target[one]
        del target[int(last) if isinstance(target, list) else last]

    return change


def both(*changes: Callable[[Manifests], None]) -> Callable[[Manifests], None]:
    """Fields that can only be changed together (the API server refuses one without the other)."""

    def change(manifests: Manifests) -> None:
        for one in changes:
            one(manifests)

    return change


def pairs(scenarios: Iterable[Scenario]) -> list[tuple[Scenario, Mutant]]:
    return [(scenario, mutant) for scenario in scenarios for mutant in scenario.mutants]


def _of(manifests: Manifests, kind: str) -> dict[str, Any]:
    found = [one for one in manifests if kind in ("", one["kind"])]
    assert kind or len(manifests) == 1, "name the kind: there is more than one manifest"
    return found[0]
