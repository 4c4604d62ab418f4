"""Disparity: how unequal units are, whether they converge, and what space has to do with it.

Each function is imported when it is first asked for; ``disparity.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub("firstlight", __file__)
