"""Running text in, phrases out: which documents use which, and how they are written."""
