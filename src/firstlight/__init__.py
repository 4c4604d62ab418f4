"""Firstlight: an open observatory of tomorrow's industries.

>>> import firstlight as fl
>>> seen = fl.observe("papers.parquet", as_of=2016, project=folder)  # doctest: +SKIP
>>> print(seen.summary())  # doctest: +SKIP
>>> seen.frame.head(3)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firstlight.catalogue import Catalogue
    from firstlight.errors import FirstlightError, InputError, NotKeptError, SourceError, StoreError
    from firstlight.measurement import sample_table
    from firstlight.result import Result
    from firstlight.run.brief.brief import brief
    from firstlight.run.measured import measure
    from firstlight.run.observed import Observation
    from firstlight.run.observing import observe, open_observation
    from firstlight.run.tracing.tracing import follow, trace
    from firstlight.sources import read_counts, read_documents
    from firstlight.sources.limits import limits
    from firstlight.sources.publishers import SOURCES
    from firstlight.views.publish import publish

__version__ = "0.1.0"

_PUBLIC = {
    "Catalogue": "firstlight.catalogue",
    "FirstlightError": "firstlight.errors",
    "InputError": "firstlight.errors",
    "NotKeptError": "firstlight.errors",
    "SourceError": "firstlight.errors",
    "StoreError": "firstlight.errors",
    "SOURCES": "firstlight.sources.publishers",
    "Observation": "firstlight.run.observed",
    "Result": "firstlight.result",
    "brief": "firstlight.run.brief.brief",
    "limits": "firstlight.sources.limits",
    "follow": "firstlight.run.tracing.tracing",
    "measure": "firstlight.run.measured",
    "observe": "firstlight.run.observing",
    "open_observation": "firstlight.run.observing",
    "publish": "firstlight.views.publish",
    "read_counts": "firstlight.sources",
    "read_documents": "firstlight.sources",
    "sample_table": "firstlight.measurement",
    "trace": "firstlight.run.tracing.tracing",
}
_FAMILIES = (
    "chains",
    "complexity",
    "composites",
    "concordance",
    "diffusion",
    "disparity",
    "emergence",
    "joins",
    "networks",
    "places",
    "productivity",
)

__all__ = [
    "SOURCES",
    "Catalogue",
    "FirstlightError",
    "InputError",
    "NotKeptError",
    "Observation",
    "Result",
    "SourceError",
    "StoreError",
    "brief",
    "follow",
    "limits",
    "measure",
    "observe",
    "open_observation",
    "publish",
    "read_counts",
    "read_documents",
    "sample_table",
    "trace",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that ``import firstlight`` is quick."""
    if name in _FAMILIES:
        return import_module(f"firstlight.{name}")
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'firstlight' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_FAMILIES, "__version__"])
