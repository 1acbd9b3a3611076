"""DaemonSets: updates, and where their pods stay."""
