"""Images of archives on a real cluster, as root and as an ordinary user. The archives are made of this machine's programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.providers.base import Cluster
from pytest_kworkload.workloads.namespace import Namespace

from .archives import Image, Layer, docker_archive, layout, oci_archive, small
from .pods import container, pod, run, status, terminated, waiting
from .program import NOT_MAPPED, ROOT, load

Make = Callable[..., Path]


@pytest.fixture(scope="session")
def shell() -> Layer:
    """A layer with a shell and a few tools."""
    return small("touch", "pwd", "env", "stat")


@pytest.fixture
def loaded(kworkload_cluster: Cluster, tmp_path: Path, shell: Layer) -> Callable[..., str]:
    """Loads an image of these layers over the shell, and returns its name."""

    def make(*layers: Layer, name: str, **config: Any) -> str:
        image = Image([shell, *layers], config, name)
        load(kworkload_cluster.kubeconfig, oci_archive(tmp_path / "image.tar", image))
        return name

    return make


@pytest.mark.parametrize(
    ("make", "path"),
    [(docker_archive, "a.tar"), (docker_archive, "a.tar.gz"), (oci_archive, "b.tar"), (oci_archive, "b.tgz"), (layout, "c")],
    ids=["docker", "docker-gz", "oci", "oci-gz", "oci-directory"],
)
def test_every_form_of_archive(kworkload: Namespace, tmp_path: Path, shell: Layer, make: Make, path: str) -> None:
    image = Image([shell, Layer().file("hello", f"from {make.__name__} {path}\n")], {"Cmd": ["cat", "/hello"]}, "example.com/hello:1")
    assert load(kworkload.kubeconfig, make(tmp_path / path, image)) == ["example.com/hello:1"]

    assert run(kworkload, "", "example.com/hello:1") == f"from {make.__name__} {path}\n"
    assert status(kworkload, "main", bool, "to be there")["imageID"].startswith("example.com/hello@sha256:")


def test_what_the_image_says(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(
        name="says:1",
        Entrypoint=["/bin/sh", "-c", "env; pwd; id -u; echo $0 $*"],
        Cmd=["a", "b"],
        Env=["COLOUR=blue"],
        WorkingDir="/srv/app",
    )
    lines = run(kworkload, "", image).splitlines()

    assert "COLOUR=blue" in lines
    assert "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" in lines
    assert lines[-3:] == ["/srv/app", "0", "a b"]


def test_the_pod_says_more_than_the_image(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(
        name="less:1", Entrypoint=["/bin/sh", "-c", "echo $0 $COLOUR; pwd"], Cmd=["image"], Env=["COLOUR=blue"], WorkingDir="/srv"
    )
    fields: dict[str, Any] = {"args": ["pod"], "env": [{"name": "COLOUR", "value": "red"}], "workingDir": "/tmp"}

    assert run(kworkload, "", image, **fields) == "pod red\n/tmp\n"


@pytest.mark.parametrize(
    ("user", "as_root"),
    [("alice", "1234:1235 10,1235"), ("1234", "1234:1235 10,1235"), ("alice:wheel", "1234:1235 10,1235"), ("77:88", "77:0 0")],
)
def test_the_user_of_the_image(kworkload: Namespace, loaded: Callable[..., str], user: str, as_root: str) -> None:
    """The kubelet hands on the user only; the groups are the ones that the image's own files give that user."""
    script = "echo $(id -u):$(id -g) $(id -G | tr ' ' '\\n' | sort -n | tr '\\n' ' ')"
    image = loaded(Layer().programs("tr", "sort"), name="user:1", User=user, Cmd=["sh", "-c", script])
    kworkload.apply(pod(container(script="", image=image)))

    if ROOT:
        terminated(kworkload)
        assert kworkload.pod("pod").logs().strip().replace(" ", ",").replace(",", " ", 1) == as_root
    elif user.startswith("alice"):
        assert NOT_MAPPED.format("the image's user 1234") in terminated(kworkload)["message"]
    else:  # a number is known before the container is made
        assert waiting(kworkload, "CreateContainerError") == NOT_MAPPED.format(f"runAsUser (or the image's user) {user.partition(':')[0]}")


