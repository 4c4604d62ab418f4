"""Options that are words: one that is none of the known ones is refused by name."""

from __future__ import annotations

from collections.abc import Collection

from firstlight.errors import InputError


def refuse_unknown(where: str = "", **asked: tuple[object, Collection[object]]) -> None:
    """See that each option is one of its words.

    where : what was called; the option itself where it is left out; asked : option = (what was given, what is known)
    Raises  InputError naming the option, and the words to choose from.

    >>> refuse_unknown(orientation=("input", ("input", "output")))
    """
    for what, (given, known) in asked.items():
        if given not in known:
            raise InputError(
                f"{what} {given!r}",
                where=where or what,
                try_next=f"use one of {', '.join(map(str, known))}",
            )
