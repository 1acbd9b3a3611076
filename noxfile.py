"""The dependencies that pyproject.toml promises, run at both ends of each range: `make clients`.

Each session has an environment of its own. `client` runs with every major version of the Kubernetes client in the range, without
a cluster and on one; `lowest` with the oldest version of everything, without a cluster.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox
from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = nox.project.load_toml("pyproject.toml")
REQUIREMENTS = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
TEST = nox.project.dependency_groups(PROJECT, "test")

WITHOUT_CLUSTER = ("tests/unit", "tests/plugin", "-m", "not cluster")
# All that the client lends us: credentials, requests, watches, WebSockets.
ON_A_CLUSTER = (
    "tests/cluster/test_client.py",
    "tests/cluster/test_recording.py",
    "tests/cluster/test_existing.py",
    "example_suites/guarantees/test_deployment.py",
    "example_suites/guarantees/test_service.py",
    "-m",
    "not slow",
)
WHEELS = Path("build/embedded")  # where `make` puts the embedded cluster's
PROGRAM = "KWORKLOAD_EMBEDDED_BINARY"  # or a program that is there already

nox.options.reuse_venv = "yes"


def bound(requirement: Requirement, operator: str) -> Version:
    return next(Version(one.version) for one in requirement.specifier if one.operator == operator)


CLIENT = next(one for one in REQUIREMENTS if one.name == "kubernetes")
MAJORS = range(bound(CLIENT, ">=").major, bound(CLIENT, "<").major)


@nox.session
@nox.parametrize("major", [nox.param(major, id=str(major)) for major in MAJORS])
def client(session: nox.Session, major: int) -> None:
    """The newest release of one major version of the client."""
    session.install("--upgrade", "--editable", ".", f"kubernetes=={major}.*", *TEST)
    if not os.environ.get(PROGRAM):
        wheels = [str(one) for one in WHEELS.glob("*.whl")]
        if not wheels:
            session.error(f"no embedded cluster in {WHEELS}: `make clients` builds it first; or set {PROGRAM}")
        session.install("--force-reinstall", "--no-deps", *wheels)
    test(session, *WITHOUT_CLUSTER)
    test(session, *ON_A_CLUSTER)


@nox.session
def lowest(session: nox.Session) -> None:
    """The oldest version of every dependency."""
    session.install("--editable", ".", *(f"{one.name}=={bound(one, '>=')}" for one in REQUIREMENTS), *TEST)
    test(session, *WITHOUT_CLUSTER)


def test(session: nox.Session, *arguments: str) -> None:
    session.run("python", "-m", "pytest", "-q", "-n", "2", *arguments, *session.posargs)
