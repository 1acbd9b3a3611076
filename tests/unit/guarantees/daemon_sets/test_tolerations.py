"""ds-tolerations."""

from __future__ import annotations

from pytest_kworkload.guarantees.daemon_sets.tolerations import check_tolerations
from pytest_kworkload.objects.eligibility import AUTOMATIC, HOST_NETWORK

from ...histories import Json, changed, daemon_set, deployment, failed, pod, replica_set, story, terminating

DS = daemon_set()
TOLERATIONS = [dict(one) for one in AUTOMATIC]


def daemon(*tolerations: Json, name: str = "agent-1") -> Json:
    return pod(name, DS, tolerations=[*tolerations])


def test_the_tolerations_that_the_controller_adds() -> None:
    finding = check_tolerations(story(DS, daemon(*TOLERATIONS)), "DaemonSet", "DaemonSet/agent")
    assert finding.holds
    assert finding.evidence["pods"] == ("agent-1",)
    assert "node.kubernetes.io/unschedulable:NoSchedule" in finding.evidence["taints"]


def test_a_toleration_of_everything() -> None:
    assert check_tolerations(story(DS, daemon({"operator": "Exists"})), "DaemonSet", "DaemonSet/agent").holds


def test_one_is_missing() -> None:
    finding = check_tolerations(story(DS, daemon(*TOLERATIONS[:-1])), "DaemonSet", "DaemonSet/agent")
    assert [(one.what, one.lines) for one in finding.breaches] == [
        ("agent-1 does not tolerate all of these taints", ("node.kubernetes.io/unschedulable:NoSchedule  not tolerated",))
    ]
    assert finding.check == "what removes the tolerations: see the admission webhooks"


def test_on_the_host_network_one_more_is_needed() -> None:
    host = changed(DS, "spec.template.spec.hostNetwork", True)
    assert not check_tolerations(story(host, daemon(*TOLERATIONS)), "DaemonSet", "DaemonSet/agent").holds
    assert check_tolerations(story(host, daemon(*TOLERATIONS, dict(HOST_NETWORK))), "DaemonSet", "DaemonSet/agent").holds


def test_for_some_time_only() -> None:
    """The first one that fits decides, as for the taint manager."""
    limited = {**TOLERATIONS[0], "tolerationSeconds": 300}
    finding = check_tolerations(story(DS, daemon(limited, *TOLERATIONS)), "DaemonSet", "DaemonSet/agent")
    assert [one.lines for one in finding.breaches] == [("node.kubernetes.io/not-ready:NoExecute  tolerated for only 300 seconds",)]
    assert check_tolerations(story(DS, daemon(*TOLERATIONS, limited)), "DaemonSet", "DaemonSet/agent").holds


def test_a_deployment() -> None:
    web, rs = deployment(), replica_set("web-1", deployment())
    finding = check_tolerations(story(web, rs, pod("web-1-a", rs)), "Deployment", "Deployment/web")
    assert len(finding.breaches[0].lines) == 6
    assert finding.cause == "only a DaemonSet's controller adds these tolerations; that of a Deployment does not"


def test_no_pod() -> None:
    going = [terminating(daemon(name="a")), failed(daemon(name="b"))]
    assert check_tolerations(story(DS, *going), "DaemonSet", "DaemonSet/agent").vacuous == "it has no pod that could stay"
