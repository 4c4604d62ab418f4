"""Complexity: what places are specialised in, how complex that is, what is related to it, and what
is within reach."""
