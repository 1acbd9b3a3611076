"""What Kubernetes promises of the order in which a pod's containers start, are probed and end."""

from __future__ import annotations

from typing import Any

from .driver import Json, Namespace
from .pods import FOREVER, KEPT, container, deleted, run, start, status, terminated

LOG: dict[str, Any] = {"volumeMounts": [{"name": "log", "mountPath": "/log"}]}
VOLUMES = [{"name": "log", "emptyDir": {}}]


def on_term(name: str, ready: str = "true") -> str:
    """A script that notes its start and its SIGTERM."""
    forever = "while :; do sleep 1 & wait $!; done"
    return f"trap 'echo {name} ends >> /log/log; exit 0' TERM; echo {name} >> /log/log; {ready}; {forever}"


def noted(name: str, then: str = "true") -> Json:
    """A postStart hook that waits until the script has noted its start: one that just runs may not have its trap yet."""
    return {"postStart": {"exec": {"command": ["sh", "-c", f"until grep -qsx {name} /log/log; do sleep 0.1; done; {then}"]}}}


def test_a_sidecar_starts_before_and_ends_after(ns: Namespace) -> None:
    """A restartable init container runs when the next one starts, does not keep the pod from completing, and ends last."""
    first = container("first", "echo first >> /log/log", **LOG)
    probe = {"exec": {"command": ["test", "-e", "/log/ready"]}, "periodSeconds": 1}
    side = container("side", on_term("side", "touch /log/ready"), restartPolicy="Always", startupProbe=probe, **LOG)
    last = container("last", "echo last >> /log/log", **LOG)
    main = container(script="echo main >> /log/log", **LOG)
    start(ns, main, initContainers=[first, side, last], volumes=VOLUMES, terminationGracePeriodSeconds=20)
    ended = terminated(ns, "side")

    assert ended["exitCode"] == 0
    assert terminated(ns, "main")["finishedAt"] <= ended["finishedAt"]
    ns.finished("pod")


def test_a_sidecar_that_ends_is_started_again(ns: Namespace) -> None:
    # It runs for a moment: the kubelet starts the others only when it has seen that.
    side = container("side", "sleep 2; exit 1", restartPolicy="Always")
    start(ns, container(), initContainers=[side])

    status(ns, "side", lambda one: one["restartCount"] >= 1, "to be restarted")
    status(ns, "main", lambda one: "running" in one["state"], "to run")


def test_sidecars_end_in_reverse_order(ns: Namespace) -> None:
    sides = [container(name, on_term(name), restartPolicy="Always", lifecycle=noted(name), **LOG) for name in ("one", "two")]
    # The claim outlives the pod, so that the next one can read what the first has written at its end.
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    ns.create("persistentvolumeclaims", {"metadata": {"name": "log"}, "spec": claim})
    volumes = [{"name": "log", "persistentVolumeClaim": {"claimName": "log"}}]
    main = container(script=on_term("main"), lifecycle=noted("main"), **LOG)
    start(ns, main, initContainers=sides, volumes=volumes, terminationGracePeriodSeconds=20)
    ns.is_ready("pod")
    ns.deleted("pod")
    start(ns, container(script="cat /log/log", **LOG), name="reader", volumes=volumes)
    terminated(ns, name="reader")

    assert ns.logs("reader").splitlines()[-3:] == ["main ends", "two ends", "one ends"]


def test_hooks_run_in_the_container(ns: Namespace) -> None:
    """The first runs beside the container's script, whose start it waits for; SIGTERM comes only after the last."""
    hooks = {
        **noted("main", "echo started >> /log/log"),
        "preStop": {"exec": {"command": ["sh", "-c", "echo stopping >> /log/log; cp /log/log /dev/termination-log"]}},
    }
    main = container(script=on_term("main"), lifecycle=hooks, **LOG)
    start(ns, main, metadata=KEPT, volumes=VOLUMES, terminationGracePeriodSeconds=20)
    ns.is_ready("pod")

    assert deleted(ns)["message"].split() == ["main", "started", "stopping"]


