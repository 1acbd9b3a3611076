"""Docker and kind as this machine has them: their programs, and what each lacks to run a cluster. Nothing is ever downloaded."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ...errors import ClusterError
from ...history.deadline import Deadline

CHECK_SECONDS = 20.0  # the daemon answers in less than one, unless it hangs
DELETE_SECONDS = 60.0
REPOSITORY = "kindest/node"
CLUSTER = "io.x-k8s.kind.cluster"  # a label on kind's node containers, with the cluster's name
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
FEW_INSTANCES = 512  # a cluster of three nodes takes about 90 of them, and systems come with 128
LEAST_SECONDS = 0.01  # a timeout of 0 would mean none
LONGEST_LOG = 12  # lines of a log that are shown


class Docker:
    """The program `docker`, with a daemon that answers. Raises ClusterError if there is none."""

    def __init__(self) -> None:
        found = shutil.which("docker")
        if found is None:
            raise ClusterError(
                "no program `docker` on PATH",
                "the nodes of a kind cluster are Docker containers",
                "install Docker, or use --kworkload-provider=embedded, which needs none",
            )
        self.program = found
        done = call([found, "version", "--format", "{{.Server.Version}}"], Deadline.after(CHECK_SECONDS))
        if done.returncode != 0:
            raise _no_daemon(done.stderr.strip())

    def run(self, *arguments: str, deadline: Deadline | None = None) -> str:
        """What a docker command prints. Raises ClusterError with what it complains about."""
        return checked([self.program, *arguments], deadline or Deadline.after(CHECK_SECONDS))

    def image(self, named: str | None) -> str:
        """The node image: the one that is named, or the newest that Docker has. Raises ClusterError if Docker does not have it."""
        there = self._node_images()
        if named is None:
            if not there:
                raise ClusterError(
                    f"Docker has no image {REPOSITORY}",
                    "a run never pulls it: that takes minutes and a network",
                    f"docker pull {REPOSITORY}:v1.34.0 (or another version), then start the tests again",
                )
            return there[0]
        if call([self.program, "image", "inspect", named], Deadline.after(CHECK_SECONDS)).returncode != 0:
            raise ClusterError(
                f"Docker has no image {named}",
                "a run never pulls the node image: that takes minutes and a network; "
                + (f"Docker has {', '.join(there)}" if there else f"Docker has none of {REPOSITORY}"),
                f"docker pull {named}" + (", or name one of those with --kworkload-kind-image" if there else ""),
            )
        return named

    def clusters(self) -> dict[str, float]:
        """The kind clusters that have containers here, and since when each exists (seconds since the epoch)."""
        form = f'{{{{.Label "{CLUSTER}"}}}}\t{{{{.CreatedAt}}}}'
        found: dict[str, float] = {}
        for line in self.run("ps", "--all", "--filter", f"label={CLUSTER}", "--format", form).splitlines():
            name, _, since = line.partition("\t")
            moment = datetime.strptime(since.rpartition(" ")[0], "%Y-%m-%d %H:%M:%S %z")  # the name of the time zone follows
            found[name] = min(moment.timestamp(), found.get(name, float("inf")))
        return found

    def delete_cluster(self, name: str) -> None:
        """What `kind delete cluster` does, which needs no kind. Raises ClusterError."""
        there = self.run("ps", "--all", "--quiet", "--filter", f"label={CLUSTER}={name}").split()
        if there:
            self.run("rm", "--force", "--volumes", *there, deadline=Deadline.after(DELETE_SECONDS))

    def _node_images(self) -> list[str]:
        """The node images that Docker has, the newest first. One that was pulled by its digest has no tag."""
        lines = self.run("image", "ls", "--format", "{{.Repository}} {{.Tag}} {{.ID}}", REPOSITORY).splitlines()
        parts = [line.split() for line in lines]
        return [identifier if tag == "<none>" else f"{repository}:{tag}" for repository, tag, identifier in parts]


def call(command: Sequence[str], deadline: Deadline) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, in a session of its own: Ctrl-C must not reach it halfway. Raises ClusterError if it does not end."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=max(deadline.remaining, LEAST_SECONDS),
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise ClusterError(
            f"{_said(command)} did not end within {deadline.seconds:g} s",
            "Docker's daemon hangs, or the machine is overloaded",
            "see whether `docker ps` answers; give a longer timeout if it only needs more time",
        ) from None
    except OSError as error:
        raise ClusterError(
            f"{command[0]} cannot be run: {error.strerror}", "the system refuses to execute it", "see what that file is, and name another"
        ) from error


def checked(command: Sequence[str], deadline: Deadline) -> str:
    """What a program prints. Raises ClusterError with what it complains about."""
    done = call(command, deadline)
    if done.returncode != 0:
        raise ClusterError(
            f"{_said(command)} failed", tail(done.stderr or done.stdout), "see whether the cluster's containers run: docker ps -a"
        )
    return done.stdout.strip()


def kind_program(given: Path | None) -> Path:
    """The program `kind`: the one that the user names, or the one on PATH. Raises ClusterError."""
    if given is not None:
        if not (given.is_file() and os.access(given, os.X_OK)):
            raise ClusterError(
                f"{given} as the program `kind`", "it does not exist, or cannot be executed", "name another one, or leave the option out"
            )
        return given
    found = shutil.which("kind")
    if found is None:
        raise ClusterError(
            "no program `kind` on PATH",
            "it makes the clusters of this provider, and a run downloads nothing",
            "install kind (https://kind.sigs.k8s.io), or name it with --kworkload-kind-bin=PATH",
        )
    return Path(found)


def tail(log: str) -> str:
    """The relevant end of what a program said: from its last mention of an error on, without colours and stack traces."""
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", log).splitlines() if line.strip()]
    errors = [n for n, line in enumerate(lines) if line.startswith("ERROR:")]
    if not errors:
        return "\n".join(lines[-LONGEST_LOG:]) or "it printed nothing"
    lines = lines[errors[-1] :]
    stack = next((n for n, line in enumerate(lines) if line.startswith("Stack Trace:")), len(lines))
    first, rest = lines[0].removeprefix("ERROR: "), lines[1:stack]
    return "\n".join([first, *rest[-LONGEST_LOG:]])


def advice(said: str) -> str:
    """What to do about a cluster that does not come up."""
    few = _instances()
    if "too many open files" in said.lower() or (few is not None and few < FEW_INSTANCES):
        return (
            f"this machine allows {few} inotify instances per user, and a cluster of three nodes takes about 90 of them: "
            "`sysctl fs.inotify.max_user_instances=1024`, then start the tests again"
        )
    return "start the tests again; to get the nodes' logs: `kind create cluster --retain`, then `kind export logs`"


def _said(command: Sequence[str]) -> str:
    """A command for a message: without the path of its program and without its many arguments."""
    return " ".join([Path(command[0]).name, *command[1:3]])


def _instances() -> int | None:
    try:
        return int(INSTANCES.read_text())
    except (OSError, ValueError):
        return None


def _no_daemon(said: str) -> ClusterError:
    host = os.environ.get("DOCKER_HOST")
    where = f" (DOCKER_HOST is {host})" if host else ""
    if "permission denied" in said.lower():
        return ClusterError(
            f"Docker's socket may not be used by this user{where}",
            tail(said),
            "join the group docker and log in again (`sudo usermod -aG docker $USER`), or use --kworkload-provider=embedded",
        )
    return ClusterError(
        f"Docker's daemon does not answer{where}",
        tail(said),
        "start it (`sudo systemctl start docker`), or set DOCKER_HOST; --kworkload-provider=embedded needs no Docker",
    )
