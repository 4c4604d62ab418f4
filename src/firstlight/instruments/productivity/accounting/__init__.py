"""Services of inputs, Domar aggregation, level accounts, and production functions of panels."""
