"""docs/reference: a page for each subject, with every helper's guarantee, signature, docstring, evidence and an example that runs."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest_kworkload
from pytest_kworkload.guarantees.catalogue import CATALOGUE

from . import proofs
from .text import title

FOLDER = proofs.ROOT / "docs" / "reference"
SUITES = proofs.ROOT / "example_suites"
LONGEST = 9  # lines of an example


def pages() -> dict[Path, str]:
    """The text of each page, and of their index."""
    found = {FOLDER / "README.md": _index()}
    for subject, helpers in proofs.by_subject().items():
        if helpers:
            found[FOLDER / f"{subject.replace(' ', '_')}.md"] = f"# {title(subject)}\n\n{_NOTE}\n" + "".join(map(_helper, helpers))
    return found


_NOTE = "What the helpers have in common stands in [the guide](../guide.md). Made by `python -m docs.generate` from the code.\n"


def sentence(helper: str) -> str:
    """What a helper checks: the sentences of its guarantees, or, for a guarantee of your own, the first line of its docstring."""
    named = proofs.guarantees()[helper]
    if not named:
        return (inspect.getdoc(getattr(pytest_kworkload, helper)) or "").splitlines()[0].rstrip(".")
    return "; ".join(CATALOGUE[one].says for one in named)


def _index() -> str:
    lines = ["# Reference\n\n", "Every helper, by subject, with the guarantee that it checks.\n"]
    for subject, helpers in proofs.by_subject().items():
        if helpers:
            page = f"{subject.replace(' ', '_')}.md"
            lines.append(f"\n## [{title(subject)}]({page})\n\n")
            lines += [f"- [`{one}`]({page}#{one}): {sentence(one)}\n" for one in helpers]
    return "".join(lines)


def _helper(helper: str) -> str:
    function: Any = getattr(pytest_kworkload, helper)
    documented = re.sub(r"\s*\bGuarantee: .*\Z", "", inspect.getdoc(function) or "", flags=re.DOTALL)
    parts = [f"\n## {helper}\n\n", *_promises(helper), f"```text\n{helper}{_signature(function)}\n```\n\n", f"{documented}\n\n"]
    parts += [f"- {line}\n" for line in (*_evidence(function), *_proof(helper))]
    example = _example(helper)
    return "".join([*parts, f"\n```python\n{example}```\n" if example else ""])


def _promises(helper: str) -> list[str]:
    named = proofs.guarantees()[helper]
    return [*(f"> [`{one}`](../guarantees.md#{one}): {CATALOGUE[one].says}\n" for one in named), *(["\n"] if named else [])]


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def _evidence(function: Any) -> list[str]:
    """The attributes of what comes by `as`, or is returned."""
    name = re.findall(r"\w+", str(inspect.signature(function).return_annotation))[-1]
    evidence = getattr(sys.modules[function.__module__], name, None)
    fields = list(getattr(evidence, "__annotations__", {}))
    if not fields:
        return []
    about = " ".join((inspect.getdoc(evidence) or "").split()).rstrip(".")
    return [f"evidence: {', '.join(f'`{one}`' for one in fields)}: {about[0].lower()}{about[1:]}"]


def _proof(helper: str) -> list[str]:
    shown, needed, files = proofs.shown()[helper], proofs.needs(), proofs.files()
    needs = proofs.least([needed[test] for test in (*shown.passes, *shown.fails)])
    lines = [f"needs: {', '.join(needs)}"] if needs else []
    mutants = proofs.mutants().get(helper, [])
    if mutants:
        lines.append(f"fails on: {'; '.join(dict.fromkeys(mutants))}")
    for word, tests in (("passes", shown.passes), ("fails", shown.fails)):
        lines.append(f"{word} in {', '.join(f'[`{one}`](../../{files[one]})' for one in proofs.tests_of(helper, tests))}")
    return lines


def _example(helper: str) -> str:
    """The shortest statement of an example suite that uses the helper."""
    found = []
    for path in sorted(SUITES.rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.With | ast.Expr | ast.Assign) and _calls(node, helper):
                lines = source.splitlines(keepends=True)[node.lineno - 1 : node.end_lineno]
                found.append(textwrap.dedent("".join(lines)))
    fitting = [one for one in found if one.count("\n") <= LONGEST]
    return min(fitting, key=lambda one: ("raises" in one, one.count("\n") == 1 and helper in _WITH, len(one)), default="")


def _calls(node: ast.With | ast.Expr | ast.Assign, helper: str) -> bool:
    heads = [item.context_expr for item in node.items] if isinstance(node, ast.With) else [node.value]
    calls = [one for head in heads for one in ast.walk(head) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
    return any(isinstance(one.func, ast.Name) and one.func.id == helper for one in calls)


_WITH: frozenset[str] = frozenset(
    name for name in proofs.HELPERS if str(inspect.signature(getattr(pytest_kworkload, name)).return_annotation).startswith("Window")
)
