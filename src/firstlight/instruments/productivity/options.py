"""Options: words that are none of the known ones, and numbers out of their range, are refused by
name."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from firstlight.errors import InputError, check_choice, shown
from firstlight.texts import Name, message


def refuse_unknown(where: str = "", **asked: tuple[object, Collection[object]]) -> None:
    """See that each option is one of its words.

    where : not used; asked : option = (what was given, what is known)
    Raises  InputError naming the option, and the words to choose from.

    >>> refuse_unknown(orientation=("input", ("input", "output")))
    """
    for what, (given, known) in asked.items():
        check_choice(what, given, known)


def check_between(parameter: str, value: float, low: float, high: float) -> None:
    """Raise InputError where a number is not above ``low`` and below ``high``; nan never is.

    >>> check_between("level", 0.95, 0, 1)
    """
    if not low < value < high:
        bounds = {"low": Name(f"{low:g}"), "high": Name(f"{high:g}")}
        given = message("not_between", parameter=Name(parameter), value=shown(value), **bounds)
        raise InputError(given, Path(__file__).parent)
