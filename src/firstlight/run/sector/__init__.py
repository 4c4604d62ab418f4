"""A project for a sector: the files that there are, its codes, and what can be answered."""
