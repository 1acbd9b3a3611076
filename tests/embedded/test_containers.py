"""What a container has of its own, what it shares with its pod, and what it cannot see."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .driver import Cluster, Json, Namespace, restarts, state

NAMESPACES = "for kind in pid mnt net uts ipc; do readlink /proc/self/ns/$kind; done"


def test_the_workload_is_the_first_process(ns: Namespace) -> None:
    ns.start("p")
    ns.running("p")
    assert ns.sh("p", "tr '\\0' ' ' < /proc/1/cmdline").startswith("sh -c trap")
    assert ns.sh("p", "hostname; echo $HOSTNAME; cat /etc/hostname").split() == ["p", "p", "p"]


def test_a_pod_has_an_address_of_its_own(cluster: Cluster, ns: Namespace) -> None:
    addresses = {ns.start(name) and ns.running(name)["status"]["podIP"] for name in ("a", "b")}
    assert len(addresses) == 2
    assert all(address.startswith("10.244.") for address in addresses)


def test_namespaces(ns: Namespace) -> None:
    """Process and mount namespaces are a container's, the others its pod's; none is another pod's."""
    sleeper = {"image": "busybox", "command": ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"]}
    spec = {"containers": [{"name": "one", **sleeper}, {"name": "two", **sleeper}], "terminationGracePeriodSeconds": 1}
    for name in ("first", "second"):
        ns.create("pods", {"metadata": {"name": name}, "spec": spec})
    seen = {}
    for name in ("first", "second"):
        ns.running(name)
        for container in ("one", "two"):
            listing = ns.cluster.kubectl("exec", "-n", ns.name, name, "-c", container, "--", "sh", "-c", NAMESPACES)
            seen[name, container] = dict(zip(("pid", "mnt", "net", "uts", "ipc"), listing.split(), strict=True))
    one, two, other = seen["first", "one"], seen["first", "two"], seen["second", "one"]
    assert [kind for kind in one if one[kind] == two[kind]] == ["net", "uts", "ipc"]
    assert [kind for kind in one if one[kind] == other[kind]] == []
    assert [kind for kind in one if one[kind] == os.readlink(f"/proc/self/ns/{kind}")] == []


def test_the_root_is_new_at_every_start(ns: Namespace) -> None:
    ns.start("p", "ls /srv; touch /srv/was-here; exit 1")
    ns.until("p", lambda pod: restarts(pod) >= 1 and "terminated" in state(pod), "ended a second time")
    assert ns.logs("p") == ""


def test_what_is_written_to_the_root_is_bounded(ns: Namespace) -> None:
    """It is kept in memory: a workload that fills it must not take the machine's."""
    ns.start("p")
    ns.running("p")
    size = int(ns.sh("p", "df -k / | tail -1").split()[1])
    assert size == 512 * 1024
    assert int(ns.sh("p", "df -k /dev/shm | tail -1").split()[1]) == 64 * 1024


def test_processes_of_a_pod_are_shared_if_it_says_so(ns: Namespace) -> None:
    ns.start("p", pod={"shareProcessNamespace": True})
    ns.running("p")
    assert "pause" in ns.sh("p", "tr '\\0' ' ' < /proc/1/cmdline")


def test_a_shared_first_process_that_is_killed_takes_the_pod_to_a_new_start(ns: Namespace) -> None:
    """Its namespaces are gone with it, so the kubelet makes new ones; the pod has another address then."""
    ns.start("p", pod={"shareProcessNamespace": True})
    first = ns.running("p")["status"]["podIP"]
    ns.sh("p", "kill -TERM 1; sleep 60", status=137)
    ns.event("p", "SandboxChanged")
    ns.until("p", lambda pod: "running" in state(pod) and pod["status"]["podIP"] != first, "running again")


# What it cannot see


def test_nothing_of_the_machine_but_its_tools(ns: Namespace) -> None:
    ns.start("p")
    ns.running("p")
    roots = set(ns.sh("p", "ls -A /").split())
    assert roots <= {
        "bin",
        "sbin",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "usr",
        "etc",
        "dev",
        "proc",
        "sys",
        "tmp",
        "run",
        "var",
        "root",
        "home",
        "opt",
        "mnt",
        "srv",
    }
    for directory in ("/home", "/root", "/run", "/srv", "/mnt", "/opt", "/tmp"):
        assert ns.sh("p", f"ls -A {directory}") == "", directory
    assert ns.sh("p", "find /var -type f ! -path '*/serviceaccount/*'") == ""
    etc = set(ns.sh("p", "ls -A /etc").split())
    assert etc <= {
        "alternatives", "ca-certificates", "group", "hostname", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime",
        "nsswitch.conf", "os-release", "passwd", "protocols", "resolv.conf", "services", "ssl",
    }  # fmt: skip
    assert set(ns.sh("p", "ls -A /etc/ssl").split()) <= {"certs"}


def test_the_tools_cannot_be_changed(ns: Namespace) -> None:
    ns.start("p")
    ns.running("p")
    for path in ("/usr/x", "/bin/x", "/etc/ssl/certs/x"):
        # An ordinary user of the machine is told first that root's directory is not theirs.
        refused = ns.sh("p", f"touch {path}", status=1)
        assert "Read-only file system" in refused or "Permission denied" in refused
    assert ns.sh("p", "for path in /usr /bin /lib /etc/passwd /etc/ssl/certs; do test -w $path && echo $path; done; true") == ""


def test_no_sockets_of_the_machine(ns: Namespace) -> None:
    ns.start("p")
    ns.running("p")
    assert ns.sh("p", "find / -xdev -type s 2>/dev/null; true") == ""
    assert ns.sh("p", "cat /proc/net/unix | tail -n +2") == "", "an abstract socket is visible"
    assert sorted(ns.sh("p", "ls /sys/class/net").split()) == ["eth0", "lo"]


def host_path(path: str, privileged: bool = False) -> Json:
    return {
        "pod": {"volumes": [{"name": "host", "hostPath": {"path": path}}]},
        "volumeMounts": [{"name": "host", "mountPath": "/host"}],
        "securityContext": {"privileged": privileged},
    }


@pytest.mark.parametrize("privileged", [False, True], ids=["ordinary", "privileged"])
def test_a_host_path_is_the_nodes_not_the_machines(cluster: Cluster, ns: Namespace, privileged: bool) -> None:
    ns.start("p", **host_path("/", privileged))
    ns.running("p")
    for directory in ("/host/home", "/host/root", "/host/mnt", "/host/srv", "/host/tmp"):
        assert ns.sh("p", f"ls -A {directory}") == "", directory
    assert ns.sh("p", "ls -A /host/run") == "kworkload\n"
    assert "No such file" in ns.sh("p", "cat /host/etc/shadow", status=1)
    # Neither this checkout, nor the cluster's directory with the administrator's credentials, nor another cluster's.
    for path in (Path(__file__), cluster.directory, cluster.directory.parent):
        assert ns.sh("p", f"test -e /host{path} && echo there; true") == "", path
    administrator = cluster.token
    assert ns.sh("p", f"grep -rlsF {administrator} /host/etc /host/var /host/run /host/opt /host/dev/shm; true") == ""


def test_the_nodes_processes_lead_nowhere_either(cluster: Cluster, ns: Namespace) -> None:
    ns.start("p", pod={"hostPID": True}, securityContext={"privileged": True})
    ns.running("p")
    commands = ns.sh("p", "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done")
    assert "kworkload-cluster kubelet" in commands
    assert "kube-apiserver" not in commands
    assert "supervise" not in commands
    for path in ("/etc/shadow", __file__):
        search = f"for p in /proc/[0-9]*; do for link in root cwd; do test -e $p/$link{path} && echo $p/$link; done; done; true"
        assert ns.sh("p", search) == "", path
    assert ns.sh("p", f"cat /proc/[0-9]*/environ 2>/dev/null | grep -cF {cluster.token}; true").strip() == "0"


def test_the_machines_kernel_is_not_the_pods_to_set(ns: Namespace) -> None:
    """Some of its files ask only for user 0, in whatever namespace it is."""
    ns.start("ordinary", **host_path("/proc"))
    ns.start("privileged", **host_path("/proc", privileged=True))
    settings = ("/sys/kernel/core_pattern", "/sys/vm/overcommit_memory", "/sysrq-trigger")
    for name in ("ordinary", "privileged"):
        ns.running(name)
        for path in ("/sys/kernel/mm/ksm/run", *(f"{proc}{one}" for proc in ("/proc", "/host") for one in settings)):
            # What is there is written back, should the test fail.
            assert ns.sh(name, f"if test -w {path}; then cat {path} > {path}; echo written; fi") == "", f"{name}: {path}"
    assert ns.sh("ordinary", "head -c 1 /proc/kcore 2>/dev/null | wc -c; ls /sys/firmware 2>/dev/null | wc -l").split() == ["0", "0"]
    forwarding = ns.sh("privileged", "echo 0 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward")
    assert forwarding == "0\n", "its pod's network is its own to set"


@pytest.mark.parametrize("privileged", [False, True], ids=["ordinary", "privileged"])
def test_the_machines_disks_are_out_of_reach(ns: Namespace, privileged: bool) -> None:
    volumes = [{"name": "disk", "emptyDir": {}}, {"name": "memory", "emptyDir": {"medium": "Memory"}}]
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in ("disk", "memory")]
    ns.start("p", securityContext={"privileged": privileged}, pod={"volumes": volumes}, volumeMounts=mounts)
    ns.running("p")
    for directory in ("/tmp", "/disk", "/memory", "/dev"):
        # 7:0 is the first loop device: there on every machine, and harmless to read.
        node = f"{directory}/node"
        assert ns.sh("p", f"mknod {node} b 7 0 2>/dev/null; head -c 1 {node} 2>/dev/null && echo read; true") == "", directory
    devices = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "mqueue"}
    assert set(ns.sh("p", "ls /dev").split()) <= devices | {"fd", "stdin", "stdout", "stderr", "termination-log"}
    assert ns.sh("p", "echo x > /dev/null && head -c 2 /dev/zero | wc -c") == "2\n"


