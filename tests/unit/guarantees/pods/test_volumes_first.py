"""pod-volumes-first: what a pod's volumes need, and when its containers start."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.volumes_first import check_volumes_first, container_started

from ...histories import Change, Json, at, changed, claim, config_map, having, moment, pending, pod, running, story, template, waiting

UID = "Pod/web"
VOLUMES = [{"name": "a", "configMap": {"name": "settings"}}, {"name": "b", "configMap": {"name": "extra", "optional": True}}]
WEB = changed(pod("web"), "spec.volumes", VOLUMES)
WAITING, SETTINGS = pending(WEB), config_map("settings")


def held(*parts: Json | Change) -> Finding:
    return check_volumes_first(story(*parts), UID)


def test_it_waits() -> None:
    finding = held(at(1, WAITING), at(4, SETTINGS), at(6, WEB))
    assert finding.holds
    assert finding.terms == ("its volumes need: ConfigMap settings",)
    assert finding.evidence == {"awaited": ("ConfigMap settings",), "seconds": 2}


def test_it_does_not_wait() -> None:
    finding = held(at(1, WAITING), at(2, WEB), at(4, SETTINGS))
    assert [(one.what, one.at) for one in finding.breaches] == [("a container started before ConfigMap settings was there", moment(2))]
    assert finding.look == ("Pod", "ConfigMap")
    assert held(at(1, WAITING), at(2, WEB)).breaches


def test_two_streams_may_differ_by_a_moment() -> None:
    assert held(at(1, WAITING), at(4, WEB), at(4.5, SETTINGS)).holds


def test_an_init_container_counts() -> None:
    made = changed(WEB, "spec.initContainers", template()["spec"]["containers"])
    made = changed(made, "spec.initContainers", [{"name": "init"}])
    early = having(made, init=running(2), main=waiting())
    finding = held(at(1, having(made, init=waiting(), main=waiting())), at(2, early), at(4, SETTINGS))
    assert finding.breaches


def test_a_claim_is_there_when_it_is_bound() -> None:
    using = changed(WAITING, "spec.volumes", [{"name": "a", "persistentVolumeClaim": {"claimName": "data"}}])
    runs = changed(WEB, "spec.volumes", using["spec"]["volumes"])
    unbound = claim("data", phase="Pending")
    assert held(unbound, at(1, using), at(3, claim("data")), at(5, runs)).evidence["awaited"] == ("PersistentVolumeClaim data",)
    assert held(unbound, at(1, using), at(2, runs), at(4, claim("data"))).breaches


def test_nothing_starts() -> None:
    assert [one.what for one in held(at(1, WAITING), at(3, SETTINGS)).breaches] == ["none of its containers started"]


@pytest.mark.parametrize(
    ("parts", "vacuous"),
    [
        ((WAITING, at(4, SETTINGS), at(6, WEB)), "the Pod was there before the block: its start was not seen"),
        ((SETTINGS, at(1, WAITING), at(2, WEB)), "all of it was there when the pod came, or a moment later"),
        ((at(1, WAITING), at(1.5, SETTINGS), at(2, WEB)), "all of it was there when the pod came, or a moment later"),
        ((at(1, pending(pod("web"))), at(2, pod("web"))), "its volumes need nothing that may be missing, so there was nothing to wait for"),
    ],
)
def test_vacuous(parts: tuple[Json | Change, ...], vacuous: str) -> None:
    assert held(*parts).vacuous == vacuous


def test_when_to_stop_waiting() -> None:
    assert [container_started(story(at(1, one)), UID) for one in (WAITING, WEB)] == [None, moment(1)]
