"""Images of archives on a real cluster, as root and as an ordinary user. The archives are made of this machine's programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .archives import Image, Layer, docker_archive, layout, oci_archive, small
from .driver import Cluster, Namespace
from .loading import ROOT, load, refusal_of_image
from .pods import KEPT, container, deleted, run, start, status, terminated, waiting

Make = Callable[..., Path]


@pytest.fixture(scope="session")
def shell() -> Layer:
    """A layer with a shell and a few tools."""
    return small("touch", "pwd", "env", "stat")


@pytest.fixture
def loaded(cluster: Cluster, tmp_path: Path, shell: Layer) -> Callable[..., str]:
    """Loads an image of these layers over the shell, and returns its name."""

    def make(*layers: Layer, name: str, **config: Any) -> str:
        image = Image([shell, *layers], config, name)
        load(cluster, oci_archive(tmp_path / "image.tar", image))
        return name

    return make


@pytest.mark.parametrize(
    ("make", "path"),
    [(docker_archive, "a.tar"), (docker_archive, "a.tar.gz"), (oci_archive, "b.tar"), (oci_archive, "b.tgz"), (layout, "c")],
    ids=["docker", "docker-gz", "oci", "oci-gz", "oci-directory"],
)
def test_every_form_of_archive(ns: Namespace, tmp_path: Path, shell: Layer, make: Make, path: str) -> None:
    image = Image([shell, Layer().file("hello", f"from {make.__name__} {path}\n")], {"Cmd": ["cat", "/hello"]}, "example.com/hello:1")
    assert load(ns.cluster, make(tmp_path / path, image)) == ["example.com/hello:1"]

    assert run(ns, "", "example.com/hello:1") == f"from {make.__name__} {path}\n"
    assert status(ns, "main", bool, "to be there")["imageID"].startswith("example.com/hello@sha256:")


def test_what_the_image_says(ns: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(
        name="says:1",
        Entrypoint=["/bin/sh", "-c", "env; pwd; id -u; echo $0 $*"],
        Cmd=["a", "b"],
        Env=["COLOUR=blue"],
        WorkingDir="/srv/app",
    )
    lines = run(ns, "", image).splitlines()

    assert "COLOUR=blue" in lines
    assert "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" in lines
    assert lines[-3:] == ["/srv/app", "0", "a b"]


def test_the_pod_says_more_than_the_image(ns: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(
        name="less:1", Entrypoint=["/bin/sh", "-c", "echo $0 $COLOUR; pwd"], Cmd=["image"], Env=["COLOUR=blue"], WorkingDir="/srv"
    )
    fields: dict[str, Any] = {"args": ["pod"], "env": [{"name": "COLOUR", "value": "red"}], "workingDir": "/tmp"}

    assert run(ns, "", image, **fields) == "pod red\n/tmp\n"


@pytest.mark.parametrize(
    ("user", "as_root"),
    [("alice", "1234:1235 10,1235"), ("1234", "1234:1235 10,1235"), ("alice:wheel", "1234:1235 10,1235"), ("77:88", "77:0 0")],
)
def test_the_user_of_the_image(ns: Namespace, loaded: Callable[..., str], user: str, as_root: str) -> None:
    """The kubelet hands on the user only; the groups are the ones that the image's own files give that user."""
    script = "echo $(id -u):$(id -g) $(id -G | tr ' ' '\\n' | sort -n | tr '\\n' ' ')"
    image = loaded(Layer().programs("tr", "sort"), name="user:1", User=user, Cmd=["sh", "-c", script])
    start(ns, container(script="", image=image))

    if ROOT:
        terminated(ns)
        assert ns.logs("pod").strip().replace(" ", ",").replace(",", " ", 1) == as_root
    elif user.startswith("alice"):
        assert refusal_of_image(1234) in terminated(ns)["message"]
    else:  # a number is known before the container is made
        assert waiting(ns, "CreateContainerError") == refusal_of_image(int(user.partition(":")[0]))


def test_an_unknown_user(ns: Namespace, loaded: Callable[..., str]) -> None:
    start(ns, container(script="true", image=loaded(name="bob:1", User="bob")))

    assert "unable to find user bob: no matching entries in passwd file" in terminated(ns)["message"]


