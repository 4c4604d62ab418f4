"""Whether technologies need the inputs and sectors that they are said to need."""
