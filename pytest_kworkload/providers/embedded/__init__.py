"""The embedded cluster: the real control plane and kubelets in one program."""
