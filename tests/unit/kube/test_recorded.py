"""What is made of the answers of real API servers of several minors (recorded/README.md).

The client's code asks the recording of each what `recorded/scenario.py` says. What differs between them is in the table here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.errors import ApiError
from pytest_kworkload.guarantees.pods.observed import check_observed
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.discovery import BUILT_IN
from pytest_kworkload.kube.versions import supported
from pytest_kworkload.providers.existing import rights

from .conftest import WriteKubeconfig
from .recorded.player import Player
from .recorded.scenario import FORMS, NAMESPACE, PARTS, STRANGER
from .recorded.tape import Tape, tapes

KEPT: list[str] = []
UNKNOWN = "unknown"  # the server has no such field and says so

Play = Callable[[str], Any]


Fields = dict[str, list[str] | str]
MAX_UNAVAILABLE: Fields = {"maxUnavailable of a StatefulSet": ["spec.updateStrategy.rollingUpdate.maxUnavailable"]}
ATTRIBUTES: Fields = {"class of a volume's attributes": ["spec.volumeAttributesClassName"]}
RESOURCES: Fields = {"resources of a whole pod": ["spec.resources"]}
SINCE_1_30: Fields = {  # and kept since 1.31
    "successPolicy of a Job": ["spec.successPolicy"],
    "trafficDistribution of a Service": ["spec.trafficDistribution"],
}
KINDS = {
    "NetworkPolicy": "networking.k8s.io/v1",
    "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1",
    "ServiceCIDR": "networking.k8s.io/v1",
    "VolumeAttributesClass": "storage.k8s.io/v1",
    "DeviceClass": "resource.k8s.io/v1",
}


@dataclass(frozen=True)
class Minor:
    """What one minor does otherwise than others."""

    fields: Fields  # those that are not kept, with the paths that are dropped
    kinds: Mapping[str, str | None]  # the preferred version of some kinds
    generation_of_pods: str | None  # what is missing in a pod whose status should say which generation it is about


def unknown(fields: Fields) -> Fields:
    return dict.fromkeys(fields, UNKNOWN)


def without(*kinds: str) -> Mapping[str, str | None]:
    return {**KINDS, **dict.fromkeys(kinds)}


GENERATION = "metadata.generation"
LATER = ("ServiceCIDR", "VolumeAttributesClass", "DeviceClass")
MINORS = {
    "1.29": Minor(MAX_UNAVAILABLE | ATTRIBUTES | unknown(RESOURCES | SINCE_1_30), without("ValidatingAdmissionPolicy", *LATER), GENERATION),
    "1.30": Minor(MAX_UNAVAILABLE | ATTRIBUTES | unknown(RESOURCES) | SINCE_1_30, without(*LATER), GENERATION),
    "1.31": Minor(MAX_UNAVAILABLE | ATTRIBUTES | unknown(RESOURCES), without(*LATER), GENERATION),
    "1.32": Minor(MAX_UNAVAILABLE | ATTRIBUTES | RESOURCES, without(*LATER), GENERATION),
    "1.33": Minor(MAX_UNAVAILABLE | ATTRIBUTES | RESOURCES, without("VolumeAttributesClass", "DeviceClass"), "status.observedGeneration"),
    "1.34": Minor(MAX_UNAVAILABLE, KINDS, None),
    "1.35": Minor(MAX_UNAVAILABLE, KINDS, None),
    "1.36": Minor(MAX_UNAVAILABLE, KINDS, None),
    "1.37": Minor({}, KINDS, None),
}


@pytest.fixture(params=tapes(), ids=lambda path: path.name)
def tape(request: pytest.FixtureRequest) -> Tape:
    path: Path = request.param
    return Tape.read(path)


@pytest.fixture
def minor(tape: Tape) -> Minor:
    return MINORS[tape.minor]


@pytest.fixture
def play(tape: Tape, kubeconfig: WriteKubeconfig) -> Iterator[Play]:
    """Runs one part of the scenario on the recording."""
    opened: list[tuple[Client, Player]] = []

    def play(part: str) -> Any:
        player = Player(tape.parts[part])
        client = Client(kubeconfig(player.url))
        opened.append((client, player))
        return PARTS[part](client)

    yield play
    for client, player in opened:
        client.close()
        player.stop()
        assert player.unknown == [], "recorded/README.md says how to record anew"


def test_the_table_is_of_what_was_recorded() -> None:
    assert {Tape.read(path).minor for path in tapes()} == set(MINORS)


def test_the_version(tape: Tape, play: Play) -> None:
    assert supported(play("version")) == tape.version


class TestDiscovery:
    def test_every_form_says_the_same(self, play: Play) -> None:
        kinds = {form: play(f"kinds, {form}") for form in FORMS}
        assert len(kinds["older"]) > 50
        assert all(one == kinds["older"] for one in kinds.values())

    def test_what_needs_no_question_is_there(self, play: Play) -> None:
        assert set(BUILT_IN.values()) <= play("kinds, as asked")

    def test_kinds_that_not_every_minor_has(self, play: Play, minor: Minor) -> None:
        groups, preferred = play("groups")
        assert {"", "apps", "batch", "policy", "discovery.k8s.io"} <= groups
        assert preferred == minor.kinds


def test_fields_that_are_not_kept(play: Play, minor: Minor) -> None:
    found = {name: UNKNOWN if isinstance(what, ApiError) else what for name, what in play("fields").items()}
    assert {name: what for name, what in found.items() if what != KEPT} == minor.fields


def test_the_generation_that_a_pods_status_is_about(play: Play, minor: Minor) -> None:
    finding = check_observed(play("status of a pod"))
    if minor.generation_of_pods is None:
        assert finding.holds
    else:
        assert finding.vacuous.startswith(f"it has no {minor.generation_of_pods}:")


class TestRecording:
    def test_a_list_and_the_watch_from_there(self, play: Play) -> None:
        listing, events = play("watch")
        assert {one["metadata"]["name"] for one in listing.objects} == {"told", "guarded"}
        assert [type for type, _ in groupby(one.type for one in events)] == ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
        revisions = [listing.revision, *(one.revision for one in events)]
        assert revisions == sorted(revisions)
        assert len({one.object["metadata"]["uid"] for one in events if one.type != "BOOKMARK"}) == 1

    def test_a_version_that_is_forgotten(self, play: Play) -> None:
        assert play("forgotten").startswith("too old resource version: 1 (")

    def test_pages_and_metadata(self, play: Play) -> None:
        names, identities = play("pages")
        assert names == ["one", "three", "two"]
        assert len(identities.revisions) == 3
        assert max(identities.revisions.values()) <= identities.revision


class TestRefusals:
    def test_what_they_are(self, play: Play) -> None:
        errors = play("refusals")
        assert {name: (one.status, one.reason, one.fields) for name, one in errors.items()} == {
            "not there": (404, "NotFound", ()),
            "there already": (409, "AlreadyExists", ()),
            "somebody else's field": (409, "Conflict", ("spec.sessionAffinity",)),
            "a wrong value": (422, "Invalid", ("spec.replicas",)),
            "an unknown field": (422, "Invalid", ("spec.sessionAfinity",)),
            "an unknown field, created": (400, "BadRequest", ()),
        }
        assert "somebody" in str(errors["somebody else's field"])

    def test_an_eviction_that_a_budget_forbids(self, play: Play) -> None:
        error = play("eviction")
        assert (error.status, error.reason) == (429, "TooManyRequests")
        assert "disruption budget" in str(error)

    def test_rights(self, play: Play) -> None:
        assert play("rights of an administrator") == frozenset()
        user, denied, error = play("rights of a stranger")
        assert user == f"system:serviceaccount:{NAMESPACE}:{STRANGER}"
        assert denied == frozenset(rights.EVERYTHING)
        assert (error.status, error.reason) == (403, "Forbidden")
