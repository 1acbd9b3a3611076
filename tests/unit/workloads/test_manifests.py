"""Manifests in every form, and what is wrong with them by file, line and column."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from pytest_kworkload.errors import ManifestError
from pytest_kworkload.workloads.manifests import Document, read

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
"""
OBJECT: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2}}


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a test file, with manifests; the current directory is another one."""
    (tmp_path / "suite" / "manifests").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "suite" / "web.yaml").write_text(WEB, encoding="utf-8")
    (tmp_path / "suite" / "manifests" / "db.yml").write_text(WEB.replace("web", "db"), encoding="utf-8")
    (tmp_path / "elsewhere" / "api.yaml").write_text(WEB.replace("web", "api"), encoding="utf-8")
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "suite"


def refusal(source: Any, beside: Path | None = None) -> str:
    with pytest.raises(ManifestError) as error:
        read(source, beside)
    return str(error.value)


def named(documents: list[Document]) -> list[str]:
    return [f"{one.kind} {one.name}" for one in documents]


class TestForms:
    def test_a_path_starts_at_the_tests_file(self, suite: Path) -> None:
        for source in ("web.yaml", Path("web.yaml"), suite / "web.yaml", str(suite / "web.yaml")):
            assert read(source, suite) == [Document(OBJECT, f"{source}, line 1")]
        assert named(read("manifests/db.yml", suite)) == ["Deployment db"]

    def test_or_at_the_current_directory(self, suite: Path) -> None:
        assert named(read("api.yaml", suite)) == ["Deployment api"]
        assert named(read("api.yaml")) == ["Deployment api"]

    def test_the_tests_file_comes_first(self, suite: Path) -> None:
        Path("web.yaml").write_text(WEB.replace("web", "other"), encoding="utf-8")
        assert named(read("web.yaml", suite)) == ["Deployment web"]

    def test_a_text(self) -> None:
        assert read(WEB) == [Document(OBJECT, "the text, line 1")]

    def test_json_in_one_line(self) -> None:
        text = '{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2}}'
        assert read(text) == [Document(OBJECT, "the text, line 1")]

    def test_a_dict(self) -> None:
        assert read(OBJECT) == [Document(OBJECT, "the dict")]

    def test_a_list(self) -> None:
        assert read([OBJECT, MappingProxyType(OBJECT)]) == [Document(OBJECT, "item 0 of the list"), Document(OBJECT, "item 1 of the list")]

    def test_several_documents(self) -> None:
        text = f"# comment\n---\n{WEB}---\n# only a comment\n---\n{WEB.replace('web', 'api')}...\n"
        assert [(one.name, one.where) for one in read(text)] == [("web", "the text, line 3"), ("api", "the text, line 12")]

    def test_a_list_object(self) -> None:
        items = {"apiVersion": "v1", "kind": "List", "items": [OBJECT, {**OBJECT, "metadata": {"name": "api"}}]}
        assert [(one.name, one.where) for one in read(items)] == [("web", "the dict, item 0"), ("api", "the dict, item 1")]

    def test_a_kind_whose_name_ends_with_list_is_not_one(self) -> None:
        assert named(read({"apiVersion": "example.com/v1", "kind": "AllowList", "metadata": {"name": "a"}, "items": [1]})) == [
            "AllowList a"
        ]

    def test_anchors_and_merges(self) -> None:
        text = WEB + "  a: {b: &base {x: 1}, c: &more {<<: *base, x: 2}}\n  d: {<<: *more, y: 3}\n"
        assert read(text)[0].object["spec"] == {"replicas": 2, "a": {"b": {"x": 1}, "c": {"x": 2}}, "d": {"x": 2, "y": 3}}

    def test_a_merge_that_leads_back_to_itself(self) -> None:
        assert read(WEB + "  a: &a {<<: *a, x: 1}\n")[0].object["spec"]["a"] == {"x": 1}

    def test_of_several_merges_the_first_wins(self) -> None:
        text = WEB + "  a: &one {key: 1, one: 1}\n  b: &two {key: 2, two: 2}\n  c: {<<: [*one, *two], two: 3}\n"
        assert read(text)[0].object["spec"]["c"] == {"key": 1, "one": 1, "two": 3}

    def test_a_byte_order_mark(self, suite: Path) -> None:
        (suite / "bom.yaml").write_bytes(b"\xef\xbb\xbf" + WEB.encode())
        assert named(read("bom.yaml", suite)) == ["Deployment web"]

    def test_scalars_as_kubectl_reads_them(self) -> None:
        text = WEB + "  a: [2026-01-02, 2026-01-02T03:04:05Z, 12:30, 0644, 5, 1.5, true, null, ~, '7']\n"
        assert read(text)[0].object["spec"]["a"] == ["2026-01-02", "2026-01-02T03:04:05Z", "12:30", 420, 5, 1.5, True, None, None, "7"]

    @pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one], lambda one: {"apiVersion": "v1", "kind": "List", "items": [one]}])
    def test_the_callers_own_dicts_stay_as_they_are(self, wrap: Any) -> None:
        source = wrap(copy.deepcopy(OBJECT))
        for document in read(source):
            document.object["metadata"] = {"changed": True}
        assert source == wrap(OBJECT)


class TestPaths:
    def test_missing_with_a_near_name(self, suite: Path) -> None:
        (suite / "notes.txt").touch()
        (suite / "api.json").touch()
        assert refusal("wep.yaml", suite) == (
            "no manifest wep.yaml\n  why: there is no such file; its directory has api.json, web.yaml\n  do:  did you mean web.yaml?"
        )

    def test_missing_with_nothing_near(self, suite: Path) -> None:
        assert refusal("manifests/xyz", suite) == (
            "no manifest manifests/xyz\n"
            "  why: there is no such file; its directory has db.yml\n"
            "  do:  a relative path starts at the test's file, or at the current directory"
        )

    def test_missing_with_its_directory(self, suite: Path) -> None:
        assert refusal("nowhere/web.yaml", suite) == (
            "no manifest nowhere/web.yaml\n"
            "  why: neither the file nor its directory exists\n"
            "  do:  a relative path starts at the test's file, or at the current directory"
        )

    def test_a_crowded_directory_is_not_listed_in_full(self, suite: Path) -> None:
        for n in range(30):
            (suite / f"m{n:02}.yaml").touch()
        text = refusal("m99.yaml", suite)
        assert "m00.yaml, " in text
        assert "m19.yaml and 11 more\n" in text

    def test_a_directory(self, suite: Path) -> None:
        assert refusal("manifests", suite) == "manifests is a directory\n  why: a manifest is one file\n  do:  name one of: db.yml"

    def test_a_directory_without_manifests(self, suite: Path) -> None:
        (suite / "empty").mkdir()
        assert refusal("empty", suite).endswith("  do:  name one of: (no YAML file)")

    def test_a_text_of_one_line_that_is_no_path(self) -> None:
        text = refusal("apiVersion: v1, kind: Pod, " + "x" * 5000)
        assert text.startswith("no manifest apiVersion: v1, kind: Pod, xxxx")
        assert text.endswith(
            "\n  why: this path cannot be looked at: File name too long\n"
            "  do:  pass a path; a text counts as YAML only if it has several lines"
        )
        assert len(text) < 300

    def test_unreadable(self, suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def forbidden(path: Path, encoding: str) -> str:
            raise PermissionError(13, os.strerror(13), str(path))

        monkeypatch.setattr(Path, "read_text", forbidden)
        assert refusal("web.yaml", suite) == (
            f"{suite / 'web.yaml'} cannot be read\n  why: Permission denied\n  do:  make the file readable"
        )

    def test_not_utf_8(self, suite: Path) -> None:
        (suite / "latin.yaml").write_bytes(WEB.encode() + b"# caf\xe9\n")
        assert refusal("latin.yaml", suite) == (
            f"{suite / 'latin.yaml'} is not text\n  why: byte {len(WEB) + 5} is not UTF-8\n  do:  save the file as UTF-8"
        )

    def test_an_empty_file(self, suite: Path) -> None:
        (suite / "empty.yaml").touch()
        assert refusal("empty.yaml", suite) == "empty.yaml: no object in it\n  why: the manifest is empty\n  do:  name another one"


def yaml_error(at: str, what: str, do: str = "correct the line") -> str:
    return f"the text, {at}: {what}\n  why: this is not valid YAML\n  do:  {do}"


RENDER = "render the Helm template first (helm template) and apply what comes out"
NO_OBJECT = "an object is a mapping with kind and metadata\n  do:  check the indentation and the leading dashes"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("a: [1, 2\nb: 3\n", yaml_error("line 2, column 2", "expected ',' or ']', but got ':'"), id="open bracket"),
        pytest.param("a:\n\tb: 1\n", yaml_error("line 2, column 1", r"found character '\t' that cannot start any token"), id="tab"),
        pytest.param(f"{WEB}  a: b: c\n", yaml_error("line 7, column 7", "mapping values are not allowed here"), id="colon"),
        pytest.param(f"{WEB}---\na: *x\n", yaml_error("line 8, column 4", "found undefined alias 'x'"), id="alias"),
        pytest.param(
            "a: !!python/name:os.system\n# x\n",
            yaml_error("line 1, column 4", "could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'"),
            id="tag",
        ),
        pytest.param(f"{WEB}  replicas: 3\n", yaml_error("line 7, column 3", "the key 'replicas' appears twice here"), id="key twice"),
        pytest.param(
            f'{WEB}  a: {{1: x, "1": y}}\n', yaml_error("line 7, column 13", "the key '1' appears twice here"), id="key twice in JSON"
        ),
        pytest.param(
            f"{WEB}  a: \x07\n",
            "the text, line 7: the character U+0007\n  why: this is not valid YAML\n  do:  remove it",
            id="control character",
        ),
        pytest.param(f"{WEB}  a: {{{{ .Values.a }}}}\n", yaml_error("line 7, column 7", "found unhashable key", RENDER), id="Helm value"),
        pytest.param(
            "{{- if .Values.on }}\na: 1\n",
            yaml_error("line 1, column 3", "expected the node content, but found '-'", RENDER),
            id="Helm block",
        ),
        pytest.param("a: 1\n<<: 5\n", yaml_error("line 2, column 5", "only mappings can be merged"), id="merge"),
        pytest.param("a:\n  - 1\n- 2\n", yaml_error("line 3, column 1", "expected <block end>, but found '-'"), id="dash"),
        pytest.param("just\ntext\n", f"the text, line 1: str where an object was expected\n  why: {NO_OBJECT}", id="a string"),
        pytest.param(f"---\n- {{}}\n---\n{WEB}", f"the text, line 2: list where an object was expected\n  why: {NO_OBJECT}", id="a list"),
        pytest.param(
            "# nothing\n---\n",
            "the text: no object in it\n  why: the manifest is empty\n  do:  name another one",
            id="comments only",
        ),
    ],
)
def test_what_is_wrong_with_a_text(source: str, text: str) -> None:
    assert refusal(source) == text


def without(*path: str, **values: Any) -> dict[str, Any]:
    changed = copy.deepcopy(OBJECT)
    for key in path:
        del changed[key]
    return {**changed, **values}


NAME_IT = "give it a name; every test has its own namespace, so a fixed name is safe"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param([], "the list: no object in it\n  why: the manifest is empty\n  do:  name another one", id="no item"),
        pytest.param(
            {"kind": "List", "items": []},
            "the dict: no object in it\n  why: the manifest is empty\n  do:  name another one",
            id="empty List",
        ),
        pytest.param([OBJECT, "web"], f"item 1 of the list: str where an object was expected\n  why: {NO_OBJECT}", id="item"),
        pytest.param(
            {"kind": "List", "items": [OBJECT, None]},
            f"the dict, item 1: NoneType where an object was expected\n  why: {NO_OBJECT}",
            id="List item",
        ),
        pytest.param(
            5, "a manifest of type int\n  why: a manifest is a path, a text, a dict or a list of dicts\n  do:  pass one of these", id="type"
        ),
        pytest.param(without("kind"), "the dict: no kind\n  why: every Kubernetes object has one\n  do:  add it", id="no kind"),
        pytest.param(without(kind=""), "the dict: no kind\n  why: every Kubernetes object has one\n  do:  add it", id="empty kind"),
        pytest.param(
            without("apiVersion"), "the dict: no apiVersion\n  why: every Kubernetes object has one\n  do:  add it", id="no apiVersion"
        ),
        pytest.param(
            without("kind", spec="{{ .Values.spec }}"),
            f"the dict: no kind\n  why: every Kubernetes object has one\n  do:  add it; or {RENDER}",
            id="Helm",
        ),
        pytest.param(
            without("metadata"),
            f"the dict: Deployment without metadata.name\n  why: every object needs a name\n  do:  {NAME_IT}",
            id="no metadata",
        ),
        pytest.param(
            without(metadata=[]),
            f"the dict: Deployment without metadata.name\n  why: every object needs a name\n  do:  {NAME_IT}",
            id="metadata",
        ),
        pytest.param(
            without(metadata={"name": ""}),
            f"the dict: Deployment without metadata.name\n  why: every object needs a name\n  do:  {NAME_IT}",
            id="empty name",
        ),
        pytest.param(
            without(metadata={"generateName": "web-"}),
            f"the dict: Deployment without metadata.name\n  why: server-side apply needs to know the object's name\n  do:  {NAME_IT}",
            id="generateName",
        ),
        pytest.param(
            without(metadata={"name": 8080}),
            "the dict: metadata.name of the Deployment is 8080\n"
            "  why: a name is a text, but YAML reads this as something else\n"
            "  do:  quote it",
            id="a number for a name",
        ),
    ],
)
def test_what_is_wrong_with_objects(source: Any, text: str) -> None:
    assert refusal(source) == text
