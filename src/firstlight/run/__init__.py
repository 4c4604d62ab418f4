"""Runs: a record in, an observation out, in steps that are kept and recomputed only when they are stale."""
