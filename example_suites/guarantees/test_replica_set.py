"""Three pods that are kept three.

Belief: "A ReplicaSet keeps my pods as its template says."
Guarantee: it keeps their *number*. A deleted pod is replaced at once by a new one, with a name of its own; the others are
    left alone. A new template is for new pods only: no pod is touched because of it. To carry an update to the pods there
    is the Deployment.
To see it break: forbid new pods by a quota. README.md shows the lines.
"""

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_rollout_complete, assert_self_heals, assert_template_not_rolled_out


def test_a_replica_set_keeps_three(kworkload: Namespace) -> None:
    trio = kworkload.apply("manifests/replica-set.yaml").wait_ready().replica_set("trio")

    healed = assert_self_heals(trio)

    assert healed.lowest_available == 2
    assert healed.replacement.name != healed.victim.name


def test_a_new_template_touches_no_pod(kworkload: Namespace) -> None:
    trio = kworkload.apply("manifests/replica-set.yaml").wait_ready().replica_set("trio")

    with assert_template_not_rolled_out(trio, settle=2):
        trio.set_env("singer", SONG="new")
    with pytest.raises(GuaranteeViolated, match="pods with an older template: 3 of 3"):
        assert_rollout_complete(trio)

    # Who deletes a pod gets one that sings the new song. No other pod was ever deleted.
    healed = assert_self_heals(trio)
    assert healed.replacement.logs() == "singing the new song\n"
    deleted = [version.uid for version in kworkload.history().of("Pod") if version.type == "DELETED"]
    assert deleted == [healed.victim.uid]
