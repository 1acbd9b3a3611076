"""A notebook: a claim, and a pod that writes to it.

Belief: "A claim gets its disk when it is created, and the disk is mine until I delete it." Or: "ReadWriteOnce is one pod's."
Guarantee: when the claim gets its volume is its class's affair: at once, or when the first pod is scheduled that uses it. The
    two then belong to each other alone. ReadWriteOnce is one node's: its pods share the claim. A claim that is deleted stays as
    long as a scheduled pod uses it, finished pods included. What becomes of the volume is the reclaim policy's affair; of most
    classes it is Delete, with the data. A StatefulSet's claims outlive the replicas, unless its
    persistentVolumeClaimRetentionPolicy says Delete.
To see it break: ask for "Retain" where the class deletes. README.md shows more.
"""

from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_access_mode_enforced,
    assert_claim_bound,
    assert_claim_expands,
    assert_data_persists,
    assert_in_use_protection,
    assert_no_lost_updates,
    assert_pvc_deleted,
    assert_pvc_per_replica,
    assert_reclaimed,
    assert_shared_across_nodes,
    assert_unused_condition,
    assert_volume_lifetime,
    assert_waits_for_first_consumer,
)

VOLUMES = pytest.mark.kworkload(needs=["volumes:read"])  # on a cluster of somebody else's they may be hidden
FORGET = {"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}}


def neighbour_of(node: str, claim: str) -> dict[str, Any]:
    """A pod on this node that uses this claim."""
    mount = {"name": "data", "mountPath": "/data"}
    container = {"name": "main", "image": "busybox:1.35.0", "command": ["sleep", "3600"], "volumeMounts": [mount]}
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": claim}}
    spec = {"nodeName": node, "containers": [container], "volumes": [volume], "terminationGracePeriodSeconds": 1}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "neighbour"}, "spec": spec}


@VOLUMES
def test_the_claim_waits_for_its_first_pod(kworkload: Namespace) -> None:
    notebook = kworkload.apply("manifests/notebook.yaml").claim("notebook")

    with assert_waits_for_first_consumer(notebook) as waited:
        writer = kworkload.apply("manifests/writer.yaml").wait_ready().pod("writer")
    assert waited.node == writer.node

    bound = assert_claim_bound(notebook)
    assert bound.volume == waited.volume


@VOLUMES
def test_a_claim_in_use_is_not_taken_away(kworkload: Namespace) -> None:
    notebook = kworkload.apply("manifests/notebook.yaml").claim("notebook")
    writer = kworkload.apply("manifests/writer.yaml").wait_ready().pod("writer")

    assert_in_use_protection(notebook, release=writer.delete)


@pytest.mark.kworkload(needs=["claims:unused"])
def test_a_notebook_that_nobody_writes_in_says_so(kworkload: Namespace) -> None:
    notebook = kworkload.apply("manifests/notebook.yaml").claim("notebook")
    writer = kworkload.apply("manifests/writer.yaml").wait_ready().pod("writer")

    with assert_unused_condition(notebook) as condition:
        writer.delete()
        writer.wait_deleted()
    assert condition.unused


@VOLUMES
def test_the_volume_goes_with_its_claim(kworkload: Namespace) -> None:
    notebook = kworkload.apply("manifests/notebook.yaml").claim("notebook")
    writer = kworkload.apply("manifests/writer.yaml").wait_ready().pod("writer")

    with assert_reclaimed(notebook, "Delete"):
        writer.delete()
        notebook.delete()


def test_every_replica_has_a_claim_until_it_goes(kworkload: Namespace) -> None:
    counter = kworkload.apply("manifests/counter.yaml").stateful_set("counter")

    own = assert_pvc_per_replica(counter)
    assert own.claims["counter-1"] == ("data-counter-1",)

    counter.patch(FORGET)
    with assert_pvc_deleted(counter, after="scale-down") as forgotten:
        counter.scale(1)
    assert forgotten.kept == ("data-counter-0",)


def test_one_pod_at_a_time(kworkload: Namespace) -> None:
    notebook = kworkload.apply("manifests/notebook.yaml").claim("notebook")
    kworkload.apply("manifests/writer.yaml").wait_ready()

    with assert_access_mode_enforced(notebook, "ReadWriteOncePod", settle=2) as second:
        kworkload.apply("manifests/reader.yaml")
    assert second.refused == ("reader",)


def test_a_neighbour_leaves_a_note(kworkload: Namespace) -> None:
    counter = kworkload.apply("manifests/counter.yaml").wait_ready().stateful_set("counter").pods()[0]

    neighbour = kworkload.apply(neighbour_of(counter.node, "data-counter-0")).wait_ready().pod("neighbour")
    neighbour.exec("sh -c 'echo hello > /data/note.txt'")

    assert counter.read_file("/data/note.txt") == "hello\n"


def test_drafts_outlive_the_container(kworkload: Namespace) -> None:
    kworkload.apply("manifests/notebook.yaml")
    writer = kworkload.apply("manifests/writer.yaml").wait_ready().pod("writer")

    with assert_volume_lifetime(writer, "drafts") as drafts:
        writer.exec("touch /tmp/stop")
    assert drafts.restarts == 1


def test_numbers_are_kept_where_each_has_its_own(kworkload: Namespace) -> None:
    counter = kworkload.apply("manifests/counter.yaml").stateful_set("counter")

    assert_data_persists(counter, "/data")
    assert_no_lost_updates(counter, "/data")


@pytest.mark.kworkload(nodes=2, needs=["storage:rwx"])
def test_a_board_is_shared_and_has_no_lock(kworkload: Namespace) -> None:
    board = kworkload.apply("manifests/board.yaml").deployment("board")

    shared = assert_shared_across_nodes(board, "/board")
    assert len(shared.nodes) == 2

    with pytest.raises(GuaranteeViolated, match="write to the same file"):
        assert_no_lost_updates(board, "/board")


def test_a_notebook_has_as_many_pages_as_it_has(kworkload: Namespace) -> None:
    notebook = kworkload.apply("manifests/notebook.yaml").claim("notebook")
    kworkload.apply("manifests/writer.yaml").wait_ready()

    with pytest.raises(GuaranteeViolated, match="allowVolumeExpansion"):
        assert_claim_expands(notebook, "2Gi")