def test_a_failed_start_hook_kills_the_container(ns: Namespace) -> None:
    hook = {"postStart": {"exec": {"command": ["sh", "-c", "exit 3"]}}}
    start(ns, container(lifecycle=hook))
    terminated(ns)

    assert ns.event("pod", "FailedPostStartHook")


def test_hooks_over_http(ns: Namespace) -> None:
    """preStop asks a server in the same pod, which notes the request, and then ends: as a first process it does not hear SIGTERM."""
    server = (
        "import http.server,sys\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "  def do_GET(self):\n"
        "    open('/log/log','a').write(self.path+'\\n'); self.send_response(200); self.end_headers()\n"
        "    if self.path == '/stop': sys.exit()\n"
        "http.server.HTTPServer(('',8080),H).serve_forever()\n"
    )
    hooks = {"preStop": {"httpGet": {"port": 8080, "path": "/stop"}}}
    probe = {"httpGet": {"port": 8080, "path": "/ready"}, "periodSeconds": 1}
    main = container(
        script="trap 'cp /log/log /dev/termination-log; exit 0' TERM; echo main >> /log/log; while :; do sleep 1 & wait $!; done",
        lifecycle={**noted("main"), **hooks},
        **LOG,
    )
    side = {"name": "server", "image": "debian", "command": ["python3", "-c", server], "readinessProbe": probe, **LOG}
    start(ns, main, side, metadata=KEPT, volumes=VOLUMES, terminationGracePeriodSeconds=20)
    ns.is_ready("pod")

    assert "/stop" in deleted(ns)["message"].split()


def test_a_probes_own_grace_period(ns: Namespace) -> None:
    """The pod's 600 s would outlast this test."""
    probe = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1, "terminationGracePeriodSeconds": 1}
    main = container(script="trap '' TERM; while :; do sleep 1; done", livenessProbe=probe)
    start(ns, main, restartPolicy="Always", terminationGracePeriodSeconds=600)
    restarted = status(ns, "main", lambda one: one["restartCount"] >= 1, "to be restarted")

    assert restarted["lastState"]["terminated"]["exitCode"] == 137
    ns.deleted("pod", "--grace-period=0", "--force")


def test_a_shared_process_namespace(ns: Namespace) -> None:
    assert run(ns, "tr '\\0' ' ' < /proc/1/cmdline", name="alone").startswith("sh -c")

    start(ns, container(), container("other"), shareProcessNamespace=True)
    ns.is_ready("pod")
    seen = ns.sh("pod", "tr '\\0' ' ' < /proc/1/cmdline; grep -l sleep /proc/[0-9]*/comm | wc -l")

    assert seen.startswith("kworkload-process pause")
    assert int(seen.split()[-1]) >= 2


def test_a_container_leaves_no_process_in_a_shared_namespace(ns: Namespace) -> None:
    """Its orphans go with it, or each restart would add some."""
    leaves = container("leaves", "sleep 12345 & sleep 0.2; exit 1")
    start(ns, container(), leaves, shareProcessNamespace=True, restartPolicy="OnFailure")
    status(ns, "leaves", lambda one: one["restartCount"] >= 1 and "terminated" in one["state"], "to have ended twice")

    count = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done 2>/dev/null | grep -c '^sleep 12345' || true"
    assert ns.sh("pod", count) == "0\n"


def test_an_ephemeral_container(ns: Namespace) -> None:
    start(ns, container(script=f"exec sleep 4321 # {FOREVER}"))
    ns.is_ready("pod")
    script = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done"
    debug = {**container("debug", script), "targetContainerName": "main"}
    patch = {"spec": {"ephemeralContainers": [debug]}}
    ns.cluster.call("PATCH", f"{ns.path}/pods/pod/ephemeralcontainers", patch, kind="strategic-merge-patch+json")
    terminated(ns, "debug")

    assert "sleep 4321" in ns.logs("pod", "-c", "debug")


def test_termination_messages(ns: Namespace) -> None:
    own = container("own", "echo -n done > /tmp/message; exit 3", terminationMessagePath="/tmp/message")
    log = container("log", "echo from the log; exit 4", terminationMessagePolicy="FallbackToLogsOnError")
    start(ns, own, log)

    assert [terminated(ns, name)["message"] for name in ("own", "log")] == ["done", "from the log\n"]
