"""Productivity: accounting, frontiers, index numbers, stochastic frontiers, firms, growth drivers.

Each function is imported when it is first asked for; ``productivity.pyi`` lists them.
"""

from typing import Any

import lazy_loader

from firstlight.former_functions import former_function

_listed, __dir__, __all__ = lazy_loader.attach_stub("firstlight", __file__)


def __getattr__(name: str) -> Any:
    return former_function("productivity", name) or _listed(name)
