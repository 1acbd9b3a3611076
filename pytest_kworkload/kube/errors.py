"""The API server's refusals in our words, in one place. No credentials, no long bodies."""

from __future__ import annotations

import contextlib
import errno
import json
import re
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import ApiError, ClusterError

LONGEST_TEXT = 1000  # characters of a server's message that are worth reading

_VERBS = {"GET": "read", "POST": "create", "PATCH": "apply", "PUT": "update", "DELETE": "delete"}
_SECRET = re.compile(r"(?i)(authorization:\s*(?:\w+\s+)?|bearer\s+|token[\"']?\s*[:=]\s*[\"']?)[\w.\-+/=]{8,}")
# urllib3 puts the connection's repr before the words that matter.
_POOL = re.compile(r"^(<\S+ object at 0x\w+>|\w+\(host=[^)]*\)): ")
_USER_OF_URL = re.compile(r"(?<=://)[^/\s@]+@")

_UNTYPED = re.compile(r"failed to create typed patch object .*?: (?:errors:\s+)?(\.[\w.\[\]\"=-]+): ", re.DOTALL)

_ADVICE = {
    400: "correct the request as the message says",
    401: "use a kubeconfig whose credentials this server knows",
    403: "grant this right to the kubeconfig's user, or use another context",
    404: "check the name and the namespace, and whether it was deleted meanwhile",
    409: "read the object again and repeat the change on its current state",
    410: "start again from a fresh list",
    413: "make the object smaller",
    422: "correct the named fields in the manifest",
    429: "try again later, or look at what prevents it (a PodDisruptionBudget, the server's load)",
}


