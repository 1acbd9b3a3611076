"""Pods that are disrupted, and say why."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_disruption_target

from ..pinned import Pinned
from .actions import applied


class TestDisruptionTarget:
    def test_an_eviction_says_so(self, kworkload: Namespace) -> None:
        pod = applied(kworkload)
        with assert_disruption_target(pod) as disruption:
            pod.evict()
        assert disruption.message

    def test_a_deletion_is_no_disruption(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = applied(kworkload)
        with pytest.raises(GuaranteeViolated) as failure, assert_disruption_target(pod):
            pod.delete()
        pinned(failure.value)
