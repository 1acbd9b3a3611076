"""PodDisruptionBudgets, evictions, drains."""
