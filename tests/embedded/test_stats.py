"""What the kubelets say that pods and machines use: /stats/summary and /metrics/resource."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from .driver import Cluster, Json, Namespace

MB = 1 << 20
SECOND = 1_000_000_000

# Perl is on every Linux, and knows how long the processor worked for it.
BURN_HALF_A_SECOND = "perl -e '1 while (times)[0] < 0.5'"
HOLD_64_MB = """exec perl -e '$SIG{TERM} = sub { exit }; my $size = 64 << 20; my $held = "x" x $size; open F, ">/tmp/ready"; sleep 3600'"""
SERVE = """
exec perl -MIO::Socket::INET -e '
    $SIG{TERM} = sub { exit };
    my $listener = IO::Socket::INET->new(LocalPort => 8080, Listen => 1) or die;
    open F, ">/tmp/ready";
    while (my $client = $listener->accept) { read $client, my $all, 1_000_000; print $client "got" }
'
"""
STAY = "touch /tmp/ready; trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"


def start(ns: Namespace, name: str, *script: str, pod: Json | None = None) -> Json:
    """A pod whose script has made /tmp/ready."""
    probe = {"exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 1}
    ns.start(name, *script, pod=pod, readinessProbe=probe)
    return ns.is_ready(name)


def stats(ns: Namespace, pod: Json) -> Json:
    """What the kubelet of its node says of this pod."""
    summary = ns.cluster.call("GET", f"/api/v1/nodes/{pod['spec']['nodeName']}/proxy/stats/summary")
    (found,) = [one for one in summary["pods"] if one["podRef"]["uid"] == pod["metadata"]["uid"]]
    result: Json = found
    return result


def metric(ns: Namespace, pod: Json, name: str, labels: str) -> float:
    text = ns.cluster.call("GET", f"/api/v1/nodes/{pod['spec']['nodeName']}/proxy/metrics/resource")["text"]
    (value,) = re.findall(rf"^{name}\{{{labels}\}} (\S+)", text, re.MULTILINE)
    return float(value)


SHARED: Json = {"shareProcessNamespace": True}


@pytest.mark.parametrize("spec", [{}, SHARED], ids=["its own processes", "in a shared process namespace"])
def test_processor_time(ns: Namespace, spec: Json) -> None:
    """That of a process that has ended too."""
    busy = start(ns, "busy", BURN_HALF_A_SECOND, STAY, pod=spec)
    idle = start(ns, "idle", STAY, pod=spec)
    used, other = stats(ns, busy), stats(ns, idle)
    assert used["containers"][0]["cpu"]["usageCoreNanoSeconds"] >= SECOND // 2
    assert used["cpu"]["usageCoreNanoSeconds"] == used["containers"][0]["cpu"]["usageCoreNanoSeconds"]
    assert used["containers"][0]["cpu"]["usageNanoCores"] > other["containers"][0]["cpu"]["usageNanoCores"]
    assert other["containers"][0]["cpu"]["usageCoreNanoSeconds"] < SECOND // 4
    labels = f'container="c",namespace="{ns.name}",pod="busy"'
    assert metric(ns, busy, "container_cpu_usage_seconds_total", labels) >= 0.5


def test_memory(ns: Namespace) -> None:
    holder = start(ns, "holder", HOLD_64_MB)
    idle = start(ns, "idle", STAY)
    held = stats(ns, holder)["containers"][0]["memory"]
    assert 64 * MB < held["workingSetBytes"] <= held["rssBytes"] < 160 * MB
    assert "availableBytes" not in held, "a limit that nobody enforces"
    assert stats(ns, idle)["containers"][0]["memory"]["workingSetBytes"] < 16 * MB
    labels = f'namespace="{ns.name}",pod="holder"'
    assert metric(ns, holder, "pod_memory_working_set_bytes", labels) > 64 * MB


def test_a_pod_is_the_sum_of_its_containers(ns: Namespace) -> None:
    containers = [{"name": name, "image": "busybox", "command": ["sh", "-c", STAY]} for name in ("one", "two")]
    ns.create("pods", {"metadata": {"name": "p"}, "spec": {"terminationGracePeriodSeconds": 1, "containers": containers}})
    found = stats(ns, ns.is_ready("p"))
    assert sorted(one["name"] for one in found["containers"]) == ["one", "two"]
    assert found["memory"]["workingSetBytes"] == sum(one["memory"]["workingSetBytes"] for one in found["containers"])
    assert found["process_stats"]["process_count"] >= 2


def test_a_container_that_has_ended_uses_nothing(ns: Namespace) -> None:
    ns.start("p", "true", pod={"restartPolicy": "Never"})
    assert "containers" not in stats_or_nothing(ns, ns.finished("p"))


def stats_or_nothing(ns: Namespace, pod: Json) -> Json:
    """A pod whose sandbox is gone is not told of."""
    summary = ns.cluster.call("GET", f"/api/v1/nodes/{pod['spec']['nodeName']}/proxy/stats/summary")
    return next((one for one in summary["pods"] if one["podRef"]["uid"] == pod["metadata"]["uid"]), {})


def test_traffic(ns: Namespace) -> None:
    server = start(ns, "server", SERVE)
    client = start(ns, "client", STAY)
    send = f"exec 3<>/dev/tcp/{server['status']['podIP']}/8080; head -c 1000000 /dev/zero >&3; head -c 3 <&3"
    assert ns.cluster.kubectl("exec", "-n", ns.name, "client", "--", "bash", "-c", send) == "got"
    received, sent = stats(ns, server)["network"], stats(ns, client)["network"]
    assert received["name"] == sent["name"] == "eth0"
    assert received["rxBytes"] >= 1_000_000 > received["txBytes"]
    assert sent["txBytes"] >= 1_000_000 > sent["rxBytes"]


def test_a_pod_on_the_nodes_network_has_no_traffic_of_its_own(ns: Namespace) -> None:
    assert "network" not in stats(ns, start(ns, "p", STAY, pod={"hostNetwork": True}))


def test_what_is_written_to_the_root(ns: Namespace) -> None:
    writer = start(ns, "writer", "head -c 3000000 /dev/zero >/srv/file", STAY)
    idle = start(ns, "idle", STAY)
    assert 3_000_000 <= stats(ns, writer)["containers"][0]["rootfs"]["usedBytes"] < 4_000_000
    assert stats(ns, idle)["containers"][0]["rootfs"]["usedBytes"] < 1_000_000


def machine_memory() -> int:
    (kilobytes,) = re.findall(r"^MemTotal: +(\d+) kB$", Path("/proc/meminfo").read_text("ascii"), re.MULTILINE)
    return int(kilobytes) << 10


def test_a_node_is_this_machine(cluster: Cluster) -> None:
    capacity = cluster.call("GET", "/api/v1/nodes/node-0")["status"]["capacity"]
    assert capacity["cpu"] == str(os.cpu_count())
    assert capacity["memory"] == f"{machine_memory() >> 10}Ki"


def test_what_a_node_uses_is_what_the_machine_does(cluster: Cluster) -> None:
    node: dict[str, Any] = cluster.call("GET", "/api/v1/nodes/node-0/proxy/stats/summary")["node"]
    assert node["memory"]["workingSetBytes"] + node["memory"]["availableBytes"] == machine_memory()
    assert node["cpu"]["usageCoreNanoSeconds"] > SECOND
    assert 0 < node["cpu"]["usageNanoCores"] <= (os.cpu_count() or 1) * 1.1 * SECOND
    assert node["network"]["interfaces"]
