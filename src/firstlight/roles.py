"""What a parameter of a measurement means, given in its annotation: ``Annotated[str, Key()]``.

A parameter with a role of a column holds the name of that column. With ``| None`` the column may be
absent: under its default name it is used where the table has it, and None leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Sign = Literal["any", "zero", "positive"]


@dataclass(frozen=True)
class Key:
    """A column of names that say what a row is about; a row for each combination of keys and year.
    Names such as 2611.0 are 2611 where a program that took them for numbers wrote all of them so.

    separators   : signs that part several names in one cell, the first that the column holds; each
                   name becomes a row
    is_heading   : whether its names may be the headings of a wide table
    is_of_file   : whether a file without the column is about one thing, named after the file
    may_be_empty : whether a row may name nothing here; it is then about all, or about nobody
    is_row       : whether a table without the column has the numbers of its rows here; a text whose
                   lines are its rows has those of its lines
    """

    separators: tuple[str, ...] = ()
    is_heading: bool = False
    is_of_file: bool = False
    may_be_empty: bool = False
    is_row: bool = False


@dataclass(frozen=True)
class Year:
    """A column of whole calendar years, or of periods that are numbered, part of the key."""


@dataclass(frozen=True)
class Label:
    """A column of texts that may be empty, no part of the key.

    separators : signs that part several names in one cell
    """

    separators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Number:
    """A column of numbers.

    sign      : "zero" for 0 and above, "positive" for above 0
    is_share  : whether it runs from 0 to 1, so that per cent are divided by 100
    is_filled : whether a row of a file without a value here is set aside
    is_shared : whether it says something of the key, and is no part of a sum: rows that are added
                up have to agree on it
    secret_of : another parameter; this column then holds what that one's secret cells are below
    """

    sign: Sign = "any"
    is_share: bool = False
    is_filled: bool = False
    is_shared: bool = False
    secret_of: str = ""


@dataclass(frozen=True)
class Columns:
    """Several columns, which the caller names.

    each : what each of them holds: numbers; or labels, which a column has that holds no number
    """

    at_least: int = 1
    each: Number | Label = Number()


ColumnRole = Key | Year | Label | Number | Columns


@dataclass(frozen=True)
class Names:
    """Several names that a column of the table holds."""


@dataclass(frozen=True)
class ShareOrColumn:
    """A number from 0 to 1, or the name of a column, which holds such numbers as ``each`` says."""

    each: Number = Number("zero", is_share=True)


@dataclass(frozen=True)
class Ratios:
    """Bounds of the weight of one column over another's: ``K>=2*L``."""


@dataclass(frozen=True)
class File:
    """A file that is read as it is, such as the outlines of places."""


@dataclass(frozen=True)
class Table:
    """A further table; its columns bear these names; those in ``may_lack`` need not be there."""

    columns: Mapping[str, ColumnRole]
    may_lack: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observed(Table):
    """The technologies of an observation, a further table; where a file is asked for, the folder,
    the file or the name of an observation stands for it."""


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest number allowed, themselves among them.

    is_above : whether the number has to be above 0, whatever the least is
    """

    low: float | None = None
    high: float | None = None
    is_above: bool = False


@dataclass(frozen=True)
class Default:
    """What a parameter that several functions share is where it is left out; without one a column
    goes by its own name, and anything else is None."""

    value: Any
