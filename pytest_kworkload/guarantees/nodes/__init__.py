"""Nodes that are tainted, cordoned or lost."""
