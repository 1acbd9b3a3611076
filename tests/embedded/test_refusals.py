"""What cannot be started: one message, an exit status, and nothing left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .driver import program


def refused(*arguments: str, status: int) -> str:
    done = subprocess.run([program(), "up", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    return done.stderr


NODES = (
    "kworkload-cluster up: --nodes {}\n"
    "  why: a cluster needs a node to run pods on, and its address plan has room for a limited number\n"
    "  do:  ask for 1 to 100 nodes\n"
)


@pytest.mark.parametrize("nodes", ["0", "-1", "101"])
def test_how_many_nodes(tmp_path: Path, nodes: str) -> None:
    assert refused(f"--nodes={nodes}", "--dir", str(tmp_path / "c"), status=2) == NODES.format(nodes)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["--nodes", "many"],
            'kworkload-cluster up: invalid argument "many" for "--nodes" flag: strconv.ParseInt: parsing "many": invalid syntax\n',
        ),
        (["--colour"], "kworkload-cluster up: unknown flag: --colour\n"),
        (["more"], 'kworkload-cluster up: unexpected argument "more"\n'),
        (
            ["--image", "nginx"],
            "kworkload-cluster up: --image nginx\n  why: it is not PATTERN=host or PATTERN=stand-in\n"
            "  do:  for example --image 'nginx*=stand-in' (an idling process) or --image 'my/tools:*=host' (this machine's tools)\n",
        ),
    ],
    ids=["no number", "unknown flag", "an argument", "no mapping"],
)
def test_arguments(tmp_path: Path, arguments: list[str], text: str) -> None:
    assert refused("--dir", str(tmp_path / "c"), *arguments, status=2) == text
    assert os.listdir(tmp_path) == []


def test_a_directory_is_required() -> None:
    assert refused(status=2) == "kworkload-cluster up: --dir is required\n"


def test_a_directory_with_somebodys_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    assert refused("--dir", str(tmp_path), status=1) == (
        f"kworkload-cluster up: {tmp_path} is not empty\n"
        "  why: the directory is removed with the cluster, so it must be the cluster's alone\n"
        "  do:  name a directory that does not exist\n"
    )
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_directory_below_nothing(tmp_path: Path) -> None:
    assert "no such file or directory" in refused("--dir", str(tmp_path / "a" / "b"), status=1)
    assert os.listdir(tmp_path) == []


def test_owned_by_nobody(tmp_path: Path) -> None:
    directory = tmp_path / "c"
    text = refused("--owned", "--dir", str(directory), status=1)
    assert f"nobody holds a lock on {directory}/owners.lock" in text
    assert "with --owned a cluster ends with its last owner, so it would end at once" in text
    assert os.listdir(tmp_path) == []


# In a mount namespace of its own, as an ordinary user too: a small file system on the directory, then the program.
ON_A_SMALL_DISK = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def check(result):
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
uid, gid = os.geteuid(), os.getegid()
check(libc.unshare(0x10000000 | 0x00020000))  # CLONE_NEWUSER, CLONE_NEWNS
for file, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
    with open(f"/proc/self/{file}", "w") as map_:
        map_.write(text)
size, disk, *command = sys.argv[1:]
check(libc.mount(b"tmpfs", disk.encode(), b"tmpfs", 0, f"size={size}".encode()))
import subprocess
done = subprocess.run(command)
print(sorted(os.listdir(disk)))
sys.exit(done.returncode)
"""


@pytest.mark.parametrize(("size", "free"), [("8m", "8"), ("1m", "1")])
def test_a_full_disk(tmp_path: Path, size: str, free: str) -> None:
    command = [sys.executable, "-c", ON_A_SMALL_DISK, size, str(tmp_path), program(), "up", "--dir", str(tmp_path / "c")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout == "[]\n", "something was left on the disk"
    assert done.stderr == (
        f"kworkload-cluster up: no space left for the cluster in {tmp_path}/c: "
        f"{free} MB are free there, and 64 MB are needed at the start: no space left on device\n"
        "  why: a cluster needs about 20 MB there for its programs, and room for volumes and logs\n"
        "  do:  free some space, or name a directory on another file system (pytest: --basetemp or TMPDIR)\n"
    )


def test_an_unknown_command() -> None:
    done = subprocess.run([program(), "down"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith('kworkload-cluster: unknown command "down"\n')


def test_help() -> None:
    done = subprocess.run([program(), "help"], capture_output=True, text=True, timeout=120, check=True)
    assert "kworkload-cluster up --nodes N --dir DIR" in done.stdout
    done = subprocess.run([program(), "up", "--help"], capture_output=True, text=True, timeout=120, check=True)
    assert "--owned" in done.stdout + done.stderr
