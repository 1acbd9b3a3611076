"""The settings in docs/running.md."""

from __future__ import annotations

from pytest_kworkload.settings import OPTIONS, Option

from . import proofs
from .between import between

PAGE = proofs.ROOT / "docs" / "running.md"


def page() -> str:
    """The page with its list of settings made anew."""
    return between(PAGE, "settings", "\n" + "".join(map(_entry, OPTIONS)) + "\n")


def _entry(option: Option) -> str:
    default = f"{option.default:g}" if isinstance(option.default, float) else str(option.default or "none")
    places = [f"environment `{option.variable}`", f"ini `{option.dest}`" if option.ini else "never from an ini file", f"default: {default}"]
    return f"- `{option.usage}`: {option.help}\\\n  {' · '.join(places)}\n"
