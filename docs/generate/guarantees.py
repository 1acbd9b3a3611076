"""docs/guarantees.md: what is promised, by whom, which helper checks it, and the tests that show both sides."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_kworkload.guarantees.catalogue import BY_SUBJECT, CATALOGUE, Guarantee

from . import proofs
from .text import code, title

INTRODUCTION = """\
# The guarantees

What the helpers hold a workload against, by subject: the sentence that a failure begins with, where Kubernetes v1.37 makes the promise
(a path in its repository), which helper checks it, and the tests of this repository that show both sides on a real cluster: a
workload that keeps the promise, and one on which the helper fails. The text of every such failure is pinned in
[tests/cluster/expected](../tests/cluster/expected). "Needs" is what both sides cannot be shown without
(see [the guide](guide.md#needs)).

Made by `python -m docs.generate` from the catalogue, the helpers and the tests; a test holds it against them.
"""
WEAKER = """
## Where Kubernetes' own tests look away

Some of Kubernetes' end-to-end tests pass although the promise was broken. For each of these there is a history, made by hand,
that such a test would pass and that our check fails ([tests/unit/guarantees](../tests/unit/guarantees)).

"""
LOOKS_AWAY = (
    ("test/utils/deployment.go", "looks every 2 seconds, at sizes and status", "test_upstream_would_pass_a_drop_between_two_polls"),
    (
        "test/e2e/apps/deployment.go",
        "judges Recreate by the Deployment's status, which does not count terminating pods",
        "test_upstream_would_pass_a_new_pod_beside_a_terminating_one",
    ),
    (
        "test/e2e/apps/statefulset.go",
        "looks for names in the order of creation, whatever state the lower replicas are in",
        "test_upstream_would_pass_the_order_of_names_without_waiting",
    ),
    (
        "test/e2e/apps/statefulset.go",
        "only logs that a set with policy Parallel has fewer pods than it should",
        "test_upstream_would_pass_a_burst_that_waited",
    ),
    (
        "test/e2e/apps/wait.go",
        "counts a replica that is terminating, and still Ready, as available",
        "test_upstream_would_pass_a_terminating_pod_that_is_still_ready",
    ),
    ("test/e2e/apps/wait.go", "skips the moments in which replicas are missing", "test_upstream_would_pass_while_pods_are_missing"),
    (
        "test/e2e/apps/daemon_set.go",
        "counts daemon pods that are terminating as available",
        "test_upstream_would_pass_terminating_pods_that_are_still_ready",
    ),
    ("test/e2e/apps/daemon_set.go", "does not see a node without a pod", "test_upstream_would_pass_nodes_without_a_pod"),
    (
        "test/e2e/framework/daemonset",
        "counts the available pods of a node, so that a second one is seen only when it is available",
        "test_upstream_would_pass_a_second_pod_that_is_not_available",
    ),
    (
        "test/e2e/apps/cronjob.go",
        "is content with its first look at the active Jobs",
        "test_upstream_would_pass_two_at_a_time_that_came_later",
    ),
    (
        "test/e2e/common/node/init_container.go",
        "loses the events that it collects, and the error that it finds",
        "test_upstream_would_pass_an_app_that_started_too_early",
    ),
    ("test/e2e/apps/statefulset.go", "sees only that claims exist now", "test_upstream_would_pass_a_claim_that_was_made_anew"),
)


def page() -> str:
    parts = [INTRODUCTION]
    for subject, every in BY_SUBJECT.items():
        parts.append(f"\n## {title(subject)}\n")
        parts.extend(_entry(one) for one in every)
    weaker = "".join(f"- `{file}` {what}: `{test}`\n" for file, what, test in LOOKS_AWAY)
    return "".join([*parts, WEAKER, weaker])


def _entry(guarantee: Guarantee) -> str:
    head = f"\n### `{guarantee.id}`\n\n{guarantee.says[0].upper()}{guarantee.says[1:]}.\n\n"
    details = "".join(f"- {one}\n" for one in guarantee.details)
    source = f"- promised by: {'; '.join(f'`{one}`' for one in guarantee.source.split('; '))}\n"
    if guarantee.awaits:
        return f"{head}{details}{source}- no helper yet: {guarantee.awaits}\n"
    return head + details + source + _proof(guarantee)


def _proof(guarantee: Guarantee) -> str:
    every, needed, of = proofs.shown(), proofs.needs(), proofs.guarantees()
    helpers = [name for name in proofs.HELPERS if guarantee.id in of[name]]
    failing = [test for name in helpers for test in proofs.tests_of(name, every[name].fails) if guarantee.id in proofs.named(test)]
    passing = [test for name in helpers for test in proofs.tests_of(name, every[name].passes)]
    needs = proofs.least([needed[test] for test in (*passing, *failing)])
    links = ", ".join(f"[`{name}`](reference/{proofs.subject_of(name)}.md#{name})" for name in helpers)
    lines = [
        f"checked by: {links}",
        *([f"needs: {', '.join(needs)}"] if needs else []),
        f"passes in {_tests(passing)}",
        f"fails in {_tests(failing)}",
    ]
    return "".join(f"- {line}\n" for line in lines)


def _tests(names: Iterable[str]) -> str:
    return ", ".join(code(one) for one in dict.fromkeys(names))


__all__ = ["CATALOGUE", "LOOKS_AWAY", "page"]
