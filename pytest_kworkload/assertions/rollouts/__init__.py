"""Updates of Deployments, and rollouts of every kind of workload."""
