"""Services of inputs, level accounts, and production functions of panels."""
