"""The text of --kworkload-plan."""

from __future__ import annotations

from pytest_kworkload import plan
from pytest_kworkload.markers import Asked
from pytest_kworkload.providers.offers import Offer

OURS = Offer("ours", frozenset({"nodes:stop", "pods:exec"}))
THERE = Offer("there", frozenset({"network:dns"}), frozenset({"pods:exec"}), fixed=True)


def test_a_table_and_a_sum() -> None:
    tests = [
        ("test_web.py::test_update", Asked()),
        ("test_web.py::test_spread", Asked(3, ("pods:exec",))),
        ("test_web.py::test_narrow", Asked(1)),
        ("test_db.py::test_outage", Asked(3, ("nodes:stop", "network:dns"))),
    ]
    assert "\n".join(plan.lines(tests, [OURS, THERE], others=1)) == (
        "test                      nodes  needs                    on ours          on there\n"
        "test_web.py::test_update  -      -                        yes              yes\n"
        "test_web.py::test_spread  3      pods:exec                yes              if: 3 nodes, pods:exec\n"
        "test_web.py::test_narrow  1      -                        yes              yes\n"
        "test_db.py::test_outage   3      nodes:stop, network:dns  no: network:dns  no: nodes:stop\n"
        "\n"
        "4 tests need a cluster, 1 does not; ours can run 3; there can run 2 and perhaps 1 more"
    )


def test_what_a_setting_would_give_is_named() -> None:
    offer = Offer("there", frozenset(), withheld={"nodes:cordon": "--a and -b"})
    (_, row, *_) = plan.lines([("t", Asked(needs=("nodes:cordon", "nodes:stop")))], [offer])
    assert row.endswith("  no: nodes:cordon without --a and -b, nodes:stop")


def test_of_nothing_only_the_sum() -> None:
    assert list(plan.lines([], [OURS], others=2)) == ["0 tests need a cluster, 2 do not"]


def test_one_test() -> None:
    assert list(plan.lines([("t", Asked())], [OURS]))[-1] == "1 test needs a cluster; ours can run 1"
