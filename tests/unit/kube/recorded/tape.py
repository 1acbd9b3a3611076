"""What API servers answered, a file for each: `v1.29.6.json.gz`, or `v1.37.2-as-1.36.json.gz` of one that emulates 1.36."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SUFFIX = ".json.gz"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, bodies as they were. A watch's answer is all that came until it ended."""

    method: str
    target: str
    accept: str
    sent: str
    status: int
    headers: dict[str, str]
    body: str

    @property
    def question(self) -> tuple[str, str, str, str]:
        return self.method, self.target, self.accept, self.sent


@dataclass
class Tape:
    """The exchanges of each part of the scenario, in the order in which they were answered."""

    version: str
    minor: str  # which it is, or emulates
    parts: dict[str, list[Exchange]] = field(default_factory=dict)

    def write(self) -> Path:
        own = self.version.startswith(f"v{self.minor}.")
        path = HERE / (self.version + ("" if own else f"-as-{self.minor}") + SUFFIX)
        parts = {name: [asdict(one) for one in exchanges] for name, exchanges in self.parts.items()}
        text = json.dumps({"version": self.version, "minor": self.minor, "parts": parts}, indent=0)
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
        return path

    @classmethod
    def read(cls, path: Path) -> Tape:
        document: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
        parts = {name: [Exchange(**one) for one in exchanges] for name, exchanges in document["parts"].items()}
        return cls(document["version"], document["minor"], parts)


def tapes() -> list[Path]:
    return sorted(HERE.glob(f"*{SUFFIX}"))
