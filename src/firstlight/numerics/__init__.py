"""What several instruments need: solvers, and data frames of any kind read and given back."""
