"""What the plugin does with a cluster, as the rights that its user needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from ...errors import ClusterError
from ...history.recorder import KINDS
from ...kube.access import Right
from ...kube.discovery import BUILT_IN

NAME = "pytest-kworkload"


def _rights(verbs: str, resources: str, group: str = "") -> tuple[Right, ...]:
    return tuple(Right(verb, resource, group) for resource in resources.split() for verb in verbs.split())


def _recorded(kind: str) -> tuple[Right, ...]:
    resource = BUILT_IN[kind]
    return _rights("list watch", resource.plural, resource.group)


# Without these no test can run: it has a namespace to itself, and its pods are recorded.
EVERY_TEST = (*_rights("create delete", "namespaces"), *_recorded("Pod"), *_recorded("ServiceAccount"))

# Without one of these a verdict that depends on that kind is inconclusive.
RECORDING: Mapping[str, tuple[Right, ...]] = {kind: _recorded(kind) for kind in KINDS if kind not in ("Pod", "ServiceAccount")}

# Without these a test that needs it is skipped.
NEEDED: Mapping[str, tuple[Right, ...]] = {
    "nodes:read": _recorded("Node"),
    "pods:evict": _rights("create", "pods/eviction"),
    # A WebSocket is opened by GET; newer servers require `create` too, because of what it does.
    "pods:exec": _rights("get create", "pods/exec"),
    "storage:default": _rights("list", "storageclasses", "storage.k8s.io"),
    "volumes:read": _recorded("PersistentVolume"),
}

# What a test does with its own objects: not checked beforehand; the call itself says what is refused.
OF_A_TEST = (
    *_rights("get create patch delete", "pods persistentvolumeclaims services configmaps secrets serviceaccounts resourcequotas"),
    *_rights("get", "pods/log"),
    *_rights("get create", "pods/portforward"),
    *_rights("patch", "pods/status"),
    *_rights("get create patch delete", "deployments replicasets statefulsets daemonsets", "apps"),
    *_rights("patch", "deployments/scale replicasets/scale statefulsets/scale", "apps"),
    *_rights("get create patch delete", "jobs cronjobs", "batch"),
    *_rights("list watch", "cronjobs", "batch"),
    *_rights("get create patch delete", "horizontalpodautoscalers", "autoscaling"),
    *_rights("get create patch delete", "poddisruptionbudgets", "policy"),
)

# What the user is asked for before the first test.
ASKED = (*EVERY_TEST, *chain(*RECORDING.values(), *NEEDED.values()))
EVERYTHING = (*ASKED, *OF_A_TEST)


def require(denied: Collection[Right], user: str) -> None:
    """Raise ClusterError if a right that every test needs is missing, with the role that would grant it."""
    missing = [right for right in EVERY_TEST if right in denied]
    if missing:
        raise ClusterError(
            f"{user or 'the user of this context'} may not do what every test needs: {told(missing)}",
            "a test creates its own namespace, records what happens in it, and deletes it",
            "have an administrator apply this; docs/providers.md has all rights that the helpers use:\n" + role(missing, user),
        )


def unrecorded(denied: frozenset[Right]) -> list[str]:
    """The kinds that cannot be recorded."""
    return [kind for kind, rights in RECORDING.items() if not denied.isdisjoint(rights)]


def told(rights: Iterable[Right]) -> str:
    """As a person says it: "create and delete namespaces; list pods"."""
    verbs: dict[str, list[str]] = {}
    for right in rights:
        verbs.setdefault(right.resource, []).append(right.verb)
    return "; ".join(f"{' and '.join(some)} {resource}" for resource, some in verbs.items())


def role(rights: Iterable[Right], user: str) -> str:
    """A ClusterRole with these rights and its binding, as YAML. They are cluster-wide, because the namespaces do not exist yet."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in rights:
        some = verbs.setdefault((right.group, right.resource), [])
        if right.verb not in some:
            some.append(right.verb)
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, resource), some in verbs.items():
        alike.setdefault((group, tuple(some)), []).append(resource)
    rules = [
        f'- {{apiGroups: ["{group}"], resources: [{", ".join(names)}], verbs: [{", ".join(some)}]}}'
        for (group, some), names in alike.items()
    ]
    return "\n".join(
        [
            "apiVersion: rbac.authorization.k8s.io/v1",
            "kind: ClusterRole",
            f"metadata: {{name: {NAME}}}",
            "rules:",
            *rules,
            "---",
            "apiVersion: rbac.authorization.k8s.io/v1",
            "kind: ClusterRoleBinding",
            f"metadata: {{name: {NAME}}}",
            f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {NAME}}}",
            f"subjects: [{_subject(user)}]",
        ]
    )


def _subject(user: str) -> str:
    account = user.removeprefix("system:serviceaccount:").split(":")
    if user.startswith("system:serviceaccount:") and len(account) == 2:
        return f"{{kind: ServiceAccount, namespace: {account[0]}, name: {account[1]}}}"
    return f'{{kind: User, apiGroup: rbac.authorization.k8s.io, name: "{user or "USER"}"}}'
