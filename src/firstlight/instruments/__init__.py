"""Instruments: pure measurements on arrays and tables, one folder per family."""
