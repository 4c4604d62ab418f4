"""Concordance: values and names in the terms of another classification.

Each function is imported when it is first asked for; ``concordance.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub("firstlight", __file__)
