"""What a user reads when a test fails; whole texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pytest_kworkload.explain.text import failure, note
from pytest_kworkload.guarantees.catalogue import CATALOGUE, Guarantee
from pytest_kworkload.guarantees.finding import Breach, Chart, Finding, Lane

from ..histories import moment

LOOK = "kubectl -n kw-1"
PROMISE = Guarantee("rollback", "going back uses the old revision again", "pkg/controller/deployment/sync.go")
LOOK_AT = ("Deployment",)
FINDING = Finding(PROMISE, "Deployment web", ("replicas 3", "revisionHistoryLimit 10"), look=LOOK_AT)


def text(finding: Finding) -> str:
    return failure(finding, LOOK) + "\n"


def test_vacuous() -> None:
    finding = replace(FINDING, vacuous="the template did not change, so nothing was rolled back", check="call rollback() in the block")
    assert (
        text(finding)
        == """\
rollback: going back uses the old revision again
  Deployment web · replicas 3 · revisionHistoryLimit 10
  vacuous, so a failure: the template did not change, so nothing was rolled back
  do: call rollback() in the block
  look: kubectl -n kw-1 get deployment,replicaset,pod -o wide
"""
    )


def test_a_breach_with_its_proof_its_cause_and_the_field_to_change() -> None:
    breach = Breach("ReplicaSet web-3 was made anew", lines=("web-1  revision 1, there before", "web-2  revision 2, there before"))
    finding = replace(
        FINDING, breaches=(breach,), cause="its revision was beyond the limit", change="spec.revisionHistoryLimit: 10 (now 0)"
    )
    assert (
        text(finding)
        == """\
rollback: going back uses the old revision again
  Deployment web · replicas 3 · revisionHistoryLimit 10
  broke: ReplicaSet web-3 was made anew
      web-1  revision 1, there before
      web-2  revision 2, there before
  cause: its revision was beyond the limit
  change: spec.revisionHistoryLimit: 10 (now 0)
  look: kubectl -n kw-1 get deployment,replicaset,pod -o wide
"""
    )


def test_many_breaches() -> None:
    breaches = tuple(Breach(f"no pod on node-{n}") for n in range(8))
    assert (
        text(replace(FINDING, terms=(), breaches=breaches))
        == """\
rollback: going back uses the old revision again
  Deployment web
  broke: no pod on node-0
  also: no pod on node-1
  also: no pod on node-2
  also: no pod on node-3
  also: no pod on node-4
  and 3 more
  look: kubectl -n kw-1 get deployment,replicaset,pod -o wide
"""
    )


def test_moments_are_counted_from_the_trigger() -> None:
    breaches = (
        Breach("2 available", moment(0.5), moment(0.52)),
        Breach("1 available", moment(3), moment(4.26)),
        Breach("claim data-db-1 was deleted", moment(7)),
        Breach("0 available, until the end", moment(8)),
        Breach("2 of 3 available at the end"),
    )
    assert (
        text(replace(FINDING, breaches=breaches, trigger=moment(1)))
        == """\
rollback: going back uses the old revision again
  Deployment web · replicas 3 · revisionHistoryLimit 10
  broke 0.5 s before the trigger, for 20 ms: 2 available
  also 2.0 s after the trigger, for 1.3 s: 1 available
  also 6.0 s after the trigger: claim data-db-1 was deleted
  also 7.0 s after the trigger: 0 available, until the end
  also: 2 of 3 available at the end
  look: kubectl -n kw-1 get deployment,replicaset,pod -o wide
"""
    )


def test_without_a_trigger_there_is_nothing_to_count_from() -> None:
    assert "\n  broke: gone\n" in text(replace(FINDING, breaches=(Breach("gone", moment(1)),)))


def test_a_breach_at_the_trigger_itself() -> None:
    assert "broke 0 ms after the trigger: gone" in text(replace(FINDING, breaches=(Breach("gone", moment(1)),), trigger=moment(1)))


def test_with_a_chart() -> None:
    lanes = (
        Lane("web-1-a", "old", ((moment(0), "available"), (moment(4), "terminating"), (moment(6), "")), "terminating"),
        Lane("web-2-x", "new", ((moment(2), "pending"), (moment(8), "available")), "pending"),
    )
    chart = Chart(lanes, ((moment(0), 1), (moment(4), 0), (moment(8), 1)), 1, moment(0), moment(10))
    finding = Finding(
        CATALOGUE["deploy-rolling-available"],
        "Deployment web",
        ("replicas 1", "its strategy promises: at least 1 available"),
        (Breach("0 available", moment(4), moment(8)),),
        cause="web-1-a: taken down by the controller, as the strategy allows",
        change="spec.strategy.rollingUpdate.maxUnavailable: 0 (now 1)",
        trigger=moment(1),
        chart=chart,
        look=LOOK_AT,
    )
    assert (
        text(finding)
        == """\
deploy-rolling-available: during a rolling update enough pods stay available
  Deployment web · replicas 1 · its strategy promises: at least 1 available
  broke 3.0 s after the trigger, for 4.0 s: 0 available

    pod             when it broke  over 10.0 s
    web-1-a    old  terminating    ████████████████▁▁▁▁▁▁▁▁················
    web-2-x    new  pending        ········░░░░░░░░░░░░░░░░░░░░░░░░████████
    available       bound 1        1111111111111111000000000000000011111111
    █ available ░ not ready ▁ terminating x finished · not there

  cause: web-1-a: taken down by the controller, as the strategy allows
  change: spec.strategy.rollingUpdate.maxUnavailable: 0 (now 1)
  look: kubectl -n kw-1 get deployment,replicaset,pod -o wide
"""
    )


def test_a_chart_is_drawn_only_where_something_broke() -> None:
    chart = Chart((), ((moment(0), 1),), 1, moment(0), moment(0) + timedelta(seconds=1))
    assert "over 1.0 s" not in text(replace(FINDING, vacuous="nothing happened", chart=chart))


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (FINDING, "kworkload: until then the guarantee held: rollback (Deployment web)"),
        (
            replace(FINDING, vacuous="the block made no new revision"),
            "kworkload: rollback (Deployment web) was not shown either: the block made no new revision",
        ),
        (
            replace(FINDING, breaches=(Breach("1 available", moment(1), moment(2)), Breach("no pod on node-1"))),
            "kworkload: rollback (Deployment web) does not hold either: 1 available; no pod on node-1",
        ),
    ],
)
def test_the_verdict_beside_an_error_that_came_first(finding: Finding, line: str) -> None:
    assert note(finding) == line
