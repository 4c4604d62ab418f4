"""Productivity: how much is made from what is used, and why it changes.

In rooms:

- ``accounting``: capital, growth accounting, breaks, growth drivers
- ``frontiers``: data envelopment, slacks, hulls, bootstrap, second stage, networks and groups
- ``indices``: Malmquist and its kin, Färe-Primont, Hicks-Moorsteen, index numbers with prices
- ``stochastic_frontier``: stochastic frontiers
- ``production_functions``: production functions of firms, markups, dispersion

``firstlight.productivity`` holds the public functions of all.
"""
