"""DaemonSets: one pod for each node."""
