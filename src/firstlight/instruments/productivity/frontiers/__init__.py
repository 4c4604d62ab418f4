"""The technology that units span, distances to it, their bootstrap and second stage, networks and
groups."""
