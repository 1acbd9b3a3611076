"""Write every page that is made from the code."""

from __future__ import annotations

from . import guarantees, proofs, readme, reference, settings


def main() -> None:
    (proofs.ROOT / "docs" / "guarantees.md").write_text(guarantees.page(), encoding="utf-8")
    reference.FOLDER.mkdir(exist_ok=True)
    for path, text in reference.pages().items():
        path.write_text(text, encoding="utf-8")
    readme.PAGE.write_text(readme.page(), encoding="utf-8")
    settings.PAGE.write_text(settings.page(), encoding="utf-8")


if __name__ == "__main__":
    main()
