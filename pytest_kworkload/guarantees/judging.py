"""One guarantee asked of one object: every finding of a check names the same promise, object and terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ..history.model import Object
from .catalogue import Guarantee
from .finding import Breach, Chart, Finding


class Reason(NamedTuple):
    """Why a check was vacuous, and what cures that: a `change` of a field (with its value), or what to `do` in the test."""

    why: str
    change: str = ""
    do: str = ""


class Advice(NamedTuple):
    """What happened when a promise was broken, and what prevents it: a `change` of a field (with its value), or what to `check`."""

    cause: str = ""
    change: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Judging:
    """What a check asks: the guarantee, the object by kind and name, and the terms that the text begins with.

    `trigger` is the moment from which the moments of breaches are counted, `since` what it is called. `look` are further kinds
    that a reader of the failure will want to see.
    """

    guarantee: Guarantee
    kind: str
    name: str
    terms: tuple[str, ...] = ()
    trigger: datetime | None = None
    look: tuple[str, ...] = ()
    since: str = "the trigger"

    @classmethod
    def of(
        cls,
        guarantee: Guarantee,
        obj: Object,
        *terms: str,
        trigger: datetime | None = None,
        look: tuple[str, ...] = (),
        since: str = "the trigger",
    ) -> Judging:
        return cls(guarantee, str(obj["kind"]), str(obj["metadata"]["name"]), terms, trigger, look, since)

    def vacuous(self, why: str, change: str = "", do: str = "") -> Finding:
        """Nothing was shown. Give a `change` of a field, or what to `do` in the test, or both."""
        return self._finding(vacuous=why, change=change, check=do)

    def found(
        self,
        breaches: Iterable[Breach] = (),
        cause: str = "",
        change: str = "",
        check: str = "",
        *,
        chart: Chart | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Finding:
        """Broken if there is a breach, and then with its cause and what to change or to check; otherwise it holds."""
        broken = tuple(breaches)
        if not broken:
            cause = change = check = ""
        return self._finding(breaches=broken, cause=cause, change=change, check=check, chart=chart, evidence=evidence or {})

    def _finding(self, **parts: Any) -> Finding:
        return Finding(
            self.guarantee,
            f"{self.kind} {self.name}",
            self.terms,
            trigger=self.trigger,
            since=self.since,
            look=(self.kind, *self.look),
            **parts,
        )


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun: 1 pod, 2 pods."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
