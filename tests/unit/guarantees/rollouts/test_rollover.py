"""deploy-rollover."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.proportional_scaling import DESIRED
from pytest_kworkload.guarantees.rollouts.rollover import check_rollover
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, deployment, moment, pod, replica_set, story, template, terminating, what_broke_with_lines

ONE = deployment(replicas=3)
TWO, THREE = (changed(ONE, "spec.template", template(f"web:{n}")) for n in (2, 3))


def rs(n: int, replicas: int, number: int | None = None) -> Json:
    return replica_set(f"web-{n}", ONE, replicas, number=number or n)


UNDER_WAY = (at(1, TWO), at(1.1, rs(2, 1)), at(2, THREE), at(2.1, rs(3, 1)))
DONE = (at(3, rs(2, 0)), at(4, rs(3, 3)), at(5, rs(1, 0)))


def check(history: History) -> Finding:
    return check_rollover(history, "Deployment/web")


def test_the_newest_version_takes_over_in_the_middle() -> None:
    finding = check(story(ONE, rs(1, 3), *UNDER_WAY, *DONE, at(6, pod("web-3-x", rs(3, 3)))))
    assert finding.holds
    assert finding.terms == ("replicas 3", "strategy RollingUpdate")
    assert finding.evidence == {"newest": "web-3", "older": ("web-1", "web-2")}


def test_back_to_the_first_version_in_the_middle() -> None:
    again = [at(1, TWO), at(1.1, rs(2, 1)), at(2, ONE), at(2.1, rs(1, 3, number=3)), at(3, rs(2, 0))]
    finding = check(story(ONE, rs(1, 3), *again))
    assert finding.holds
    assert finding.evidence == {"newest": "web-1", "older": ("web-2",)}


def test_an_older_version_grows() -> None:
    finding = check(story(ONE, rs(1, 3), *UNDER_WAY, at(3, rs(2, 2)), at(4, rs(2, 0)), *DONE[1:]))
    assert [(one.what, one.at) for one in finding.breaches] == [("ReplicaSet web-2 grew to 2 pods after the last version began", moment(3))]
    assert finding.cause == "the controller only makes older ReplicaSets smaller: something else scales them or creates their pods"
    assert finding.check.startswith("find what, other than the controller, scales ReplicaSets of this Deployment")


def test_the_deployment_is_scaled_meanwhile() -> None:
    """Each version that has pods gets its share of the new size; the controller notes on it what it was made for."""

    def noted(n: int, replicas: int, desired: str) -> Json:
        made = rs(n, replicas)
        made["metadata"]["annotations"][DESIRED] = desired
        return made

    start = (ONE, noted(1, 3, "3"), at(1, TWO), at(1.1, noted(2, 1, "3")), at(2, THREE), at(2.1, noted(3, 1, "3")))
    done = (at(4, noted(2, 0, "6")), at(4, noted(1, 0, "6")), at(5, noted(3, 6, "6")))
    assert check(story(*start, at(2.5, changed(THREE, "spec.replicas", 6)), at(3, noted(1, 5, "6")), *done)).holds
    assert [one.at for one in check(story(*start, at(3, noted(1, 5, "3")), *done)).breaches] == [moment(3)]
    assert [one.at for one in check(story(*start, at(3, noted(2, 0, "3")), at(3.5, noted(2, 1, "6")), *done)).breaches] == [moment(3.5)]


def test_an_older_version_may_grow_before_the_last_one_begins() -> None:
    assert check(story(ONE, rs(1, 3), at(1, TWO), at(1.1, rs(2, 1)), at(1.2, rs(2, 2)), *UNDER_WAY[2:], *DONE)).holds


def test_pods_of_older_versions_at_the_end() -> None:
    left, going = pod("web-2-x", rs(2, 0)), terminating(pod("web-2-y", rs(2, 0)))
    finding = check(story(ONE, rs(1, 3), *UNDER_WAY, *DONE, at(6, left), at(6, going)))
    assert what_broke_with_lines(finding) == [("pods of older versions at the end: 1", ("web-2-x",))]


def test_replica_sets_of_others_do_not_count() -> None:
    other = replica_set("other", deployment("other"), 1)
    assert check(story(ONE, rs(1, 3), other, *UNDER_WAY, at(2.5, changed(other, "spec.replicas", 5)), *DONE)).holds


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [
        (story(at(1, ONE), at(2, rs(1, 3))), "the block created the Deployment"),
        (story(ONE, rs(1, 3), at(1, changed(ONE, "spec.replicas", 5))), "the block made 0 new versions"),
        (story(ONE, rs(1, 3), at(1, TWO), at(1.1, rs(2, 1))), "the block made 1 new version,"),
        (story(ONE, rs(1, 3), at(1, TWO), at(1.1, THREE), at(2, rs(3, 1, number=2))), "no other rollout was under way"),
        (story(ONE, rs(1, 3), *UNDER_WAY[:2], at(1.5, rs(2, 3)), at(1.6, rs(1, 0)), *UNDER_WAY[2:]), "no other rollout was under way"),
        (story(ONE, rs(1, 3), at(1, TWO), at(2, THREE)), "no other rollout was under way"),
    ],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert vacuous in finding.vacuous
    assert finding.check
