"""The provider of clusters that are there already, on this session's own cluster; and a provider from the documentation."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import textwrap
from pathlib import Path

import pytest
import yaml

from pytest_kworkload import Namespace, cli
from pytest_kworkload.cluster.cluster import Cluster
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.model import History
from tests.docs.pages import ROOT, sections

from . import workloads

SUITE = """
    import pytest
    from pytest_kworkload import assert_reclaimed, assert_self_heals

    WEB = {web!r}
    CLASS = {{"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {{"name": "elsewhere"}}, "provisioner": "p"}}
    CLAIM = {{
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {{"name": "c"}},
        "spec": {{"accessModes": ["ReadWriteOnce"], "resources": {{"requests": {{"storage": "1Mi"}}}}}},
    }}

    @pytest.mark.kworkload(needs=["pods:exec", "storage:default"])
    def test_web(kworkload):
        web = kworkload.apply(WEB).wait_ready().deployment("web")
        assert str(web.pods()[0].exec("echo here")) == "here\\n"
        assert_self_heals(web)

    @pytest.mark.kworkload(needs=["nodes:read"])
    def test_nodes(kworkload_cluster):
        assert kworkload_cluster.nodes

    def test_class(kworkload):
        kworkload.apply(CLASS)

    def test_volume(kworkload):
        claim = kworkload.apply(CLAIM).claim("c")
        with assert_reclaimed(claim, "Delete"):
            claim.delete()
"""

# Each worker runs all of it, at the same time as the other: one keeps its volume, the other one's goes.
TWO_AT_ONCE = """
    import os, select

    from pytest_kworkload import assert_claim_bound, assert_reclaimed

    CLASS = {class_!r}
    KEPT, GOING = {kept!r}, {going!r}
    PIPES = {{worker: os.open(worker, os.O_RDWR) for worker in ("gw0", "gw1")}}

    def meet(worker_id):
        other = "gw1" if worker_id == "gw0" else "gw0"
        os.write(PIPES[other], b".")
        assert select.select([PIPES[worker_id]], [], [], 60)[0], "the other worker has not come"
        os.read(PIPES[worker_id], 1)

    def test_volume(kworkload, worker_id):
        keeps = worker_id == "gw0"
        claim = kworkload.apply(KEPT if keeps else GOING).claim("data")
        assert_claim_bound(claim)
        node = {{"apiVersion": "v1", "kind": "Node", "name": "node-0", "namespace": ""}}
        name = {{"name": kworkload.name, "namespace": "default"}}  # where the events about objects of the cluster are
        kworkload.client.create({{"apiVersion": "v1", "kind": "Event", "metadata": name, "involvedObject": node}}, "default")
        meet(worker_id)
        with assert_reclaimed(claim, "Retain" if keeps else "Delete") as reclaimed:
            meet(worker_id)
            claim.delete()
            claim.wait_deleted()
            meet(worker_id)
        assert reclaimed.phase == ("Released" if keeps else "")
        history = kworkload.history()
        assert {{one.namespace for one in history.versions}} == {{kworkload.name, ""}}
        assert not [one for one in history.of("Event") if one.object["involvedObject"]["kind"] == "Node"]
        meet(worker_id)

    def test_class(kworkload, worker_id):
        meet(worker_id)
        mine = kworkload.apply(CLASS).handles[0]
        there = mine.get()["metadata"]
        assert there["uid"] == mine.uid
        assert there["labels"]["pytest-kworkload/run"].endswith(worker_id)
"""

RETAINED = """
    from pathlib import Path

    from pytest_kworkload import assert_claim_bound

    def test_volume(kworkload):
        claim = kworkload.apply([{class_!r}, {claim!r}]).claim("data")
        assert_claim_bound(claim)
        Path("seen").write_text(kworkload.name + " " + claim.get()["spec"]["volumeName"])
"""

ACCOUNT = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: tester}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: NAMESPACE-edit}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, namespace: NAMESPACE, name: tester}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NAMESPACE}
rules:
- {apiGroups: [""], resources: [namespaces], verbs: [create, delete]}
- {apiGroups: [storage.k8s.io], resources: [storageclasses], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: NAMESPACE}
subjects: [{kind: ServiceAccount, namespace: NAMESPACE, name: tester}]
"""

# Only k3d's command line is played: the cluster is this session's.
FAKE_K3D = """\
#!/bin/sh
echo "$@" >>"$0.log"
case "$1 $2" in
"kubeconfig get") cat "$K3D_KUBECONFIG" ;;
"cluster create" | "cluster delete") echo "INFO[0000] done" ;;
*) echo "FATA[0000] unknown command" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def inside(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite for another pytest, without what this one was told."""
    for name in [one for one in os.environ if one.startswith("KWORKLOAD_") and one != "KWORKLOAD_EMBEDDED_BINARY"] + ["CI", "BUILD_NUMBER"]:
        monkeypatch.delenv(name, raising=False)
    web = yaml.safe_load((ROOT / "example_suites" / "readme" / "web.yaml").read_text(encoding="utf-8"))
    web["spec"]["replicas"] = 2
    pytester.makepyfile(test_suite=textwrap.dedent(SUITE).format(web=web))
    return pytester


def run(inside: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return inside.runpytest_subprocess("-p", "no:cacheprovider", "-rs", "--kworkload-timeout=30", *arguments)


def left_behind(cluster: Cluster, result: pytest.RunResult) -> list[str]:
    """The namespaces of a run that are not on their way out."""
    run = next(line for line in result.outlines if "creates namespaces" in line).split("kw-")[1].split("-")[0]
    found = cluster.client.list("Namespace", label_selector=f"pytest-kworkload/run={run}")
    return [one["metadata"]["name"] for one in found if one["status"]["phase"] != "Terminating"]


def limited(namespace: Namespace, path: Path) -> None:
    """A kubeconfig of a service account that may edit in namespaces, make and delete them, and not much more."""
    namespace.apply(ACCOUNT.replace("NAMESPACE", namespace.name))
    token = namespace.client.connection.request(
        "POST",
        f"/api/v1/namespaces/{namespace.name}/serviceaccounts/tester/token",
        body={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    ).json()["status"]["token"]
    document = yaml.safe_load(namespace.kubeconfig.read_text(encoding="utf-8"))
    document["users"][0]["user"] = {"token": token}
    path.write_text(json.dumps(document))
    path.chmod(0o600)


def test_with_every_right_all_is_run(inside: pytest.Pytester, kworkload_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kworkload_cluster.kubeconfig))
    result = run(inside, "--kworkload-provider=existing", "--kworkload-context=kworkload", "-k", "not volume")
    result.assert_outcomes(passed=3, deselected=1)
    assert left_behind(kworkload_cluster, result) == []
    assert kworkload_cluster.client.find("StorageClass", "elsewhere") is None


def test_with_few_rights_the_rest_is_run(
    inside: pytest.Pytester, kworkload: Namespace, kworkload_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(kworkload, inside.path / "kubeconfig")
    monkeypatch.setenv("KUBECONFIG", str(inside.path / "kubeconfig"))
    result = run(inside, "--kworkload-provider=existing", "--kworkload-context=kworkload")
    result.assert_outcomes(passed=1, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "E*ApiError: the dict: the API server refused to read storageclasses/elsewhere: 403 Forbidden",
            "E*Inconclusive: PersistentVolume objects are not recorded: the API server refused to read persistentvolumes: 403 Forbidden",
            "kworkload: existing · Kubernetes * · nodes that this user may not see",
            "kworkload: not recorded, because this user may not list and watch them: Node, PersistentVolume, VolumeAttachment; "
            "a verdict that depends on them is inconclusive, and the test fails",
            "SKIPPED * context kworkload lacks what the test needs (nodes:read: its user may not list and watch nodes); "
            "--kworkload-provider=embedded or kind has it",
        ]
    )
    assert left_behind(kworkload_cluster, result) == []


def test_two_workers_do_not_take_each_others_objects_of_the_cluster_for_theirs(
    inside: pytest.Pytester, kworkload_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kworkload_cluster.kubeconfig))
    for worker in ("gw0", "gw1"):
        os.mkfifo(inside.path / worker)
    volume = f"kept-{inside.path.parent.name}-{os.getpid()}".replace("_", "-").lower()
    suite = TWO_AT_ONCE.format(
        class_={"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": volume}, "provisioner": "p"},
        kept=[workloads.volume(volume), workloads.claim(storage_class="", volumeName=volume)],
        going=workloads.claim(storage_class="shared"),
    )
    inside.makepyfile(test_suite=textwrap.dedent(suite))
    result = run(inside, "--kworkload-provider=existing", "--kworkload-context=kworkload", "-n", "2", "--dist=each")
    result.assert_outcomes(passed=4)
    assert kworkload_cluster.client.find("StorageClass", volume) is None
    assert left_behind(kworkload_cluster, result) == []


def test_a_volume_that_was_retained_is_swept(
    inside: pytest.Pytester, kworkload_cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kworkload_cluster.kubeconfig))
    monkeypatch.setattr(tempfile, "tempdir", str(inside.path))
    name = f"retained-{inside.path.parent.name}-{os.getpid()}".replace("_", "-").lower()
    shared = kworkload_cluster.client.get("StorageClass", "shared")
    class_ = {**shared, "metadata": {"name": name}, "reclaimPolicy": "Retain"}
    inside.makepyfile(test_suite=textwrap.dedent(RETAINED).format(class_=class_, claim=workloads.claim(storage_class=name)))
    deadline = Deadline.after(180)
    with kworkload_cluster.watched("Namespace", "PersistentVolume", deadline=deadline) as recording:
        run(inside, "--kworkload-provider=existing", "--kworkload-context=kworkload").assert_outcomes(passed=1)
        namespace, volume = (inside.path / "seen").read_text().split()

        def phase(history: History) -> str | None:
            found = (one for one in history.objects("PersistentVolume").values() if one["metadata"]["name"] == volume)
            return next((str(one["status"]["phase"]) for one in found), None)

        def over(history: History) -> bool:
            return all(one["metadata"]["name"] != namespace for one in history.objects("Namespace").values())

        recording.wait_for(lambda history: over(history) and phase(history) == "Released", "the end of the test's namespace", deadline)
        assert cli.main(["sweep", "--context", "kworkload", "--yes"]) == 0
        assert f"deleted: PersistentVolume {volume} of context kworkload" in capsys.readouterr().out
        recording.wait_for(lambda history: phase(history) is None, "the end of the volume", deadline)


def test_the_provider_of_the_documentation(inside: pytest.Pytester, kworkload_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    (recipe,) = next(one for one in sections(ROOT / "docs" / "providers.md") if one.heading == "A provider of your own").of("python")
    inside.makeconftest(recipe.text)
    program = inside.mkdir("bin") / "k3d"
    program.write_text(FAKE_K3D)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("K3D_KUBECONFIG", str(kworkload_cluster.kubeconfig))
    monkeypatch.setenv("TMPDIR", str(inside.mkdir("temporary")))
    result = run(inside, "--kworkload-provider=k3d", "--kworkload-nodes=2", "-k", "web or class")
    result.assert_outcomes(passed=2, deselected=2)
    create, get, delete = Path(f"{program}.log").read_text().splitlines()
    name = create.split()[2]
    assert create == f"cluster create {name} --agents=1 --wait --kubeconfig-update-default=false"
    assert (get, delete) == (f"kubeconfig get {name}", f"cluster delete {name}")
    assert list((inside.path / "temporary").iterdir()) == []
