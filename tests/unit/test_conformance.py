"""The conformance runner's parts that need neither a compiler nor a cluster."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest

from embedded_cluster.conformance import archive, report, suite
from embedded_cluster.conformance.archive import Config, Layer
from embedded_cluster.conformance.cache import Cache
from embedded_cluster.conformance.images import IMAGES
from embedded_cluster.conformance.report import Report
from embedded_cluster.conformance.suite import Result
from embedded_cluster.conformance.upstream import image_references

MANIFEST = """\
	initRegistry = RegistryList{
		PromoterE2eRegistry:      "registry.example/e2e",
		GcRegistry:               "registry.example",
	}
func initImageConfigs(list RegistryList) {
	configs[Agnhost] = Config{list.PromoterE2eRegistry, "agnhost", "2.1"}
	configs[Pause] = Config{list.GcRegistry, "pause", "3.2"}
}
"""


def test_image_references_are_those_of_upstreams_manifest() -> None:
    assert image_references(MANIFEST) == {"Agnhost": "registry.example/e2e/agnhost:2.1", "Pause": "registry.example/pause:3.2"}


def test_every_image_has_a_name_of_its_own() -> None:
    assert len({image.name for image in IMAGES}) == len(IMAGES)


JUNIT = """\
<testsuites><testsuite>
  <testcase name="[SynchronizedBeforeSuite]" status="passed" time="0.1"></testcase>
  <testcase name="[It] [sig-apps] A works [Conformance] [sig-apps, Conformance]" status="passed" time="1.5"></testcase>
  <testcase name="[It] [sig-apps] B works [Conformance] [Serial] [sig-apps, Serial, Conformance]" status="failed" time="2">
    <failure message="expected&#10; 1 pod" type="failed">long text</failure></testcase>
  <testcase name="[It] [sig-apps] C works [Conformance] [sig-apps, Conformance]" status="panicked" time="3">
    <error type="panicked">oh</error></testcase>
  <testcase name="[It] [sig-apps] D works [Conformance] [sig-apps, Conformance]" status="skipped" time="0">
    <skipped message="skipped - needs two zones"></skipped></testcase>
  <testcase name="[It] [sig-apps] E was not selected [sig-apps, Slow]" status="skipped" time="0">
    <skipped message="skipped"></skipped></testcase>
