"""The names of the cluster, as the C library of a pod finds them."""

from __future__ import annotations

import pytest

from pytest_kworkload.workloads.namespace import Namespace

from .peers import client, run, server, service, set_ready

pytestmark = [pytest.mark.cluster, pytest.mark.kworkload(nodes=3)]


def test_a_service_has_its_short_and_its_long_names(kworkload: Namespace) -> None:
    applied = kworkload.apply([service(), client()])
    asking = kworkload.pod("client").wait_ready()
    address = applied.service().get()["spec"]["clusterIP"]
    for name in ["web", f"web.{kworkload.name}", f"web.{kworkload.name}.svc", f"web.{kworkload.name}.svc.cluster.local"]:
        run(asking, f"until_same {address} addresses {name}")
    assert run(asking, f"getent hosts {address}").split() == [address, f"web.{kworkload.name}.svc.cluster.local"]


def test_well_known_names(kworkload: Namespace) -> None:
    asking = kworkload.apply(client()).pod().wait_ready()
    assert run(asking, "addresses kubernetes.default; addresses kube-dns.kube-system") == "10.96.0.1\n10.96.0.10"
    assert kworkload.client.get("Service", "kube-dns", "kube-system")["spec"]["clusterIP"] == "10.96.0.10"


def test_a_name_ends_with_its_service(kworkload: Namespace) -> None:
    kworkload.apply([service(), client()])
    asking = kworkload.pod("client").wait_ready()
    run(asking, "until getent hosts web; do sleep 0.05; done")
    kworkload.service("web").delete()
    run(asking, "while getent hosts web; do sleep 0.05; done")


def test_a_headless_service_is_its_ready_pods(kworkload: Namespace) -> None:
    kworkload.apply([service(clusterIP="None"), server("a", gate=True), server("b", gate=True), client()])
    asking = kworkload.pod("client").wait_ready()
    assert run(asking, "getent hosts web; echo $?") == "2"
    for name in "ab":
        set_ready(kworkload, name, True)
        kworkload.pod(name).wait_ready()
    both = "\n".join(sorted([kworkload.pod("a").ip, kworkload.pod("b").ip]))
    run(asking, f"until_same '{both}' addresses web")
    set_ready(kworkload, "a", False)
    run(asking, f"until_same {kworkload.pod('b').ip} addresses web")


def test_the_name_of_a_stateful_pod_follows_it(kworkload: Namespace) -> None:
    template = server("db", app="db")
    template["metadata"] = {"labels": {"app": "db"}}
    del template["apiVersion"], template["kind"]
    stateful = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {"serviceName": "db", "replicas": 2, "selector": {"matchLabels": {"app": "db"}}, "template": template},
    }
    kworkload.apply([service("db", app="db", clusterIP="None"), stateful, client()]).wait_ready()
    asking = kworkload.pod("client")
    for pod in ("db-0", "db-1"):
        run(asking, f"until_same {pod} tcp {pod}.db 8080")
    before = kworkload.pod("db-1")
    old = before.ip
    before.delete()
    before.wait_deleted()
    after = kworkload.pod("db-1", expected=True).wait_ready()
    assert after.ip != old
    run(asking, f"until_same {after.ip} addresses db-1.db")
    assert run(asking, "tcp db-1.db 8080") == "db-1"


def test_an_external_name_leads_to_another_service(kworkload: Namespace) -> None:
    elsewhere = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "alias"}}
    spec = {"type": "ExternalName", "externalName": f"web.{kworkload.name}.svc.cluster.local"}
    kworkload.apply([service(), server("a"), client(), {**elsewhere, "spec": spec}]).wait_ready()
    run(kworkload.pod("client"), "until_same a tcp alias 80")


def test_a_pods_address_has_a_name(kworkload: Namespace) -> None:
    asking = kworkload.apply(client()).pod().wait_ready()
    dashed = asking.ip.replace(".", "-")
    assert run(asking, f"addresses {dashed}.{kworkload.name}.pod.cluster.local") == asking.ip


def test_the_node_finds_names_too(kworkload: Namespace) -> None:
    on_the_node = client(hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet")
    assert run(kworkload.apply(on_the_node).pod().wait_ready(), "addresses kubernetes.default") == "10.96.0.1"


def test_other_names_do_not_exist(kworkload: Namespace) -> None:
    asking = kworkload.apply(client()).pod().wait_ready()
    for name in ["nobody", "nobody.nowhere.svc.cluster.local", "example.com", "10-0-0-1.web"]:
        assert run(asking, f"getent ahosts {name}; echo $?") == "2"
