"""The recorded history of a test, and the recorder that makes it."""
