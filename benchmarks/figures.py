"""How figures are printed: the median to quote, with the spread that says how far to trust it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def line(name: str, values: Sequence[float], unit: str) -> str:
    """ "start, three nodes and a pod   3.10 s (2.98 to 3.40, 5 runs)" """
    spread = f"({min(values):.2f} to {max(values):.2f}, {len(values)} runs)" if len(values) > 1 else ""
    return f"  {name:<52} {statistics.median(values):8.2f} {unit:<4} {spread}".rstrip()
