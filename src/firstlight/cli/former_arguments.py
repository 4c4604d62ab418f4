"""Commands under the names of the version before, said with today's."""

from __future__ import annotations

from collections.abc import Sequence

from firstlight.cli.parser import CLI
from firstlight.errors import InputError
from firstlight.run.former_names import FORMER_VERBS, former_choice, now_called
from firstlight.texts import Name, message


def todays_arguments(given: Sequence[str]) -> list[str]:
    """The arguments of a command with today's names in place of former ones.

    Raises InputError for a choice that the former measurement did not have, and for a sector or a
    profile.

    >>> todays_arguments(["measure", "productivity", "p.csv", "--method", "gml"])[:5]
    ['measure', 'productivity_change', 'p.csv', '--index', 'malmquist_luenberger']
    """
    if given[:1] and given[0] in ("new", "run"):
        for word in given:
            if word.partition("=")[0] in ("--sector", "--profile"):
                raise InputError(message("now_a_brief", option=Name(word)), CLI.folder)
    if given[:1] and given[0] in FORMER_VERBS:
        return [FORMER_VERBS[given[0]], *given[1:]]
    chosen_by = former_choice(given[1]) if len(given) > 1 and given[0] == "measure" else ""
    if not chosen_by:
        return list(given)
    choice, rest = taken(given[2:], f"--{chosen_by}")
    name, options = now_called(given[1], {chosen_by: choice} if choice else {})
    for option, value in options.items():
        rest += [f"--{option.replace('_', '-')}", "yes" if value is True else value]
    return ["measure", name, *rest]


def taken(given: Sequence[str], flag: str) -> tuple[str | None, list[str]]:
    """The value of a flag, and the arguments without it."""
    value, rest = None, list(given)
    for place, word in enumerate(given):
        if word == flag and place + 1 < len(given):
            value = given[place + 1]
            del rest[place : place + 2]
        elif word.startswith(f"{flag}="):
            value = word.partition("=")[2]
            rest.remove(word)
    return value, rest
