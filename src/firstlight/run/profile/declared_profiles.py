"""The kinds of profiles, each a TOML file beside this module: files, sections and first lines."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, unknown
from firstlight.profile import Pair

FOLDER = Path(__file__).parent
KINDS = FOLDER / "kinds"


@dataclass(frozen=True)
class DeclaredSection:
    """A question of a kind of profile, and the measurement that answers it.

    source  : kinds of files of which one is the main table, the best first; or the table of an
              earlier measurement, as "index/scores"
    needs   : parameter -> kind of a further file, without which it isn't measured
    may     : parameter -> kind of a further file that it takes where there is one
    options : parameter -> value
    """

    measurement: str
    question: Pair
    source: tuple[str, ...]
    needs: Mapping[str, str] = field(default_factory=dict)
    may: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    charts: tuple[str, ...] = ()
    most: int = 3


@dataclass(frozen=True)
class DeclaredLine:
    """One of the first lines of a kind of profile.

    says : rules that choose sentences of measurements: measurement, codes (or patterns such as
           "hangs*") and most, how many of them; each rule adds its own
    pick : a rule that chooses rows of a table, or empty: measurement, table, where, order, most,
           join, clauses
    """

    title: Pair
    rule: Pair
    says: tuple[Mapping[str, Any], ...] = ()
    pick: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProfileKind:
    """A kind of profile as its file declares it.

    files   : kind of files -> columns that it needs, may and never has, and its words
    samples : measurement -> options that fit the sample that ships
    """

    name: str
    title: Pair
    files: Mapping[str, Mapping[str, Any]]
    sections: tuple[DeclaredSection, ...]
    lines: tuple[DeclaredLine, ...]
    samples: Mapping[str, Mapping[str, Any]]


def profiles() -> list[str]:
    """The names of the kinds of profiles."""
    return sorted(path.stem for path in KINDS.glob("*.toml"))


@cache
def profile_kind(name: str) -> ProfileKind:
    """A kind of profile.

    Raises  InputError for a name that no file has.

    >>> profile_kind("chain").title
    ('Industrial chain', '产业链')
    """
    if name not in profiles():
        raise InputError(unknown("no_profile", name, profiles()), FOLDER)
    told = tomllib.loads((KINDS / f"{name}.toml").read_text(encoding="utf-8"))
    return ProfileKind(
        name,
        pair(told),
        told["files"],
        tuple(map(_section, told["sections"])),
        tuple(map(_line, told["lines"])),
        told.get("sample", {}),
    )


def pair(told: Mapping[str, Any], part: str = "") -> Pair:
    """The English and Chinese words of a part of a declaration."""
    return told[f"{part}en"], told[f"{part}zh"]


def _section(told: Mapping[str, Any]) -> DeclaredSection:
    return DeclaredSection(
        told["measurement"],
        pair(told),
        tuple(told["source"]),
        told.get("needs", {}),
        told.get("may", {}),
        told.get("options", {}),
        tuple(told.get("charts", ())),
        told.get("most", 3),
    )


def _line(told: Mapping[str, Any]) -> DeclaredLine:
    says = tuple(told.get("says", ()))
    return DeclaredLine(pair(told), pair(told, "rule_"), says, told.get("pick", {}))
