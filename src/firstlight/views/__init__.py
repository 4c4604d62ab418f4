"""Views: pages, prints, reports and files, drawn from the tables and facts of an observation and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from firstlight.nouns import View

__all__ = ["VIEWS"]


@dataclass(frozen=True)
class _Later:
    """A function that is imported when it is first called, so that a list of views costs nothing."""

    module: str
    name: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(f"{__name__}.{self.module}"), self.name)(*args, **kwargs)


VIEWS = (
    View(
        "page",
        _Later("observation_page", "observation_page"),
        "One self-contained page, index.html",
    ),
    View(
        "terminal",
        _Later("observation_terminal", "observation_terminal"),
        "What firstlight observe prints",
    ),
    View(
        "report",
        _Later("observation_report", "observation_report"),
        "A brief of about two pages, as Markdown",
    ),
    View("tables", _Later("tables", "write_tables"), "Every table as Parquet and CSV"),
    View(
        "measured_page",
        _Later("measured_page", "measured_page"),
        "The page of a measurement, NAME.html",
    ),
    View(
        "measured_terminal",
        _Later("measured_terminal", "measured_terminal"),
        "What firstlight measure prints",
    ),
    View(
        "followed_page",
        _Later("followed_page", "followed_page"),
        "Technologies followed through records, followed.html",
    ),
    View(
        "followed_terminal",
        _Later("followed_terminal", "followed_terminal"),
        "What firstlight follow prints",
    ),
    View(
        "observation",
        _Later("tables", "observation_json"),
        "The whole observation as JSON, for machines",
    ),
)
