"""A running cluster, its nodes, and the faults that break it on purpose."""
