"""Observe, measure and trace: read, compute and keep every step; recompute only what is stale."""
