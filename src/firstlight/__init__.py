"""Firstlight: an open observatory of tomorrow's industries.

>>> import firstlight as fl
>>> sky = fl.observe(as_of=2016, project=folder)  # doctest: +SKIP
>>> sky.technologies.head(3)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firstlight.catalogue import Catalogue
    from firstlight.errors import FirstlightError, InputError, NotKeptError, SourceError, StoreError
    from firstlight.observe import Sky, observe, open_sky
    from firstlight.observe.following import Followed, follow
    from firstlight.observe.measuring import Measured, measure
    from firstlight.sources import SOURCES, read_counts, read_documents
    from firstlight.views.publish import publish

__version__ = "0.1.0"

_PUBLIC = {
    "Catalogue": "firstlight.catalogue",
    "FirstlightError": "firstlight.errors",
    "InputError": "firstlight.errors",
    "NotKeptError": "firstlight.errors",
    "SourceError": "firstlight.errors",
    "StoreError": "firstlight.errors",
    "SOURCES": "firstlight.sources",
    "Followed": "firstlight.observe.following",
    "Sky": "firstlight.observe",
    "follow": "firstlight.observe.following",
    "Measured": "firstlight.observe.measuring",
    "measure": "firstlight.observe.measuring",
    "observe": "firstlight.observe",
    "open_sky": "firstlight.observe",
    "publish": "firstlight.views.publish",
    "read_counts": "firstlight.sources",
    "read_documents": "firstlight.sources",
}
_FAMILIES = ("complexity", "diffusion", "emergence", "networks", "places", "productivity")

__all__ = [
    "SOURCES",
    "Catalogue",
    "FirstlightError",
    "Followed",
    "InputError",
    "Measured",
    "NotKeptError",
    "Sky",
    "SourceError",
    "StoreError",
    "follow",
    "measure",
    "observe",
    "open_sky",
    "publish",
    "read_counts",
    "read_documents",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used, so that ``import firstlight`` is quick."""
    if name in _FAMILIES:
        return import_module(f"firstlight.{name}")
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'firstlight' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_FAMILIES, "__version__"])
