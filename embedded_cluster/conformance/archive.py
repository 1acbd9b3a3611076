"""Image archives, without a tool for images: a layer is a tar file, an archive is a tar file of layers and a few lines of JSON."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

# Directories that are links into /usr since Debian 12; packages still name some of their files by the link.
MERGED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
MEDIA_TYPE = "application/vnd.oci.image"


class Layer:
    """A layer that is being written. The first of two entries with the same path stays."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, "w", format=tarfile.GNU_FORMAT)  # noqa: SIM115 - closed by __exit__
        self._names: set[str] = set()

    def __enter__(self) -> Layer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._tar.close()

    def __contains__(self, path: str) -> bool:
        return _inside(path) in self._names

    def add(self, member: tarfile.TarInfo, content: bytes = b"") -> None:
        member.name = _inside(member.name)
        if not member.name or member.name in self._names:
            return
        if member.islnk():
            member.linkname = _inside(member.linkname)
        self._names.add(member.name)
        self._tar.addfile(member, io.BytesIO(content))

    def file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        member = tarfile.TarInfo(path)
        member.size, member.mode = len(content), mode
        self.add(member, content)

    def directory(self, path: str, mode: int = 0o755) -> None:
        member = tarfile.TarInfo(path)
        member.type, member.mode = tarfile.DIRTYPE, mode
        self.add(member)

    def link(self, path: str, target: str) -> None:
        member = tarfile.TarInfo(path)
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, target, 0o777
        self.add(member)

    def merged_directories(self) -> None:
        for name in MERGED:
            self.directory(f"usr/{name}")
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = tarfile.SYMTYPE, f"usr/{name}", 0o777
            self._names.add(name)
            self._tar.addfile(member)


def _inside(path: str) -> str:
    parts = PurePosixPath(path.lstrip("/")).parts
    if parts and parts[0] in MERGED:
        parts = ("usr", *parts)
    return "/".join(parts)


@dataclass(frozen=True)
class Config:
    """What a container of the image runs, if its pod does not say otherwise."""

    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    user: str = ""
    environment: Sequence[str] = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",)


def write(path: Path, reference: str, architecture: str, config: Config, layers: Sequence[Path]) -> None:
    """An archive as `docker save` writes it: an OCI layout with a manifest.json beside it, so that every loader knows it."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        blobs = [_blob(tar, layer.read_bytes()) for layer in layers]
        described = {
            "architecture": architecture,
            "os": "linux",
            "config": {
                "Entrypoint": list(config.entrypoint),
                "Cmd": list(config.command),
                "User": config.user,
                "Env": list(config.environment),
                "Labels": {"org.opencontainers.image.ref.name": reference},  # two references of the same contents are two images
            },
            "rootfs": {"type": "layers", "diff_ids": [blob["digest"] for blob in blobs]},
        }
        configuration = _blob(tar, _json(described))
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{MEDIA_TYPE}.manifest.v1+json",
            "config": {"mediaType": f"{MEDIA_TYPE}.config.v1+json", **configuration},
            "layers": [{"mediaType": f"{MEDIA_TYPE}.layer.v1.tar", **blob} for blob in blobs],
        }
        names = {"io.containerd.image.name": reference, "org.opencontainers.image.ref.name": reference.rpartition(":")[2]}
        listed = {"mediaType": manifest["mediaType"], **_blob(tar, _json(manifest)), "annotations": names}
        _add(tar, "index.json", _json({"schemaVersion": 2, "mediaType": f"{MEDIA_TYPE}.index.v1+json", "manifests": [listed]}))
        _add(tar, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        files = {"Config": _place(configuration), "RepoTags": [reference], "Layers": [_place(blob) for blob in blobs]}
        _add(tar, "manifest.json", _json([files]))


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode()


def _blob(tar: tarfile.TarFile, content: bytes) -> dict[str, Any]:
    descriptor = {"digest": f"sha256:{hashlib.sha256(content).hexdigest()}", "size": len(content)}
    _add(tar, _place(descriptor), content)
    return descriptor


def _place(descriptor: Mapping[str, Any]) -> str:
    return f"blobs/{descriptor['digest'].replace(':', '/')}"


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
