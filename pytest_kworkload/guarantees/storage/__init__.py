"""Claims, volumes, and the data in them."""
