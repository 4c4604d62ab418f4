"""What several instruments need of a solver."""
