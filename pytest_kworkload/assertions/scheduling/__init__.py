"""Where pods are placed."""
