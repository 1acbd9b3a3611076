"""One pod per node."""

from __future__ import annotations
