"""Faults of a kind cluster: nodes are containers, their kubelets services in them, the control plane's programs static pods."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import ClusterError
from ...history.deadline import Deadline
from .docker import Docker

REVERT_SECONDS = 60.0  # to revert what was interrupted before it was in force
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
MANIFESTS, ASIDE = "/etc/kubernetes/manifests", "/kind/kworkload-stopped"
KUBECTL = "kubectl --kubeconfig=/etc/kubernetes/admin.conf"

# Shell scripts that run in a node. The kubelet sees at once that a manifest is gone, and does not start what is killed after that.
STOP_COMPONENT = f"""
set -eu
mkdir -p {ASIDE}
mv {MANIFESTS}/$1.yaml {ASIDE}/
for process in $(pgrep -f "^$1 "); do
  kill -KILL $process || true # the kubelet, which sees the same, may have been quicker
  tail --pid=$process --sleep-interval=0.05 -f /dev/null
done
"""
# The API server has lost its watch cache, the recent past. Without a cache it answers a watch from the storage, so that a
# recording resumes where it was. The other programs would wait until the lease of the killed ones has expired.
# Docker accepts connections for an API server that is not up yet, and closes them: so this returns when it is ready.
START_COMPONENT = f"""
set -eu
cd {ASIDE}
if [ $1 != kube-apiserver ]; then
  {KUBECTL} --namespace=kube-system delete lease $1 --ignore-not-found
elif ! grep -q -- --watch-cache=false $1.yaml; then
  sed -i 's/^\\( *\\)- kube-apiserver$/&\\n\\1- --watch-cache=false/' $1.yaml
fi
mv $1.yaml {MANIFESTS}/
until [ $1 != kube-apiserver ] || {KUBECTL} get --raw=/readyz > /dev/null 2>&1; do sleep 0.2; done
"""
# kind's systemd unit starts no kubelet without this file, as on a node that has not joined yet.
FORGET = "rm /var/lib/kubelet/config.yaml"
JOIN = f"""
set -eu
until [ -S /run/systemd/private ]; do sleep 0.1; done
find /etc/kubernetes /var/lib/kubelet /var/local-path-provisioner -mindepth 1 -delete || true
mkdir -p {MANIFESTS}
kubeadm join --config=/kind/kubeadm.conf
"""

Step = Callable[[Deadline], None]


@dataclass(frozen=True, slots=True)
class Held:
    """A fault that is in force."""

    end: Step
    node: str = ""  # no node has joined


class KindFaults:
    """What can be done to the cluster of these node containers. The first has the control plane."""

    def __init__(self, docker: Docker, nodes: Sequence[str]) -> None:
        self._docker, self._nodes = docker, nodes

    def start(self, fault: str, deadline: Deadline, *, node: str = "", component: str = "") -> Held:
        """Returns when the fault is in force. Raises ClusterError, after reverting what was done so far."""
        begin, end = self._component(component) if fault == "component-stopped" else self._node(fault, node)
        try:
            begin(deadline)
        except BaseException:  # Ctrl-C too
            with contextlib.suppress(ClusterError):
                end(Deadline.after(REVERT_SECONDS))
            raise
        return Held(end)

    def _component(self, component: str) -> tuple[Step, Step]:
        if component not in COMPONENTS:
            raise ClusterError(
                f"component {component!r}", f"it cannot be stopped; what can be is {', '.join(COMPONENTS)}", _near(component, COMPONENTS)
            )
        return self._script(self._nodes[0], STOP_COMPONENT, component), self._script(self._nodes[0], START_COMPONENT, component)

    def _node(self, fault: str, node: str) -> tuple[Step, Step]:
        if node not in self._nodes:
            raise ClusterError(
                f"node {node!r}", f"this cluster has no such node; it has {', '.join(self._nodes)}", _near(node, self._nodes)
            )
        if fault == "kubelet-stopped":
            return self._script(node, "systemctl stop kubelet"), self._script(node, "systemctl start kubelet")
        if fault == "kubelet-restarted":
            return self._script(node, "systemctl restart kubelet"), lambda deadline: None
        if node == self._nodes[0]:
            raise ClusterError(
                f"{fault} of {node}",
                "the control plane runs in this node's container and would go with it",
                f"break another one: {', '.join(self._nodes[1:])}" if self._nodes[1:] else "ask for more nodes",
            )
        if fault == "node-frozen":
            return self._do("pause", node), self._do("unpause", node)
        if fault == "node-killed":
            return self._do("kill", node), self._do("start", node)
        if fault == "node-removed":
            return self._remove(node), _all(self._do("start", node), self._script(node, JOIN))
        raise ClusterError(f"the fault {fault}", "a kind cluster has no such fault", "see docs/kind.md for what it can do")

    def _remove(self, node: str) -> Step:
        gone = self._script(self._nodes[0], f"{KUBECTL} delete node $1", node)
        return _all(self._script(node, FORGET), self._do("kill", node), gone)

    def _do(self, *command: str) -> Step:
        def step(deadline: Deadline) -> None:
            self._docker.run(*command, deadline=deadline)

        return step

    def _script(self, node: str, script: str, *arguments: str) -> Step:
        """A shell script in a node."""
        return self._do("exec", node, "sh", "-c", script, "sh", *arguments)


def _all(*steps: Step) -> Step:
    def step(deadline: Deadline) -> None:
        for one in steps:
            one(deadline)

    return step


def _near(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else "name one of these"
