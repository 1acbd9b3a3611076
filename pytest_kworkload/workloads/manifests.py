"""Manifests from a file, a text or dicts, checked as far as possible without a server."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import ManifestError

RENDER = "render the Helm template first (helm template) and apply what comes out"
MOST_NAMES = 20  # how many other files a message lists

Source = str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Document:
    """One object of a manifest, and where it is ("web.yaml, line 12")."""

    object: dict[str, Any]
    where: str

    @property
    def kind(self) -> str:
        return str(self.object["kind"])

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])


def read(source: Source, beside: Path | None = None) -> list[Document]:
    """The objects of a manifest. A relative path is looked up in `beside`, then in the current directory.

    What has line breaks, or begins with the brace of JSON, is a text; anything else is a path. Raises ManifestError.
    """
    if isinstance(source, Mapping):
        where, found = "the dict", [Document(dict(source), "the dict")]
    elif isinstance(source, str) and ("\n" in source or source.lstrip().startswith("{")):
        where, found = "the text", list(_parse(source, "the text"))
    elif isinstance(source, str | os.PathLike):
        where, found = str(source), list(_parse(_text(_locate(Path(source), beside)), str(source)))
    elif isinstance(source, Sequence):
        where, found = "the list", [_document(one, f"item {n} of the list") for n, one in enumerate(source)]
    else:
        raise ManifestError(
            f"a manifest of type {type(source).__name__}", "a manifest is a path, a text, a dict or a list of dicts", "pass one of these"
        )
    documents = [one for document in found for one in _items(document)]
    for document in documents:
        _check(document)
    if not documents:
        raise ManifestError(f"{where}: no object in it", "the manifest is empty", "name another one")
    return documents


def _locate(path: Path, beside: Path | None) -> Path:
    candidates = [path] if path.is_absolute() or beside is None else [beside / path, path]
    try:
        for candidate in candidates:
            if candidate.is_file():
                return candidate
        for candidate in candidates:
            if candidate.is_dir():
                raise ManifestError(f"{path} is a directory", "a manifest is one file", f"name one of: {_told(_names(candidate))}")
        folder = next((one.parent for one in candidates if one.parent.is_dir()), None)
        names = _names(folder) if folder else []
    except OSError as cause:  # a part of the path is too long to be one, or may not be looked into
        raise ManifestError(
            f"no manifest {str(path)[:100]}",
            f"this path cannot be looked at: {cause.strerror}",
            "pass a path; a text counts as YAML only if it has several lines",
        ) from cause
    near = difflib.get_close_matches(path.name, names, n=1)
    raise ManifestError(
        f"no manifest {path}",
        f"there is no such file; its directory has {_told(names)}" if folder else "neither the file nor its directory exists",
        f"did you mean {near[0]}?" if near else "a relative path starts at the test's file, or at the current directory",
    )


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.suffix in (".yaml", ".yml", ".json"))


def _told(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more or "(no YAML file)"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as cause:
        raise ManifestError(f"{path} cannot be read", cause.strerror or str(cause), "make the file readable") from cause
    except UnicodeDecodeError as cause:
        raise ManifestError(f"{path} is not text", f"byte {cause.start} is not UTF-8", "save the file as UTF-8") from cause


_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"


class _Loader(yaml.SafeLoader):
    """Reads YAML the way kubectl does, where that differs from YAML's own rules."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """A key that appears twice is refused; otherwise the last one would silently win."""
        node = super().compose_mapping_node(anchor)
        keys: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in keys:
                    raise yaml.composer.ComposerError(None, None, f"the key {key.value!r} appears twice here", key.start_mark)
                keys.add(key.value)
        return node

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """The keys next to a merge key (<<) take precedence over it; among several merged mappings the first wins."""
        own = [pair for pair in node.value if pair[0].tag != _MERGE]
        merges = [value for key, value in node.value if key.tag == _MERGE]
        node.value = own  # before the others are looked at: one may lead back here
        merged = [one for value in merges for one in (value.value if isinstance(value, yaml.SequenceNode) else [value])]
        for one in merged:
            if not isinstance(one, yaml.MappingNode):
                raise yaml.constructor.ConstructorError(None, None, "only mappings can be merged", one.start_mark)
            self.flatten_mapping(one)
        pairs = [pair for one in reversed(merged) for pair in one.value] + own
        node.value = list(
            {(key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key): (key, value) for key, value in pairs}.values()
        )

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        """Dates and numbers of base 60 (12:30) are texts."""
        tag = str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call] # types-PyYAML does not type it
        if tag == f"{_TAG}timestamp" or (tag in (f"{_TAG}int", f"{_TAG}float") and ":" in value):
            return f"{_TAG}str"
        return tag


def _parse(text: str, where: str) -> Iterator[Document]:
    try:
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            line = f"{where}, line {node.start_mark.line + 1}"
            value = loader.construct_document(node)
            if value is None:
                continue  # nothing but comments between two separators
            yield _document(value, line)
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        at = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        do = RENDER if "{{" in text else "correct the line"
        raise ManifestError(f"{at}: {cause.problem or cause.context}", "this is not valid YAML", do) from cause
    except yaml.reader.ReaderError as cause:
        at = f"{where}, line {text.count(chr(10), 0, cause.position) + 1}"
        raise ManifestError(f"{at}: the character U+{cause.character:04X}", "this is not valid YAML", "remove it") from cause


def _items(document: Document) -> Iterator[Document]:
    items = document.object.get("items")
    if document.object.get("kind") == "List" and isinstance(items, list):
        for n, item in enumerate(items):
            yield _document(item, f"{document.where}, item {n}")
    else:
        yield document


def _document(value: Any, where: str) -> Document:
    """A copy, so that the caller's own dicts stay as they are."""
    if not isinstance(value, Mapping):
        raise ManifestError(
            f"{where}: {type(value).__name__} where an object was expected",
            "an object is a mapping with kind and metadata",
            "check the indentation and the leading dashes",
        )
    return Document(dict(value), where)


def _check(document: Document) -> None:
    value = document.object
    for field in ("apiVersion", "kind"):
        if not isinstance(value.get(field), str) or not value[field]:
            raise ManifestError(
                f"{document.where}: no {field}",
                "every Kubernetes object has one",
                f"add it; or {RENDER}" if "{{" in str(value) else "add it",
            )
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    if name is not None and not isinstance(name, str):
        raise ManifestError(
            f"{document.where}: metadata.name of the {document.kind} is {name!r}",
            "a name is a text, but YAML reads this as something else",
            "quote it",
        )
    if not name:
        generated = isinstance(metadata, Mapping) and "generateName" in metadata
        raise ManifestError(
            f"{document.where}: {document.kind} without metadata.name",
            "server-side apply needs to know the object's name" if generated else "every object needs a name",
            "give it a name; every test has its own namespace, so a fixed name is safe",
        )