# Identity


def test_another_user(ns: Namespace) -> None:
    """As root it is that user; for an ordinary user of the machine there is only one inside, and the error says so."""
    ns.start("p", securityContext={"runAsUser": 1234, "runAsGroup": 4321}, pod={"restartPolicy": "Never"})
    if os.geteuid() == 0:
        ns.running("p")
        assert ns.sh("p", "id -u; id -g; touch /tmp/mine && stat -c %u:%g /tmp/mine").split() == ["1234", "4321", "1234:4321"]
        assert "0000000000000000" in ns.sh("p", "grep CapEff /proc/self/status")
        return
    pod = ns.until("p", lambda pod: "waiting" in state(pod) and state(pod)["waiting"].get("message"), "refused")
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] == "CreateContainerError"
    assert waiting["message"] == (
        "runAsUser 1234 cannot be had: the cluster runs as an ordinary user of this machine, so user and group 0 are the only ones inside. "
        "Run the tests as root, or leave runAsUser out"
    )


def test_capabilities_and_a_read_only_root(ns: Namespace) -> None:
    ns.start(
        "p",
        pod={"volumes": [{"name": "v", "emptyDir": {}}]},
        volumeMounts=[{"name": "v", "mountPath": "/v"}],
        securityContext={"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False},
    )
    ns.running("p")
    status = dict(line.split(":\t") for line in ns.sh("p", "cat /proc/1/status").splitlines() if ":\t" in line)
    assert (status["CapEff"], status["CapBnd"], status["NoNewPrivs"]) == ("0" * 16, "0" * 16, "1")
    assert "Read-only file system" in ns.sh("p", "touch /x", status=1)
    assert ns.sh("p", "touch /v/x && echo ok") == "ok\n"


def test_privileged_ports_need_no_privilege(ns: Namespace) -> None:
    ns.start("p")
    ns.running("p")
    assert ns.sh("p", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start") == "0\n"


def test_environment(ns: Namespace) -> None:
    output = ns.output(
        "p", "env", env=[{"name": "data-1", "value": "a=b"}, {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]
    )
    variables = dict(line.split("=", 1) for line in output.splitlines())
    assert variables["NODE"] in ("node-0", "node-1")
    assert variables["HOME"] == "/root"
    assert variables["PATH"] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert not {"KUBECONFIG", "TMPDIR", "USER", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"} & set(variables), "the user's own environment"


def test_a_working_directory_that_is_not_there_is_made(ns: Namespace) -> None:
    assert ns.output("p", "pwd", workingDir="/some/where") == "/some/where\n"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["no-such-program"], 'exec: "no-such-program": executable file not found in $PATH'),
        (["/no/such"], 'exec: "/no/such": stat /no/such: no such file or directory'),
    ],
)
def test_what_cannot_be_executed(ns: Namespace, command: list[str], text: str) -> None:
    ns.start("p", command=command, pod={"restartPolicy": "Never"})
    pod = ns.finished("p", "Failed")
    ended = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("StartError", 128)
    assert text in ended["message"]


def test_sysctls(ns: Namespace) -> None:
    ns.start("p", pod={"securityContext": {"sysctls": [{"name": "net.ipv4.ip_local_port_range", "value": "2000 3000"}]}})
    ns.running("p")
    assert ns.sh("p", "cat /proc/sys/net/ipv4/ip_local_port_range").split() == ["2000", "3000"]


def test_the_nodes_network(cluster: Cluster, ns: Namespace) -> None:
    ns.start("p", pod={"hostNetwork": True})
    pod = ns.running("p")
    assert pod["status"]["podIP"] == pod["status"]["hostIP"]
    assert pod["status"]["hostIP"] in ("10.10.0.10", "10.10.0.11")
    assert ns.sh("p", "hostname").strip() == pod["spec"]["nodeName"]


def test_no_way_out_of_the_clusters_network(ns: Namespace) -> None:
    """No route leads to the machine: not to its loopback, not to its addresses."""
    ns.start("p")
    ns.running("p")
    routes = json.dumps(ns.sh("p", "cat /proc/net/route"))
    assert "eth0" in routes
    ns.start("node", pod={"hostNetwork": True})
    ns.running("node")
    assert set(ns.sh("node", "ls /sys/class/net").split()) >= {"lo", "eth0", "pods"}
    assert not [name for name in ns.sh("node", "ls /sys/class/net").split() if name.startswith(("en", "wl", "docker", "br-"))]
