"""Records what a real API server answers to the scenario; README.md says how to get one.

python -m tests.unit.kube.recorded.record --programs DIRECTORY      # starts etcd and kube-apiserver of that directory
python -m tests.unit.kube.recorded.record --kubeconfig FILE         # asks a cluster that is there, in a namespace of its own
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import secrets
import socket
import subprocess
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import tenacity
import yaml

from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.connection import READ_SECONDS, Connection
from pytest_kworkload.kube.retry import Repeat

from .scenario import ELSEWHERE, NAMESPACE, PARTS, STRANGER, manifest
from .tape import Exchange, Tape

# Where the server believes that it is to be found, which is nobody's business. The other is an address for documentation.
ADDRESS, NOWHERE = re.compile(r'"serverAddress": ?"[^"]*"'), '"serverAddress": "192.0.2.1:6443"'
KEPT_HEADERS = ("Content-Type", "Retry-After")  # the others tell of this server and this moment
START_SECONDS = 120


class Relay:
    """Stands between the client and the server, and writes down what passes. It adds the credentials, so none are written."""

    def __init__(self, connection: Connection) -> None:
        self.exchanges: list[Exchange] = []
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _handle(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                accept, content_type = self.headers["Accept"], self.headers.get("Content-Type", "")
                answer = connection._open(self.command, self.path, None, sent or None, content_type, accept, READ_SECONDS)
                headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
                self.send_response(answer.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                body = b""
                for chunk in answer.stream(1 << 16):
                    body += chunk
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.write(b"0\r\n\r\n")
                answer.release_conn()
                relay.exchanges.append(
                    Exchange(self.command, self.path, accept, sent.decode(), answer.status, headers, ADDRESS.sub(NOWHERE, body.decode()))
                )

            do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 - the names are http.server's

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def record(kubeconfig: Path, context: str | None, folder: Path) -> Tape:
    """Run the scenario. Its namespaces are made before and deleted after it."""
    client = Client(kubeconfig, context)
    try:
        for namespace in (NAMESPACE, ELSEWHERE):
            client.create(manifest("v1", "Namespace", namespace))
            for account in ("default", STRANGER):
                client.apply(manifest("v1", "ServiceAccount", account), namespace, force=True)
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        path = client.resource("ServiceAccount").path(NAMESPACE, STRANGER, "token")
        token = client.connection.request("POST", path, body=asked).json()["status"]["token"]
        administrator = client.connection
        stranger = Connection(_as_user(kubeconfig, context, {"token": token}, folder / "stranger"))
        said = administrator.request("GET", "/version").json()
        tape = Tape(said["gitVersion"], f"{said['major']}.{said.get('emulationMinor', said['minor']).rstrip('+')}")
        for name, part in PARTS.items():
            relay = Relay(stranger if "stranger" in name else administrator)
            try:
                through = Client(_kubeconfig(folder / "relay", {"server": relay.url}, {}))
                print(f"{tape.version}, {name}: {str(part(through))[:200]}")
                through.close()
            finally:
                relay.close()
            tape.parts[name] = relay.exchanges
        return tape
    finally:
        for namespace in (NAMESPACE, ELSEWHERE):
            if client.find("Namespace", namespace):
                client.delete("Namespace", namespace)


def _kubeconfig(path: Path, cluster: dict[str, Any], user: dict[str, Any]) -> Path:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        "clusters": [{"name": "one", "cluster": cluster}],
        "users": [{"name": "one", "user": user}],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _as_user(kubeconfig: Path, context: str | None, user: dict[str, Any], path: Path) -> Path:
    document = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    wanted = context or document["current-context"]
    name = next(one["context"]["cluster"] for one in document["contexts"] if one["name"] == wanted)
    return _kubeconfig(path, next(one["cluster"] for one in document["clusters"] if one["name"] == name), user)


@contextlib.contextmanager
def server(programs: Path, folder: Path, *more: str) -> Iterator[Path]:
    """etcd and an API server on the loopback, without controllers; gives the kubeconfig of an administrator."""
    etcd, peers, port = (_free_port() for _ in range(3))
    token, store = secrets.token_hex(16), f"http://127.0.0.1:{etcd}"
    tokens, key = folder / "tokens", folder / "key"
    tokens.touch(mode=0o600)
    tokens.write_text(f"{token},administrator,0,system:masters\n", encoding="utf-8")
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(
            _running(
                folder / "etcd.log",
                programs / "etcd",
                f"--data-dir={folder / 'data'}",
                f"--listen-client-urls={store}",
                f"--advertise-client-urls={store}",
                f"--listen-peer-urls=http://127.0.0.1:{peers}",
                "--unsafe-no-fsync",
            )
        )
        for _ in range(9):  # so that the first versions are older than what the API server begins with
            _until_answered(urllib.request.Request(f"{store}/v3/kv/put", data=b'{"key": "YQ==", "value": "YQ=="}'))
        stack.enter_context(
            _running(
                folder / "kube-apiserver.log",
                programs / "kube-apiserver",
                f"--etcd-servers={store}",
                "--bind-address=127.0.0.1",
                f"--secure-port={port}",
                f"--cert-dir={folder}",
                f"--token-auth-file={tokens}",
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={key}",
                f"--service-account-signing-key-file={key}",
                *more,
            )
        )
        cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(folder / "apiserver.crt")}
        kubeconfig = _kubeconfig(folder / "kubeconfig", cluster, {"token": token})
        _until_ready(kubeconfig)
        yield kubeconfig


@contextlib.contextmanager
def _running(log: Path, program: Path, *arguments: str) -> Iterator[None]:
    with log.open("wb") as output, subprocess.Popen([program, *arguments], stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            yield
        except BaseException:
            print(log.read_text("utf-8", "replace")[-3000:])
            raise
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@tenacity.retry(wait=tenacity.wait_fixed(0.2), stop=tenacity.stop_after_delay(START_SECONDS), reraise=True)
def _until_answered(request: urllib.request.Request) -> None:
    urllib.request.urlopen(request).close()


@tenacity.retry(wait=tenacity.wait_fixed(0.5), stop=tenacity.stop_after_delay(START_SECONDS), reraise=True)
def _until_ready(kubeconfig: Path) -> None:
    connection = Connection(kubeconfig)
    try:
        connection.request("GET", "/readyz", repeat=Repeat.NEVER)
    finally:
        connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--programs", type=Path, help="a directory with etcd and kube-apiserver")
    which.add_argument("--kubeconfig", type=Path, help="of a cluster whose user may do everything")
    parser.add_argument("--context", help="of the kubeconfig; otherwise its current one")
    parser.add_argument("--emulate", metavar="MINOR", help="with --programs: the server plays this older minor, for example 1.35")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        more = [f"--emulated-version={arguments.emulate}"] if arguments.emulate else []
        kubeconfig = arguments.kubeconfig or stack.enter_context(server(arguments.programs, folder, *more))
        print(record(kubeconfig, arguments.context, folder).write())


if __name__ == "__main__":
    main()
