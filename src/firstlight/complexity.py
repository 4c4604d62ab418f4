"""Complexity: what places are specialised in, how complex that is, what is related to it, and what
is within reach.

Each function is imported when it is first asked for; ``complexity.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub("firstlight", __file__)
