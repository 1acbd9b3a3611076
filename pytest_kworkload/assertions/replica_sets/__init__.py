"""ReplicaSets: how many pods, which, and whose."""
