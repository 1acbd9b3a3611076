"""Objects whose status is about the spec that they have now."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_observed

from .. import workloads
from ..pinned import Pinned


class TestObserved:
    def test_a_controller_has_seen_the_spec(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment(replicas=0)).deployment("web")
        web.scale(1)
        assert assert_observed(web).generation == 2

    def test_an_object_that_nobody_observes(self, kworkload: Namespace, pinned: Pinned) -> None:
        config = kworkload.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config"}}).handles[0]
        with pytest.raises(GuaranteeViolated) as failure:
            assert_observed(config)
        pinned(failure.value)
