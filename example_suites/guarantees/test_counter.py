"""A counter with a memory: two replicas, a claim for each.

Belief: "The data goes with the pod." Or its opposite: "A StatefulSet never loses data."
Guarantee: replica N has the name <set>-N, the same after every return, and one claim of its own that goes with that name.
    The claim and what is on it outlive the pod, a scale-down and the set, as long as persistentVolumeClaimRetentionPolicy
    says Retain (the default); the deletion of the namespace takes them. Replicas start in order, each when the ones below
    it are available. What the program does between reading and writing is its own affair: Kubernetes keeps one writer for
    each claim here, because there is never a second pod of one name.
To see it break: set whenScaled to Delete in manifests/counter.yaml. README.md shows more.
"""

from pytest_kworkload import Namespace, assert_ordered_start, assert_pvc_retained, assert_stable_identity

FILE = "/data/numbers.txt"


def test_replicas_have_an_order_and_a_name(kworkload: Namespace) -> None:
    counter = kworkload.stateful_set("counter", expected=True)

    with assert_ordered_start(counter) as start:
        kworkload.apply("manifests/counter.yaml")
    assert start.order == ("counter-0", "counter-1")

    identity = assert_stable_identity(counter)
    assert identity.name in start.order


def test_no_number_is_lost(kworkload: Namespace) -> None:
    counter = kworkload.apply("manifests/counter.yaml").wait_ready().stateful_set("counter")

    with assert_pvc_retained(counter, after="pod-delete", path=FILE) as retained:
        counter.pods()[0].delete()
    assert len(set(retained.claims.values())) == 2  # a volume for each replica

    with assert_pvc_retained(counter, after="scale-down", path=FILE):
        counter.scale(1)

    with assert_pvc_retained(counter, after="delete", path=FILE) as retained:
        counter.delete()

    # Every replica was stopped at least once, and each start writes a number before the pod is ready.
    for pod in retained.workload.pods():
        numbers = [int(line) for line in pod.read_file(FILE).splitlines()]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 2
