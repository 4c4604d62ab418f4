"""Frontiers spanned by the data: envelopment, slacks, hulls, their bootstrap and second stage, networks and groups."""
