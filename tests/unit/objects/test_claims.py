"""Claims and volumes, as pods name and mount them."""

from __future__ import annotations

import pytest

from pytest_kworkload.objects.claims import claim_names, mounted_at, on_a_claim, users, volume_of

from ..histories import Json, at, changed, claim, gone, pod, story, using, volume

POD: Json = {
    "metadata": {"name": "one"},
    "spec": {
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "shared"}},
            {"name": "own", "ephemeral": {}},
            {"name": "scratch", "emptyDir": {}},
            {"name": "disk", "hostPath": {"path": "/x"}},
        ],
        "containers": [
            {"name": "first", "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "scratch", "mountPath": "/data/tmp"}]},
            {"name": "second", "volumeMounts": [{"name": "own", "mountPath": "/own"}, {"name": "disk", "mountPath": "/data/disk/"}]},
        ],
    },
}


def test_the_names_of_a_pods_claims() -> None:
    assert claim_names(POD) == {"data": "shared", "own": "one-own"}
    assert claim_names(pod("bare")) == {}


def test_the_users_of_a_claim() -> None:
    pods = [using(pod(name), "data") for name in "ba"] + [pod("stranger")]
    assert [one["metadata"]["name"] for one in users(pods, claim("data"))] == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "container", "source"),
    [
        ("/data", "first", "persistentVolumeClaim shared"),
        ("/data/", "first", "persistentVolumeClaim shared"),
        ("/data/deep/er", "first", "persistentVolumeClaim shared"),
        ("/data/tmp/x", "first", "emptyDir"),
        ("/data/disk", "second", "hostPath"),
        ("/own", "second", "ephemeral one-own"),
        ("/database", "first", ""),
    ],
)
def test_what_is_mounted_where_a_path_leads(path: str, container: str, source: str) -> None:
    assert mounted_at(POD, path) == (container, source)
    assert on_a_claim(source) == source.startswith("persistentVolumeClaim")


def test_the_volume_of_a_claim() -> None:
    data, made = claim("data", volume="v"), volume("v")
    assert volume_of(story(data, made), data) is not None
    assert volume_of(story(data, made, gone(1, made)), data) is not None
    assert volume_of(story(data), data) is None
    assert volume_of(story(made), {"spec": {}}) is None


def test_a_volume_that_was_made_again_under_its_name() -> None:
    data, old, new = claim("data", volume="v"), volume("v"), changed(volume("v"), "metadata.uid", "new")
    for parts in ((gone(1, old), at(2, new)), (gone(1, old), at(2, new), gone(3, new))):
        found = volume_of(story(data, old, *parts), data)
        assert found is not None
        assert found["metadata"]["uid"] == "new"
