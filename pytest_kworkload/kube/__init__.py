"""The Kubernetes API in raw JSON; the only package that imports `kubernetes`.

Nothing is imported here, so that naming a module of this package costs nothing before a test asks for a cluster.
"""
