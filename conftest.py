"""For this repository's own tests: the plugin's tests run pytest inside pytest."""

pytest_plugins = ["pytester"]
