"""What Kubernetes promises of a pod's containers, on a real cluster, as root and as an ordinary user."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.history.model import History
from pytest_kworkload.workloads.namespace import Namespace

from .pods import FOREVER, container, pod, run, status, terminated, waiting
from .program import NOT_MAPPED, ROOT

LOG: dict[str, Any] = {"volumeMounts": [{"name": "log", "mountPath": "/log"}]}
VOLUMES = [{"name": "log", "emptyDir": {}}]


def on_term(name: str, ready: str = "true") -> str:
    """A script that notes its start and its SIGTERM."""
    return f"trap 'echo {name} ends >> /log/log; cp /log/log /log/at-{name}; exit 0' TERM; echo {name} >> /log/log; {ready}; {FOREVER}"


def in_main(kworkload: Namespace, script: str) -> str:
    return kworkload.pod("pod").exec(["sh", "-c", script], container="main").stdout


def last_message(kworkload: Namespace) -> str:
    """The termination message of a container whose pod is being deleted."""

    def message(history: History) -> str | None:
        for version in history.of("Pod"):
            for one in version.object["status"].get("containerStatuses", ()):
                if one["name"] == "main" and "terminated" in one["state"]:
                    return str(one["state"]["terminated"].get("message"))
        return None

    return kworkload.recording.wait_for(message, "the end of container main", kworkload.deadline(None))


def test_a_sidecar_starts_before_and_ends_after(kworkload: Namespace) -> None:
    """A restartable init container runs when the next one starts, does not keep the pod from completing, and ends last."""
    first = container("first", "echo first >> /log/log", **LOG)
    probe = {"exec": {"command": ["test", "-e", "/log/ready"]}, "periodSeconds": 1}
    side = container("side", on_term("side", "touch /log/ready"), restartPolicy="Always", startupProbe=probe, **LOG)
    last = container("last", "echo last >> /log/log", **LOG)
    kworkload.apply(
        pod(
            container(script="echo main >> /log/log", **LOG),
            initContainers=[first, side, last],
            volumes=VOLUMES,
            terminationGracePeriodSeconds=20,
        )
    )
    ended = terminated(kworkload, "side")

    assert ended["exitCode"] == 0
    assert terminated(kworkload, "main")["finishedAt"] <= ended["finishedAt"]
    kworkload.recording.wait_for(
        lambda history: any(one["status"]["phase"] == "Succeeded" for one in history.objects("Pod").values()),
        "the pod to have succeeded",
        kworkload.deadline(None),
    )


def test_a_sidecar_that_ends_is_started_again(kworkload: Namespace) -> None:
    side = container("side", "exit 1", restartPolicy="Always")
    kworkload.apply(pod(container(), initContainers=[side]))

    status(kworkload, "side", lambda one: one["restartCount"] >= 1, "to be restarted")
    status(kworkload, "main", lambda one: "running" in one["state"], "to run")


def test_sidecars_end_in_reverse_order(kworkload: Namespace) -> None:
    sides = [container(name, on_term(name), restartPolicy="Always", **LOG) for name in ("one", "two")]
    # The claim outlives the pod, so that the next one can read what the first has written at its end.
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "log"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    }
    volumes = [{"name": "log", "persistentVolumeClaim": {"claimName": "log"}}]
    kworkload.apply(
        [claim, pod(container(script=on_term("main"), **LOG), initContainers=sides, volumes=volumes, terminationGracePeriodSeconds=20)]
    ).wait_ready()
    kworkload.pod("pod").delete()
    kworkload.pod("pod").wait_deleted()
    kworkload.apply(pod(container(script="cat /log/log", **LOG), name="reader", volumes=volumes))
    terminated(kworkload, name="reader")

    assert kworkload.pod("reader").logs().split("\n")[:6] == ["one", "two", "main", "main ends", "two ends", "one ends"]


def test_hooks_run_in_the_container(kworkload: Namespace) -> None:
    hooks = {
        "postStart": {"exec": {"command": ["sh", "-c", "echo started >> /log/log"]}},
        "preStop": {"exec": {"command": ["sh", "-c", "echo stopping >> /log/log; cp /log/log /dev/termination-log"]}},
    }
    kworkload.apply(
        pod(container(script=on_term("main"), lifecycle=hooks, **LOG), volumes=VOLUMES, terminationGracePeriodSeconds=20)
    ).wait_ready()
    kworkload.pod("pod").delete()
    message = last_message(kworkload)

    assert sorted(message.split()[:2]) == ["main", "started"]  # the two start together
    assert message.split()[2:] == ["stopping"]  # SIGTERM comes only after the hook


def test_a_failed_start_hook_kills_the_container(kworkload: Namespace) -> None:
    hook = {"postStart": {"exec": {"command": ["sh", "-c", "exit 3"]}}}
    kworkload.apply(pod(container(script="trap 'exit 0' TERM; " + FOREVER, lifecycle=hook)))
    terminated(kworkload)

    assert any("FailedPostStartHook" in line for line in kworkload.pod("pod").events())


def test_hooks_over_http(kworkload: Namespace) -> None:
    """preStop asks a server in the same pod, which notes the request."""
    server = (
        "import http.server,sys\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "  def do_GET(self):\n"
        "    open('/log/log','a').write(self.path+'\\n'); self.send_response(200); self.end_headers()\n"
        "http.server.HTTPServer(('',8080),H).serve_forever()\n"
    )
    hooks = {"preStop": {"httpGet": {"port": 8080, "path": "/stop"}}}
    probe = {"httpGet": {"port": 8080, "path": "/ready"}, "periodSeconds": 1}
    main = container(script="trap 'cp /log/log /dev/termination-log; exit 0' TERM; " + FOREVER, lifecycle=hooks, **LOG)
    side = {"name": "server", "image": "debian", "command": ["python3", "-c", server], "readinessProbe": probe, **LOG}
    kworkload.apply(pod(main, side, volumes=VOLUMES, terminationGracePeriodSeconds=20)).wait_ready()
    kworkload.pod("pod").delete()

    assert "/stop" in last_message(kworkload).split()


def test_a_probes_own_grace_period(kworkload: Namespace) -> None:
    """The pod's 600 s would outlast this test."""
    probe = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1, "terminationGracePeriodSeconds": 1}
    main = container(script="trap '' TERM; " + FOREVER, livenessProbe=probe)
    kworkload.apply(pod(main, restartPolicy="Always", terminationGracePeriodSeconds=600))
    restarted = status(kworkload, "main", lambda one: one["restartCount"] >= 1, "to be restarted")

    assert restarted["lastState"]["terminated"]["exitCode"] == 137
    kworkload.pod("pod").delete(grace_seconds=0)


