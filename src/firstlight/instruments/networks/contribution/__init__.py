"""Contribution by category: disruption, novelty, impact within the field, use in patents; never one single score."""
