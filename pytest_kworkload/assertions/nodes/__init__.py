"""What happens to pods when nodes are lost, tainted, cordoned or restarted."""
