"""Handles on what a test applies, in Kubernetes' terms."""
