"""Productivity: accounting, frontiers, index numbers, firms."""
