"""What ships: the bundled sky (real statistics) and the made-up economy (invented, with planted
truth)."""
