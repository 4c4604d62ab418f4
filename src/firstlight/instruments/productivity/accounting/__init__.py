"""Services of inputs, and level accounts."""
