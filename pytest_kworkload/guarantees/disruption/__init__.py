"""Budgets, evictions, drains."""
