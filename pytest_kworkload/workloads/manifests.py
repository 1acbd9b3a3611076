"""Manifests from a file, a text or dicts, checked as far as that is possible without a server."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import ManifestError

Source = str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Document:
    """One object of a manifest, and where it stands ("web.yaml, line 12")."""

    object: dict[str, Any]
    where: str

    @property
    def kind(self) -> str:
        return str(self.object["kind"])

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])


def read(source: Source, beside: Path | None = None) -> list[Document]:
    """The objects of a manifest. A relative path is looked for in `beside`, then in the current directory.

    A text is told from a path by its line breaks. Raises ManifestError.
    """
    if isinstance(source, Mapping):
        found = [Document(dict(source), "the dict")]
    elif isinstance(source, str) and "\n" in source:
        found = list(_parse(source, "the text"))
    elif isinstance(source, str | os.PathLike):
        path = _locate(Path(source), beside)
        found = list(_parse(_text(path), str(source)))
    elif isinstance(source, Sequence):
        found = [Document(one, f"item {n} of the list") for n, one in enumerate(source)]  # type: ignore[arg-type] # see _check
    else:
        raise ManifestError(
            f"a manifest of type {type(source).__name__}", "only a path, a text, a dict or a list of dicts is one", "pass one of these"
        )
    documents = [one for document in found for one in _items(document)]
    for document in documents:
        _check(document)
    if not documents:
        raise ManifestError(f"{found[0].where if found else source}: no object in it", "the manifest is empty", "name another one")
    return documents


def _locate(path: Path, beside: Path | None) -> Path:
    candidates = [path] if path.is_absolute() or beside is None else [beside / path, path]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    for candidate in candidates:
        if candidate.is_dir():
            raise ManifestError(f"{path} is a directory", "a manifest is one file", f"name one of: {_names(candidate)}")
    folder = next((one.parent for one in candidates if one.parent.is_dir()), None)
    there = _names(folder) if folder else "that directory does not exist either"
    near = difflib.get_close_matches(path.name, there.split(", "), n=1)
    raise ManifestError(
        f"no manifest {path}",
        f"there is no such file; in its directory: {there}",
        f"did you mean {near[0]}?" if near else "a relative path starts at the test's file, or at the current directory",
    )


def _names(folder: Path) -> str:
    names = sorted(one.name for one in folder.iterdir() if one.suffix in (".yaml", ".yml", ".json"))
    return ", ".join(names) or "(no YAML file)"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as cause:
        raise ManifestError(f"{path} cannot be read", cause.strerror or str(cause), "make the file readable") from cause
    except UnicodeDecodeError as cause:
        raise ManifestError(f"{path} is not text", f"byte {cause.start} is not UTF-8", "save the file as UTF-8") from cause


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, as kubectl does: YAML's own rule is that the last one silently wins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in keys:
                    raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} stands twice here", key.start_mark)
                keys.add(key.value)
        return super().construct_mapping(node, deep)


def _parse(text: str, where: str) -> Iterator[Document]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            line = f"{where}, line {node.start_mark.line + 1}"
            value = loader.construct_document(node)
            if value is None:
                continue  # nothing but comments between two separators
            if not isinstance(value, dict):
                raise ManifestError(
                    f"{line}: {type(value).__name__} where an object was expected",
                    "an object is a mapping with kind and metadata",
                    "check the indentation and the leading dashes",
                )
            yield Document(value, line)
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        at = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        raise ManifestError(f"{at}: {cause.problem or cause.context}", "this is not valid YAML", "correct the line") from cause
    except yaml.YAMLError as cause:
        raise ManifestError(f"{where}: {cause}", "this is not valid YAML", "correct the file") from cause
    finally:
        loader.dispose()


def _items(document: Document) -> Iterator[Document]:
    if isinstance(document.object, dict) and document.object.get("kind") == "List" and isinstance(document.object.get("items"), list):
        for n, item in enumerate(document.object["items"]):
            yield Document(item, f"{document.where}, item {n}")
    else:
        yield document


def _check(document: Document) -> None:
    value: Any = document.object
    if not isinstance(value, dict):
        raise ManifestError(f"{document.where}: {type(value).__name__} where an object was expected", "", "check the indentation")
    for field in ("apiVersion", "kind"):
        if not isinstance(value.get(field), str) or not value[field]:
            raise ManifestError(
                f"{document.where}: no {field}",
                "every Kubernetes object has one",
                "add it; a Helm template must be rendered before it is applied" if "{{" in str(value) else "add it",
            )
    metadata = value.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        generated = isinstance(metadata, dict) and "generateName" in metadata
        raise ManifestError(
            f"{document.where}: {value['kind']} without metadata.name",
            "server-side apply needs to know the object's name" if generated else "every object needs a name",
            "give it a name; every test has a namespace of its own, so a fixed one is safe",
        )
