"""What a scenario changes, as declared: prices, substitutions, upgrades and final demand."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firstlight.errors import shown
from firstlight.instruments.chains.scenario_sections import Sections
from firstlight.texts import LANGUAGES, Name, Texts, names

FOLDER = Path(__file__).parent
TEXTS = ("scenario", "change", "good", "origin", "by", "by_origin", "stressor")
NUMBERS = ("share", "growth", "factor", "ratio", "added")
KEYS = ("scenario", "change", "user", *TEXTS[2:], *NUMBERS)
# kind -> the keys that it needs, and those that it may have
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "price": (("good", "factor"), ("origin",)),
    "substitution": (("good", "by", "share"), ("user", "ratio", "origin", "by_origin")),
    "upgrade": (
        ("user",),
        ("good", "growth", "origin", "by", "added", "by_origin", "stressor"),
    ),
    "demand": (("good", "growth"), ("origin",)),
}
ORIGINS = ("all", "domestic", "imports")
LIMITS = {
    "share": (0.0, 1.0),
    "growth": (-1.0, math.inf),
    "ratio": (0.0, math.inf),
    "factor": (math.ulp(0.0), math.inf),  # a price of nothing is none
}


@dataclass(frozen=True)
class Change:
    """One change of a scenario.

    Attributes
    ----------
    at
        The number of its section.
    scenario
        What it belongs to.
    kind
        price, substitution, upgrade or demand.
    given
        As declared, key -> value, and what holds where nothing was declared.
    good
        The number of the good that changes; None for an upgrade without one.
    by
        The number of the good that is added; None for none.
    columns
        Numbers of the users, as in `Economy.home`.
    """

    at: int
    scenario: str
    kind: str
    given: Mapping[str, Any]
    good: int | None
    by: int | None
    columns: tuple[int, ...]

    def number(self, key: str) -> float:
        """A declared number; 0 where there is none."""
        return float(self.given.get(key, 0.0))

    @property
    def origin(self) -> str:
        """Where the good that changes comes from: all, domestic or imports."""
        return str(self.given.get("origin", "all"))

    @property
    def by_origin(self) -> str:
        """Where the good that is added comes from."""
        return str(self.given.get("by_origin", "all"))


def declared_changes(
    sections: Sections, sectors: Sequence[str], stressors: Sequence[str]
) -> dict[str, list[Change]]:
    """Scenario -> its changes, scenarios by name, changes as declared, by names of the table's
    sectors and of stressors.

    Raises InputError for an unknown name or key, a number out of bounds, and what is lacking, with
    line and key.
    """
    changes: dict[str, list[Change]] = {}
    for at in range(len(sections.given)):
        change = _change(sections, at, sectors, stressors)
        changes.setdefault(change.scenario, []).append(change)
    return dict(sorted(changes.items()))


def _change(
    sections: Sections, at: int, sectors: Sequence[str], stressors: Sequence[str]
) -> Change:
    given = dict(sections.given[at])
    _check_kind(sections, at)
    kind = given["change"]
    needed, possible = KINDS[kind]
    sections.check_keys(at, ("scenario", "change", *needed, *possible), ("scenario", *needed))
    sections.check_texts(at, TEXTS)
    wrong = sections.wrong_number(at, NUMBERS, LIMITS)
    if wrong is not None:
        value = shown(sections.given[at][wrong])
        raise sections.fault("bad_number", wrong, at, value=value)
    for key in ("origin", "by_origin"):
        if given.get(key, "all") not in ORIGINS:
            choices = names(ORIGINS)
            raise sections.fault("no_such_origin", key, at, value=Name(given[key]), known=choices)
    place = {name: number for number, name in enumerate(sectors)}
    for key in ("good", "by"):
        if key in given and given[key] not in place:
            raise _unknown(sections, at, key, given[key], sectors)
    if kind == "upgrade":
        _check_upgrade(sections, at, stressors)
    good = place.get(given.get("good", ""))
    by = place.get(given.get("by", ""))
    # a good takes its own place where it comes from home rather than from abroad, or the reverse
    origins = {given.get("origin", "all"), given.get("by_origin", "all")}
    if good is not None and good == by and origins != {"domestic", "imports"}:
        raise sections.fault("by_itself", "by", at, good=Name(given["by"]))
    columns = _users(sections, at, place)
    defaults: dict[str, Any] = {"origin": "all"} if good is not None else {}
    if kind == "substitution":
        defaults |= {"ratio": 1.0, "user": "all"}
    if by is not None:
        defaults["by_origin"] = "all"
    return Change(at, given["scenario"], kind, defaults | given, good, by, columns)


def _check_kind(sections: Sections, at: int) -> None:
    for key in ("scenario", "change"):
        if key not in sections.given[at]:
            raise sections.fault("key_lacking", key, at)
    sections.check_texts(at, ("scenario", "change"))
    kind = sections.given[at]["change"]
    if kind not in KINDS:
        raise sections.fault("no_such_change", "change", at, value=Name(kind), known=names(KINDS))


def _check_upgrade(sections: Sections, at: int, stressors: Sequence[str]) -> None:
    """Raise InputError for an upgrade that says half of what it changes, or nothing."""
    given = sections.given[at]
    if "good" in given and "stressor" in given:
        raise sections.fault("good_and_stressor", "stressor", at)
    if ("good" in given or "stressor" in given) != ("growth" in given):
        raise sections.fault("half_upgrade", "growth", at)
    if ("by" in given) != ("added" in given):
        raise sections.fault("half_addition", "added", at)
    if "growth" not in given and "by" not in given:
        raise sections.fault("no_upgrade", "change", at)
    if "stressor" in given and given["stressor"] not in stressors:
        raise sections.fault(
            "no_such_stressor",
            "stressor",
            at,
            stressor=Name(given["stressor"]),
            known=names(stressors) if stressors else Name("–"),
        )


def _unknown(sections: Sections, at: int, key: str, name: str, sectors: Sequence[str]) -> Exception:
    known = names(sectors)
    return sections.fault("no_such_sector", key, at, sector=Name(name), sectors=known)


def _called(users: str) -> set[str]:
    """What all users, or the final ones, are called in each language."""
    return {Texts(FOLDER).say(lang, "users", users) for lang in LANGUAGES}


def _users(sections: Sections, at: int, place: Mapping[str, int]) -> tuple[int, ...]:
    """The columns of the users."""
    final = (len(place), len(place) + 1)
    users = sections.given[at].get("user", "all")
    is_list = isinstance(users, list) and all(isinstance(each, str) for each in users)
    if not (is_list or isinstance(users, str)) or not users:
        raise sections.fault("not_text", "user", at, value=shown(users))
    is_upgrade = sections.given[at]["change"] == "upgrade"
    listed = [users] if isinstance(users, str) else users
    if isinstance(users, str) and users not in place:
        listed = [part.strip() for part in re.split("[;；]", users) if part.strip()]
    columns = set[int]()
    everybody = _called("all")
    final_users = _called("final")
    for name in listed:
        if name in place:
            columns.add(place[name])
        elif name in everybody:
            columns |= set(range(len(place)))
            if not is_upgrade:
                columns |= {*final}
        elif name in final_users and not is_upgrade:
            columns |= set(final)
        else:
            raise _unknown(sections, at, "user", name, tuple(place))
    return tuple(sorted(columns))
