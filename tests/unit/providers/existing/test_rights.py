"""The rights as data, and what is said when some are missing."""

from __future__ import annotations

import pytest
import yaml

from pytest_kworkload.errors import ClusterError
from pytest_kworkload.history.recorder import KINDS
from pytest_kworkload.kube.access import Right
from pytest_kworkload.providers.existing import rights
from pytest_kworkload.providers.existing.provider import Existing


def test_every_recorded_kind_has_its_rights() -> None:
    assert [*rights.RECORDING, "Pod", "ServiceAccount"] == [one for one in KINDS if one not in ("Pod", "ServiceAccount")] + [
        "Pod",
        "ServiceAccount",
    ]
    assert rights.RECORDING["EndpointSlice"] == (
        Right("list", "endpointslices", "discovery.k8s.io"),
        Right("watch", "endpointslices", "discovery.k8s.io"),
    )


def test_a_need_with_rights_is_one_that_the_provider_looks_up() -> None:
    assert set(rights.NEEDED) | {"metrics", "claims:unused"} == Existing.detected


def test_nothing_is_said_while_nothing_is_missing_that_every_test_needs() -> None:
    rights.require(frozenset(rights.EVERYTHING) - frozenset(rights.EVERY_TEST), "somebody")


def test_what_every_test_needs_is_one_message_with_what_grants_it() -> None:
    denied = [Right("create", "namespaces"), Right("delete", "namespaces"), Right("watch", "pods"), Right("list", "nodes")]
    with pytest.raises(ClusterError) as error:
        rights.require(denied, "system:serviceaccount:ci:tester")
    assert str(error.value) == (
        "system:serviceaccount:ci:tester may not do what every test needs: create and delete namespaces; watch pods\n"
        "  why: a test creates its own namespace, records what happens in it, and deletes it\n"
        "  do:  have an administrator apply this; docs/providers.md has all rights that the helpers use:\n"
        "       apiVersion: rbac.authorization.k8s.io/v1\n"
        "       kind: ClusterRole\n"
        "       metadata: {name: pytest-kworkload}\n"
        "       rules:\n"
        '       - {apiGroups: [""], resources: [namespaces], verbs: [create, delete]}\n'
        '       - {apiGroups: [""], resources: [pods], verbs: [watch]}\n'
        "       ---\n"
        "       apiVersion: rbac.authorization.k8s.io/v1\n"
        "       kind: ClusterRoleBinding\n"
        "       metadata: {name: pytest-kworkload}\n"
        "       roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: pytest-kworkload}\n"
        "       subjects: [{kind: ServiceAccount, namespace: ci, name: tester}]"
    )


@pytest.mark.parametrize("user", ["jane@example.com", "oidc:jane", ""])
def test_a_person_is_bound_by_name(user: str) -> None:
    (_, binding) = yaml.safe_load_all(rights.role(rights.EVERY_TEST, user))
    assert binding["subjects"] == [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user or "USER"}]


def test_a_role_grants_exactly_what_is_asked_for() -> None:
    role, _ = yaml.safe_load_all(rights.role(rights.EVERYTHING, ""))
    granted = {
        Right(verb, resource, group)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for resource in rule["resources"]
        for group in rule["apiGroups"]
    }
    assert granted == set(rights.EVERYTHING)
