"""Measurements: what each needs and offers (lines), and the tables, sentences and curves that it keeps."""
