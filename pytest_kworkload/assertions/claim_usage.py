"""What a claim says about who uses it."""

from __future__ import annotations
