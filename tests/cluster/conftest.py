"""Tests on a real cluster, each with the text of its failure pinned.

What varies from run to run (names of pods, times, the bars of a chart) is replaced before the comparison; the drawing of bars
is pinned by unit tests. To accept new texts, run with ``KWORKLOAD_ACCEPT_TEXTS=1`` and read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .pinned import Pinned, normalised

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"

# What is shown as an ordinary user too, beside all of tests/embedded, and why. The other tests judge what a control plane does,
# which does not know who has started it; that their containers, probes and volumes do the same for any user is shown by those.
RIGHTS = {
    "services": "traffic goes through a network of the user's own",
    "storage/test_volume_data.py": "several users write to volumes, on several nodes",
    "storage/test_access_mode.py": "a volume is kept from a second pod by the node, which this user runs",
    "storage/test_volume_lifetime.py": "containers that end and start anew keep their files",
    "test_client.py": "commands, logs and ports lead into containers of another user namespace",
    "test_existing.py": "the kubeconfig file and the run's directories are the user's alone",
    "test_faults.py": "nodes and components are stopped, frozen, killed and added by signals and mounts",
    "test_image_archives.py": "layers have owners that this user cannot give to a file",
    "test_interruptions.py": "an end by any signal leaves no process, mount or file of the user's",
    "test_recording.py": "watches are long streams out of the cluster's own network, and all evidence comes by them",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [path for path in RIGHTS if not (HERE / path).exists()]
    if missing:
        raise pytest.UsageError(f"{__file__}: RIGHTS names {', '.join(missing)}, which is not there. Name the file that has its tests.")
    depends = {HERE / path for path in RIGHTS}
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.cluster)
            if depends.intersection((item.path, *item.path.parents)):
                item.add_marker(pytest.mark.rights)


@pytest.fixture
def pinned(request: pytest.FixtureRequest) -> Pinned:
    """Compares an error's text with the one that is committed for this test."""

    def compare(error: BaseException) -> None:
        path = EXPECTED / request.path.parent.relative_to(EXPECTED.parent) / f"{request.node.name}.txt"
        text = normalised(str(error))
        if os.environ.get("KWORKLOAD_ACCEPT_TEXTS"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no text is pinned for this failure; it reads:\n{text}"
        assert text == path.read_text(encoding="utf-8")

    return compare
