"""Starting, probing, restarting and ending: what the kubelet asks of its runtime."""

from __future__ import annotations

import subprocess

import pytest

from .driver import SECONDS, Cluster, Json, Namespace, program, ready, restarts, state

# Answers HTTP on port 8080 with status 200 while /tmp/ready is there, else 503.
SERVER = r"""
cat > /tmp/server.pl <<'PERL'
use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 50, ReuseAddr => 1) or die $!;
while (my $client = $server->accept) {
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    my $status = -e "/tmp/ready" ? "200 OK" : "503 Service Unavailable";
    print $client "HTTP/1.0 $status\r\nContent-Length: 6\r\n\r\nhello\n";
    close $client;
}
PERL
cat > /tmp/server.py <<'PYTHON'
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if os.path.exists("/tmp/ready") else 503)
        self.end_headers()
        self.wfile.write(b"hello\n")
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
PYTHON
command -v perl > /dev/null && exec perl /tmp/server.pl
exec python3 /tmp/server.py
"""


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_exit_codes(ns: Namespace, code: int) -> None:
    ns.start("p", f"exit {code}", pod={"restartPolicy": "Never"})
    ended = state(ns.finished("p", "Failed" if code else "Succeeded"))["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (code, "Error" if code else "Completed")
    assert ended["containerID"].startswith("kworkload://")


def test_a_death_by_signal(ns: Namespace) -> None:
    # The first process of a namespace is deaf to its own signals, so a child of it dies. In a command, $$ stands for $.
    ns.start("p", "sh -c 'kill -s SEGV $$$$'; exit $?", pod={"restartPolicy": "Never"})
    assert state(ns.finished("p", "Failed"))["terminated"]["exitCode"] == 139


def test_restarts_are_counted_and_backed_off(ns: Namespace) -> None:
    ns.start("p", "echo start; exit 3")
    pod = ns.until("p", lambda pod: restarts(pod) >= 1 and state(pod).get("waiting", {}).get("reason") == "CrashLoopBackOff", "backed off")
    assert state(pod, "lastState")["terminated"]["exitCode"] == 3
    assert "back-off 10s restarting failed container=c" in state(pod)["waiting"]["message"]


def test_logs_of_this_and_the_previous_run(ns: Namespace) -> None:
    script = "echo to stdout; echo to stderr >&2; printf 'no newline'; trap 'exit 7' TERM; touch /tmp/ready; sleep 3600 & wait"
    ns.start("p", script, readinessProbe={**PROBES["exec"], "periodSeconds": 1})
    ns.is_ready("p")
    assert "previous terminated container" in ns.cluster.kubectl("logs", "-n", ns.name, "p", "--previous", status=1)
    ns.sh("p", "kill -TERM 1", status=None)  # the container's end may take the command with it
    pod = ns.until("p", lambda pod: restarts(pod) == 1 and "running" in state(pod), "running again")
    assert state(pod, "lastState")["terminated"]["exitCode"] == 7
    assert sorted(ns.logs("p", "--previous").replace("no newline", "\nno newline\n").split("\n")) == [
        "",
        "",
        "no newline",
        "to stderr",
        "to stdout",
    ]


def test_logs_are_followed_to_the_end(ns: Namespace) -> None:
    ns.start("p", "for i in 1 2 3; do echo $i; sleep 0.2; done", pod={"restartPolicy": "Never"})
    ns.until("p", lambda pod: pod["status"]["phase"] != "Pending", "started")
    assert ns.logs("p", "-f") == "1\n2\n3\n"
    assert ns.logs("p", "--tail=1") == "3\n"
    assert ns.logs("p", "--timestamps").startswith("20")


def test_a_log_that_floods_is_bounded(cluster: Cluster, ns: Namespace) -> None:
    """60 MiB are written; what is kept is one file being written, and what the kubelet has rotated."""
    line = "x" * 1000
    ns.start("p", f"i=0; while [ $i -lt 60000 ]; do echo {line}; i=$((i+1)); done; echo the end", pod={"restartPolicy": "Never"})
    pod = ns.finished("p")
    # A kubelet that was about to rotate the file when the container ended puts it back: for a moment it is not there.
    answers = (ns.logs("p", "--tail=1") for _ in range(20))
    assert next(said for said in answers if not said.startswith("failed to try resolving symlinks")) == "the end\n"
    directory = cluster.directory / "nodes" / pod["spec"]["nodeName"] / "var/log/pods"
    (logs,) = directory.glob(f"{ns.name}_p_*/c")
    assert sum(path.stat().st_size for path in logs.iterdir()) < 100 << 20


def test_init_containers_run_in_order_before_the_others(ns: Namespace) -> None:
    volume = [{"name": "v", "mountPath": "/v"}]
    first, second = (
        {"name": name, "image": "busybox", "command": ["sh", "-c", f"echo {name} >> /v/order"], "volumeMounts": volume}
        for name in ("first", "second")
    )
    output = ns.output(
        "p", "cat /v/order", volumeMounts=volume, pod={"initContainers": [first, second], "volumes": [{"name": "v", "emptyDir": {}}]}
    )
    assert output == "first\nsecond\n"


def test_an_init_container_that_fails_keeps_the_pod_from_starting(ns: Namespace) -> None:
    failing = {"name": "init", "image": "busybox", "command": ["sh", "-c", "exit 5"]}
    ns.start("p", "echo never", pod={"initContainers": [failing], "restartPolicy": "Never"})
    pod = ns.finished("p", "Failed")
    assert pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"] == 5
    assert state(pod)["waiting"]["reason"] == "PodInitializing"


def test_a_sidecar_outlives_the_others_start(ns: Namespace) -> None:
    sidecar: Json = {
        "name": "side",
        "image": "busybox",
        "restartPolicy": "Always",
        "command": ["sh", "-c", "echo up > /v/up; trap 'exit 0' TERM; sleep 3600 & wait"],
    }
    volume = [{"name": "v", "mountPath": "/v"}]
    sidecar |= {"volumeMounts": volume, "startupProbe": {"exec": {"command": ["test", "-e", "/v/up"]}, "periodSeconds": 1}}
    pod = {"initContainers": [sidecar], "volumes": [{"name": "v", "emptyDir": {}}]}
    assert ns.output("p", "cat /v/up", volumeMounts=volume, pod=pod) == "up\n"


PROBES: dict[str, Json] = {
    "exec": {"exec": {"command": ["test", "-e", "/tmp/ready"]}},
    "http": {"httpGet": {"port": 8080}},
}


@pytest.mark.parametrize("kind", PROBES)
def test_readiness_probes(ns: Namespace, kind: str) -> None:
    ns.start("p", SERVER, readinessProbe={**PROBES[kind], "periodSeconds": 1, "failureThreshold": 1})
    ns.running("p")
    ns.event("p", "Unhealthy", "Readiness probe failed")
    ns.sh("p", "touch /tmp/ready")
    ns.is_ready("p")
    ns.sh("p", "rm /tmp/ready")
    ns.until("p", lambda pod: not ready(pod), "not ready any more")


def test_a_tcp_probe(ns: Namespace) -> None:
    ns.start("closed", readinessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1})
    ns.start("open", SERVER, readinessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1})
    ns.is_ready("open")
    assert "connection refused" in ns.event("closed", "Unhealthy")


