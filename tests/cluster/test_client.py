"""All ways in which the client library serves us, on a real API server: `make clients` runs this with each major version of it."""

from __future__ import annotations

import urllib.request

import pytest

from pytest_kworkload import ApiError, Cluster, Namespace, assert_eventually, assert_eviction_allowed, assert_eviction_blocked

from . import workloads

SERVE = """
touch /tmp/ready
exec perl -MIO::Socket::INET -e '
    my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 8, ReuseAddr => 1) or die $!;
    while (my $client = $server->accept) {
        while (my $line = <$client>) { last if $line =~ /^\\r?\\n$/ }
        print $client "HTTP/1.0 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n";
        close $client;
    }
'
"""


def test_requests_and_their_refusals(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.deployment(replicas=1)).wait_ready().deployment("web")
    web.scale(2)
    assert_eventually(kworkload.pods(), lambda pods: len(pods) == 2, says="the scale subresource was patched")
    web.delete()
    with pytest.raises(ApiError) as error:
        kworkload.client.get("Deployment", "elsewhere", kworkload.name)
    assert (error.value.status, error.value.reason) == (404, "NotFound")


def test_commands_and_logs(kworkload: Namespace) -> None:
    pod = kworkload.apply(workloads.deployment(replicas=1)).wait_ready().deployment("web").pods()[0]
    done = kworkload.client.exec(pod.name, kworkload.name, ["sh", "-c", "cat; echo no >&2; exit 3"], stdin="yes\n")
    assert (done.stdout, done.stderr, done.exit_code) == ("yes\n", "no\n", 3)
    assert pod.logs() == ""


def test_a_forwarded_port(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.deployment(replicas=1, pod=workloads.pod_spec(command=SERVE))).wait_ready().deployment("web")
    with web.port_forward(8080) as forward:
        for _ in range(3):  # each over a connection of its own
            with urllib.request.urlopen(forward.url, timeout=20) as answer:
                assert answer.read() == b"hello\n"
    with pytest.raises(ApiError, match="nothing accepted a connection on port 8081"), web.port_forward(8081, timeout=1):
        pass


def test_evictions(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.deployment(replicas=2)).wait_ready().deployment("web")
    budget = kworkload.apply(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "web"},
            "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
        }
    ).object("PodDisruptionBudget", "web")
    assert_eviction_blocked(budget, web.pods()[0])
    budget.patch({"spec": {"minAvailable": 1}}, type="merge")
    assert_eviction_allowed(budget, web.pods()[0])


def test_what_the_server_is(kworkload_cluster: Cluster) -> None:
    client = kworkload_cluster.client
    assert client.version().startswith("v1.")
    assert {"", "apps", "batch", "policy"} <= client.discovery.groups()