def test_the_stop_signal_of_the_image(ns: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(name="quit:1", StopSignal="SIGUSR1")
    script = "trap 'echo usr1; exit 7' USR1; trap 'echo term; exit 8' TERM; touch /ready; while :; do sleep 0.1; done"
    probe = {"exec": {"command": ["cat", "/ready"]}, "periodSeconds": 1}
    start(ns, container(script=script, image=image, readinessProbe=probe), metadata=KEPT, terminationGracePeriodSeconds=20)
    ns.is_ready("pod")

    assert deleted(ns)["exitCode"] == 7


def test_volumes_of_the_image_stay_writable(ns: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(Layer().file("data/seed", "seed\n"), name="volume:1", Volumes={"/data": {}})
    script = "cat /data/seed; echo more > /data/more && cat /data/more; touch /elsewhere 2>&1; true"

    assert run(ns, script, image, securityContext={"readOnlyRootFilesystem": True}) == (
        "seed\nmore\ntouch: cannot touch '/elsewhere': Read-only file system\n"
    )


def test_volumes_of_the_pod_on_an_image(ns: Namespace, loaded: Callable[..., str]) -> None:
    """An emptyDir, a part of it, and the files that every pod has; on a read-only root."""
    image = loaded(Layer().programs("grep"), name="mounts:1")
    script = "echo a > /one/f; cat /two/f; cat /etc/hostname; grep -c pod /etc/hosts; cat /etc/resolv.conf; touch /x 2>&1; true"
    mounts = [{"name": "v", "mountPath": "/one", "subPath": "part"}, {"name": "v", "mountPath": "/two", "subPath": "part"}]
    main = container(script=script, image=image, volumeMounts=mounts, securityContext={"readOnlyRootFilesystem": True})
    start(ns, main, volumes=[{"name": "v", "emptyDir": {}}])
    terminated(ns)
    lines = ns.logs("pod").splitlines()

    assert lines[:3] == ["a", "pod", "1"]
    assert lines[3].startswith("nameserver ")
    assert lines[-1] == "touch: cannot touch '/x': Read-only file system"


def test_what_a_container_writes_is_its_own(ns: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(Layer().file("seed", "seed\n"), name="own:1")
    script = "cat /seed; echo changed > /seed; cat /seed; exit 1"
    start(ns, container("a", script, image), container("b", script, image), restartPolicy="OnFailure")
    for name in ("a", "b"):
        status(ns, name, lambda one: one["restartCount"] >= 1 and "terminated" in one["state"], "to have ended twice")
        assert ns.logs("pod", "-c", name) == "seed\nchanged\n"


def test_layers_over_one_another(ns: Namespace, loaded: Callable[..., str]) -> None:
    first = Layer().file("d/a", "a").file("d/b", "b").file("e/a", "a").file("f", "old")
    second = Layer().file("d/.wh.a").file("e/.wh..wh..opq").file("e/b", "b").file("f", "new").hard_link("g", "d/b").link("h", "/f")
    image = loaded(first, second, name="layers:1")

    assert run(ns, "echo $(ls d) $(ls e) $(cat f g h)", image) == "b b new b new\n".replace("new b new", "newbnew")


def test_owners_and_modes(ns: Namespace, loaded: Callable[..., str]) -> None:
    """As an ordinary user there is one user inside, to whom everything belongs."""
    image = loaded(Layer().file("su", "x", 0o4755, owner=1234).directory("closed", 0o500), name="modes:1")

    owner = "1234" if ROOT else "0"
    assert run(ns, "stat -c '%a %u %n' /su /tmp; touch /closed/x && echo root may", image) == f"4755 {owner} /su\n1777 0 /tmp\nroot may\n"


def test_links_of_an_image_lead_nowhere_else(cluster: Cluster, ns: Namespace, loaded: Callable[..., str]) -> None:
    """What the cluster puts into a container (/etc/hosts, mounts) lands inside, wherever the image's links lead."""
    there = cluster.directory / "nodes"
    image = loaded(Layer().link("data", "/opt/kworkload").link("deep", "../../../../../../tmp"), name="links:1")
    mounts = [{"name": "v", "mountPath": "/data/volume"}, {"name": "v", "mountPath": "/deep/volume"}]
    script = "touch /opt/kworkload/volume/f; ls /data/volume /tmp/volume"
    start(ns, container(script=script, image=image, volumeMounts=mounts), volumes=[{"name": "v", "emptyDir": {}}])
    terminated(ns)

    assert ns.logs("pod") == "/data/volume:\nf\n\n/tmp/volume:\nf\n"
    assert not list(there.glob("*/var/tmp/volume"))


def test_a_link_where_the_kernels_files_belong(ns: Namespace, tmp_path: Path, shell: Layer) -> None:
    image = Image([shell, Layer().link("proc", "/tmp")], name="proc:1")
    load(ns.cluster, docker_archive(tmp_path / "a.tar", image))
    start(ns, container(script="true", image="proc:1"))

    assert "the image has a file or a link at /proc, where a directory must be" in terminated(ns)["message"]


def test_an_image_as_a_volume(ns: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(Layer().file("d/f", "inside\n").link("out", "/d"), name="files:1")
    script = "cat /v/d/f /part/f; touch /v/x 2>&1; /v/bin/ls 2>&1; true"
    mounts = [{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/part", "subPath": "out"}]
    volumes = [{"name": "v", "image": {"reference": image, "pullPolicy": "IfNotPresent"}}]
    start(ns, container(script=script, volumeMounts=mounts), volumes=volumes)
    terminated(ns)

    assert ns.logs("pod") == ("inside\ninside\ntouch: cannot touch '/v/x': Read-only file system\nsh: 1: /v/bin/ls: Permission denied\n")


def test_this_machines_tools_are_no_volume(ns: Namespace) -> None:
    mounts = [{"name": "v", "mountPath": "/v"}]
    start(ns, container(volumeMounts=mounts), volumes=[{"name": "v", "image": {"reference": "busybox:1"}}])

    assert waiting(ns, "CreateContainerError") == (
        "image volume /v: busybox:1 has no files of its own here, it is this machine's tools. Load an archive of it"
    )
