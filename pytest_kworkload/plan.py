"""What `--kworkload-plan` prints: the tests that need a cluster, what they ask for, and where each can run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .markers import Asked
from .providers.offers import Offer

GAP = "  "


def lines(tests: Sequence[tuple[str, Asked]], offers: Sequence[Offer], others: int = 0) -> Iterator[str]:
    """An aligned table and a summary line. `others` are the tests that need no cluster."""
    rows = [["test", "nodes", "needs", *(f"on {one.name}" for one in offers)]]
    for nodeid, asked in tests:
        rows.append([nodeid, str(asked.nodes or "-"), ", ".join(asked.needs) or "-", *(_verdict(asked, one) for one in offers)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if tests:
        for row in rows:
            yield GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield ""
    yield "; ".join([_counted(len(tests), others), *(_sum(one, [asked for _, asked in tests]) for one in offers if tests)])


def _verdict(asked: Asked, offer: Offer) -> str:
    lacking = offer.lacks(asked.needs)
    if lacking:
        return f"no: {', '.join(f'{need} without {offer.withheld[need]}' if need in offer.withheld else need for need in lacking)}"
    conditions = offer.conditions(asked.nodes, asked.needs)
    return f"if: {', '.join(conditions)}" if conditions else "yes"


def _counted(tests: int, others: int) -> str:
    mine = f"{tests} test{'s' if tests != 1 else ''} need{'s' if tests == 1 else ''} a cluster"
    return f"{mine}, {others} do{'es' if others == 1 else ''} not" if others else mine


def _sum(offer: Offer, every: Sequence[Asked]) -> str:
    verdicts = [_verdict(asked, offer).partition(":")[0] for asked in every]
    perhaps = f" and perhaps {verdicts.count('if')} more" if "if" in verdicts else ""
    return f"{offer.name} can run {verdicts.count('yes')}{perhaps}"
