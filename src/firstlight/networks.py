"""Networks: who works with whom, who bridges, who could work together, and who contributed what.

Each function is imported when it is first asked for; ``networks.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub("firstlight", __file__)
