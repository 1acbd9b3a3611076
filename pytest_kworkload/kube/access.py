"""What the kubeconfig's user may do, according to the API server's authorizers."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..errors import ApiError
from .client import Client

AT_A_TIME = 8  # reviews at the same time; a distant server takes tens of milliseconds for each


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on one resource ("pods", "pods/exec"), in every namespace or cluster-wide."""

    verb: str
    resource: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}"


def denied(client: Client, rights: Iterable[Right]) -> frozenset[Right]:
    """Which of the rights the user does not have. Raises ApiError and ClusterError.

    Asked for every namespace at once: those of the tests do not exist yet. If a server does not answer such questions, nothing is
    known to be denied; the call itself will show it.
    """
    asked = list(dict.fromkeys(rights))
    with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="kworkload-access") as pool:
        return frozenset(right for right, may in zip(asked, pool.map(lambda one: _may(client, one), asked), strict=True) if not may)


def user(client: Client) -> str:
    """The user's name, as the server knows it; empty if it does not say."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        return str(client.create(body)["status"]["userInfo"]["username"])
    except (ApiError, KeyError):
        return ""


def _may(client: Client, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes: dict[str, Any] = {"verb": right.verb, "group": right.group, "resource": resource}
    if subresource:
        attributes["subresource"] = subresource
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    try:
        return bool(client.create(body)["status"].get("allowed"))
    except ApiError as error:
        if error.status in (403, 404):
            return True
        raise
