"""Firstlight: an open observatory of tomorrow's industries.

>>> import firstlight as fl
>>> seen = fl.observe("papers.parquet", as_of=2016, project=folder)  # doctest: +SKIP
>>> print(seen.summary())  # doctest: +SKIP
>>> seen.frame.head(3)  # doctest: +SKIP

Each name is imported when it is first used, so that ``import firstlight`` is quick;
``__init__.pyi`` lists them.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