def from_response(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """The error of an answer with status 400 or above."""
    document: Mapping[str, Any] = {}
    with contextlib.suppress(ValueError):
        parsed = json.loads(body)
        if isinstance(parsed, dict):
            document = parsed
    if document.get("kind") != "Status":
        document = {"message": body.decode("utf-8", "replace").strip(), "reason": ""}
    retry_after: float | None = None
    with contextlib.suppress(KeyError, ValueError):
        retry_after = max(0.0, float(headers["Retry-After"]))
    return from_status(_VERBS.get(method, method.lower()), path, {**document, "code": status}, retry_after)


def from_status(verb: str, path: str, document: Mapping[str, Any], retry_after: float | None = None) -> ApiError:
    """The error in a Status document."""
    status = int(document.get("code") or 500)
    reason = str(document.get("reason") or "")
    details = document.get("details") or {}
    causes = [cause for cause in details.get("causes") or () if isinstance(cause, dict)]
    message = capped(str(document.get("message") or reason or f"HTTP status {status}"))
    if status == 500 and (untyped := _UNTYPED.match(message)):
        # Server-side apply says this about a field that is not in the schema or has the wrong type: not the server's fault.
        status, reason, causes = 422, "Invalid", [*causes, {"field": untyped[1], "message": message}]
    saw = f"the API server refused to {verb} {describe(path)}: {status} {reason}".rstrip()
    do = _ADVICE.get(status, "look at the server's log and health" if status >= 500 else _ADVICE[400])
    conflicts = [cause for cause in causes if cause.get("reason") == "FieldManagerConflict"]
    if conflicts:
        lines = [f"{cause.get('field', '?').lstrip('.')}: {cause.get('message', '')}" for cause in conflicts]
        why = capped("another manager owns what the manifest sets:\n" + "\n".join(f"  {line}" for line in lines))
        do = "leave the field out of the manifest, or give it the value that it has now"
    else:
        lines = [f"{cause['field']}: {cause.get('message', '')}" for cause in causes if cause.get("field")]
        more = [
            str(cause.get("message", "")) for cause in causes if not cause.get("field") and str(cause.get("message", "")) not in message
        ]
        why = "its fields:\n" + "\n".join(f"  {line}" for line in lines) if len(lines) > 1 else message
        why = capped("\n".join([why, *more]))
    return ApiError(
        saw,
        why,
        do,
        status=status,
        reason=reason,
        message=message,
        fields=tuple(str(cause["field"]).lstrip(".") for cause in causes if cause.get("field")),
        retry_after=retry_after,
    )


def unreachable(server: str, cause: BaseException) -> ClusterError:
    """The message for a server that does not answer, or that cannot be trusted to be the right one."""
    if too_many_files(cause):
        return no_file_left(f"a connection to the API server at {host(server)}")
    if "CERTIFICATE_VERIFY_FAILED" in str(cause):
        return ClusterError(
            f"the API server at {host(server)} does not prove that it is the one in this kubeconfig: {capped(_POOL.sub('', str(cause)))}",
            "its certificate was not issued by the authority that the kubeconfig names, or is for another host",
            "check that server and certificate-authority-data in the kubeconfig are of the same cluster; in an old file they may not be",
        )
    return ClusterError(
        f"no answer from the API server at {host(server)}: {capped(_POOL.sub('', str(cause)))}",
        "the cluster is down, or this is not its address",
        "see whether the cluster still runs, and whether the kubeconfig has its server address and its certificate authority",
    )


def too_many_files(error: BaseException) -> bool:
    """Whether this is behind an error: urllib3 keeps it as the cause, as the context or as an argument."""
    if isinstance(error, OSError) and error.errno == errno.EMFILE:
        return True
    return any(too_many_files(one) for one in (error.__cause__, error.__context__, *error.args) if isinstance(one, BaseException))


def no_file_left(purpose: str) -> ClusterError:
    return ClusterError(
        f"too many open files: none is left for {purpose}",
        f"this process may have {resource.getrlimit(resource.RLIMIT_NOFILE)[0]} open at a time; "
        "the recording takes two for each kind, about 40, and pytest and the tests have the rest",
        "raise the limit where pytest is started, for example `ulimit -n 4096`; or see what the tests leave open",
    )


def not_json(server: str, body: bytes) -> ClusterError:
    return ClusterError(
        f"{host(server)} answered with something other than JSON: {capped(body.decode('utf-8', 'replace')) or '(nothing)'}",
        "what answers at this address is not a Kubernetes API server; it may be a page of a proxy",
        "check the kubeconfig's server address, and HTTPS_PROXY and NO_PROXY",
    )


def bad_proxy(proxy: str, cause: BaseException) -> ClusterError:
    return ClusterError(
        f"the proxy {capped(proxy)} cannot be used",
        capped(str(cause)),
        "correct proxy-url in the kubeconfig or HTTPS_PROXY, or name the API server in NO_PROXY",
    )


def bad_kubeconfig(path: Path, context: str | None, cause: BaseException) -> ClusterError:
    if too_many_files(cause):
        return no_file_left(f"the kubeconfig {path}")
    if not path.exists():
        return ClusterError(f"no kubeconfig at {path}", "the file does not exist", "name a file that exists")
    saw = f"the kubeconfig {path} cannot be used" + (f" with context {context}" if context else "")
    names = _contexts(path)
    if context is not None and names and context not in names:
        return ClusterError(saw, f"it has no context {context}, only {', '.join(names)}", "name one of these contexts")
    return ClusterError(saw, capped(str(cause)), "correct the file; `kubectl --kubeconfig FILE config view` shows how it reads")


def no_credentials(path: Path, context: str | None, text: str) -> ClusterError:
    return ClusterError(
        f"no credentials from the program that the kubeconfig {path} names" + (f" for context {context}" if context else ""),
        capped(text),
        "install that program, or log in with it; `kubectl --kubeconfig FILE --context NAME get --raw /version` uses it too",
    )


def exec_timeout(path: str, command: list[str], seconds: float, output: str) -> ApiError:
    return _own(
        f"{' '.join(command)} in {describe(path)} did not end within {seconds:g} s",
        f"its output so far: {capped(output) or '(none)'}",
        "give it a larger timeout, or a command that ends",
        "Timeout",
    )


def exec_cut(path: str, command: list[str]) -> ApiError:
    return _own(
        f"the connection to {' '.join(command)} in {describe(path)} ended before its exit code came",
        "the container, its pod or its node went away meanwhile",
        "look at the pod's events and at the previous log",
        "ConnectionCut",
    )


def port_refused(pod: str, port: int, seconds: float, text: str) -> ApiError:
    return _own(
        f"nothing accepted a connection on port {port} of pod {pod} within {seconds:g} s",
        capped(text),
        "check the port that the container listens on; it must listen on 0.0.0.0 or localhost inside the pod",
        "ConnectionRefused",
    )


def _own(saw: str, why: str, do: str, reason: str) -> ApiError:
    return ApiError(saw, why, do, status=0, reason=reason, message=why, fields=(), retry_after=None)


def describe(path: str) -> str:
    """A URL path as a person would name the object: "deployments/web in namespace shop"."""
    parts = urlsplit(path).path.strip("/").split("/")
    parts = parts[2:] if parts[0] == "api" else parts[3:] if parts[0] == "apis" else parts
    namespace = ""
    if len(parts) > 2 and parts[0] == "namespaces":
        namespace, parts = parts[1], parts[2:]
    return ("/".join(parts) or path) + (f" in namespace {namespace}" if namespace else "")


def host(server: str) -> str:
    """Host and port of a URL, without the user and the password that it may contain."""
    return urlsplit(server).netloc.rpartition("@")[2] or server


def capped(text: str) -> str:
    text = text.strip()
    told = _USER_OF_URL.sub("", _SECRET.sub(r"\1[hidden]", text[: 2 * LONGEST_TEXT]))  # a secret across the cut is hidden too
    return told if max(len(told), len(text)) <= LONGEST_TEXT else f"{told[:LONGEST_TEXT]}... ({len(text)} characters)"


def _contexts(path: Path) -> list[str]:
    with contextlib.suppress(Exception):
        from kubernetes.config import list_kube_config_contexts

        return [str(one["name"]) for one in list_kube_config_contexts(config_file=str(path))[0]]
    return []
