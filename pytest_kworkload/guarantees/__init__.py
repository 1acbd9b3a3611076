"""What Kubernetes promises of workloads, as pure functions over a History: no I/O, no clock."""
