"""As whom a container runs and what it may do, as root and as an ordinary user."""

from __future__ import annotations

from typing import Any

import pytest

from .driver import Namespace
from .loading import ROOT, refusal
from .pods import container, run, start, status, terminated, waiting

VOLUMES = [{"name": "log", "emptyDir": {}}]
MOUNTS = [{"name": "log", "mountPath": "/log"}]
IDENTITY = "echo $(id -u) $(id -g) $(id -G | tr ' ' '\\n' | sort -n | tr '\\n' ' ')"


@pytest.mark.parametrize(
    ("context", "as_root", "refused"),
    [
        ({"runAsUser": 1000}, "1000 0 0", ("runAsUser", 1000)),
        ({"runAsUser": 4711, "runAsGroup": 2000}, "4711 2000 2000", ("runAsUser", 4711)),
        ({"runAsGroup": 2000}, "0 2000 0 2000", ("runAsGroup", 2000)),
        ({"supplementalGroups": [3000, 3001]}, "0 0 0 3000 3001", ("supplementalGroups", 3000)),
        ({"fsGroup": 4000}, "0 0 0 4000", ("supplementalGroups", 4000)),
    ],
    ids=["user", "user-and-group", "group", "supplemental-groups", "fs-group"],
)
def test_users_and_groups(ns: Namespace, context: dict[str, Any], as_root: str, refused: tuple[str, int]) -> None:
    start(ns, container(script=IDENTITY), securityContext=context)

    if ROOT:
        terminated(ns)
        expected = as_root.split()
        # What the image's /etc/passwd and /etc/group add is this machine's.
        actual = ns.logs("pod").split()
        assert actual[0] == expected[0]
        assert set(expected[2:]) - {"0"} <= set(actual[1:])
        user = status(ns, "main", bool, "to be there")["user"]["linux"]
        assert [str(user["uid"]), str(user["gid"])] == actual[:2]
    else:
        assert waiting(ns, "CreateContainerError") == refusal(*refused)


def test_fs_group_owns_the_volume(ns: Namespace) -> None:
    script = "stat -c '%a %g' /log; touch /log/f; stat -c %g /log/f"
    start(ns, container(script=script, volumeMounts=MOUNTS), volumes=VOLUMES, securityContext={"fsGroup": 4000})

    if ROOT:
        terminated(ns)
        assert ns.logs("pod") == "2777 4000\n4000\n"
    else:
        assert waiting(ns, "CreateContainerError") == refusal("supplementalGroups", 4000)


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
def test_capabilities(ns: Namespace, context: dict[str, Any], effective: int) -> None:
    assert int(run(ns, CAPABILITIES, securityContext=context), 16) == effective


def test_what_a_privileged_container_may_do(ns: Namespace) -> None:
    script = "mount -t tmpfs none /mnt && echo mounted; ip link set lo down && echo down"

    assert run(ns, script, securityContext={"privileged": True}) == "mounted\ndown\n"
    assert run(ns, f"({script}) 2>/dev/null; true", name="not") == ""


def test_no_more_rights_by_set_user_id(ns: Namespace) -> None:
    script = "grep NoNewPrivs /proc/self/status"

    assert run(ns, script, securityContext={"allowPrivilegeEscalation": False}).split() == ["NoNewPrivs:", "1"]


def test_a_read_only_root(ns: Namespace) -> None:
    main = container(
        script="touch /x 2>&1; touch /log/x && echo ok",
        securityContext={"readOnlyRootFilesystem": True},
        volumeMounts=MOUNTS,
    )
    start(ns, main, volumes=VOLUMES)
    terminated(ns)

    assert ns.logs("pod") == "touch: cannot touch '/x': Read-only file system\nok\n"


def test_run_as_non_root_refuses_root(ns: Namespace) -> None:
    start(ns, container(securityContext={"runAsNonRoot": True}))

    assert waiting(ns, "CreateContainerConfigError").startswith("container has runAsNonRoot and image will run as root")


def test_the_nodes_root_as_a_volume_does_not_show_the_containers_own(ns: Namespace) -> None:
    """Or a walk through it would never end: it would come to the container's root, in which it is mounted."""
    mounts = [{"name": "host", "mountPath": "/host"}]
    roots = "/host/var/lib/kworkload/runtime/containers/*/root"  # also those of other tests' containers
    script = f"find {roots} | wc -l; ls -d {roots} | wc -l; ls /host/var/lib/kworkload"
    start(ns, container(script=script, volumeMounts=mounts), volumes=[{"name": "host", "hostPath": {"path": "/"}}])
    terminated(ns)
    found, there, *names = ns.logs("pod").split()

    assert int(found) <= 3 * int(there)  # a root that is shown has hundreds of entries
    assert "runtime" in names
