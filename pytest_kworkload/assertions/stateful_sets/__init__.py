"""StatefulSets: order, identity, updates."""
