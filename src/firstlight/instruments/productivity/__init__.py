"""Productivity: how much is made from what is used, and why it changes.

In rooms:

- ``capital_stocks``, ``growth_accounting``, ``growth_drivers``: measurements, each with its words
- ``series_breaks``: when any yearly series broke, and how
- ``accounting``: services of inputs, levels
- ``frontiers``: data envelopment, slacks, hulls, bootstrap, second stage, networks and groups
- ``indices``: Malmquist and its kin, Färe-Primont, Hicks-Moorsteen, index numbers with prices
- ``stochastic_frontier``: stochastic frontiers
- ``production_functions``: production functions of firms, markups, dispersion

``firstlight.productivity`` holds the public functions of all.
"""
