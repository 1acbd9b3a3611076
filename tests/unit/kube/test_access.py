"""What the user may do, as the server's reviews say."""

from __future__ import annotations

import pytest

from pytest_kworkload.errors import ApiError, ClusterError
from pytest_kworkload.kube.access import Right, denied, user
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.versions import supported

from .server import Answer, ApiServer, status

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
ME = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def test_a_right_that_the_server_does_not_allow_is_denied(api: ApiServer, client: Client) -> None:
    api.on("POST", REVIEWS, {"status": {"allowed": False, "denied": True}})
    assert denied(client, [Right("create", "pods/exec"), Right("create", "pods/exec")]) == {Right("create", "pods/exec")}
    (request,) = api.requests
    assert request.json()["spec"] == {"resourceAttributes": {"verb": "create", "group": "", "resource": "pods", "subresource": "exec"}}


def test_rights_of_a_group(api: ApiServer, client: Client) -> None:
    api.on("POST", REVIEWS, {"status": {"allowed": True}})
    assert denied(client, [Right("list", "deployments", "apps")]) == frozenset()
    assert api.requests[0].json()["spec"] == {"resourceAttributes": {"verb": "list", "group": "apps", "resource": "deployments"}}


@pytest.mark.parametrize("code", [403, 404])
def test_a_server_that_answers_no_such_questions_denies_nothing(api: ApiServer, client: Client, code: int) -> None:
    api.on("POST", REVIEWS, Answer(status(code, "No", "no"), code))
    assert denied(client, [Right("list", "pods")]) == frozenset()


def test_credentials_that_are_not_valid_any_more(api: ApiServer, client: Client) -> None:
    api.on("POST", REVIEWS, Answer(status(401, "Unauthorized", "Unauthorized"), 401))
    with pytest.raises(ApiError) as error:
        denied(client, [Right("list", "pods")])
    assert error.value.status == 401


def test_the_users_name(api: ApiServer, client: Client) -> None:
    api.on("POST", ME, {"status": {"userInfo": {"username": "jane"}}})
    assert user(client) == "jane"


def test_a_server_that_does_not_tell_the_name(client: Client) -> None:
    assert user(client) == ""


@pytest.mark.parametrize("version", ["v1.29.0", "v1.34.2-eks-1", "1.37", "v2.0.0", "something of its own"])
def test_a_version_that_is_new_enough(version: str) -> None:
    assert supported(version) == version


@pytest.mark.parametrize("version", ["v1.28.15", "v1.9.0", "v1.28.0+k3s1"])
def test_a_version_that_is_too_old(version: str) -> None:
    with pytest.raises(ClusterError) as error:
        supported(version)
    assert str(error.value) == (
        f"the server is Kubernetes {version}\n"
        "  why: the guarantees are those of Kubernetes 1.29 and later; an older one behaves differently\n"
        "  do:  use a newer cluster; which versions are tried is in docs/providers.md"
    )
