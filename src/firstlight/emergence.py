"""Emergence: from dated documents or counts to named technologies, forecasts of take-off and their
record.

Each function is imported when it is first asked for; ``emergence.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub("firstlight", __file__)
