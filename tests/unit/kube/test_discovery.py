"""Which kinds there are, from both forms of discovery."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.errors import ClusterError, NotFound
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.discovery import BUILT_IN, Discovery

from .server import Answer, ApiServer, status


def served(kind: str, plural: str, scope: str = "Namespaced") -> dict[str, Any]:
    return {"resource": plural, "responseKind": {"kind": kind}, "scope": scope}


def group(name: str, **versions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "versions": [{"version": version, "resources": kinds} for version, kinds in versions.items()]}


WIDGETS = group(
    "example.com", v1=[served("Widget", "widgets"), served("Fleet", "fleets", "Cluster")], v1beta1=[served("Widget", "widgets")]
)
APPS = group("apps", v1=[served("Deployment", "deployments"), served("StatefulSet", "statefulsets")])
OTHERS = group("other.org", v2=[served("Widget", "wodgets")])


def aggregated(api: ApiServer, *groups: dict[str, Any]) -> None:
    api.on(
        "GET", "/api", {"kind": "APIGroupDiscoveryList", "items": [{"versions": [{"version": "v1", "resources": [served("Pod", "pods")]}]}]}
    )
    api.on("GET", "/apis", {"kind": "APIGroupDiscoveryList", "items": list(groups)})


@pytest.fixture
def discovery(client: Client) -> Discovery:
    return client.discovery


def path(discovery: Discovery, kind: str, api_version: str | None = None) -> str:
    return discovery.find(kind, api_version).path("shop", "x")


class TestFind:
    def test_built_in_kinds_need_no_question(self, api: ApiServer, discovery: Discovery) -> None:
        assert path(discovery, "Deployment") == "/apis/apps/v1/namespaces/shop/deployments/x"
        assert path(discovery, "Pod", "v1") == "/api/v1/namespaces/shop/pods/x"
        assert path(discovery, "Node") == "/api/v1/nodes/x"
        assert api.requests == []

    def test_the_servers_preferred_version(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, APPS, WIDGETS)
        assert path(discovery, "Widget") == "/apis/example.com/v1/namespaces/shop/widgets/x"
        assert path(discovery, "Fleet") == "/apis/example.com/v1/fleets/x"
        assert len(api.requests) == 2, "asked once, both parts of it"
        assert "as=APIGroupDiscoveryList" in api.requests[0].headers["Accept"]

    def test_a_version_that_is_asked_for(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, WIDGETS)
        assert path(discovery, "Widget", "example.com/v1beta1") == "/apis/example.com/v1beta1/namespaces/shop/widgets/x"

    def test_a_kind_that_is_new_is_found_by_asking_again(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, APPS)
        with pytest.raises(NotFound):
            discovery.find("Widget")
        aggregated(api, APPS, WIDGETS)
        assert path(discovery, "Widget") == "/apis/example.com/v1/namespaces/shop/widgets/x"

    def test_another_version_of_a_built_in_kind(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, group("apps", v1=[served("Deployment", "deployments")], v2=[served("Deployment", "deployments")]))
        assert path(discovery, "Deployment", "apps/v2") == "/apis/apps/v2/namespaces/shop/deployments/x"

    def test_the_kinds_of_the_cluster_that_can_be_listed_and_deleted(self, api: ApiServer, discovery: Discovery) -> None:
        def can(kind: str, scope: str, *verbs: str) -> dict[str, Any]:
            return {**served(kind, kind.lower(), scope), "verbs": list(verbs)}

        fleet, toy = can("Fleet", "Cluster", "get", "list", "delete"), can("Toy", "Namespaced", "list", "delete")
        aggregated(api, group("example.com", v1=[fleet, can("Gauge", "Cluster", "list"), toy], v1beta1=[fleet]))
        assert [one.path() for one in discovery.of_cluster("list", "delete")] == ["/apis/example.com/v1/fleet"]

    def test_what_is_listed_without_a_kind_is_left_out(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(
            api,
            group(
                "example.com",
                v1=[{"resource": "odd", "scope": "Cluster"}, {"resource": "o", "responseKind": {}}, *WIDGETS["versions"][0]["resources"]],
            ),
        )
        assert path(discovery, "Widget") == "/apis/example.com/v1/namespaces/shop/widgets/x"

    def test_a_server_that_is_not_there(self, api: ApiServer, discovery: Discovery) -> None:
        api.stop()
        with pytest.raises(ClusterError, match="no answer from the API server"):
            discovery.find("Widget")


class TestUnknown:
    def text(self, discovery: Discovery, kind: str, api_version: str | None = None) -> str:
        with pytest.raises(NotFound) as error:
            discovery.find(kind, api_version)
        return str(error.value)

    def test_near_kinds_are_listed(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, APPS, WIDGETS)
        assert self.text(discovery, "Wigdet") == (
            "the server has no kind Wigdet\n"
            "  why: similar kinds: Widget\n"
            "  do:  correct the kind, or apply the CustomResourceDefinition that brings it first"
        )

    @pytest.mark.parametrize(("kind", "near"), [("STATEFULSET", "StatefulSet"), ("widget", "Widget")])
    def test_a_wrong_case_is_seen(self, api: ApiServer, discovery: Discovery, kind: str, near: str) -> None:
        aggregated(api, APPS, WIDGETS)
        assert f"  why: similar kinds: {near}\n" in self.text(discovery, kind)

    def test_nothing_is_near(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, APPS)
        assert "  why: it has 3 kinds, none with a name like this\n" in self.text(discovery, "Xyzzy")

    def test_the_right_kind_in_a_wrong_version(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, WIDGETS)
        assert self.text(discovery, "Widget", "example.com/v3") == (
            "the server has no example.com/v3 Widget\n"
            "  why: it serves Widget as example.com/v1, example.com/v1beta1\n"
            "  do:  write apiVersion: example.com/v1"
        )

    def test_several_groups_have_the_kind(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, WIDGETS, OTHERS)
        assert self.text(discovery, "Widget") == (
            "kind Widget is served by several API groups: example.com, other.org\n"
            "  why: the name alone does not say which is meant\n"
            "  do:  name the group too, for example Widget.example.com"
        )
        assert path(discovery, "Widget.other.org") == "/apis/other.org/v2/namespaces/shop/wodgets/x"
        assert path(discovery, "Widget", "other.org/v2") == "/apis/other.org/v2/namespaces/shop/wodgets/x"


class TestKey:
    """The name under which a kind is recorded."""

    def test_is_the_bare_kind(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, WIDGETS)
        assert discovery.key(discovery.find("Widget")) == "Widget"
        assert discovery.key(BUILT_IN["Pod"]) == "Pod"

    def test_has_the_group_where_the_kind_alone_means_another(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, WIDGETS, OTHERS, group("events.k8s.io", v1=[served("Event", "events")]))
        assert discovery.key(discovery.find("Widget", "other.org/v2")) == "Widget.other.org"
        assert discovery.key(discovery.find("Event", "events.k8s.io/v1")) == "Event.events.k8s.io"

    def test_leads_back_to_the_kind(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, WIDGETS, OTHERS)
        for api_version in ("example.com/v1", "other.org/v2"):
            found = discovery.find("Widget", api_version)
            assert discovery.find(discovery.key(found)) == found


DEFINITION: dict[str, Any] = {
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [{"name": "v1", "served": True}, {"name": "v0", "served": False}],
    }
}


class TestLearn:
    @pytest.mark.parametrize("before", [False, True])
    def test_a_kind_is_known_before_the_server_lists_it(self, api: ApiServer, discovery: Discovery, before: bool) -> None:
        aggregated(api, APPS)
        if before:
            with pytest.raises(NotFound):
                discovery.find("Widget")
        discovery.learn(DEFINITION)
        assert path(discovery, "Widget") == "/apis/example.com/v1/namespaces/shop/widgets/x"
        with pytest.raises(NotFound):  # which makes it ask again
            discovery.find("Gadget")
        assert path(discovery, "Widget", "example.com/v1") == "/apis/example.com/v1/namespaces/shop/widgets/x"

    def test_a_version_that_is_not_served_is_not_known(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, APPS)
        discovery.learn(DEFINITION)
        with pytest.raises(NotFound):
            discovery.find("Widget", "example.com/v0")

    def test_once_the_server_lists_it_the_server_is_right(self, api: ApiServer, discovery: Discovery) -> None:
        aggregated(api, WIDGETS)
        discovery.learn(DEFINITION)
        discovery.find("Fleet")
        aggregated(api, APPS)
        with pytest.raises(NotFound):
            discovery.find("Gadget")
        with pytest.raises(NotFound):
            discovery.find("Widget")


class TestLegacy:
    @pytest.fixture(autouse=True)
    def old_server(self, api: ApiServer) -> None:
        api.on("GET", "/api", {"kind": "APIVersions", "versions": ["v1"]})
        api.on(
            "GET", "/apis", {"kind": "APIGroupList", "groups": [self.group("away.io", "v1"), self.group("example.com", "v1", "v1beta1")]}
        )
        api.on("GET", "/api/v1", self.resources(("Pod", "pods", True), ("Pod", "pods/log", True)))
        api.on("GET", "/apis/example.com/v1", self.resources(("Widget", "widgets", True), ("Scale", "widgets/scale", True)))
        api.on("GET", "/apis/example.com/v1beta1", self.resources(("Widget", "widgets", True), ("Fleet", "fleets", False), verbs=["list"]))
        api.on("GET", "/apis/away.io/v1", Answer(status(404, "NotFound", "its server is away"), 404))

    def group(self, name: str, *versions: str) -> dict[str, Any]:
        return {"name": name, "versions": [{"groupVersion": f"{name}/{one}", "version": one} for one in versions]}

    def resources(self, *kinds: tuple[str, str, bool], **more: list[str]) -> dict[str, Any]:
        told = [{"kind": kind, "name": name, "namespaced": where, **more} for kind, name, where in kinds]
        return {"kind": "APIResourceList", "resources": told}

    def test_the_servers_preferred_version(self, discovery: Discovery) -> None:
        assert path(discovery, "Widget") == "/apis/example.com/v1/namespaces/shop/widgets/x"
        assert path(discovery, "Fleet") == "/apis/example.com/v1beta1/fleets/x"

    def test_the_kinds_of_the_cluster(self, discovery: Discovery) -> None:
        assert [one.kind for one in discovery.of_cluster("list")] == ["Fleet"]
        assert discovery.of_cluster("list", "delete") == []

    def test_subresources_are_not_kinds(self, discovery: Discovery) -> None:
        with pytest.raises(NotFound):
            discovery.find("Scale")

    def test_a_group_whose_server_is_away_does_not_take_the_others_along(self, api: ApiServer, discovery: Discovery) -> None:
        discovery.find("Widget")
        assert "GET /apis/away.io/v1" in api.lines
