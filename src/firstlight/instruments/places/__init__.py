"""Places: concentration, clusters, structural similarity, market integration."""
