"""Pods: readiness, containers, endings, identity."""
