"""Pages with addresses: every thing that a folder of results holds, shown one at a time."""
