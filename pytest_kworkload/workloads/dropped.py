"""Fields of a manifest that the server has not kept: what a feature gate switches off goes without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Besides the objects' own content: what a server fills in itself, and what it takes without giving it back.
_OURS = ("metadata", "status")
_WRITE_ONLY = ("stringData",)


def dropped(sent: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """Paths of what was sent and is not in the object that the server answered with: "spec.updateStrategy.rollingUpdate.maxUnavailable".

    Fields only, not values, which defaulting and admission may change. An empty value says nothing, so it may go.
    """
    return [
        path
        for field, value in sent.items()
        if field not in _OURS and field not in _WRITE_ONLY
        for path in _missing(field, value, kept.get(field))
    ]


def _missing(path: str, sent: Any, kept: Any) -> Iterator[str]:
    if sent in (None, "", 0, False, [], {}):
        return
    if kept is None:
        yield path
    elif isinstance(sent, Mapping) and isinstance(kept, Mapping):
        for field, value in sent.items():
            yield from _missing(f"{path}.{field}", value, kept.get(field))
    elif isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):  # else it is merged with somebody's
        for n, (one, other) in enumerate(zip(sent, kept, strict=True)):
            yield from _missing(f"{path}[{n}]", one, other)
