"""Productivity over time: Malmquist and its kin, Färe-Primont, Hicks-Moorsteen, index numbers with
prices."""
