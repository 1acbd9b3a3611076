"""Our rules of where daemon pods belong, against what Kubernetes' own code says of generated nodes, templates and tolerations.

The cases are written by embedded_cluster/oracles/eligibility (`make eligibility`); `make go` finds them out of date.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.guarantees.daemon_sets.tolerations import check_tolerations
from pytest_kworkload.objects.eligibility import AUTOMATIC, HOST_NETWORK, evicted, ineligible

from ..histories import daemon_set, pod, story, template

CASES: dict[str, Any] = json.loads((Path(__file__).parent / "eligibility.json").read_text(encoding="utf-8"))


def test_daemon_pods_run_and_stay_where_kubernetes_says() -> None:
    wrong = []
    for case in CASES["placements"]:
        node = {"metadata": {"name": case["node"]["name"], "labels": case["node"].get("labels")}, "spec": case["node"]}
        made = template(**case["template"])
        if (ineligible(node, made) is None, evicted(node, made) is None) != (case["runs"], case["stays"]):
            wrong.append({**case, "we say": (ineligible(node, made), evicted(node, made))})
    assert wrong == []


def test_the_placements_are_of_every_sort() -> None:
    counts = Counter((case["runs"], case["stays"]) for case in CASES["placements"])
    assert all(counts[sort] >= 20 for sort in ((True, True), (False, True), (False, False))), counts


def test_every_daemon_pod_is_given_the_tolerations_that_we_know() -> None:
    assert CASES["added"] == [*AUTOMATIC, HOST_NETWORK]


@pytest.mark.parametrize("host_network", [False, True])
def test_pods_tolerate_a_nodes_trouble_for_as_long_as_kubernetes_says(host_network: bool) -> None:
    agent = daemon_set(template=template(hostNetwork=host_network))
    taints = [f"{one['key']}:{one['effect']}" for one in CASES["added"]][: 7 if host_network else 6]
    for case in CASES["tolerations"]:
        finding = check_tolerations(story(agent, pod("agent-1", agent, tolerations=case["tolerations"])), "DaemonSet", "DaemonSet/agent")
        missing = {line.split()[0] for one in finding.breaches for line in one.lines}
        assert missing == {taint for taint, forever in zip(taints, case["forever"], strict=False) if not forever}, case["tolerations"]
