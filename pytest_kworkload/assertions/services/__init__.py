"""Services: who is found, and when."""
