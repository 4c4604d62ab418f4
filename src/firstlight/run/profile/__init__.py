"""Profiles: which measurements make up one page, what of them comes first, and its project."""
