"""The recorder's source: lists, identities, and events from real lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_kworkload.errors import ApiError, ClusterError
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.recorder import Recorder
from pytest_kworkload.history.recording import Recording
from pytest_kworkload.history.source import Event, Gone, Refused
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.watch import ClusterSource

from .server import Answer, ApiServer, Request, Streamed, status

PODS = "/api/v1/namespaces/shop/pods"
SOON = 5.0


@pytest.fixture
def source(client: Client) -> ClusterSource:
    return ClusterSource(client)


def pod(name: str, revision: int, **fields: Any) -> dict[str, Any]:
    metadata = {
        "name": name,
        "namespace": "shop",
        "uid": f"uid-{name}",
        "resourceVersion": str(revision),
        "managedFields": [{"manager": "x"}],
    }
    return {"metadata": metadata, **fields}


def listing(*items: dict[str, Any], revision: str = "50", token: str = "") -> dict[str, Any]:
    return {"metadata": {"resourceVersion": revision, "continue": token}, "items": list(items)}


def line(type: str, item: dict[str, Any]) -> bytes:
    return json.dumps({"type": type, "object": item}).encode() + b"\n"


class TestList:
    def test_all_pages_without_managed_fields(self, api: ApiServer, source: ClusterSource) -> None:
        api.on("GET", PODS, listing(pod("a", 3), token="more"), listing(pod("b", 4)))
        listed = source.list("Pod", "shop")
        assert listed.revision == 50
        assert [(one["kind"], one["apiVersion"], one["metadata"]["name"]) for one in listed.objects] == [
            ("Pod", "v1", "a"),
            ("Pod", "v1", "b"),
        ]
        assert all("managedFields" not in one["metadata"] for one in listed.objects)

    def test_it_is_a_quorum_read(self, api: ApiServer, source: ClusterSource) -> None:
        """With a resourceVersion the server might answer from its cache."""
        api.on("GET", PODS, listing())
        source.list("Pod", "shop")
        source.identities("Pod", "shop", Deadline.after(SOON))
        assert all("resourceVersion" not in request.query for request in api.requests)

    def test_identities_ask_for_metadata_only(self, api: ApiServer, source: ClusterSource) -> None:
        api.on("GET", PODS, listing(pod("a", 3), pod("b", 4)))
        found = source.identities("Pod", "shop", Deadline.after(SOON))
        assert (found.revisions, found.revision) == ({"uid-a": 3, "uid-b": 4}, 50)
        assert "as=PartialObjectMetadataList" in api.requests[0].headers["Accept"]

    def test_identities_keep_to_their_deadline(self, api: ApiServer, source: ClusterSource, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pytest_kworkload.kube.watch.LEAST_SECONDS", 0.05)
        api.on("GET", PODS, Streamed())  # headers, and then nothing
        with pytest.raises(ClusterError, match=r"Read timed out"):
            source.identities("Pod", "shop", Deadline.after(0.0))

    def test_a_kind_of_the_cluster_has_no_namespace(self, api: ApiServer, source: ClusterSource) -> None:
        api.on("GET", "/api/v1/nodes", listing())
        source.list("Node", "shop")
        assert api.requests[0].path == "/api/v1/nodes"

    @pytest.mark.parametrize("code", [401, 403, 404, 405])
    def test_refused(self, api: ApiServer, source: ClusterSource, code: int) -> None:
        api.on("GET", PODS, Answer(status(code, "Forbidden", "pods is forbidden"), code))
        for call in (
            lambda: source.list("Pod", "shop"),
            lambda: source.identities("Pod", "shop", Deadline.after(SOON)),
            lambda: source.watch("Pod", "shop", 5),
        ):
            with pytest.raises(Refused, match="pods is forbidden"):
                call()

    def test_a_server_in_trouble_is_another_matter(self, api: ApiServer, source: ClusterSource) -> None:
        api.on("GET", PODS, Answer(status(500, "InternalError", "etcd"), 500, {"Retry-After": "0"}))
        for call in (lambda: source.list("Pod", "shop"), lambda: source.watch("Pod", "shop", 5)):
            with pytest.raises(ApiError):
                call()

    def test_an_unknown_kind_is_refused(self, api: ApiServer, source: ClusterSource) -> None:
        api.on("GET", "/api", {"items": []})
        api.on("GET", "/apis", {"items": []})
        with pytest.raises(Refused, match="the server has no kind Widget"):
            source.list("Widget", "shop")

    def test_a_list_without_a_revision_is_refused(self, api: ApiServer, source: ClusterSource) -> None:
        api.on("GET", PODS, {"metadata": {}, "items": []})
        with pytest.raises(Refused) as error:
            source.list("Pod", "shop")
        assert str(error.value) == "the server's lists of Pod objects have no resourceVersion, so a watch could not begin where one ends"


class TestWatch:
    @pytest.fixture
    def streamed(self, api: ApiServer) -> Streamed:
        streamed = Streamed()
        api.on("GET", PODS, streamed)
        return streamed

    def test_what_is_asked(self, api: ApiServer, source: ClusterSource, streamed: Streamed) -> None:
        streamed.end()
        list(source.watch("Pod", "shop", 50))
        assert api.requests[0].query == {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": "50", "timeoutSeconds": "300"}

    def test_events(self, source: ClusterSource, streamed: Streamed) -> None:
        added = line("ADDED", pod("a", 51, status={"phase": "Pending"}))
        streamed.send(added, line("MODIFIED", pod("a", 52)), line("DELETED", pod("a", 53)))
        streamed.send(line("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": "60"}}))
        streamed.end()
        events = list(source.watch("Pod", "shop", 50))
        assert [(one.type, one.revision) for one in events] == [("ADDED", 51), ("MODIFIED", 52), ("DELETED", 53), ("BOOKMARK", 60)]
        assert events[0] == Event(
            "ADDED",
            {
                "metadata": {"name": "a", "namespace": "shop", "uid": "uid-a", "resourceVersion": "51"},
                "status": {"phase": "Pending"},
            },
            51,
            size=len(added) - 1,
        )

    def test_a_line_that_is_cut_ends_the_stream_before_it(self, source: ClusterSource, streamed: Streamed) -> None:
        streamed.send(line("ADDED", pod("a", 51)), line("ADDED", pod("b", 52))[:40])
        streamed.end()
        assert [one.revision for one in source.watch("Pod", "shop", 50)] == [51]

    def test_gone_when_it_starts(self, api: ApiServer, source: ClusterSource) -> None:
        api.on("GET", PODS, Answer(status(410, "Expired", "too old resource version: 50 (70)"), 410))
        with pytest.raises(Gone, match=r"^too old resource version: 50 \(70\)$"):
            source.watch("Pod", "shop", 50)

    def test_gone_in_the_middle(self, source: ClusterSource, streamed: Streamed) -> None:
        streamed.send(line("ADDED", pod("a", 51)), line("ERROR", status(410, "Expired", "too old resource version: 51 (70)")))
        events = iter(source.watch("Pod", "shop", 50))
        assert next(events).revision == 51
        with pytest.raises(Gone, match=r"^too old resource version: 51 \(70\)$"):
            next(events)

    def test_another_error_ends_the_stream(self, source: ClusterSource, streamed: Streamed) -> None:
        streamed.send(line("ADDED", pod("a", 51)), line("ERROR", status(500, "InternalError", "etcd")), line("ADDED", pod("b", 52)))
        assert [one.revision for one in source.watch("Pod", "shop", 50)] == [51]

    def test_close_ends_it(self, source: ClusterSource, streamed: Streamed) -> None:
        stream = source.watch("Pod", "shop", 50)
        streamed.send(line("ADDED", pod("a", 51)))
        events = iter(stream)
        next(events)
        stream.close()
        assert list(events) == []


def test_a_recorder_on_a_real_connection(api: ApiServer, source: ClusterSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """List, watch, a connection that breaks, and the resumption, with nothing scripted between the threads."""
    first, second = Streamed(), Streamed()
    streams = [first, second]
    lists = [listing(pod("a", 40)), listing(pod("b", 52), pod("c", 60), revision="60")]
    answer = api._next

    def next_answer(request: Request) -> Any:
        if request.path != PODS:
            return answer(request)
        if "watch" in request.query:
            return streams.pop(0)
        return Answer(lists[0] if len(lists) == 1 else lists.pop(0))

    monkeypatch.setattr(api, "_next", next_answer)
    recorder = Recorder(source, namespace="shop")
    try:
        recorder.record(["Pod"], Deadline.after(SOON))
        recording = Recording(recorder, "shop", "kubectl")
        first.send(line("MODIFIED", pod("a", 51)), line("ADDED", pod("b", 52)))
        first.end()
        second.send(line("ADDED", pod("b", 52)), line("DELETED", pod("a", 53)), line("ADDED", pod("c", 60)))
        recording.barrier(Deadline.after(SOON), "Pod")
        assert [(one.type, one.name, one.revision) for one in recording.since().versions] == [
            ("MODIFIED", "a", 51),
            ("ADDED", "b", 52),
            ("DELETED", "a", 53),
            ("ADDED", "c", 60),
        ]
        assert [request.query["resourceVersion"] for request in api.requests if "watch" in request.query] == ["50", "52"]
    finally:
        recorder.stop()
    assert second.left.wait(SOON)
