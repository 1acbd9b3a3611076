"""Enough of an API server for the plugin's own tests: a store with versions, lists, watches. Nothing in it acts by itself,
except that a new namespace gets its default service account, and that what has finalizers stays when it is deleted."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]

ROUTE = re.compile(
    r"/api(?:s/[^/]+)?/v\d[^/]*(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<subresource>[^/]+))?"
)


class ApiServer(ThreadingHTTPServer):
    """`objects` by plural, namespace and name; `calls` are the requests that changed something: "DELETE namespaces/kw-1"."""

    request_queue_size = 128  # each worker comes with some twenty connections at once

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.changed = threading.Condition()
        self.objects: dict[tuple[str, str, str], Object] = {}
        self.events: list[tuple[str, str, Object]] = []  # plural, type, object; the revision is the number of the event
        self.calls: list[str] = []
        self.refused: dict[str, str] = {}  # calls that get status 403, and what the server says then
        self.denied: set[str] = set()  # what the user may not do: "list nodes"
        self.reviews: list[str] = []  # what was asked of that
        self.version = "v1.37.0-scripted"
        self.groups: list[Object] = []  # as discovery tells them; the core has no name
        self.expired = False  # the user's token
        self.ended = False

    def put(self, plural: str, namespace: str, name: str, found: Object, kind: str = "MODIFIED") -> Object:
        with self.changed:
            revision = len(self.events) + 1
            there = self.objects.get((plural, namespace, name))
            metadata = {
                **found.get("metadata", {}),
                "name": name,
                "uid": there["metadata"]["uid"] if there else f"uid-{revision}",
                "resourceVersion": str(revision),
                **({"namespace": namespace} if namespace else {}),
            }
            made = {**found, "metadata": metadata}
            if kind == "DELETED":
                self.objects.pop((plural, namespace, name))
            else:
                self.objects[plural, namespace, name] = made
            self.events.append((plural, kind if there else "ADDED", made))
            self.changed.notify_all()
            return made

    def after(self, revision: int) -> list[tuple[str, str, Object]]:
        """Wait for what comes after a revision; nothing comes when the server has ended."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or len(self.events) > revision)
            return [] if self.ended else self.events[revision:]

    def end(self) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ApiServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer takes the time of a delayed acknowledgement

    def log_message(self, *args: Any) -> None: ...

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body: Object = json.loads(content) if content else {}
        if parts.path == "/version":
            return self._answer(200, {"gitVersion": self.server.version})
        if parts.path in ("/api", "/apis"):
            groups = [one for one in self.server.groups if bool(one["metadata"].get("name")) == (parts.path == "/apis")]
            return self._answer(200, {"kind": "APIGroupDiscoveryList", "items": groups})
        if self.server.expired:
            return self._status(401, "Unauthorized", "Unauthorized")
        if parts.path.endswith("/selfsubjectreviews"):
            return self._answer(201, {**body, "status": {"userInfo": {"username": "system:serviceaccount:ci:tester"}}})
        if parts.path.endswith("/selfsubjectaccessreviews"):
            asked = body["spec"]["resourceAttributes"]
            right = f"{asked['verb']} {asked['resource']}" + (f"/{asked['subresource']}" if "subresource" in asked else "")
            self.server.reviews.append(right)
            return self._answer(201, {**body, "status": {"allowed": right not in self.server.denied}})
        found = ROUTE.fullmatch(parts.path)
        assert found is not None, parts.path
        plural, namespace, name = found["plural"], found["namespace"] or "", found["name"] or body.get("metadata", {}).get("name", "")
        if self.command == "GET":
            if f"{'watch' if 'watch' in query else 'get' if name else 'list'} {plural}" in self.server.denied:
                return self._status(403, "Forbidden", f"{plural} is forbidden")
            if "watch" in query:
                return self._watch(plural, namespace, int(query["resourceVersion"]))
            return self._get(plural, namespace, name, query.get("labelSelector"))
        call = f"{self.command} {plural}/{name}"
        self.server.calls.append(call)
        for refused, text in self.server.refused.items():
            if call.startswith(refused):
                return self._status(403, "Forbidden", text)
        there = self.server.objects.get((plural, namespace, name))
        if self.command == "DELETE":
            if there is None:
                return self._status(404, "NotFound", f'{plural} "{name}" not found')
            if body.get("preconditions", {}).get("uid", there["metadata"]["uid"]) != there["metadata"]["uid"]:
                return self._status(409, "Conflict", "the UID in the precondition is another one")
            going = {**there, "metadata": {**there["metadata"], "deletionTimestamp": "2026-01-02T12:00:00Z"}}
            if plural == "namespaces":  # a real one goes when all that is in it has gone
                return self._answer(200, self.server.put(plural, "", name, {**going, "status": {"phase": "Terminating"}}))
            if there["metadata"].get("finalizers"):
                return self._answer(200, self.server.put(plural, namespace, name, going))
            self.server.put(plural, namespace, name, there, "DELETED")
            return self._answer(200, {"kind": "Status", "status": "Success"})
        read = body.get("metadata", {}).get("resourceVersion")
        if there is not None and read not in (None, there["metadata"]["resourceVersion"]):
            return self._status(409, "Conflict", "the object has been modified")
        merges = self.headers.get("Content-Type") == "application/merge-patch+json"
        made = self.server.put(plural, namespace, name, _merged(there, body) if merges else {**(there or {}), **body})
        if plural == "namespaces" and there is None:
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {}}
            self.server.put("serviceaccounts", name, "default", account)
        return self._answer(200 if there else 201, made)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class's names

    def _get(self, plural: str, namespace: str, name: str, label: str | None) -> None:
        with self.server.changed:
            if name:
                there = self.server.objects.get((plural, namespace, name))
                return self._answer(200, there) if there else self._status(404, "NotFound", f'{plural} "{name}" not found')
            found = [one for (kind, where, _), one in self.server.objects.items() if kind == plural and namespace in ("", where)]
            if label is not None:  # of selectors only this one is known: that there is such a label
                found = [one for one in found if label in one["metadata"].get("labels", {})]
            return self._answer(200, {"metadata": {"resourceVersion": str(len(self.server.events) or 1)}, "items": found})

    def _watch(self, plural: str, namespace: str, revision: int) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        server = self.server
        while fresh := server.after(revision):
            revision += len(fresh)
            try:
                for kind, type_, found in fresh:
                    if kind == plural and namespace in ("", found["metadata"].get("namespace", "")):
                        line = json.dumps({"type": type_, "object": found}).encode() + b"\n"
                        self.wfile.write(b"%x\r\n%b\r\n" % (len(line), line))
            except OSError:
                return

    def _status(self, code: int, reason: str, text: str) -> None:
        self._answer(code, {"kind": "Status", "code": code, "reason": reason, "message": text})

    def _answer(self, code: int, document: Object) -> None:
        content = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _merged(there: Any, change: Any) -> Any:
    """As RFC 7386 has it."""
    if not isinstance(change, dict):
        return change
    found = dict(there) if isinstance(there, dict) else {}
    for key, value in change.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merged(found.get(key), value)
    return found


@contextmanager
def running(kubeconfig: Path) -> Iterator[ApiServer]:
    """A server on a free port of the loopback, and the kubeconfig for it."""
    server = ApiServer()
    server.put("nodes", "", "node-0", {"apiVersion": "v1", "kind": "Node", "spec": {}})
    named = [{"name": "scripted", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}]
    contexts = [{"name": "scripted", "context": {"cluster": "scripted", "user": ""}}]
    kubeconfig.write_text(
        json.dumps(
            {"apiVersion": "v1", "kind": "Config", "clusters": named, "contexts": contexts, "users": [], "current-context": "scripted"}
        )
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join()
