"""Pods: commands, logs, files, ports."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..errors import ApiError
from .handle import Handle

if TYPE_CHECKING:
    from ..kube.exec import Executed
    from ..kube.portforward import Forward


class Pod(Handle):
    """A pod, and what can be done in it."""

    kind: ClassVar[str] = "Pod"

    @property
    def node(self) -> str:
        """The name of the pod's node; empty while the pod is not scheduled."""
        return str(self.get()["spec"].get("nodeName") or "")

    @property
    def ip(self) -> str:
        return str(self.get().get("status", {}).get("podIP") or "")

    def exec(
        self, command: str | Sequence[str], *, container: str | None = None, stdin: str | None = None, timeout: float = 60.0
    ) -> Executed:
        """Run a command in a container and wait until it ends, for at most `timeout` seconds.

        A string is split as a shell would split it; there is no shell unless the command names one. Raises ApiError when
        the command fails; its output is in the message.
        """
        argv = shlex.split(command) if isinstance(command, str) else list(command)
        done = self.client.exec(self.name, self.namespace.name, argv, container=container, stdin=stdin, timeout=timeout)
        if done.exit_code != 0:
            raise ApiError(
                f"{shlex.join(argv)} in {self} ended with exit code {done.exit_code}",
                (done.stderr or done.stdout).strip()[-1000:] or "it wrote nothing",
                "correct the command, or look at the container's log",
                status=0,
                reason="ExitCode",
            )
        return done

    def read_file(self, path: str, *, container: str | None = None) -> str:
        """The content of a file in a container (which needs `cat`)."""
        return self.exec(["cat", path], container=container).stdout

    def logs(self, *, container: str | None = None, previous: bool = False, tail: int | None = None) -> str:
        """The container's log; `previous`: of the run before the last restart; `tail`: only this many last lines."""
        return self.client.logs(self.name, self.namespace.name, container=container, previous=previous, tail=tail)

    def port_forward(self, port: int, *, timeout: float = 20.0) -> AbstractContextManager[Forward]:
        """A free port of 127.0.0.1 that leads to the pod's port, for the duration of a `with` block."""
        return self.client.port_forward(self.name, self.namespace.name, port, timeout=timeout)

    def set_condition(self, type: str, status: bool = True) -> Self:
        """Set a condition in the pod's status, such as one that a readiness gate in its spec waits for."""
        body = {"status": {"conditions": [{"type": type, "status": str(status)}]}}
        self._took(self.client.patch("Pod", self.name, body, self.namespace.name, subresource="status"))
        return self

    def evict(self, *, grace_seconds: int | None = None) -> None:
        """Ask for an eviction; an ApiError with status 429 says that a PodDisruptionBudget refuses it now."""
        self.client.evict(self.name, self.namespace.name, grace_seconds=grace_seconds, uid=self._uid)


def labels_of(selector: dict[str, Any]) -> str:
    """A label selector as the API's query parameter."""
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        key, values = one["key"], ",".join(one.get("values") or ())
        parts.append(
            {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key, "DoesNotExist": f"!{key}"}[one["operator"]]
        )
    return ",".join(parts)
