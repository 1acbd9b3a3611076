"""The images that the tests name, each made of upstream's programs and files over Debian's packages, and written as an archive.

Upstream's own images stand on Alpine or Debian images of a registry. What differs here is said in `made_of`, which goes into the table.
"""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import archive
from .archive import Config, Layer
from .cache import Cache
from .debian import Debian, contents
from .upstream import HERE, KUBERNETES, Upstream

SOURCES = "test/images"
RECIPE = "".join((HERE / name).read_text("utf-8") for name in ("images.py", "archive.py", "debian.py"))  # a change builds everything anew
UNNEEDED = ("usr/share/man/", "usr/share/locale/", "usr/share/info/", "usr/share/lintian/", "usr/share/bash-completion/")
COPYRIGHT = "/copyright"


@dataclass(frozen=True)
class FileSystem:
    """A root made of Debian's packages, with what their scripts would have set up."""

    packages: Sequence[str]
    shell: str = "busybox"
    links: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Image:
    name: str  # in upstream's test/utils/image/manifest.go
    made_of: str
    over: FileSystem | Image
    config: Config
    programs: Mapping[str, str] = field(default_factory=dict)  # path in the image: package in upstream's test/images
    files: Mapping[str, str] = field(default_factory=dict)  # path in the image: file in upstream's test/images
    texts: Mapping[str, str] = field(default_factory=dict)  # path in the image: content
    links: Mapping[str, str] = field(default_factory=dict)
    directories: Sequence[str] = ()
    setuid: bool = False


PASSWD = "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
GROUP = "root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n"

# The packages of upstream's Dockerfile under their Debian names. bash is its `sh`: Debian's busybox drops variables such as `data-1`.
TOOLS = FileSystem(
    ("base-files", "bash", "bind9-dnsutils", "busybox", "curl", "iperf", "iproute2", "netcat-openbsd", "socat", "util-linux"),
    shell="bash",
    links={"usr/bin/nc": "nc.openbsd", "usr/local/bin/iperf": "/usr/bin/iperf"},
)
BUSYBOX = FileSystem(("base-files", "busybox"))
NGINX = FileSystem(
    ("base-files", "busybox", "nginx"),
    links={"var/log/nginx/access.log": "/dev/stdout", "var/log/nginx/error.log": "/dev/stderr"},
    files={"etc/nginx/conf.d/default.conf": "server { listen 80; root /usr/share/nginx/html; }\n"},
)
DEBIAN = FileSystem(("base-files", "bash", "coreutils"), shell="bash")

AGNHOST = Image(
    "Agnhost",
    "upstream's agnhost; its tools from Debian, not Alpine (bash is `sh`); without CoreDNS and the sample registry",
    TOOLS,
    Config(("/agnhost",), ("pause",)),
    programs={"agnhost": "agnhost"},
    files={"localhost.crt": "agnhost/porter/localhost.crt", "localhost.key": "agnhost/porter/localhost.key"},
    texts={
        "etc/passwd": f"{PASSWD}user-defined-in-image:x:1000:1000::/home/user-defined-in-image:/bin/sh\n",
        "etc/group": f"{GROUP}user-defined-in-image:x:1000:\ngroup-defined-in-image:x:50000:user-defined-in-image\n",
    },
    links={"agnhost-2": "agnhost"},
    directories=("uploads",),
)
WEB_SERVER = replace(AGNHOST.config, command=("test-webserver",))
NGINX_1 = Image("Nginx", "Debian's nginx, whatever its version", NGINX, Config(("nginx", "-g", "daemon off;")))

IMAGES = (
    AGNHOST,
    replace(AGNHOST, name="AgnhostPrev", made_of="the same under the name of an older version"),
    Image(
        "Kitten",
        "upstream's files over our agnhost",
        AGNHOST,
        WEB_SERVER,
        files={"kitten.jpg": "kitten/html/kitten.jpg", "data.json": "kitten/html/data.json"},
    ),
    Image(
        "Nautilus",
        "upstream's files over our agnhost",
        AGNHOST,
        WEB_SERVER,
        files={"nautilus.jpg": "nautilus/html/nautilus.jpg", "data.json": "nautilus/html/data.json"},
    ),
    Image("BusyBox", "Debian's busybox", BUSYBOX, Config(command=("sh",))),
    NGINX_1,
    replace(NGINX_1, name="NginxNew"),
    Image(
        "Nonewprivs",
        "upstream's program over Debian's busybox",
        BUSYBOX,
        Config(command=("nnp",)),
        programs={"usr/local/bin/nnp": "nonewprivs"},
        setuid=True,
    ),
    Image("NonRoot", "Debian's packages", DEBIAN, Config(command=("sh",), user="1234")),
    Image("Pause", "Debian's catatonit, which can pause", FileSystem(("catatonit",), shell=""), Config(("/usr/bin/catatonit", "-P"))),
)


