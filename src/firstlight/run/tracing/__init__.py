"""Trace: technologies of one record looked up in records of other kinds; the words lie beside the
code."""