def test_an_unknown_user(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    kworkload.apply(pod(container(script="true", image=loaded(name="bob:1", User="bob"))))

    assert "unable to find user bob: no matching entries in passwd file" in terminated(kworkload)["message"]


def test_the_stop_signal_of_the_image(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(name="quit:1", StopSignal="SIGUSR1")
    script = "trap 'echo usr1; exit 7' USR1; trap 'echo term; exit 8' TERM; touch /ready; while :; do sleep 0.1; done"
    probe = {"exec": {"command": ["cat", "/ready"]}, "periodSeconds": 1}
    kworkload.apply(pod(container(script=script, image=image, readinessProbe=probe), terminationGracePeriodSeconds=20)).wait_ready()
    kworkload.pod("pod").delete()

    def exit_codes() -> set[int]:
        versions = [one for one in kworkload.recording.since().of("Pod") if one.name == "pod"]
        states = [entry["state"] for one in versions for entry in one.object["status"].get("containerStatuses", ())]
        return {state["terminated"]["exitCode"] for state in states if "terminated" in state}

    kworkload.recording.wait_for(lambda _: bool(exit_codes()), "the container's end", kworkload.deadline(None))
    assert exit_codes() == {7}


def test_volumes_of_the_image_stay_writable(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(Layer().file("data/seed", "seed\n"), name="volume:1", Volumes={"/data": {}})
    script = "cat /data/seed; echo more > /data/more && cat /data/more; touch /elsewhere 2>&1; true"

    assert run(kworkload, script, image, securityContext={"readOnlyRootFilesystem": True}) == (
        "seed\nmore\ntouch: cannot touch '/elsewhere': Read-only file system\n"
    )


def test_volumes_of_the_pod_on_an_image(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    """An emptyDir, a part of it, and the files that every pod has; on a read-only root."""
    image = loaded(Layer().programs("grep"), name="mounts:1")
    script = "echo a > /one/f; cat /two/f; cat /etc/hostname; grep -c pod /etc/hosts; cat /etc/resolv.conf; touch /x 2>&1; true"
    mounts = [{"name": "v", "mountPath": "/one", "subPath": "part"}, {"name": "v", "mountPath": "/two", "subPath": "part"}]
    main = container(script=script, image=image, volumeMounts=mounts, securityContext={"readOnlyRootFilesystem": True})
    kworkload.apply(pod(main, volumes=[{"name": "v", "emptyDir": {}}]))
    terminated(kworkload)
    lines = kworkload.pod("pod").logs().splitlines()

    assert lines[:3] == ["a", "pod", "1"]
    assert lines[3].startswith("nameserver ")
    assert lines[-1] == "touch: cannot touch '/x': Read-only file system"


def test_what_a_container_writes_is_its_own(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(Layer().file("seed", "seed\n"), name="own:1")
    script = "cat /seed; echo changed > /seed; cat /seed; exit 1"
    kworkload.apply(pod(container("a", script, image), container("b", script, image), restartPolicy="OnFailure"))
    for name in ("a", "b"):
        status(kworkload, name, lambda one: one["restartCount"] >= 1 and "terminated" in one["state"], "to have ended twice")
        assert kworkload.pod("pod").logs(container=name) == "seed\nchanged\n"


def test_layers_over_one_another(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    first = Layer().file("d/a", "a").file("d/b", "b").file("e/a", "a").file("f", "old")
    second = Layer().file("d/.wh.a").file("e/.wh..wh..opq").file("e/b", "b").file("f", "new").hard_link("g", "d/b").link("h", "/f")
    image = loaded(first, second, name="layers:1")

    assert run(kworkload, "echo $(ls d) $(ls e) $(cat f g h)", image) == "b b new b new\n".replace("new b new", "newbnew")


def test_owners_and_modes(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    """As an ordinary user there is one user inside, to whom everything belongs."""
    image = loaded(Layer().file("su", "x", 0o4755, owner=1234).directory("closed", 0o500), name="modes:1")

    owner = "1234" if ROOT else "0"
    assert (
        run(kworkload, "stat -c '%a %u %n' /su /tmp; touch /closed/x && echo root may", image)
        == f"4755 {owner} /su\n1777 0 /tmp\nroot may\n"
    )


def test_links_of_an_image_lead_nowhere_else(kworkload: Namespace, kworkload_cluster: Cluster, loaded: Callable[..., str]) -> None:
    """What the cluster puts into a container (/etc/hosts, mounts) lands inside, wherever the image's links lead."""
    there = kworkload_cluster.kubeconfig.parent / "nodes"
    image = loaded(Layer().link("data", "/opt/kworkload").link("deep", "../../../../../../tmp"), name="links:1")
    mounts = [{"name": "v", "mountPath": "/data/volume"}, {"name": "v", "mountPath": "/deep/volume"}]
    script = "touch /opt/kworkload/volume/f; ls /data/volume /tmp/volume"
    kworkload.apply(pod(container(script=script, image=image, volumeMounts=mounts), volumes=[{"name": "v", "emptyDir": {}}]))
    terminated(kworkload)

    assert kworkload.pod("pod").logs() == "/data/volume:\nf\n\n/tmp/volume:\nf\n"
    assert not list(there.glob("*/var/tmp/volume"))


def test_a_link_where_the_kernels_files_belong(kworkload: Namespace, tmp_path: Path, shell: Layer) -> None:
    image = Image([shell, Layer().link("proc", "/tmp")], name="proc:1")
    load(kworkload.kubeconfig, docker_archive(tmp_path / "a.tar", image))
    kworkload.apply(pod(container(script="true", image="proc:1")))

    assert "the image has a file or a link at /proc, where a directory must be" in terminated(kworkload)["message"]


def test_an_image_as_a_volume(kworkload: Namespace, loaded: Callable[..., str]) -> None:
    image = loaded(Layer().file("d/f", "inside\n").link("out", "/d"), name="files:1")
    script = "cat /v/d/f /part/f; touch /v/x 2>&1; /v/bin/ls 2>&1; true"
    mounts = [{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/part", "subPath": "out"}]
    volumes = [{"name": "v", "image": {"reference": image, "pullPolicy": "IfNotPresent"}}]
    kworkload.apply(pod(container(script=script, volumeMounts=mounts), volumes=volumes))
    terminated(kworkload)

    assert kworkload.pod("pod").logs() == (
        "inside\ninside\ntouch: cannot touch '/v/x': Read-only file system\nsh: 1: /v/bin/ls: Permission denied\n"
    )


def test_this_machines_tools_are_no_volume(kworkload: Namespace) -> None:
    mounts = [{"name": "v", "mountPath": "/v"}]
    kworkload.apply(pod(container(volumeMounts=mounts), volumes=[{"name": "v", "image": {"reference": "busybox:1"}}]))

    assert waiting(kworkload, "CreateContainerError") == (
        "image volume /v: busybox:1 has no files of its own here, it is this machine's tools. Load an archive of it"
    )
