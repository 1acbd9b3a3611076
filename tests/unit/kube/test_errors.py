"""The API server's refusals in our words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_kworkload.kube import errors

from .server import status

DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"


def refused(method: str, path: str, document: Any, headers: dict[str, str] | None = None) -> str:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    code = document["code"] if isinstance(document, dict) else 502
    return str(errors.from_response(method, path, code, headers or {}, body))


@pytest.mark.parametrize(
    ("method", "path", "document", "text"),
    [
        pytest.param(
            "GET",
            "/api/v1/namespaces/shop/pods",
            status(403, "Forbidden", 'pods is forbidden: User "me" cannot list resource "pods" in API group "" in the namespace "shop"'),
            "the API server refused to read pods in namespace shop: 403 Forbidden\n"
            '  why: pods is forbidden: User "me" cannot list resource "pods" in API group "" in the namespace "shop"\n'
            "  do:  grant this right to the kubeconfig's user, or use another context",
            id="forbidden",
        ),
        pytest.param(
            "DELETE",
            "/api/v1/nodes/node-9",
            status(404, "NotFound", 'nodes "node-9" not found'),
            "the API server refused to delete nodes/node-9: 404 NotFound\n"
            '  why: nodes "node-9" not found\n'
            "  do:  check the name and the namespace, and whether it was deleted meanwhile",
            id="not found",
        ),
        pytest.param(
            "PATCH",
            DEPLOYMENT,
            status(
                409,
                "Conflict",
                'Apply failed with 2 conflicts: conflicts with "kubectl" ...',
                [
                    {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using apps/v1', "field": ".spec.replicas"},
                    {
                        "reason": "FieldManagerConflict",
                        "message": 'conflict with "hpa" with subresource "scale" using apps/v1',
                        "field": '.spec.template.spec.containers[name="web"].image',
                    },
                ],
            ),
            "the API server refused to apply deployments/web in namespace shop: 409 Conflict\n"
            "  why: another manager owns what the manifest sets:\n"
            '         spec.replicas: conflict with "kubectl" using apps/v1\n'
            '         spec.template.spec.containers[name="web"].image: conflict with "hpa" with subresource "scale" using apps/v1\n'
            "  do:  leave the field out of the manifest, or give it the value that it has now",
            id="another field manager",
        ),
        pytest.param(
            "POST",
            "/api/v1/namespaces",
            status(409, "AlreadyExists", 'namespaces "shop" already exists'),
            "the API server refused to create namespaces: 409 AlreadyExists\n"
            '  why: namespaces "shop" already exists\n'
            "  do:  read the object again and repeat the change on its current state",
            id="already exists",
        ),
        pytest.param(
            "PATCH",
            DEPLOYMENT,
            status(
                422,
                "Invalid",
                'Deployment.apps "web" is invalid: [spec.replicas: Invalid value: -1: ..., spec.selector: Required value]',
                [
                    {"reason": "FieldValueInvalid", "message": "Invalid value: -1: must be at least 0", "field": "spec.replicas"},
                    {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.selector"},
                ],
            ),
            "the API server refused to apply deployments/web in namespace shop: 422 Invalid\n"
            "  why: its fields:\n"
            "         spec.replicas: Invalid value: -1: must be at least 0\n"
            "         spec.selector: Required value\n"
            "  do:  correct the named fields in the manifest",
            id="several fields",
        ),
        pytest.param(
            "PATCH",
            DEPLOYMENT,
            status(
                422,
                "Invalid",
                'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be at least 0',
                [{"reason": "FieldValueInvalid", "message": "Invalid value: -1: must be at least 0", "field": "spec.replicas"}],
            ),
            "the API server refused to apply deployments/web in namespace shop: 422 Invalid\n"
            '  why: Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be at least 0\n'
            "  do:  correct the named fields in the manifest",
            id="one field",
        ),
        pytest.param(
            "POST",
            "/api/v1/namespaces/shop/pods/web/eviction",
            status(
                429,
                "TooManyRequests",
                "Cannot evict pod as it would violate the pod's disruption budget.",
                [{"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods and has 2 currently"}],
            ),
            "the API server refused to create pods/web/eviction in namespace shop: 429 TooManyRequests\n"
            "  why: Cannot evict pod as it would violate the pod's disruption budget.\n"
            "       The disruption budget web needs 2 healthy pods and has 2 currently\n"
            "  do:  try again later, or look at what prevents it (a PodDisruptionBudget, the server's load)",
            id="a disruption budget",
        ),
        pytest.param(
            "GET",
            "/version",
            status(500, "InternalError", "etcdserver: request timed out"),
            "the API server refused to read version: 500 InternalError\n"
            "  why: etcdserver: request timed out\n"
            "  do:  look at the server's log and health",
            id="internal error",
        ),
        pytest.param(
            "GET",
            "/api/v1/pods",
            b"<html>Bad Gateway</html>",
            "the API server refused to read pods: 502\n  why: <html>Bad Gateway</html>\n  do:  look at the server's log and health",
            id="no JSON",
        ),
        pytest.param(
            "GET",
            "/api/v1/pods",
            b"",
            "the API server refused to read pods: 502\n  why: HTTP status 502\n  do:  look at the server's log and health",
            id="nothing",
        ),
    ],
)
def test_a_refusal(method: str, path: str, document: Any, text: str) -> None:
    assert refused(method, path, document) == text


def test_what_a_program_can_read_of_it() -> None:
    document = status(
        422,
        "Invalid",
        "is invalid",
        [{"message": "Required value", "field": ".spec.selector"}, {"message": "is odd", "field": "spec.replicas"}],
    )
    error = errors.from_response("PATCH", DEPLOYMENT, 422, {"Retry-After": "3"}, json.dumps(document).encode())
    assert (error.status, error.reason, error.message) == (422, "Invalid", "is invalid")
    assert (error.fields, error.retry_after) == (("spec.selector", "spec.replicas"), 3.0)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("0", 0.0), ("-1", 0.0), ("nan", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), (None, None)]
)
def test_when_to_try_again(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}
    assert errors.from_response("GET", "/version", 429, headers, b"{}").retry_after == seconds


def test_the_status_line_counts_not_the_document() -> None:
    body = json.dumps(status(200, "", "odd")).encode()
    assert errors.from_response("GET", "/version", 503, {}, body).status == 503


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer [hidden]"),
        ("authorization: Basic dXNlcjpwYXNzd29yZA==", "authorization: Basic [hidden]"),
        ("Authorization: abcdefghijkl", "Authorization: [hidden]"),
        ('{"token": "abcdefghijkl"}', '{"token": "[hidden]"}'),
        ("?access_token=abcdefgh&x=1", "?access_token=[hidden]&x=1"),
        ("sent bearer eyJhbGciOi.eyJzdWIi.c2ln twice", "sent bearer [hidden] twice"),
        ("no way to https://me:secret@proxy.example:3128/x", "no way to https://proxy.example:3128/x"),
        ("the token is wrong", "the token is wrong"),
        ("a mail to me@example.com", "a mail to me@example.com"),
    ],
)
def test_credentials_are_hidden(text: str, told: str) -> None:
    assert errors.capped(text) == told


def test_long_texts_are_capped() -> None:
    assert errors.capped("x" * 1000) == "x" * 1000
    assert errors.capped("x" * 1001) == "x" * 1000 + "... (1001 characters)"


def test_a_credential_at_the_cut_is_hidden_too() -> None:
    assert "abcdefgh" not in errors.capped("x" * 980 + " bearer abcdefghijklmnopqrstuvwxyz")


def test_a_refusal_hides_and_caps() -> None:
    text = refused("GET", "/api/v1/pods", status(400, "BadRequest", "bearer abcdefghijkl " + "y" * 2000))
    assert "abcdefgh" not in text
    assert len(text) < 1300


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/namespaces/shop/pods/web?watch=true", "pods/web in namespace shop"),
        ("/api/v1/namespaces/shop/pods", "pods in namespace shop"),
        ("/api/v1/namespaces/shop", "namespaces/shop"),
        ("/api/v1/namespaces", "namespaces"),
        ("/apis/apps/v1/deployments", "deployments"),
        ("/apis/example.com/v1/namespaces/shop/widgets/w/scale", "widgets/w/scale in namespace shop"),
        ("/version", "version"),
        ("/apis", "/apis"),
    ],
)
def test_a_path_by_the_names_that_it_has(path: str, name: str) -> None:
    assert errors.describe(path) == name


def test_a_field_that_the_schema_does_not_have_is_the_manifests_fault() -> None:
    message = "failed to create typed patch object (kw-1/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema"
    error = errors.from_status("apply", "/apis/apps/v1/namespaces/kw-1/deployments/web", {"code": 500, "message": message})
    assert (error.status, error.fields) == (422, ("spec.replica",))
    assert str(error) == (
        "the API server refused to apply deployments/web in namespace kw-1: 422 Invalid\n"
        f"  why: {message}\n"
        "  do:  correct the named fields in the manifest"
    )
