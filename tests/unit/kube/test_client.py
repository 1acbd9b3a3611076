"""What is asked of the API server, and what comes of its answers."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.errors import ApiError, NotFound
from pytest_kworkload.kube.client import Client

from .server import Answer, ApiServer, status

NS = "/api/v1/namespaces/shop"
APPS = "/apis/apps/v1/namespaces/shop"


def pod(name: str, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **metadata}}


def page(*items: dict[str, Any], token: str = "", revision: str = "7") -> dict[str, Any]:
    return {"metadata": {"resourceVersion": revision, "continue": token}, "items": list(items)}


class TestReading:
    def test_version(self, api: ApiServer, client: Client) -> None:
        api.on("GET", "/version", {"gitVersion": "v1.37.2"})
        assert client.version() == "v1.37.2"

    def test_get(self, api: ApiServer, client: Client) -> None:
        api.on("GET", f"{NS}/pods/web", pod("web"))
        api.on("GET", f"{APPS}/deployments/web/scale", {"spec": {"replicas": 2}})
        api.on("GET", "/api/v1/nodes/node-0", pod("node-0"))
        assert client.get("Pod", "web", "shop") == pod("web")
        assert client.get("Deployment", "web", "shop", subresource="scale") == {"spec": {"replicas": 2}}
        assert client.get("Node", "node-0", "shop") == pod("node-0"), "a kind of the cluster has no namespace"

    def test_every_request_has_the_credentials(self, api: ApiServer, client: Client) -> None:
        api.on("GET", f"{NS}/pods/web", pod("web"))
        client.get("Pod", "web", "shop")
        headers = api.requests[0].headers
        assert (headers["Authorization"], headers["Accept"], headers["User-Agent"]) == (
            "Bearer secret-token",
            "application/json",
            "pytest-kworkload",
        )

    def test_get_of_what_is_not_there(self, api: ApiServer, client: Client) -> None:
        with pytest.raises(ApiError) as error:
            client.get("Pod", "web", "shop")
        assert (error.value.status, error.value.reason) == (404, "NotFound")

    def test_find_of_what_is_not_there(self, api: ApiServer, client: Client) -> None:
        assert client.find("Pod", "web", "shop") is None

    def test_find_raises_what_is_not_a_404(self, api: ApiServer, client: Client) -> None:
        api.on("GET", f"{NS}/pods/web", Answer(status(403, "Forbidden", "pods is forbidden"), 403))
        with pytest.raises(ApiError) as error:
            client.find("Pod", "web", "shop")
        assert error.value.status == 403

    def test_logs_are_text(self, api: ApiServer, client: Client) -> None:
        api.on("GET", f"{NS}/pods/web/log", Answer(b"one\ntwo \xff\n"))
        assert client.logs("web", "shop", container="main", tail=5) == "one\ntwo \ufffd\n"
        assert api.requests[0].query == {"container": "main", "previous": "false", "tailLines": "5", "timestamps": "false"}

    @pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../nodes/node-0", "a%2fb"])
    def test_a_name_that_would_lead_elsewhere_is_refused(self, api: ApiServer, client: Client, name: str) -> None:
        with pytest.raises(NotFound) as error:
            client.delete("Pod", name, "shop")
        assert str(error.value) == (
            f"no Pod can have the name {name!r}\n"
            '  why: Kubernetes forbids it: a name is not empty, not "." or "..", and has no "/" or "%"\n'
            "  do:  correct the name"
        )
        with pytest.raises(NotFound, match="no Namespace can have the name"):
            client.list("Pod", name)
        assert api.requests == [], "nothing was sent"

    def test_a_name_is_quoted_where_a_path_asks_for_it(self, api: ApiServer, client: Client) -> None:
        path = "/apis/storage.k8s.io/v1/storageclasses/a%3Fb%20c:d"
        api.on("GET", path, pod("odd"))
        assert client.get("StorageClass", "a?b c:d") == pod("odd")


class TestList:
    def test_in_pages(self, api: ApiServer, client: Client) -> None:
        api.on("GET", f"{NS}/pods", page(pod("a"), pod("b"), token="more"), page(pod("c"), token="last"), page(pod("d")))
        found = client.list("Pod", "shop", label_selector="app in (a, b)")
        assert [one["metadata"]["name"] for one in found] == ["a", "b", "c", "d"]
        selector = "labelSelector=app+in+%28a%2C+b%29"
        assert api.lines == [
            f"GET {NS}/pods?limit=500&{selector}",
            f"GET {NS}/pods?limit=500&{selector}&continue=more",
            f"GET {NS}/pods?limit=500&{selector}&continue=last",
        ]

    def test_items_are_told_what_they_are(self, api: ApiServer, client: Client) -> None:
        api.on("GET", "/apis/apps/v1/deployments", page(pod("a")))
        assert client.list("Deployment") == [{**pod("a"), "apiVersion": "apps/v1", "kind": "Deployment"}]

    def test_an_empty_list_may_be_null(self, api: ApiServer, client: Client) -> None:
        api.on("GET", f"{NS}/pods", {"metadata": {"resourceVersion": "7"}, "items": None})
        assert client.list("Pod", "shop") == []

    def test_pages_that_expire_are_read_once_more(self, api: ApiServer, client: Client) -> None:
        expired = Answer(status(410, "Expired", "The provided continue parameter is too old"), 410)
        api.on("GET", f"{NS}/pods", page(pod("old"), token="t1"), expired, page(pod("a"), token="t2"), page(pod("b")))
        assert [one["metadata"]["name"] for one in client.list("Pod", "shop")] == ["a", "b"]

    def test_pages_that_expire_again_and_again_are_an_error(self, api: ApiServer, client: Client) -> None:
        expired = Answer(status(410, "Expired", "The provided continue parameter is too old"), 410)
        api.on("GET", f"{NS}/pods", page(pod("a"), token="t1"), expired, page(pod("a"), token="t2"), expired)
        with pytest.raises(ApiError) as error:
            client.list("Pod", "shop")
        assert error.value.status == 410
        assert len(api.requests) == 4

    def test_the_revision_is_the_last_pages(self, api: ApiServer, client: Client) -> None:
        api.on("GET", f"{NS}/pods", page(pod("a"), token="t1", revision="9"), page(pod("b"), revision="9"))
        assert client.pages(client.resource("Pod"), "shop")[1] == 9


class TestWriting:
    def test_create(self, api: ApiServer, client: Client) -> None:
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
        api.on("POST", "/api/v1/namespaces", Answer(manifest, 201))
        assert client.create(manifest) == manifest
        assert api.lines == ["POST /api/v1/namespaces?fieldManager=pytest-kworkload&fieldValidation=Strict"]
        assert api.requests[0].json() == manifest

    @pytest.mark.parametrize(("code", "created"), [(201, True), (200, False)])
    def test_apply(self, api: ApiServer, client: Client, code: int, created: bool) -> None:
        manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
        api.on("PATCH", f"{APPS}/deployments/web", Answer({**manifest, "spec": {}}, code))
        assert client.apply(manifest, "shop") == ({**manifest, "spec": {}}, created)
        request = api.requests[0]
        assert request.query == {"fieldManager": "pytest-kworkload", "fieldValidation": "Strict", "force": "false"}
        assert request.headers["Content-Type"] == "application/apply-patch+yaml"
        assert request.json() == manifest

    def test_apply_by_force_and_without_effect(self, api: ApiServer, client: Client) -> None:
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
        api.on("PATCH", f"{NS}/configmaps/c", manifest)
        client.apply(manifest, "shop", dry_run=True, force=True)
        assert api.requests[0].query == {
            "fieldManager": "pytest-kworkload",
            "fieldValidation": "Strict",
            "force": "true",
            "dryRun": "All",
        }

    @pytest.mark.parametrize(
        ("type", "content_type"),
        [
            ("strategic", "application/strategic-merge-patch+json"),
            ("merge", "application/merge-patch+json"),
            ("json", "application/json-patch+json"),
        ],
    )
    def test_patch(self, api: ApiServer, client: Client, type: Any, content_type: str) -> None:
        api.on("PATCH", f"{NS}/pods/web", pod("web"))
        client.patch("Pod", "web", {"a": 1}, "shop", type=type)
        assert api.requests[0].headers["Content-Type"] == content_type

    def test_scale(self, api: ApiServer, client: Client) -> None:
        api.on("PATCH", f"{APPS}/deployments/web/scale", {})
        client.scale("Deployment", "web", 5, "shop")
        assert api.requests[0].json() == {"spec": {"replicas": 5}}

    def test_delete(self, api: ApiServer, client: Client) -> None:
        api.on("DELETE", f"{NS}/pods/web", {"kind": "Status"})
        assert client.delete("Pod", "web", "shop", propagation="Foreground", grace_seconds=0, uid="u-1") == {"kind": "Status"}
        assert api.requests[0].json() == {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Foreground",
            "gracePeriodSeconds": 0,
            "preconditions": {"uid": "u-1"},
        }

    def test_evict(self, api: ApiServer, client: Client) -> None:
        api.on("POST", f"{NS}/pods/web/eviction", {})
        client.evict("web", "shop", grace_seconds=3, uid="u-1")
        assert api.requests[0].json() == {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": "web", "namespace": "shop"},
            "deleteOptions": {"gracePeriodSeconds": 3, "preconditions": {"uid": "u-1"}},
        }

    def test_an_eviction_that_a_budget_forbids_is_told_at_once(self, api: ApiServer, client: Client) -> None:
        forbidden = Answer(status(429, "TooManyRequests", "Cannot evict pod"), 429, {"Retry-After": "0"})
        api.on("POST", f"{NS}/pods/web/eviction", forbidden)
        with pytest.raises(ApiError) as error:
            client.evict("web", "shop")
        assert (error.value.status, len(api.requests)) == (429, 1)
