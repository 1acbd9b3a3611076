"""pod-downward-identity: what a container is told about its own pod."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.pods.downward_identity import Place, check_downward_identity, places, value

from ...histories import Json, changed, pod


def env(name: str, field: str) -> Json:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": field}}}


CONTAINER = {
    "name": "main",
    "env": [env("NAME", "metadata.name"), {"name": "PLAIN", "value": "x"}, env("COLOUR", "metadata.labels['colour']")],
    "volumeMounts": [{"name": "info", "mountPath": "/info/"}, {"name": "other", "mountPath": "/other"}],
}
ITEMS = [
    {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
    {"path": "cpu", "resourceFieldRef": {"resource": "limits.cpu"}},
]
POD = changed(pod("web"), "metadata.labels", {"colour": "red", "app": 'a "b"'})
POD = changed(POD, "spec.containers", [CONTAINER])
POD = changed(POD, "spec.volumes", [{"name": "info", "downwardAPI": {"items": ITEMS}}, {"name": "other", "emptyDir": {}}])
POD = changed(POD, "status.podIPs", [{"ip": "10.0.0.1"}, {"ip": "fd::1"}])

NAME, COLOUR = Place("main", "NAME", "metadata.name"), Place("main", "COLOUR", "metadata.labels['colour']")
LABELS = Place("main", "/info/labels", "metadata.labels", file=True)


def test_the_places() -> None:
    assert places(POD) == [NAME, COLOUR, LABELS]
    assert places(pod("bare")) == []


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("metadata.name", "web"),
        ("metadata.namespace", "test"),
        ("metadata.uid", "Pod/web"),
        ("metadata.labels['colour']", "red"),
        ("metadata.labels['none']", ""),
        ("metadata.annotations['none']", ""),
        ("metadata.labels", 'app="a \\"b\\""\ncolour="red"'),
        ("metadata.annotations", ""),
        ("spec.nodeName", "node-0"),
        ("status.podIPs", "10.0.0.1,fd::1"),
        ("status.hostIP", ""),
    ],
)
def test_what_is_written_for_a_field(field: str, says: str) -> None:
    assert value(POD, field) == says


def test_all_is_true() -> None:
    finding = check_downward_identity(POD, {NAME: "web", COLOUR: "red"})
    assert finding.holds
    assert finding.terms == ("places: 2",)
    assert finding.evidence == {"told": {"NAME": "web", "COLOUR": "red"}}


def test_a_variable_keeps_what_it_was() -> None:
    finding = check_downward_identity(POD, {NAME: "web", COLOUR: "blue"})
    assert [one.what for one in finding.breaches] == ["$COLOUR in container main is 'blue', and metadata.labels['colour'] is 'red'"]
    assert finding.cause == "a variable keeps the value that it had when its container was started"
    assert finding.change.startswith("spec.volumes[].downwardAPI: ")


def test_a_file_is_late() -> None:
    finding = check_downward_identity(POD, {LABELS: ""})
    assert finding.breaches[0].what.startswith("/info/labels in container main is ''")
    assert (finding.cause, finding.change, finding.check) == (
        "the kubelet has not written the file anew yet: that takes a minute or two",
        "",
        "whether the test waits for it, with assert_eventually",
    )


def test_vacuous() -> None:
    assert check_downward_identity(POD, {}).vacuous == "no container is told anything about its pod"
