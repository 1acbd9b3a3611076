"""What an image reference stands for where none can be pulled."""

from __future__ import annotations

import pytest

from .driver import Namespace, state


def refusal(ns: Namespace, image: str, reason: str = "ErrImagePull") -> str:
    ns.start("p", image=image)
    pod = ns.until("p", lambda pod: state(pod).get("waiting", {}).get("reason") == reason, reason)
    return str(state(pod)["waiting"]["message"])


@pytest.mark.parametrize("image", ["busybox", "busybox:1.35.0", "docker.io/library/alpine:3.20", "debian:bookworm-slim"])
def test_the_machines_tools(ns: Namespace, image: str) -> None:
    assert ns.output("p", "echo hello", image=image) == "hello\n"


def test_a_name_that_does_not_exist_fails_as_a_pull_does(ns: Namespace) -> None:
    assert refusal(ns, "registry.invalid/web:1") == (
        "rpc error: code = NotFound desc = "
        'failed to pull and unpack image "registry.invalid/web:1": failed to resolve reference "registry.invalid/web:1": '
        'failed to do request: Head "https://registry.invalid/v2/web/manifests/1": dial tcp: lookup registry.invalid: no such host'
    )
    pod = ns.until("p", lambda pod: state(pod).get("waiting", {}).get("reason") == "ImagePullBackOff", "backed off")
    assert state(pod)["waiting"]["message"].startswith('Back-off pulling image "registry.invalid/web:1"')


def test_a_tag_that_does_not_exist(ns: Namespace) -> None:
    assert refusal(ns, "busybox:v1-does-not-exist").endswith("docker.io/library/busybox:v1-does-not-exist: not found")


def test_any_other_says_how_to_provide_it(ns: Namespace) -> None:
    assert refusal(ns, "nginx:1.29") == (
        "rpc error: code = NotFound desc = "
        'this cluster pulls no images and has none for "nginx:1.29". It has busybox, alpine and debian (this machine\'s tools). '
        "For others load an archive (kworkload_image_archive = FILE), "
        "or say what to run: kworkload_image = docker.io/library/nginx:*=stand-in (an idling process) or =host (this machine's tools)"
    )


def test_a_stand_in_idles_and_honours_signals(ns: Namespace) -> None:
    ns.start("p", image="registry.example/idle:2", command=["serve", "--forever"], pod={"terminationGracePeriodSeconds": 3600})
    ns.running("p")
    assert ns.sh("p", "tr '\\0' ' ' < /proc/1/cmdline").startswith("stand-in")
    ns.deleted("p")


def test_a_mapping_to_the_machines_tools(ns: Namespace) -> None:
    assert ns.output("p", "echo mapped", image="my/tools") == "mapped\n"


def test_never_pulling(ns: Namespace) -> None:
    ns.start("p", image="debian:never-pulled-here", imagePullPolicy="Never")
    ns.until("p", lambda pod: state(pod).get("waiting", {}).get("reason") == "ErrImageNeverPull", "refused")
