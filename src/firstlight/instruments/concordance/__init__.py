"""Concordance: what one classification says in the terms of another."""
