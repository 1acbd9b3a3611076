"""Services, the ports of nodes, and the ways between pods, nodes and the API server."""

from __future__ import annotations

import base64

import pytest

from pytest_kworkload.errors import ApiError
from pytest_kworkload.workloads.namespace import Namespace
from pytest_kworkload.workloads.pods import Pod

from .peers import client, run, server, service, set_ready, webhook

pytestmark = [pytest.mark.cluster, pytest.mark.kworkload(nodes=3)]

NODES = ["10.10.0.10", "10.10.0.11", "10.10.0.12"]


def test_a_service_is_reached_from_every_node(kworkload: Namespace) -> None:
    clients = [client(f"client-{node}", node=node) for node in range(3)]
    of_the_node = client("on-the-node", node=2, hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet")
    kworkload.apply([service(), server("a", node=0), *clients, of_the_node]).wait_ready()
    for name in ["client-0", "client-1", "client-2", "on-the-node", "a"]:
        assert run(kworkload.pod(name), "until_same a tcp web 80; tcp web 80") == "a"
        assert run(kworkload.pod(name), "udp web 80 hello") == "a hello"


def test_every_endpoint_gets_connections(kworkload: Namespace) -> None:
    kworkload.apply([service(), server("a"), server("b"), server("c"), client()]).wait_ready()
    run(kworkload.pod("client"), "for name in a b c; do until_same $name tcp web 80; until_same $name' hello' udp web 80 hello; done")


def test_only_ready_pods_are_endpoints(kworkload: Namespace) -> None:
    kworkload.apply([service(), server("a", gate=True), server("b", gate=True), client()])
    asking = kworkload.pod("client").wait_ready()
    run(asking, "refused web 80")
    set_ready(kworkload, "a", True)
    run(asking, "until_same a tcp web 80")
    assert set(run(asking, "for i in {1..20}; do tcp web 80; echo; done").split()) == {"a"}
    set_ready(kworkload, "b", True)
    run(asking, "until_same b tcp web 80")
    set_ready(kworkload, "a", False)
    run(asking, "settled() { for i in {1..20}; do tcp web 80; done; }; until_same bbbbbbbbbbbbbbbbbbbb settled")
    set_ready(kworkload, "b", False)
    run(asking, "refused web 80")


def test_an_ending_pod_serves_while_there_is_no_other(kworkload: Namespace) -> None:
    last = server("last", stays=True, terminationGracePeriodSeconds=600)
    kworkload.apply([service(), last, client()]).wait_ready()
    asking = kworkload.pod("client")
    run(asking, "until_same last tcp web 80")
    kworkload.pod("last").delete()
    assert set(run(asking, "for i in {1..20}; do tcp web 80; echo; done").split()) == {"last"}
    kworkload.apply(server("next")).wait_ready()
    run(asking, "settled() { for i in {1..5}; do tcp web 80; done; }; until_same nextnextnextnextnext settled")
    kworkload.pod("last").delete(grace_seconds=0)


def test_pods_that_are_not_ready_may_be_published(kworkload: Namespace) -> None:
    kworkload.apply([service(publishNotReadyAddresses=True), server("a", gate=True), client()])
    run(kworkload.pod("client").wait_ready(), "until_same a tcp web 80")


def test_a_client_with_affinity_keeps_its_endpoint(kworkload: Namespace) -> None:
    kworkload.apply([service(sessionAffinity="ClientIP"), server("a"), server("b"), server("c"), client()]).wait_ready()
    asking = kworkload.pod("client")
    run(asking, "until tcp web 80; do sleep 0.05; done")
    assert len(set(run(asking, "for i in {1..20}; do tcp web 80; echo; done").split())) == 1


def test_traffic_that_stays_on_its_node(kworkload: Namespace) -> None:
    servers = [server(name, node=node) for node, name in enumerate("ab")]
    clients = [client(f"client-{node}", node=node) for node in range(3)]
    kworkload.apply([service(internalTrafficPolicy="Local"), *servers, *clients]).wait_ready()
    for node, name in enumerate("ab"):
        run(kworkload.pod(f"client-{node}"), f"until_same {name} tcp web 80")
        assert set(run(kworkload.pod(f"client-{node}"), "for i in {1..20}; do tcp web 80; echo; done").split()) == {name}
    run(kworkload.pod("client-2"), "refused web 80")


def test_a_node_port_is_open_on_every_node(kworkload: Namespace) -> None:
    applied = kworkload.apply([service(type="NodePort"), server("a", node=0), client(node=1)]).wait_ready()
    tcp, udp, _ = (port["nodePort"] for port in applied.service().get()["spec"]["ports"])
    for node in NODES:
        assert run(kworkload.pod("client"), f"until_same a tcp {node} {tcp}; udp {node} {udp} hello") == "a hello"


def test_an_external_address(kworkload: Namespace) -> None:
    kworkload.apply([service(externalIPs=["192.0.2.7"]), server("a", node=0), client(node=1)]).wait_ready()
    asking = kworkload.pod("client")
    run(asking, "until_same a tcp 192.0.2.7 80")
    kworkload.service("web").delete()
    run(asking, "until (exec 3<>/dev/tcp/192.0.2.7/80) 2>&1 | grep -q unreachable; do sleep 0.05; done")


def test_a_host_port_is_open_on_the_pods_node_only(kworkload: Namespace) -> None:
    ports = [{"containerPort": 8080, "hostPort": 18080, "protocol": protocol} for protocol in ("TCP", "UDP")]
    kworkload.apply([server("a", node=0, container={"ports": ports}), client(node=1)]).wait_ready()
    asking = kworkload.pod("client")
    assert run(asking, f"tcp {NODES[0]} 18080; echo; udp {NODES[0]} 18080 hello") == "a\na hello"
    run(asking, f"refused {NODES[1]} 18080")
    kworkload.pod("a").delete()
    run(asking, f"refused {NODES[0]} 18080")
    kworkload.apply(server("b", node=0, container={"ports": ports})).wait_ready()
    assert run(asking, f"tcp {NODES[0]} 18080; echo; udp {NODES[0]} 18080 hello") == "b\nb hello"


def test_an_open_connection_outlives_its_endpoints_readiness(kworkload: Namespace) -> None:
    kworkload.apply([service(), server("a", gate=True), client()])
    set_ready(kworkload, "a", True)
    kworkload.pod("a").wait_ready()
    asking = kworkload.pod("client").wait_ready()
    run(asking, "until_same a tcp web 80; mkfifo /tmp/opened /tmp/go /tmp/said")
    speak = "exec 3<>/dev/tcp/web/81; echo one >&3; read -r first <&3; echo >/tmp/opened; cat /tmp/go; echo two >&3; read -r second <&3"
    run(asking, f"({speak}; echo $first, $second >/tmp/said) >/dev/null 2>&1 &")
    run(asking, "cat /tmp/opened")
    set_ready(kworkload, "a", False)
    run(asking, "refused web 81")
    assert run(asking, "echo >/tmp/go; cat /tmp/said") == "a one, a two"


def test_a_half_closed_connection_is_answered(kworkload: Namespace) -> None:
    kworkload.apply([service(), server("a"), client()]).wait_ready()
    asking = kworkload.pod("client")
    run(asking, "until_same a tcp web 80")
    ask = 'my $s = IO::Socket::INET->new("web:81") or die $!; print $s "question\n"; shutdown $s, 1; print <$s>'
    assert run(asking, f"perl -MIO::Socket::INET -e '{ask}'") == "a question\na end"


def test_pods_reach_pods_and_nodes(kworkload: Namespace) -> None:
    kworkload.apply([server("a", node=0), server("of-the-node", node=1, hostNetwork=True), client(node=2)]).wait_ready()
    asking = kworkload.pod("client")
    assert run(asking, f"tcp {kworkload.pod('a').ip} 8080") == "a"
    assert run(asking, f"tcp {NODES[1]} 8080") == "node-1"


def test_a_pod_reaches_the_api_server_with_its_token(kworkload: Namespace) -> None:
    asking = kworkload.apply(client()).pod().wait_ready()
    token = "/var/run/secrets/kubernetes.io/serviceaccount"
    whoami = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
    script = (
        f"curl -sS --cacert {token}/ca.crt -H \"Authorization: Bearer $(cat {token}/token)\" -H 'Content-Type: application/json' "
        f"-d '{whoami}' https://kubernetes.default/apis/authentication.k8s.io/v1/selfsubjectreviews"
    )
    assert f'"username": "system:serviceaccount:{kworkload.name}:default"' in run(asking, script)


def test_the_api_server_reaches_pods_and_services(kworkload: Namespace) -> None:
    kworkload.apply([service(), server("a"), client()]).wait_ready()
    run(kworkload.pod("client"), "until_same a tcp web 80")  # a pod is ready a little before it is an endpoint
    namespace = f"/api/v1/namespaces/{kworkload.name}"
    for path in ("pods/a:8080", "services/web:say"):
        # The server speaks no HTTP: that the API server complains about what it said is the proof that it was reached.
        with pytest.raises(ApiError, match='malformed HTTP response "a"'):
            kworkload.client.connection.request("GET", f"{namespace}/{path}/proxy/")


def test_the_api_server_asks_a_webhook(kworkload: Namespace) -> None:
    secure = service(ports=[{"port": 443, "targetPort": 8443}])
    answering = kworkload.apply([secure, webhook(kworkload.name)]).wait_ready().pod()
    certificate = base64.b64encode(answering.read_file("/tmp/cert").encode()).decode()
    admission = {
        "name": "web.kworkload.test",
        "clientConfig": {"service": {"name": "web", "namespace": kworkload.name}, "caBundle": certificate},
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": kworkload.name}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"]}],
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
    }
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": kworkload.name},
        "webhooks": [admission],
    }
    kworkload.apply(configuration)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"generateName": "x-"}}
    with pytest.raises(ApiError, match=r'admission webhook "web\.kworkload\.test" denied the request: not today'):
        for _ in range(1000):  # the API server learns of a webhook a little later
            kworkload.client.create(secret, kworkload.name)


def test_nothing_is_reached_outside(kworkload: Namespace) -> None:
    asking: Pod = kworkload.apply(client()).pod().wait_ready()
    assert "Network is unreachable" in run(asking, "(exec 3<>/dev/tcp/1.1.1.1/53) 2>&1 || true")
    assert run(asking, "getent ahosts example.com; echo $?") == "2"
