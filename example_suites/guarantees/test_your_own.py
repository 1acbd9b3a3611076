"""A guarantee of your own.

Belief: "What no helper checks, I have to poll for."
Guarantee: none of Kubernetes'; yours. A predicate over chosen objects is held against every state that was recorded
    (throughout), against every state from now on until it is true (eventually), or for a while (consistently).
To see it break: allow two singers at most. README.md shows the line.
"""

from pytest_kworkload import Namespace, assert_consistently, assert_eventually, assert_throughout

SINGERS = "app.kubernetes.io/name=trio"


def test_never_more_than_three_singers(kworkload: Namespace) -> None:
    with kworkload.record() as record:
        trio = kworkload.apply("manifests/replica-set.yaml").wait_ready().replica_set("trio")
        trio.scale(1)
        assert_eventually(kworkload.pods(SINGERS), lambda pods: len(pods) == 1, says="two singers leave")

    assert_throughout(record.pods(SINGERS), lambda pods: len(pods) <= 3, says="at most three singers are there")
    assert_consistently(kworkload.pods(SINGERS), lambda pods: len(pods) == 1, says="one singer stays", duration=1)
