"""Objects chosen by kind, labels and name, and what became of them in a window: what users write their own guarantees on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..history.model import History, Object, Version

_SET_BASED = re.compile(r"^\s*(\S+)\s+(in|notin)\s*\(([^()]*)\)\s*$")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The chosen objects between two changes. `version` is the change that led here; None: the window's start."""

    at: datetime
    objects: Sequence[Object]
    version: Version | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Objects of one kind: all of them, or those with these labels (kubectl's selectors: "a=b,c!=d,e in (x,y),!f"), or of this name."""

    kind: str
    label: str = ""
    name: str = ""

    def __str__(self) -> str:
        which = [f"with {self.label}"] if self.label else []
        which += [f"named {self.name}"] if self.name else []
        return " ".join([self.kind, *which])

    def __contains__(self, obj: Object) -> bool:
        metadata = obj["metadata"]
        return self.name in ("", metadata["name"]) and selects(self.label, metadata.get("labels") or {})

    def now(self, history: History) -> list[Object]:
        """The chosen objects at the window's end, by name."""
        return _by_name(history.objects(self.kind).values(), self)

    def states(self, history: History) -> Iterator[Chosen]:
        """The window's start, then every state that a change of a chosen object led to."""
        chosen: set[str] = set()
        for state in history.states(self.kind):
            version = state.version
            if version is None:
                chosen = {uid for uid, obj in state.objects.items() if obj in self}
            elif version.object in self and version.type != "DELETED":
                chosen.add(version.uid)
            elif version.uid in chosen:
                chosen.discard(version.uid)
            else:
                continue
            yield Chosen(state.moment, _by_name(state.objects.values(), self), version)


def selects(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether a label selector, as kubectl takes it, selects these labels. Raises ValueError for anything else."""
    return all(_requirement(one, labels) for one in _parts(selector))


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether an object's own selector (matchLabels and matchExpressions) selects these labels: an empty one all, none nothing."""
    if selector is None:
        return False
    wanted = (selector.get("matchLabels") or {}).items()
    return all(labels.get(key) == value for key, value in wanted) and all(
        {
            "In": labels.get(one["key"]) in (one.get("values") or ()),
            "NotIn": labels.get(one["key"]) not in (one.get("values") or ()),
            "Exists": one["key"] in labels,
            "DoesNotExist": one["key"] not in labels,
        }[one["operator"]]
        for one in selector.get("matchExpressions") or ()
    )


def _parts(selector: str) -> list[str]:
    """The requirements of a selector: commas part them, except inside parentheses."""
    return [one.strip() for one in re.split(r",(?![^(]*\))", selector) if one.strip()]


def _requirement(text: str, labels: Mapping[str, str]) -> bool:
    match = _SET_BASED.match(text)
    if match is not None:
        values = {one.strip() for one in match[3].split(",")}
        return (labels.get(match[1]) in values) == (match[2] == "in")
    for operator in ("!=", "==", "="):
        key, found, value = (one.strip() for one in text.partition(operator))
        if found:
            return labels.get(key) != value if operator == "!=" else labels.get(key) == value
    key = text.removeprefix("!").strip()
    if not key or not re.fullmatch(r"[\w./-]+", key):
        raise ValueError(f"{text!r} is not part of a label selector: write a=b, a!=b, a in (b,c), a notin (b), a or !a")
    return (key in labels) != text.startswith("!")


def _by_name(objects: Iterable[Object], selection: Selection) -> list[Object]:
    return sorted((one for one in objects if one in selection), key=lambda one: str(one["metadata"]["name"]))
