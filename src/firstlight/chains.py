"""Industrial chains: what an industry depends on, and what happens where it breaks.

Each function is imported when it is first asked for; ``chains.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub("firstlight", __file__)
