"""Counts in: technologies that somebody else counted, as yearly counts at any forecast year."""