def test_a_liveness_probe_restarts(ns: Namespace) -> None:
    probe = {"exec": {"command": ["test", "-e", "/tmp/alive"]}, "periodSeconds": 1, "failureThreshold": 1}
    ns.start(
        "p",
        "trap 'exit 9' TERM; touch /tmp/alive; while :; do sleep 3600 & wait $!; done",
        livenessProbe=probe,
        startupProbe=probe | {"failureThreshold": 60},
    )
    ns.is_ready("p")
    ns.sh("p", "rm /tmp/alive")
    pod = ns.until("p", lambda pod: restarts(pod) == 1 and "running" in state(pod), "restarted")
    assert state(pod, "lastState")["terminated"]["exitCode"] == 9


def test_an_exec_probe_that_hangs_has_failed(ns: Namespace) -> None:
    ns.start("p", readinessProbe={"exec": {"command": ["sleep", "3600"]}, "timeoutSeconds": 1, "periodSeconds": 1})
    ns.running("p")
    assert "timed out" in ns.event("p", "Unhealthy")


def test_hooks(ns: Namespace) -> None:
    hooks = {
        "postStart": {"exec": {"command": ["sh", "-c", "echo post >> /v/hooks"]}},
        "preStop": {"exec": {"command": ["sh", "-c", "echo pre >> /v/hooks"]}},
    }
    volumes = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "v"}}]}
    mounts = [{"name": "v", "mountPath": "/v"}]
    ns.create("persistentvolumeclaims", claim("v"))
    ns.start("p", pod=volumes | {"terminationGracePeriodSeconds": 20}, volumeMounts=mounts, lifecycle=hooks)
    ns.running("p")
    ns.deleted("p")
    assert ns.output("reader", "cat /v/hooks", pod=volumes, volumeMounts=mounts) == "post\npre\n"