</testsuite></testsuites>
"""


def test_a_report_is_read_with_what_failed_and_what_skipped_itself(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT)
    assert suite.read(tmp_path / "junit.xml") == [
        Result("[sig-apps] A works [Conformance]", "passed", 1.5),
        Result("[sig-apps] B works [Conformance] [Serial]", "failed", 2, "expected 1 pod"),
        Result("[sig-apps] C works [Conformance]", "panicked", 3, "oh"),
        Result("[sig-apps] D works [Conformance]", "skipped", 0, "skipped - needs two zones"),
    ]


def test_what_is_only_simulated_has_not_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(suite.SIMULATED, r"\bA works", "the limit is not enforced")
    (tmp_path / "junit.xml").write_text(JUNIT)
    first = suite.read(tmp_path / "junit.xml")[0]
    assert (first.outcome, first.passed, first.reason) == ("simulated", False, "the limit is not enforced")


def test_progress_names_a_test_after_its_end_in_a_parallel_run_and_before_it_in_a_serial_one() -> None:
    parallel = ["------", "• [12.345 seconds]", "[sig-apps] A works [Conformance]", "/src/a.go:1"]
    serial = ["[sig-apps] [It] B works [Conformance]", "/src/b.go:1", "  STEP: deleting", "• [FAILED] [1.000 seconds]", "------"]
    assert list(suite.progress(parallel + serial)) == [
        "  passed   12.3 s  [sig-apps] A works [Conformance]",
        "  failed    1.0 s  [sig-apps] B works [Conformance]",
    ]


PASSED, FAILED = Result("a [Conformance]", "passed", 3), Result("a [Conformance]", "failed", 1, "x | y")


def make_report(*results: Result) -> Report:
    return Report("v1.2.3", r"\[sig-apps\]", "3 nodes.", [[result] for result in results], [61.0 for _ in results])


def test_a_test_has_passed_if_it_passed_in_every_run() -> None:
    assert make_report(PASSED, PASSED).passed
    assert not make_report(PASSED, FAILED, PASSED).passed
    assert not Report("v1.2.3", "nothing", "", [[]], [1.0]).passed


def test_the_table_names_the_first_failure() -> None:
    text = make_report(PASSED, FAILED).markdown({image.name: f"registry.example/{image.name}:1" for image in IMAGES})
    assert text.splitlines()[:9] == [
        r"Kubernetes v1.2.3, tests that match `\[sig-apps\]`: "
        "**0 of 1 conformance tests passed in each of 2 runs (1 min 1 s, 1 min 1 s)**. 3 nodes.",
        "",
        "| Test | Result | Longest (s) | Reason |",
        "| --- | --- | --- | --- |",
        r"| a | failed | 3 | x \| y |",
        "",
        "| Image | Made of |",
        "| --- | --- |",
        f"| `registry.example/Agnhost:1` | {IMAGES[0].made_of} |",
    ]


def test_results_go_between_their_marks(tmp_path: Path) -> None:
    document = tmp_path / "conformance.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write(document, "new")
    assert document.read_text() == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"


def test_a_document_without_the_marks_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "conformance.md"
    document.write_text("no marks")
    with pytest.raises(SystemExit, match="has no place for the results"):
        report.write(document, "new")
    assert document.read_text() == "no marks"


def test_a_layer_has_usr_merged_and_keeps_the_first_of_two(tmp_path: Path) -> None:
    with Layer(tmp_path / "layer.tar") as layer:
        layer.merged_directories()
        layer.file("./bin/nc", b"first", 0o4755)
        layer.link("/usr/bin/nc", "busybox")
        assert "bin/nc" in layer
    with tarfile.open(tmp_path / "layer.tar") as tar:
        assert tar.getmember("bin").linkname == "usr/bin"
        assert [(member.name, oct(member.mode)) for member in tar if member.isreg()] == [("usr/bin/nc", "0o4755")]


def test_an_archive_is_an_oci_layout_and_what_docker_save_writes(tmp_path: Path) -> None:
    with Layer(tmp_path / "layer.tar") as layer:
        layer.file("hello", b"hello\n")
    archive.write(tmp_path / "image.tar", "registry.example/e2e/x:1", "amd64", Config(("/x",), ("y",), "1234"), [tmp_path / "layer.tar"])
    with tarfile.open(tmp_path / "image.tar") as tar:
        files = {member.name: (tar.extractfile(member) or pytest.fail(member.name)).read() for member in tar}
    for name, content in files.items():
        if name.startswith("blobs/"):
            assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"
    [saved] = json.loads(files["manifest.json"])
    [indexed] = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(files[f"blobs/{indexed['digest'].replace(':', '/')}"])
    assert saved["RepoTags"] == ["registry.example/e2e/x:1"] == [indexed["annotations"]["io.containerd.image.name"]]
    assert saved["Config"] == f"blobs/{manifest['config']['digest'].replace(':', '/')}"
    assert saved["Layers"] == [f"blobs/{layer['digest'].replace(':', '/')}" for layer in manifest["layers"]]
    config = json.loads(files[saved["Config"]])
    assert (config["config"]["Entrypoint"], config["config"]["Cmd"], config["config"]["User"]) == (["/x"], ["y"], "1234")
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]


def text_from(cache: Cache, source: str) -> Path:
    return cache.keep("x.txt", [source], lambda path: path.write_text(source))


def test_a_file_is_made_once_for_its_sources(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    first = text_from(cache, "1")
    first.write_text("made once")
    assert text_from(cache, "1").read_text() == "made once"
    assert text_from(cache, "2").read_text() == "2"
    assert first.exists()


def test_what_was_not_used_for_long_goes_when_its_successor_is_made(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    old, used = text_from(cache, "1"), text_from(cache, "2")
    for path in (old, used):
        os.utime(path.parent, (0, 0))
    text_from(cache, "2")
    text_from(cache, "3")
    assert (old.exists(), used.exists()) == (False, True)


def test_what_failed_to_be_made_is_not_kept(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        Cache(tmp_path).keep("x.txt", ["1"], fail)
    assert text_from(Cache(tmp_path), "1").read_text() == "1"
