"""Joins between families: what one family forecasts, where another can use it.

Families don't import each other; a measurement that needs several of them stands here. Each
function is imported when it is first asked for; ``__init__.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