def claim(name: str) -> Json:
    return {"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}


def test_a_workload_that_ends_when_told_to_is_not_killed(ns: Namespace) -> None:
    """With an hour of grace: the deletion ends when the workload does."""
    script = "trap 'echo told; exit 0' TERM; touch /tmp/ready; while :; do sleep 3600 & wait $!; done"
    ns.start("p", script, readinessProbe={**PROBES["exec"], "periodSeconds": 1}, pod={"terminationGracePeriodSeconds": 3600})
    ns.is_ready("p")
    ns.deleted("p")


def test_a_workload_that_ignores_it_is_killed_after_the_grace(ns: Namespace) -> None:
    ns.start("p", "trap '' TERM; while :; do sleep 3600; done", pod={"terminationGracePeriodSeconds": 2})
    ns.running("p")
    ended = None
    ns.cluster.kubectl("delete", "pod", "-n", ns.name, "p", "--wait=false")
    for event in ns.cluster.events(f"{ns.path}/pods"):
        ended = state(event["object"]).get("terminated") or ended
        if event["type"] == "DELETED":
            break
    assert ended is not None
    assert ended["exitCode"] == 137


def test_no_grace_means_at_once(ns: Namespace) -> None:
    ns.start("p", "trap '' TERM; while :; do sleep 3600; done", pod={"terminationGracePeriodSeconds": 3600})
    ns.running("p")
    ns.deleted("p", "--grace-period=0", "--force")


def test_signals_have_their_defaults(ns: Namespace) -> None:
    """Whatever the user's shell or pytest ignores: a workload can trap every signal."""
    ns.start("p")
    ns.running("p")
    masks = dict(line.split(":\t") for line in ns.sh("p", "cat /proc/self/status").splitlines() if line.startswith("Sig"))
    assert (masks["SigIgn"], masks["SigBlk"]) == ("0" * 16, "0" * 16)


# Commands in a container


def test_exec_has_the_containers_environment_and_root(ns: Namespace) -> None:
    ns.start("p", env=[{"name": "COLOUR", "value": "green"}])
    ns.running("p")
    assert ns.sh("p", "echo $COLOUR; hostname; echo $$ > /tmp/pid; ls /tmp").split() == ["green", "p", "pid"]
    assert "exit code 3" in ns.sh("p", "exit 3", status=3)
    assert ns.sh("p", "cat; echo done", stdin="some input\n") == "some input\ndone\n"
    assert "executable file not found" in ns.cluster.kubectl("exec", "-n", ns.name, "p", "--", "no-such-program", status=1)


def test_much_output_and_input_pass_whole(ns: Namespace) -> None:
    ns.start("p")
    ns.running("p")
    text = "".join(f"line {i}\n" for i in range(200_000))
    assert ns.sh("p", "cat", stdin=text) == text


def test_kubectl_run_and_cp(ns: Namespace, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`run -i --rm` attaches to a pod that reads its input."""
    run = ["run", "once", "-n", ns.name, "-i", "--rm", "--restart=Never", "--image=busybox"]
    said = cluster.kubectl(*run, "--", "sh", "-c", "read name; echo hello $name", stdin="world\n")
    assert "hello world" in said
    ns.start("p")
    ns.running("p")
    file = tmp_path_factory.mktemp("cp") / "file"
    file.write_text("content\n", "utf-8")
    cluster.kubectl("cp", "--no-preserve", "-n", ns.name, str(file), "p:/tmp/copied")
    assert ns.sh("p", "cat /tmp/copied") == "content\n"


def test_port_forward(ns: Namespace, cluster: Cluster) -> None:
    import urllib.request

    ns.start("p", SERVER, readinessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1})
    ns.is_ready("p")
    ns.sh("p", "touch /tmp/ready")
    command = [program(), "kubectl", "--kubeconfig", cluster.ready["kubeconfig"], "port-forward", "-n", ns.name, "pod/p", ":8080"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forward:
        assert forward.stdout is not None
        try:
            port = forward.stdout.readline().split("127.0.0.1:")[1].split()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=SECONDS) as answer:
                assert answer.read() == b"hello\n"
        finally:
            forward.terminate()


def test_pods_reach_one_another_across_nodes(ns: Namespace) -> None:
    ns.start("server", SERVER, pod={"nodeName": "node-0"}, readinessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1})
    address = ns.is_ready("server")["status"]["podIP"]
    script = f"exec 3<>/dev/tcp/{address}/8080 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3"
    output = ns.output("client", "", command=["bash", "-c", script], image="debian:12", pod={"nodeName": "node-1"})
    assert output.endswith("hello\n")
