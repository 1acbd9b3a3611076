"""Fields of a manifest that the server did not keep: it silently drops what a feature gate switches off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Besides the objects' own content: what a server fills in itself, and what it accepts without returning it.
_OURS = ("metadata", "status")
_WRITE_ONLY = ("stringData",)


def dropped(sent: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """Paths of what was sent but is not in the object that the server returned: "spec.updateStrategy.rollingUpdate.maxUnavailable".

    Fields only, not values, which defaulting and admission may change. An empty value means nothing, so it may be dropped.
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
    elif isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):  # otherwise it is merged with somebody else's
        for n, (one, other) in enumerate(zip(sent, kept, strict=True)):
            yield from _missing(f"{path}[{n}]", one, other)
