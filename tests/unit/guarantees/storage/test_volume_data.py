"""pvc-data-survives-pod, pvc-shared-no-lock, pv-access-rwx."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.volume_data import Writer, check_data_persists, check_no_lost_updates, check_shared_across_nodes

from ...histories import Json, at, deployment, gone, pod, replica_set, story, terminating, what_broke, what_broke_with_lines

WEB = deployment(replicas=1)
INNER = replica_set("web-1", WEB)
CLAIM: Json = {"persistentVolumeClaim": {"claimName": "data"}}


def member(name: str, source: Json) -> Json:
    obj = pod(name, INNER)
    obj["spec"]["volumes"] = [{"name": "data", **source}]
    obj["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    return obj


class TestPersists:
    def held(self, kept: bool, source: Json = CLAIM, *, path: str = "/data", replaced: bool = True) -> Finding:
        old, new = member("old", source), member("new", source)
        after = (at(3, new),) if replaced else ()
        history = story(WEB, INNER, old, at(1, terminating(old)), gone(2, old), *after)
        return check_data_persists(history, "Deployment", "Deployment/web", "Pod/old", path, kept)

    def test_it_is_kept(self) -> None:
        finding = self.held(True)
        assert finding.holds
        assert finding.terms == ("/data is on persistentVolumeClaim data",)
        assert finding.evidence == {"victim": "Pod/old", "replacement": "Pod/new", "claim": "data"}

    @pytest.mark.parametrize(
        ("source", "path", "place"), [({"emptyDir": {}}, "/data", "emptyDir"), (CLAIM, "/tmp", "the container's own file system")]
    )
    def test_it_goes_with_the_pod(self, source: Json, path: str, place: str) -> None:
        finding = self.held(False, source, path=path)
        assert finding.terms == (f"{path} is on {place}",)
        assert what_broke(finding) == ["pod new does not find what was written"]
        field = "spec.template.spec.volumes[].persistentVolumeClaim, or spec.volumeClaimTemplates"
        assert finding.change == f"{field}: a claim mounted at {path} (now {place})"

    def test_a_program_that_empties_its_volume(self) -> None:
        finding = self.held(False)
        assert (finding.cause, finding.change) == ("something emptied the volume", "")
        assert finding.check == "what the program does when it starts"

    def test_upstream_would_pass_what_is_found_on_the_same_node_by_luck(self) -> None:
        finding = self.held(True, {"hostPath": {"path": "/x"}})
        assert what_broke(finding) == ["pod new finds it by luck: hostPath is no claim"]

    def test_nobody_came(self) -> None:
        assert self.held(False, replaced=False).vacuous == "no new pod came, so nobody could read it"


def writer(name: str, *sees: str, number: int = 0, node: str = "node-0", source: str = "persistentVolumeClaim data") -> Writer:
    return Writer(name, node, source, frozenset({name, *sees}), number)


class TestUpdates:
    def held(self, *writers: Writer, increments: int = 3) -> Finding:
        return check_no_lost_updates("StatefulSet", "db", "/data", writers, increments)

    def test_each_has_its_own_file(self) -> None:
        finding = self.held(writer("a", number=3), writer("b", number=3))
        assert finding.holds
        assert finding.terms == ("2 replicas, 3 updates each",)
        assert finding.evidence == {"attempts": 6, "recorded": 6}

    def test_a_shared_file_loses_some(self) -> None:
        finding = self.held(writer("a", "b", number=3), writer("b", "a", number=3), writer("c", number=3))
        assert what_broke_with_lines(finding) == [
            (
                "3 of 6 updates are there: a, b write to the same file",
                ("a  persistentVolumeClaim data", "b  persistentVolumeClaim data"),
            )
        ]
        assert finding.evidence == {"attempts": 9, "recorded": 6}

    def test_a_shared_file_with_a_lock_loses_none(self) -> None:
        assert self.held(writer("a", "b", number=6), writer("b", "a", number=6)).holds

    def test_one_writer(self) -> None:
        assert self.held(writer("a")).vacuous == "1 replica cannot write at the same time"

    @pytest.mark.parametrize(("source", "where"), [("emptyDir", "emptyDir"), ("", "the container's own file system")])
    def test_what_is_lost_anyway(self, source: str, where: str) -> None:
        finding = self.held(*(writer(name, number=3, source=source) for name in "ab"))
        assert finding.vacuous == f"/data is on {where}, and not on a claim: what is there is lost with its pod"


class TestShared:
    def held(self, *writers: Writer) -> Finding:
        return check_shared_across_nodes("Deployment", "web", "/data", writers)

    def test_nodes_share_it(self) -> None:
        finding = self.held(writer("a", "b"), writer("b", "a", node="node-1"))
        assert finding.holds
        assert finding.evidence == {"nodes": ("node-0", "node-1"), "pods": ("a", "b")}

    def test_one_does_not_see_the_others(self) -> None:
        finding = self.held(writer("a", "b"), writer("b", node="node-1"))
        assert what_broke(finding) == ["b on node-1 does not see what a wrote"]
        assert "ReadWriteMany" in finding.change

    def test_one_node_shows_nothing(self) -> None:
        assert self.held(writer("a", "b"), writer("b", "a")).vacuous.startswith("the pods are not on several nodes")

    def test_no_claim(self) -> None:
        parts: dict[str, Any] = {"source": "hostPath"}
        assert self.held(writer("a", **parts), writer("b", node="node-1", **parts)).vacuous.startswith("/data is on hostPath")
