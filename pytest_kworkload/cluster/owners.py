"""How long a cluster lives: as long as anybody holds a shared lock on the file `owners.lock` in its directory.

The kernel releases a lock when its holder ends, SIGKILL included. A process of the cluster's own waits for the exclusive lock,
which it gets only when the last owner is gone; then it ends the cluster, unless the directory is marked as kept.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import ClusterError

OWNERS = "owners.lock"
KEPT = "kept"


class Owner:
    """A share in the cluster of a directory, held until `let_go` or until this process ends."""

    def __init__(self, directory: Path, lock: int) -> None:
        self._directory, self._lock = directory, lock

    def let_go(self) -> bool:
        """Whether that was the last share, so that the cluster ends now if it is not kept."""
        try:
            with _undisturbed(self._directory):
                # Not only closed: a process that a test forked may have a copy of the descriptor.
                fcntl.flock(self._lock, fcntl.LOCK_UN)
                last = not _shared(self._lock)
                fcntl.flock(self._lock, fcntl.LOCK_UN)
                return last
        except FileNotFoundError:
            return True  # it has ended by itself
        finally:
            os.close(self._lock)


def own(directory: Path) -> Owner:
    """Become the first owner of a cluster that is about to start in this directory. Raises OSError."""
    lock = os.open(directory / OWNERS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
    except BaseException:
        os.close(lock)
        raise
    return Owner(directory, lock)


def join(directory: Path) -> Owner | None:
    """Become one more owner; None if the cluster has ended. One that is about to end is waited for."""
    try:
        lock = os.open(directory / OWNERS, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if os.fstat(lock).st_nlink:
            return Owner(directory, lock)
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)  # the file was removed meanwhile, with all of the cluster
    return None


def owned(directory: Path) -> bool:
    """Whether the cluster has an owner."""
    try:
        lock = os.open(directory / OWNERS, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        with _undisturbed(directory):
            return _shared(lock)
    except FileNotFoundError:
        return False
    finally:
        os.close(lock)


def abandoned(directory: Path) -> int:
    """Wait until nobody owns the cluster. The open lock that is returned keeps others from joining it. Raises FileNotFoundError."""
    lock = os.open(directory / OWNERS, os.O_RDWR | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def seize(directory: Path) -> int | None:
    """The same without waiting for owners; None if the cluster has one."""
    lock = os.open(directory / OWNERS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with _undisturbed(directory):
        if _shared(lock):
            os.close(lock)
            return None
    fcntl.flock(lock, fcntl.LOCK_EX)  # another process that has it exclusively looks at it for a moment, or ends the cluster
    return lock


def keep(directory: Path) -> None:
    """From now on the cluster goes on without an owner, until it is ended by name."""
    os.close(os.open(directory / KEPT, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def kept(directory: Path) -> bool:
    return (directory / KEPT).exists()


def held(file: Path) -> bool:
    """Whether anybody holds a lock on a file. Nobody can hold one that does not exist."""
    try:
        lock = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _locked(lock, fcntl.LOCK_EX)
    finally:
        os.close(lock)


def home() -> Path:
    """Where the directories of this user's clusters are. Raises ClusterError."""
    path = Path("TMPDIR")
    try:
        path = Path(tempfile.gettempdir()) / f"kworkload-{os.getuid()}"
        path.mkdir(mode=0o700, exist_ok=True)
        status = path.lstat()
    except OSError as error:
        raise no_room(path, error) from error
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise ClusterError(
            f"{path} is not this user's alone", "others could read a cluster's credentials there", "remove it, or set TMPDIR"
        )
    return path


def directory(prefix: str) -> Path:
    """A new directory for a cluster, next to this user's others, so that what a killed run left is found. Raises ClusterError."""
    parent = home()
    try:
        return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    except OSError as error:
        raise no_room(parent, error) from error


def remove(directory: Path) -> None:
    """Delete a directory of a cluster. A container may have made directories in it that even their owner may not read."""
    for parent, names, _ in os.walk(directory):
        for name in names:
            path = Path(parent, name)
            if not path.is_symlink() and path.stat().st_mode & 0o700 != 0o700:
                path.chmod(0o700)
    with suppress(FileNotFoundError):  # it has removed itself
        shutil.rmtree(directory)


def no_room(path: Path, error: OSError) -> ClusterError:
    return ClusterError(
        f"no directory for the cluster: {path}", error.strerror or str(error), "free some space, or set TMPDIR to a directory of yours"
    )


@contextmanager
def _undisturbed(directory: Path) -> Iterator[None]:
    """No other process tries the owners' lock meanwhile: each look holds it for a moment, which another one could misread."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _shared(lock: int) -> bool:
    """Whether others hold a shared lock on an open file. The exclusive lock of the process that ends the cluster does not count."""
    return not _locked(lock, fcntl.LOCK_EX) and _locked(lock, fcntl.LOCK_SH)


def _locked(lock: int, how: int) -> bool:
    """Lock an open file, if that is possible without waiting."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
