"""What the documentation says of time and memory, measured on this machine: ratios of one run, absolute figures beside them."""
