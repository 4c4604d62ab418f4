"""Firstlight: an open observatory of tomorrow's industries."""

__version__ = "0.1.0"
