"""The README's short list of helpers: eight in three groups, in the words of the catalogue."""

from __future__ import annotations

from . import proofs
from .between import between
from .reference import sentence

PAGE = proofs.ROOT / "README.md"
GROUPS = {
    "Zero downtime: updates and requests": ("assert_rolling_update", "assert_rollout_stalled", "assert_no_lost_requests"),
    "Chaos: lost pods, nodes and drains": ("assert_self_heals", "assert_one_pod_per_node", "assert_drain_respects_pdb"),
    "Data: claims and what is in them": ("assert_pvc_retained", "assert_data_persists"),
}


def page() -> str:
    """The README with its list made anew."""
    return between(PAGE, "helpers", _list())


def _list() -> str:
    lines = []
    for group, helpers in GROUPS.items():
        lines.append(f"\n**{group}**\n\n")
        lines += [f"- [`{one}`](docs/reference/{proofs.subject_of(one)}.md#{one}): {_first(one)}\n" for one in helpers]
    others = len(proofs.HELPERS) - sum(map(len, GROUPS.values()))
    return "".join([*lines, f"\nAnd {others} more, by subject: [docs/reference](docs/reference/README.md).\n\n"])


def _first(helper: str) -> str:
    """A short list has room for one sentence: that of the helper's first guarantee."""
    return sentence(helper).partition("; ")[0]
