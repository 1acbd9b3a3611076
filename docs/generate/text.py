"""Pieces of Markdown."""

from __future__ import annotations

TITLES = {
    "pods": "Pods",
    "replica_sets": "ReplicaSets",
    "rollouts": "Rollouts",
    "stateful_sets": "StatefulSets",
    "daemon_sets": "DaemonSets",
    "storage": "Storage",
    "services": "Services",
    "disruption": "Disruption: budgets, evictions, drains",
    "jobs": "Jobs and CronJobs",
    "nodes": "Nodes",
    "scheduling": "Scheduling",
    "autoscaling": "Autoscaling",
    "your own": "Guarantees of your own",
}


def title(subject: str) -> str:
    return TITLES[subject]


def code(name: str) -> str:
    return f"`{name}`"
