"""Capital, growth accounting, breaks and growth drivers."""
