"""Whether a window may be judged at all."""

from __future__ import annotations

from ..errors import Inconclusive
from .model import History


def complete(history: History, *kinds: str) -> History:
    """The window itself, if it contains everything that happened to these kinds. Raises Inconclusive for a gap."""
    gaps = history.gaps_of(*kinds)
    missing = [kind for kind in kinds if kind not in history.known]
    if not gaps and not missing:
        return history
    told = [f"{gap.kind}: {gap.reason}" for gap in gaps] or [f"{kind} is not recorded" for kind in missing]
    raise Inconclusive(
        "inconclusive, so a failure: the recording has a gap\n"
        + "".join(f"    {line}\n" for line in dict.fromkeys(told))
        + "  why: what happened in the gap was not seen, so the guarantee is neither shown nor broken\n"
        "  do:  repeat the test; if it happens again, look at the API server's load, its compaction, and the user's rights"
    )