def test_a_shared_process_namespace(kworkload: Namespace) -> None:
    assert run(kworkload, "tr '\\0' ' ' < /proc/1/cmdline", name="alone").startswith("sh -c")

    kworkload.apply(pod(container("other"), container(script="trap 'exit 0' TERM; " + FOREVER), shareProcessNamespace=True)).wait_ready()
    first = (
        kworkload.pod("pod")
        .exec(["sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline; grep -l sleep /proc/[0-9]*/comm | wc -l"], container="main")
        .stdout
    )
    assert first.startswith("kworkload-process pause")
    assert int(first.split()[-1]) >= 2


def test_a_container_leaves_no_process_in_a_shared_namespace(kworkload: Namespace) -> None:
    """Its orphans go with it, or each restart would add some."""
    leaves = container("leaves", "sleep 12345 & sleep 0.2; exit 1")
    kworkload.apply(pod(container(), leaves, shareProcessNamespace=True, restartPolicy="OnFailure"))
    status(kworkload, "leaves", lambda one: one["restartCount"] >= 1 and "terminated" in one["state"], "to have ended twice")

    count = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done 2>/dev/null | grep -c '^sleep 12345' || true"
    assert in_main(kworkload, count) == "0\n"


def test_an_ephemeral_container(kworkload: Namespace) -> None:
    kworkload.apply(pod(container(script=f"exec sleep 4321 # {FOREVER}"))).wait_ready()
    script = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done"
    debug = {**container("debug", script), "targetContainerName": "main"}
    kworkload.client.patch(
        "Pod", "pod", {"spec": {"ephemeralContainers": [debug]}}, kworkload.name, subresource="ephemeralcontainers", type="strategic"
    )
    terminated(kworkload, "debug")

    assert "sleep 4321" in kworkload.pod("pod").logs(container="debug")


IDENTITY = "echo $(id -u) $(id -g) $(id -G | tr ' ' '\\n' | sort -n | tr '\\n' ' ')"


