"""Composite indices."""
