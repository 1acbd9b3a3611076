"""What Kubernetes' objects mean: pure functions of them and of their history, without verdicts."""
