"""Daemon pods come and go with the nodes."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_follows_nodes

from .. import workloads
from ..actions import labelled, own_label
from ..pinned import Pinned


def test_a_daemon_for_which_there_is_no_room(kworkload: Namespace, pinned: Pinned) -> None:
    pod = {**workloads.pod_spec(), "nodeSelector": own_label(kworkload)}
    with labelled(kworkload, "node-0"), ExitStack() as labels:
        agent = kworkload.apply([workloads.quota(1), workloads.daemon_set(pod=pod)]).daemon_set("agent").wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_follows_nodes(agent, timeout=2):
            labels.enter_context(labelled(kworkload, "node-1"))
    pinned(failure.value)
