"""Scenarios: which sectors lose how much of their capacity, when, and for how long."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, shown
from firstlight.instruments.chains.scenario_sections import Sections, read_sections
from firstlight.texts import Count, Name, Value, message, names

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
NUMBERS = ("lost_share", "start_day", "length_days", "recovery_days")
LIMITS = dict.fromkeys(NUMBERS, (0.0, math.inf)) | {"lost_share": (0.0, 1.0)}
KEYS = ("scenario", "sector", *NUMBERS)
NEEDED = ("scenario", "sector", "lost_share")
SCHEMA = {"scenario": pl.String, "sector": pl.String, **dict.fromkeys(NUMBERS, pl.Float64)}


@dataclass(frozen=True)
class Scenario:
    """What happens together.

    name : of the scenario
    lost : (days, n), part of its capacity that each sector lacks on each day
    """

    name: str
    lost: Floats

    @property
    def is_hit(self) -> NDArray[np.bool_]:
        """(n,), which sectors lose capacity."""
        return np.asarray((self.lost > 0).any(axis=0))


def loss_profile(
    days: int, share: float, start: float, length: float | None, recovery: float
) -> Floats:
    """The part of capacity that is lost on each day.

    The whole share from ``start`` on for ``length`` days, then less by the same amount every day
    until nothing is lost, ``recovery`` days after the last whole one.

    Parameters
    ----------
    days
        How many, from day 1 on.
    share
        0 to 1.
    start
        First day of the loss, 1 or later.
    length
        Days of the whole loss; None for all that follow.
    recovery
        Days until capacity is back.

    Returns
    -------
    (days,)

    Examples
    --------
    >>> loss_profile(7, 0.4, 2, 2, 4).round(2).tolist()
    [0.0, 0.4, 0.4, 0.3, 0.2, 0.1, 0.0]
    """
    day = np.arange(1, days + 1)
    last = np.inf if length is None else start + length - 1
    since = np.maximum(day - last, 0.0)
    left = 1.0 - since / recovery if recovery > 0 else np.where(since > 0, 0.0, 1.0)
    return np.where(day >= start, share * np.maximum(left, 0.0), 0.0)


def scenarios_of(rows: pl.DataFrame, sectors: Sequence[str], days: int) -> list[Scenario]:
    """The scenarios of a table, by name.

    rows : scenario, sector, lost_share, start_day, length_days, recovery_days; what is missing is
           day 1, until the end, and at once

    Raises InputError for a sector that the table of flows does not have, for a loss without a
    share, and for one that begins after the last day.
    """
    at = {name: place for place, name in enumerate(sectors)}
    losses: dict[str, Floats] = {}
    for row in rows.sort("scenario", "sector").iter_rows(named=True):
        about: dict[str, Value[Any]] = {
            "scenario": Name(row["scenario"]),
            "sector": Name(row["sector"]),
        }
        if row["sector"] not in at:
            raise _fault("no_such_sector", sectors=names(sectors), **about)
        if row["lost_share"] is None:
            raise _fault("no_lost_share", **about)
        start = 1.0 if row["start_day"] is None else row["start_day"]
        if not 1 <= start <= days:
            raise _fault("start_beyond", start=shown(f"{start:g}"), days=Count(days), **about)
        lost = losses.setdefault(row["scenario"], np.zeros((days, len(at))))
        lost[:, at[row["sector"]]] = loss_profile(
            days, row["lost_share"], start, row["length_days"], row["recovery_days"] or 0.0
        )
    return [Scenario(name, lost) for name, lost in sorted(losses.items())]


def read_scenarios(given: str | Path | Mapping[str, Any]) -> pl.DataFrame:
    """The rows of a TOML file of scenarios.

    Parameters
    ----------
    given
        A file with a section ``[[shocks]]`` for each sector of a scenario, whose keys are scenario,
        sector and lost_share, and, if need be, start_day, length_days and recovery_days.

    Returns
    -------
    scenario, sector, lost_share, start_day, length_days, recovery_days.

    Raises
    ------
    InputError
        For a file that is at fault, with its line and key.

    Examples
    --------
    >>> read_scenarios({"shocks": [{"scenario": "a", "sector": "steel", "lost_share": 0.5}]}).rows()
    [('a', 'steel', 0.5, None, None, None)]
    """
    sections = read_sections(given, "shocks", FOLDER)
    read = list[dict[str, Any]]()
    for at in range(len(sections.given)):
        row = _row(sections, at)
        if any((row["scenario"], row["sector"]) == (a["scenario"], a["sector"]) for a in read):
            raise sections.fault("sector_twice", "sector", at, sector=Name(row["sector"]))
        read.append(row)
    return pl.DataFrame(read, SCHEMA)


def _row(sections: Sections, at: int) -> dict[str, Any]:
    sections.check_keys(at, KEYS, NEEDED)
    sections.check_texts(at, ("scenario", "sector"))
    wrong = sections.wrong_number(at, NUMBERS, LIMITS)
    if wrong is not None:
        value = shown(sections.given[at][wrong])
        raise sections.fault("bad_number", wrong, at, value=value)
    return {key: sections.given[at].get(key) for key in KEYS}


def _fault(code: str, **values: Value[Any]) -> InputError:
    return InputError(message(code, **values), FOLDER)