@pytest.mark.parametrize(
    ("context", "as_root", "refused"),
    [
        ({"runAsUser": 1000}, "1000 0 0", "runAsUser (or the image's user) 1000"),
        ({"runAsUser": 4711, "runAsGroup": 2000}, "4711 2000 2000", "runAsUser (or the image's user) 4711"),
        ({"runAsGroup": 2000}, "0 2000 0 2000", "runAsGroup 2000"),
        ({"supplementalGroups": [3000, 3001]}, "0 0 0 3000 3001", "supplementalGroups or fsGroup 3000"),
        ({"fsGroup": 4000}, "0 0 0 4000", "supplementalGroups or fsGroup 4000"),
    ],
    ids=["user", "user-and-group", "group", "supplemental-groups", "fs-group"],
)
def test_users_and_groups(kworkload: Namespace, context: dict[str, Any], as_root: str, refused: str) -> None:
    kworkload.apply(pod(container(script=IDENTITY), securityContext=context))

    if ROOT:
        terminated(kworkload)
        expected = as_root.split()
        # What the image's /etc/passwd and /etc/group add is this machine's.
        actual = kworkload.pod("pod").logs().split()
        assert actual[0] == expected[0]
        assert set(expected[2:]) - {"0"} <= set(actual[1:])
        user = status(kworkload, "main", bool, "to be there")["user"]["linux"]
        assert [str(user["uid"]), str(user["gid"])] == actual[:2]
    else:
        assert waiting(kworkload, "CreateContainerError") == NOT_MAPPED.format(refused)


def test_fs_group_owns_the_volume(kworkload: Namespace) -> None:
    mounts = [{"name": "log", "mountPath": "/log"}]
    script = "stat -c '%a %g' /log; touch /log/f; stat -c %g /log/f"
    kworkload.apply(pod(container(script=script, volumeMounts=mounts), volumes=VOLUMES, securityContext={"fsGroup": 4000}))

    if ROOT:
        terminated(kworkload)
        assert kworkload.pod("pod").logs() == "2777 4000\n4000\n"
    else:
        assert waiting(kworkload, "CreateContainerError") == NOT_MAPPED.format("supplementalGroups or fsGroup 4000")


CAPABILITIES = "grep CapEff /proc/self/status | tr -d '\\t' | cut -d: -f2"
USUAL = 0xA80425FB  # what other runtimes give too
NET_ADMIN, CHOWN = 1 << 12, 1 << 0


@pytest.mark.parametrize(
    ("context", "effective"),
    [
        ({}, USUAL),
        ({"capabilities": {"add": ["NET_ADMIN"]}}, USUAL | NET_ADMIN),
        ({"capabilities": {"drop": ["CHOWN"]}}, USUAL & ~CHOWN),
        ({"capabilities": {"drop": ["ALL"]}}, 0),
        ({"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}, NET_ADMIN),
    ],
    ids=["usual", "added", "dropped", "none", "only"],
)
def test_capabilities(kworkload: Namespace, context: dict[str, Any], effective: int) -> None:
    assert int(run(kworkload, CAPABILITIES, securityContext=context), 16) == effective


def test_what_a_privileged_container_may_do(kworkload: Namespace) -> None:
    script = "mount -t tmpfs none /mnt && echo mounted; ip link set lo down && echo down"

    assert run(kworkload, script, securityContext={"privileged": True}) == "mounted\ndown\n"
    assert run(kworkload, f"({script}) 2>/dev/null; true", name="not") == ""


def test_no_more_rights_by_set_user_id(kworkload: Namespace) -> None:
    script = "grep NoNewPrivs /proc/self/status"

    assert run(kworkload, script, securityContext={"allowPrivilegeEscalation": False}).split() == ["NoNewPrivs:", "1"]


def test_a_read_only_root(kworkload: Namespace) -> None:
    main = container(script="touch /x 2>&1; touch /log/x && echo ok", securityContext={"readOnlyRootFilesystem": True}, **LOG)
    kworkload.apply(pod(main, volumes=VOLUMES))
    terminated(kworkload)

    assert kworkload.pod("pod").logs() == "touch: cannot touch '/x': Read-only file system\nok\n"


def test_termination_messages(kworkload: Namespace) -> None:
    own = container("own", "echo -n done > /tmp/message; exit 3", terminationMessagePath="/tmp/message")
    log = container("log", "echo from the log; exit 4", terminationMessagePolicy="FallbackToLogsOnError")
    kworkload.apply(pod(own, log))

    assert [terminated(kworkload, name)["message"] for name in ("own", "log")] == ["done", "from the log\n"]


def test_run_as_non_root_refuses_root(kworkload: Namespace) -> None:
    kworkload.apply(pod(container(securityContext={"runAsNonRoot": True})))

    assert waiting(kworkload, "CreateContainerConfigError").startswith("container has runAsNonRoot and image will run as root")
