"""The packages that Word and PDF need, which the extra ``documents`` brings."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, installing
from firstlight.texts import message

__all__ = ["EXTRA", "VIEWS", "extra_module", "has_document_formats"]

VIEWS = Path(__file__).parent
EXTRA = "documents"


def has_document_formats() -> bool:
    """Whether the extra is installed."""
    return all(find_spec(name) is not None for name in ("docx", "typst", "fontTools"))


def extra_module(name: str) -> Any:
    """A module of the extra.

    Raises  InputError, with the command that installs the extra, where it is absent.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(message("needs_extra", command=installing(EXTRA)), VIEWS) from error
