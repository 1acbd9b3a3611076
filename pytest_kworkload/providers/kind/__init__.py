"""Clusters of kind, in Docker."""
