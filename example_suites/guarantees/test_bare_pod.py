"""A pod without a controller.

Belief: "Kubernetes keeps my pods running."
Guarantee: a pod that no controller owns is never created again. The kubelet restarts its containers, in the same pod;
    once the pod itself is gone, by a delete, an eviction or the loss of its node, nothing brings it back.
To see it break: let a ReplicaSet adopt the pod. README.md shows the lines.
"""

from pytest_kworkload import Namespace, assert_not_recreated


def test_a_bare_pod_is_not_recreated(kworkload: Namespace) -> None:
    pod = kworkload.apply("manifests/bare-pod.yaml").wait_ready().pod("announcer")
    assert "attendees are awesome" in pod.logs()

    with assert_not_recreated(pod):
        pod.delete()
