"""vol-ephemeral-lifetime: as long as the pod, no longer, no shorter."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.storage.volume_lifetime import check_volume_lifetime, restart_count, restarted_or_gone

from ...histories import Change, Json, at, changed, claim, crashed, gone, owned_by, pod, story, what_broke_with_lines

UID = "Pod/one"


def having(**source: Json) -> Json:
    return changed(pod("one"), "spec.volumes", [{"name": "data", **source}])


SCRATCH, OWN = having(emptyDir={}), having(ephemeral={})
AGAIN = changed(SCRATCH, "status.containerStatuses", [{"name": "main", "ready": True, "restartCount": 1}])
CLAIM = claim("one-data")
CLAIM["metadata"]["ownerReferences"] = [owned_by(OWN)]


def held(*parts: Json | Change, volume: str = "data") -> Finding:
    return check_volume_lifetime(story(*parts), UID, volume, "main")


def test_it_outlives_a_container() -> None:
    finding = held(SCRATCH, at(1, crashed(SCRATCH)), at(2, AGAIN))
    assert finding.holds
    assert finding.evidence == {"restarts": 1, "claim": ""}
    assert restarted_or_gone(story(SCRATCH, at(2, AGAIN)), UID, "data", "main")
    assert not restarted_or_gone(story(SCRATCH, at(1, crashed(SCRATCH))), UID, "data", "main")
    assert not restarted_or_gone(story(SCRATCH, at(1, crashed(SCRATCH, restarted=True))), UID, "data", "main")  # it is not ready yet


def test_its_claim_goes_with_the_pod() -> None:
    finding = held(OWN, CLAIM, gone(1, OWN), gone(2, CLAIM))
    assert finding.holds
    assert finding.evidence == {"restarts": 0, "claim": "one-data"}
    assert restarted_or_gone(story(OWN, CLAIM, gone(1, OWN), gone(2, CLAIM)), UID, "data", "main")
    assert not restarted_or_gone(story(OWN, CLAIM, gone(1, OWN)), UID, "data", "main")


@pytest.mark.parametrize(("own", "line"), [(CLAIM, "owned by its pod"), (claim("one-data"), "owned by something else, or nothing")])
def test_its_claim_stays(own: Json, line: str) -> None:
    finding = held(OWN, own, gone(1, OWN))
    assert what_broke_with_lines(finding) == [("claim one-data outlives its pod", (line,))]


def test_its_claim_was_not_there() -> None:
    assert held(OWN, gone(1, OWN)).breaches[0].what == "claim one-data was not there"


class TestVacuous:
    def test_another_kind_of_volume(self) -> None:
        finding = held(having(persistentVolumeClaim={"claimName": "data"}))
        assert (finding.vacuous, finding.check) == ("it is not an ephemeral volume", "name a volume of the kind emptyDir or ephemeral")
        assert held(SCRATCH, volume="other").terms == ("volume other: none of this name",)

    def test_nothing_happened(self) -> None:
        assert held(SCRATCH).vacuous == "container main was not started again, and the pod is still there"

    def test_an_empty_dir_after_its_pod(self) -> None:
        assert held(SCRATCH, gone(1, SCRATCH)).vacuous == "the pod is gone, so nobody can look into its emptyDir"


def test_a_container_that_has_no_status_was_not_restarted() -> None:
    assert restart_count({"status": {}}, "main") == 0
