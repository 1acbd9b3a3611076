"""A control plane that emulates an older minor: what it drops is told, what it has works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_kworkload import Cluster, ManifestError, Namespace, assert_rolling_update
from pytest_kworkload.cluster.running import Wish
from pytest_kworkload.providers.embedded.provider import Embedded
from pytest_kworkload.settings import Settings

from . import workloads
from .workloads import new_version


@pytest.fixture(scope="module")
def kworkload_cluster() -> Iterator[Cluster]:
    """It has the kinds, the fields and the gates of 1.34: the oldest that this one can emulate."""
    components = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    arguments = tuple(f"--{component}-arg=--emulated-version=1.34" for component in components)
    cluster = Cluster(Embedded().start(Wish(1, arguments), Settings()), "older")
    yield cluster
    cluster.close()


def strategy(**rolling_update: int) -> dict[str, object]:
    return {"type": "RollingUpdate", "rollingUpdate": rolling_update}


def test_a_field_that_it_drops_fails_the_test(kworkload: Namespace) -> None:
    service, db = workloads.stateful_set(replicas=2, updateStrategy=strategy(maxUnavailable=2))
    with pytest.raises(
        ManifestError, match=r"the server has not kept spec\.updateStrategy\.rollingUpdate\.maxUnavailable of StatefulSet db"
    ):
        kworkload.apply([service, db])


def test_an_update_on_an_older_minor(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.deployment(replicas=2)).wait_ready().deployment("web")
    with assert_rolling_update(web, min_available=1):
        web.patch(new_version())
