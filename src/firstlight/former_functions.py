"""Functions of families that are gone, said with the measurement that does the same."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

RENAMED = {"bads": "bad"}  # options of all


@cache
def former_functions() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Family -> former name -> ``now``, ``columns``, ``renamed`` and ``fixed``."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def former_function(family: str, name: str) -> Callable[..., Any] | None:
    """The measurement under a former function's name and with its arguments, which warns when it is
    called; None for no such name.

    >>> former_function("productivity", "dea").__name__, former_function("productivity", "frontier")
    ('dea', None)
    """
    former = former_functions().get(family, {}).get(name)
    if former is None:
        return None
    measurement = getattr(import_module(f"firstlight.{family}"), former["now"])
    fixed, renamed = former.get("fixed", {}), RENAMED | former.get("renamed", {})

    def called(*given: Any, **options: Any) -> Any:
        told = "".join(f", {option}={value!r}" for option, value in fixed.items())
        now = f"{family}.{former['now']}(frame{told})"
        warnings.warn(f"{family}.{name} is now {now}", DeprecationWarning, stacklevel=2)
        named = dict(zip(("frame", *former["columns"]), given, strict=False))
        named |= {renamed.get(option, option): value for option, value in options.items()}
        return measurement(**{**fixed, **named})

    called.__name__ = name
    return called
