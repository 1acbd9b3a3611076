"""`kworkload sweep --context`: what runs that are over have left in a cluster that is there already. The server is a scripted one."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload import cli
from pytest_kworkload.cluster import administration
from pytest_kworkload.cluster.cluster import Cluster
from pytest_kworkload.cluster.running import Running
from pytest_kworkload.workloads import marks

from . import apiserver

Sweep = Callable[..., tuple[int, list[str], str]]

TO_SWEEP = ("get", "list", "delete")


def served(kind: str, plural: str, *verbs: str, scope: str = "Cluster") -> dict[str, Any]:
    return {"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "verbs": list(verbs)}


def group(name: str, *resources: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name} if name else {}, "versions": [{"version": "v1", "resources": list(resources)}]}


# In an order in which nothing is to be deleted, and with kinds that cannot be looked for.
GROUPS = [
    group("", served("PersistentVolume", "persistentvolumes", *TO_SWEEP), served("Namespace", "namespaces", *TO_SWEEP)),
    group("", served("ComponentStatus", "componentstatuses", "get", "list"), served("Pod", "pods", *TO_SWEEP, scope="Namespaced")),
    group("apiextensions.k8s.io", served("CustomResourceDefinition", "customresourcedefinitions", *TO_SWEEP)),
    group("storage.k8s.io", served("StorageClass", "storageclasses", *TO_SWEEP)),
    group("mirror.example.com", served("Project", "projects", *TO_SWEEP)),
    group("authentication.k8s.io", served("SelfSubjectReview", "selfsubjectreviews", "create")),
]


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[apiserver.ApiServer]:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # what is left on this machine is another matter
    with apiserver.running(tmp_path / "kubeconfig") as server:
        server.groups = GROUPS
        yield server


@pytest.fixture
def sweep(capsys: pytest.CaptureFixture[str]) -> Sweep:
    """Its status, the lines that it says, and what it says about errors."""

    def sweep(*arguments: str) -> tuple[int, list[str], str]:
        status = cli.main(["sweep", *arguments])
        said = capsys.readouterr()
        return status, said.out.splitlines(), said.err

    return sweep


HERE = ("--context", "scripted", "--yes")


def put(api: apiserver.ApiServer, plural: str, name: str, *, by: str = "the dead", hours: float = 1, **metadata: Any) -> apiserver.Object:
    """An object of ours, by a process of this machine that has ended or lives, by one of another machine, or by nobody."""
    place, process = marks._place(), marks.mark({}, "")["annotations"][marks.PROCESS_ANNOTATION].split()
    made = {
        "the dead": f"{place} {process[1]} 0",
        "the living": " ".join(process),
        "another machine": f"builder/boot/pids {process[1]} {process[2]}",
    }
    ours = {"labels": {marks.RUN_LABEL: "ab12-gw0"}, "annotations": {marks.PROCESS_ANNOTATION: made[by]}} if by in made else {}
    moment = (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return api.put(plural, "", name, {"metadata": {"creationTimestamp": moment, **ours, **metadata}})


def test_exactly_what_is_left_goes_and_namespaces_first(api: apiserver.ApiServer, sweep: Sweep) -> None:
    for plural in ("customresourcedefinitions", "storageclasses", "namespaces"):
        for by in ("the dead", "the living", "another machine", "nobody"):
            put(api, plural, f"{by.split()[-1]}s", by=by)
    status, said, errors = sweep(*HERE)
    assert (status, errors) == (0, "")
    assert [re.sub(r" {2,}", "  ", line) for line in said] == [
        "WHAT  AGE  WHY",
        "Namespace deads of context scripted  60m  the process that made it has ended",
        "StorageClass deads of context scripted  60m  the process that made it has ended",
        "CustomResourceDefinition deads of context scripted  60m  the process that made it has ended",
        "deleted: Namespace deads of context scripted (it stays for now: what is in it is deleted first)",
        "deleted: StorageClass deads of context scripted",
        "deleted: CustomResourceDefinition deads of context scripted",
    ]
    assert api.calls == ["DELETE namespaces/deads", "DELETE storageclasses/deads", "DELETE customresourcedefinitions/deads"]


def test_it_shows_before_it_deletes(api: apiserver.ApiServer, sweep: Sweep) -> None:
    put(api, "namespaces", "kw-ab12-1")
    status, said, _ = sweep("--context", "scripted")
    assert status == 1
    assert said[1].startswith("Namespace kw-ab12-1 of context scripted ")
    assert said[2:] == ["it deletes only with --yes, or if you say so at a terminal", "nothing was deleted"]
    assert api.calls == []


def test_without_a_context_no_cluster_is_looked_at(api: apiserver.ApiServer, sweep: Sweep) -> None:
    put(api, "namespaces", "kw-ab12-1")
    assert sweep("--yes") == (0, ["nothing is left"], "")


@pytest.mark.parametrize(("hours", "found"), [("", False), ("--older-than=2.5", True), ("--older-than=4", False)])
def test_what_another_machine_made_goes_by_its_age(api: apiserver.ApiServer, sweep: Sweep, hours: str, found: bool) -> None:
    put(api, "namespaces", "kw-ab12-1", by="another machine", hours=3)
    said = sweep(*HERE, *([hours] if hours else []))[1]
    assert ("it was made on builder 3 hours ago" in "\n".join(said)) == found
    assert api.calls == (["DELETE namespaces/kw-ab12-1"] if found else [])


@pytest.mark.parametrize("hours", ["soon", "-1", "nan", "inf"])
def test_what_is_no_number_of_hours(sweep: Sweep, capsys: pytest.CaptureFixture[str], hours: str) -> None:
    with pytest.raises(SystemExit):
        sweep(f"--older-than={hours}")
    assert capsys.readouterr().err.endswith(f"argument --older-than: {hours!r} is not a number of hours\n")


def test_what_may_not_be_listed_is_told(api: apiserver.ApiServer, sweep: Sweep) -> None:
    api.denied = {"list persistentvolumes"}
    put(api, "persistentvolumes", "mine")
    untold = (
        "left alone: PersistentVolume objects of context scripted: "
        "not checked: the API server refused to read persistentvolumes: 403 Forbidden"
    )
    assert sweep(*HERE) == (0, [untold, "nothing else is left"], "")
    put(api, "storageclasses", "mine")
    status, said, _ = sweep(*HERE)
    assert (status, said[0], said[-1]) == (0, untold, "deleted: StorageClass mine of context scripted")


def test_what_is_going_already_is_told_with_what_it_waits_for(api: apiserver.ApiServer, sweep: Sweep) -> None:
    put(api, "storageclasses", "held", finalizers=["example.com/hold"])
    there = put(api, "namespaces", "kw-ab12-1", deletionTimestamp="2026-01-02T12:00:00Z")
    message = "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    conditions = [
        {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "All resources successfully discovered"},
        {"type": "NamespaceFinalizersRemaining", "status": "True", "message": message},
    ]
    api.put("namespaces", "", "kw-ab12-1", {**there, "status": {"conditions": conditions}})
    going = f"left alone: Namespace kw-ab12-1 of context scripted: its deletion was requested at 2026-01-02T12:00:00Z; {message}"
    status, said, _ = sweep(*HERE)
    assert (status, said[0]) == (0, going)
    assert said[-1] == "deleted: StorageClass held of context scripted (it stays for now: finalizers: example.com/hold)"
    asked = "its deletion was requested at 2026-01-02T12:00:00Z"
    held = f"left alone: StorageClass held of context scripted: {asked}; finalizers: example.com/hold"
    assert sweep(*HERE) == (0, [going, held, "nothing else is left"], "")
    assert api.calls == ["DELETE storageclasses/held"]


def noted(api: apiserver.ApiServer, name: str, *taints: dict[str, str] | None, by: str = "the dead") -> None:
    """A node with cordons (None) and taints of ours."""
    marked = put(api, "namespaces", "unused", by=by)["metadata"]
    api.put("namespaces", "", "unused", {}, "DELETED")
    moment = marked["creationTimestamp"]
    changes = [{"annotations": marked["annotations"], "creationTimestamp": moment, "taint": taint} for taint in taints]
    spec = {"unschedulable": True, "taints": [{"key": "theirs", "effect": "NoSchedule"}, *(one for one in taints if one)]}
    api.put("nodes", "", name, {"metadata": {"annotations": {administration.ANNOTATION: json.dumps(changes)}}, "spec": spec})


def test_cordons_and_taints_are_taken_back(api: apiserver.ApiServer, sweep: Sweep) -> None:
    noted(api, "node-0", None, {"key": "a", "effect": "NoExecute"})
    noted(api, "node-1", None, by="the living")
    api.put("nodes", "", "node-2", {"metadata": {}, "spec": {"unschedulable": True}})
    status, said, errors = sweep(*HERE)
    assert (status, errors) == (0, "")
    assert [re.sub(r" {2,}", "  ", line) for line in said] == [
        "WHAT  AGE  WHY",
        "cordon on Node node-0 of context scripted  60m  the process that made it has ended",
        "taint a:NoExecute on Node node-0 of context scripted  60m  the process that made it has ended",
        "deleted: cordon on Node node-0 of context scripted",
        "deleted: taint a:NoExecute on Node node-0 of context scripted",
    ]
    node = api.objects["nodes", "", "node-0"]
    assert node["spec"]["taints"] == [{"key": "theirs", "effect": "NoSchedule"}]
    assert "unschedulable" not in node["spec"]
    assert node["metadata"]["annotations"] == {}
    assert api.calls == ["PATCH nodes/node-0"] * 2


PROVISIONED = {"pv.kubernetes.io/provisioned-by": "disks.example.com"}


def volume(
    api: apiserver.ApiServer,
    namespace: str,
    *,
    phase: str = "Released",
    policy: str = "Retain",
    annotations: dict[str, str] = PROVISIONED,
    **status: str,
) -> None:
    """One whose claim was in this namespace."""
    moment = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    spec = {"claimRef": {"namespace": namespace, "name": "data"}, "persistentVolumeReclaimPolicy": policy}
    metadata = {"creationTimestamp": moment, "annotations": annotations}
    api.put("persistentvolumes", "", "pv-1", {"metadata": metadata, "spec": spec, "status": {"phase": phase, **status}})


def policy(api: apiserver.ApiServer) -> str:
    return str(api.objects["persistentvolumes", "", "pv-1"]["spec"]["persistentVolumeReclaimPolicy"])


@pytest.mark.parametrize("namespace", ["kw-4b87e9-7", "kw-4b87e9-gw1-12"])
def test_a_volume_that_was_retained_goes_by_its_provisioner(api: apiserver.ApiServer, sweep: Sweep, namespace: str) -> None:
    volume(api, namespace)
    status, said, errors = sweep(*HERE)
    assert (status, errors) == (0, "")
    assert [re.sub(r" {2,}", "  ", line) for line in said[1:]] == [
        f"PersistentVolume pv-1 of context scripted  60m  it was retained, and its claim {namespace}/data is gone with its namespace",
        "deleted: PersistentVolume pv-1 of context scripted (it stays until its provisioner disks.example.com has deleted it)",
    ]
    assert api.calls == ["PATCH persistentvolumes/pv-1"]
    assert policy(api) == "Delete", "without its provisioner only the object would go, and not what it stands for"
    assert sweep(*HERE)[1] == [
        f"left alone: PersistentVolume pv-1 of context scripted: its claim {namespace}/data is gone, and its provisioner "
        "disks.example.com has not deleted it yet",
        "nothing else is left",
    ]


@pytest.mark.parametrize(
    ("namespace", "phase"),
    [("kw-4b87e9-7", "Bound"), ("kw-4b87e9-7", "Available"), ("shop", "Released"), ("kw-tools-1", "Released"), ("kw-4b87e9-0", "Released")],
)
def test_a_volume_that_is_used_or_not_ours_stays(api: apiserver.ApiServer, sweep: Sweep, namespace: str, phase: str) -> None:
    volume(api, namespace, phase=phase)
    assert sweep(*HERE) == (0, ["nothing is left"], "")


@pytest.mark.parametrize("run", ["0a1b2c", "0a1b2c-gw11"])
def test_a_name_of_a_namespace_is_known_as_ours(api: apiserver.ApiServer, sweep: Sweep, run: str) -> None:
    volume(api, Cluster(Running("existing", Path("kubeconfig"), stop=lambda: None), run).namespace_name())
    assert sweep("--context", "scripted")[1][1].startswith("PersistentVolume pv-1 of context scripted ")


def test_a_volume_whose_namespace_is_there_stays(api: apiserver.ApiServer, sweep: Sweep) -> None:
    put(api, "namespaces", "kw-4b87e9-7", by="the living")
    volume(api, "kw-4b87e9-7")
    assert sweep(*HERE) == (0, ["nothing is left"], "")


def test_an_administrators_volume_is_told_and_stays(api: apiserver.ApiServer, sweep: Sweep) -> None:
    volume(api, "kw-4b87e9-7", annotations={})
    assert sweep(*HERE)[1] == [
        "left alone: PersistentVolume pv-1 of context scripted: its claim kw-4b87e9-7/data is gone, and no provisioner made it; "
        "remove its spec.claimRef, and it is Available again",
        "nothing else is left",
    ]


def test_a_volume_that_its_provisioner_cannot_delete_is_told(api: apiserver.ApiServer, sweep: Sweep) -> None:
    volume(api, "kw-4b87e9-7", phase="Failed", policy="Delete", message="the disk is attached")
    assert sweep(*HERE)[1][0].endswith("its provisioner disks.example.com has not deleted it yet: the disk is attached")


def test_a_volume_that_has_got_another_claim_meanwhile_stays(
    api: apiserver.ApiServer, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume(api, "kw-4b87e9-7")

    def answer(question: str) -> str:
        volume(api, "shop", phase="Bound")
        return "y"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)
    status, _, errors = sweep("--context", "scripted")
    assert (status, policy(api)) == (1, "Retain")
    assert errors.startswith("kworkload: PersistentVolume pv-1 of context scripted was not deleted: ")


def test_a_volume_whose_namespace_may_not_be_looked_for_is_told(api: apiserver.ApiServer, sweep: Sweep) -> None:
    api.denied = {"list namespaces"}
    volume(api, "kw-4b87e9-7")
    assert sweep(*HERE)[1][1] == (
        "left alone: PersistentVolume pv-1 of context scripted: it is not known whether namespace kw-4b87e9-7 of its claim still exists: "
        "the API server refused to read namespaces: 403 Forbidden"
    )


@pytest.mark.parametrize("text", ["", "[", "{}", "[1]", '[{"taint": null}]'])
def test_a_note_that_is_not_ours_is_none(api: apiserver.ApiServer, sweep: Sweep, text: str) -> None:
    api.put("nodes", "", "node-0", {"metadata": {"annotations": {administration.ANNOTATION: text}}, "spec": {}})
    assert sweep(*HERE) == (0, ["nothing is left"], "")


def test_one_object_that_is_served_as_two_kinds_is_one(api: apiserver.ApiServer, sweep: Sweep) -> None:
    there = put(api, "namespaces", "kw-ab12-1")
    api.put("projects", "", "kw-ab12-1", there)
    api.objects["projects", "", "kw-ab12-1"]["metadata"]["uid"] = there["metadata"]["uid"]
    assert sweep(*HERE)[0] == 0
    assert api.calls == ["DELETE namespaces/kw-ab12-1"]


def test_what_is_refused_is_told_and_the_rest_goes(api: apiserver.ApiServer, sweep: Sweep) -> None:
    put(api, "namespaces", "kw-ab12-1")
    put(api, "storageclasses", "mine")
    api.refused = {"DELETE namespaces": "no right"}
    status, said, errors = sweep(*HERE)
    assert (status, said[-1]) == (1, "deleted: StorageClass mine of context scripted")
    assert errors.startswith(
        "kworkload: Namespace kw-ab12-1 of context scripted was not deleted: "
        "the API server refused to delete namespaces/kw-ab12-1: 403 Forbidden\n  why: no right\n"
    )


def test_another_object_that_has_got_the_name_meanwhile_stays(
    api: apiserver.ApiServer, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(api, "storageclasses", "mine")

    def answer(question: str) -> str:
        there = api.objects["storageclasses", "", "mine"]
        there["metadata"]["uid"] = "another"
        return "y"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)
    assert sweep("--context", "scripted")[0] == 0
    assert ("storageclasses", "", "mine") in api.objects


def test_a_file_of_ones_own(api: apiserver.ApiServer, sweep: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "nowhere")
    put(api, "storageclasses", "mine")
    assert sweep(*HERE, "--kubeconfig", str(tmp_path / "kubeconfig"))[1][-1] == "deleted: StorageClass mine of context scripted"


def test_a_context_that_is_not_there(sweep: Sweep, api: apiserver.ApiServer) -> None:
    status, said, errors = sweep("--context", "scirpted", "--yes")
    assert (status, said) == (1, [])
    assert errors.startswith("kworkload: no context scirpted for --kworkload-provider=existing\n")


def test_a_user_that_the_server_does_not_know(sweep: Sweep, api: apiserver.ApiServer) -> None:
    api.expired = True
    status, said, errors = sweep(*HERE)
    assert (status, said) == (1, [])
    assert errors.startswith(f"kworkload: the API server at 127.0.0.1:{api.server_port} does not know the user of context scripted")
