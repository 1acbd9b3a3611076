"""Image archives made of this machine's programs and the libraries that they need: no registry, no compiler, no Docker."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
ARCHITECTURE = ARCHITECTURES[platform.machine()]
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
NAME = "org.opencontainers.image.ref.name"


class Layer:
    """The files of one layer, in the order in which they are added."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._tar = tarfile.TarFile(fileobj=self._bytes, mode="w", format=tarfile.PAX_FORMAT)

    def member(self, name: str, content: bytes = b"", **described: Any) -> Layer:
        """Any member at all: `described` are fields of TarInfo."""
        info = tarfile.TarInfo(name)
        info.mode, info.size = 0o644, len(content)
        for key, value in described.items():
            setattr(info, key, value)
        self._tar.addfile(info, io.BytesIO(content))
        return self

    def file(self, name: str, content: str = "", mode: int = 0o644, owner: int = 0) -> Layer:
        return self.member(name, content.encode(), mode=mode, uid=owner, gid=owner)

    def directory(self, name: str, mode: int = 0o755, owner: int = 0) -> Layer:
        return self.member(name, type=tarfile.DIRTYPE, mode=mode, uid=owner, gid=owner)

    def link(self, name: str, to: str) -> Layer:
        return self.member(name, type=tarfile.SYMTYPE, linkname=to, mode=0o777)

    def hard_link(self, name: str, to: str) -> Layer:
        return self.member(name, type=tarfile.LNKTYPE, linkname=to)

    def programs(self, *names: str) -> Layer:
        """These programs of this machine, in /bin, with their libraries at the places where they are looked for."""
        libraries: set[str] = set()
        for name in names:
            path = shutil.which(name)
            assert path is not None, f"this machine has no {name}"
            content = Path(path).read_bytes()
            self.member(f"bin/{name}", content, mode=0o755)
            listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
            libraries.update(word for word in listed.split() if word.startswith("/"))
        for library in sorted(libraries):
            self.member(library.lstrip("/"), Path(library).read_bytes(), mode=0o755)
        return self

    @cached_property
    def content(self) -> bytes:
        """The layer as a tar file; nothing can be added any more."""
        self._tar.close()
        return self._bytes.getvalue()


def small(*programs: str) -> Layer:
    """A layer that a shell can live in."""
    layer = Layer().directory("tmp", 0o1777).directory("etc")
    layer.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1234:1235::/home/alice:/bin/sh\n")
    layer.file("etc/group", "root:x:0:\nwheel:x:10:alice\npeople:x:1235:\n")
    layer.directory("root", 0o700).directory("home/alice", owner=1234)
    return layer.programs("sh", "cat", "sleep", "id", "ls", *programs)


@dataclass
class Image:
    """An image in memory. `config` is what stands under `config` in its configuration."""

    layers: Iterable[Layer]
    config: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    architecture: str = ARCHITECTURE

    def __post_init__(self) -> None:
        self.plain = [layer.content for layer in self.layers]
        self.configuration = json.dumps(
            {
                "architecture": self.architecture,
                "os": "linux",
                "config": dict(self.config),
                "rootfs": {"type": "layers", "diff_ids": [digest(one) for one in self.plain]},
            }
        ).encode()
        self.id = digest(self.configuration)


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def layout(directory: Path, *images: Image, index: bool = False) -> Path:
    """An OCI layout in `directory`. With `index` the images are the platforms of one image, which has the first one's name."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(content: bytes, media: str) -> dict[str, Any]:
        (blobs / digest(content).removeprefix("sha256:")).write_bytes(content)
        return {"mediaType": media, "digest": digest(content), "size": len(content)}

    manifests = []
    for image in images:
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": put(image.configuration, CONFIG),
            "layers": [put(gzip.compress(one, 1, mtime=0), LAYER) for one in image.plain],
        }
        entry = put(json.dumps(manifest).encode(), MANIFEST)
        if index:
            entry["platform"] = {"os": "linux", "architecture": image.architecture}
        elif image.name is not None:
            entry["annotations"] = {NAME: image.name}
        manifests.append(entry)
    if index:
        whole = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()
        manifests = [{**put(whole, INDEX), "annotations": {NAME: images[0].name}}]
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}), encoding="utf-8")
    return directory


def oci_archive(path: Path, *images: Image, index: bool = False) -> Path:
    """The same as a tar file; gzip'ed if its name says so."""
    directory = layout(path.with_suffix(".layout"), *images, index=index)
    with tarfile.open(path, "w:gz" if path.suffix in {".gz", ".tgz"} else "w") as archive:
        archive.add(directory, ".")
    shutil.rmtree(directory)
    return path


def docker_archive(path: Path, *images: Image) -> Path:
    """What `docker save` writes."""
    with tarfile.open(path, "w:gz" if path.suffix in {".gz", ".tgz"} else "w") as archive:

        def put(name: str, content: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))

        listing = []
        for image in images:
            config = f"{image.id.removeprefix('sha256:')}.json"
            put(config, image.configuration)
            names = [f"{digest(one).removeprefix('sha256:')}/layer.tar" for one in image.plain]
            for name, one in zip(names, image.plain, strict=True):
                put(name, one)
            listing.append({"Config": config, "RepoTags": [image.name] if image.name else None, "Layers": names})
        put("manifest.json", json.dumps(listing).encode())
    return path
