"""Forecasts of take-off: the ranking, its probability, and the share ahead."""