class Builder:
    def __init__(self, cache: Cache, upstream: Upstream) -> None:
        self._cache = cache
        self._upstream = upstream
        self._debian = Debian(cache.root / "debian")

    def references(self) -> dict[str, str]:
        """The reference of each image by its name."""
        references = self._upstream.image_references()
        return {image.name: references[image.name] for image in IMAGES}

    def build(self) -> list[Path]:
        """The archives of all images."""
        return [self._image(image, reference) for image, reference in zip(IMAGES, self.references().values(), strict=True)]

    def _image(self, image: Image, reference: str) -> Path:
        layers = self._layers(image)

        def make(path: Path) -> None:
            archive.write(path, reference, self._upstream.architecture, image.config, layers)

        return self._cache.keep(
            f"{image.name}.tar", [RECIPE, reference, repr(image.config), *(layer.parent.name for layer in layers)], make
        )

    def _layers(self, over: FileSystem | Image) -> list[Path]:
        if isinstance(over, FileSystem):
            return [self._root(over)]
        return [*self._layers(over.over), self._contents(over)]

    def _root(self, root: FileSystem) -> Path:
        def make(path: Path) -> None:
            print(f"packages: {' '.join(root.packages)}", flush=True)
            packages = self._debian.packages(root.packages)
            with Layer(path) as layer:
                layer.merged_directories()
                for link, target in root.links.items():
                    layer.link(link, target)
                layer.file("etc/passwd", PASSWD.encode())
                layer.file("etc/group", GROUP.encode())
                for file, text in root.files.items():
                    layer.file(file, text.encode())
                for package in packages:
                    for member, content in contents(package):
                        if _needed(member):
                            layer.add(member, content)
                if root.shell:
                    layer.link("usr/bin/sh", root.shell)
                for applet in _applets(packages):
                    if not any(f"{directory}/{applet}" in layer for directory in ("usr/bin", "usr/sbin")):
                        layer.link(f"usr/bin/{applet}", "busybox")

        return self._cache.keep(f"root-{'-'.join(root.packages)}.tar", [RECIPE, repr(root)], make)

    def _contents(self, image: Image) -> Path:
        programs = {
            path: self._upstream.program(Path(path).name, f"{KUBERNETES}/{SOURCES}/{package}") for path, package in image.programs.items()
        }

        def make(path: Path) -> None:
            with Layer(path) as layer:
                for directory in image.directories:
                    layer.directory(directory)
                for file, program in programs.items():
                    layer.file(file, program.read_bytes(), 0o6755 if image.setuid else 0o755)
                for file, source in image.files.items():
                    layer.file(file, self._upstream.file(f"{SOURCES}/{source}"))
                for file, text in image.texts.items():
                    layer.file(file, text.encode())
                for link, target in image.links.items():
                    layer.link(link, target)

        made_from = [RECIPE, self._upstream.version, repr(image), *(program.parent.name for program in programs.values())]
        return self._cache.keep(f"contents-{image.name}.tar", made_from, make)


def _needed(member: tarfile.TarInfo) -> bool:
    name = member.name.removeprefix("./")
    if name.startswith("usr/share/doc/"):
        return member.isdir() or name.endswith(COPYRIGHT)
    return not name.startswith(UNNEEDED)


def _applets(packages: Sequence[Path]) -> list[str]:
    """What Debian's busybox can be called as; the package has no links for it."""
    for package in packages:
        if package.name.startswith("busybox_"):
            with tempfile.TemporaryDirectory() as directory:
                subprocess.run(["dpkg-deb", "--extract", str(package), directory], check=True)
                listing = subprocess.run([f"{directory}/bin/busybox", "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout
            return [name for name in listing.split() if name != "busybox"]
    return []
