"""Uses of technologies by industries, as a table has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.schema import Data
from firstlight.texts import Name, message, names

Floats = NDArray[np.float64]
Kind = Literal["counts", "amounts", "links"]
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Uses:
    """Amounts by technology and industry.

    kind : counts, amounts, or links: each use is there or not, with a probability
    x    : (n, k), of the last years; of links their probabilities
    before : (n,), what each technology had in as many years before; nan where there are none
    years : how many make up ``x``; 0 where there are no years
    years_apart : from the middle of the years before to that of the last
    """

    kind: Kind
    technologies: list[str]
    industries: list[str]
    x: Floats
    before: Floats
    years: int
    years_apart: float = np.nan

    @property
    def totals(self) -> Floats:
        return np.asarray(self.x.sum(axis=1))


def _amounts(data: Data) -> tuple[pl.DataFrame, Kind]:
    """The rows with how much of a use each is, and what that measures."""
    if data.has("value"):
        rows = data.frame.drop_nulls("value").with_columns(amount="value")
        if rows["value"].is_in([0.0, 1.0]).all():
            return rows, "links"
        if (rows["value"].round() == rows["value"]).all():
            return rows, "counts"
        return rows, "amounts"
    if data.has("probability"):
        return data.frame.with_columns(amount="probability").drop_nulls("amount"), "links"
    return data.frame.with_columns(amount=pl.lit(1.0)), "links"


def technology_uses(data: Data, years: int) -> Uses:
    """What the table says, as numbers by technology and industry.

    Raises InputError for values beside probabilities, for none that is above 0, and for needs of
    technologies that are all unknown.
    """
    if data.has("value") and data.has("probability"):
        raise InputError(message("value_and_probability"), FOLDER)
    rows, kind = _amounts(data)
    if not rows["amount"].to_numpy().any():
        raise InputError(message("no_uses"), FOLDER)
    technologies = _technologies(data)
    industries = rows["industry"].unique().sort().to_list()
    if not data.has("year"):
        x = grid(rows, technologies, industries, kind)
        return Uses(kind, technologies, industries, x, np.full(len(x), np.nan), 0)
    first, last = (int(rows["year"].sort()[end]) for end in (0, -1))
    span = min(years, last - first + 1)
    late = rows.filter(pl.col("year") > last - span)
    x = grid(late, technologies, industries, kind)
    apart = np.nan
    before = np.full(len(x), np.nan)
    if last - 2 * span >= first - 1:
        earlier = rows.filter(pl.col("year").is_between(last - 2 * span + 1, last - span))
        before = grid(earlier, technologies, industries, kind).sum(axis=1)
        if earlier.height:
            middle, before_it = (
                uses["year"].unique().to_numpy().mean() for uses in (late, earlier)
            )
            apart = float(middle - before_it)
    return Uses(kind, technologies, industries, x, before, span, apart)


def _technologies(data: Data) -> list[str]:
    """All that the table or the needs name."""
    named = set(data.frame["technology"])
    if "needs" in data.tables:
        further = data.tables["needs"].frame
        both = {*further["technology"], *further["needs"]}
        if not both & named:
            raise strangers("needs", both, named)
        named |= both
    return sorted(named)


def strangers(table: str, others: set[str], known: set[str]) -> InputError:
    """The error of a further table that names no technology of the main one."""
    given = message(
        "no_technology_of",
        table=Name(table),
        others=names(sorted(others), 3),
        known=names(sorted(known), 3),
    )
    return InputError(given, FOLDER)


def grid(rows: pl.DataFrame, technologies: list[str], industries: list[str], kind: str) -> Floats:
    """(n, k), sums; of links the probability that there is one in any year."""
    place = {name: at for at, name in enumerate(technologies)}
    across = {name: at for at, name in enumerate(industries)}
    amount = pl.col("amount").max() if kind == "links" else pl.col("amount").sum()
    whole = rows.sort("technology", "industry", "amount")
    whole = whole.group_by("technology", "industry", maintain_order=True).agg(amount)
    x = np.zeros((len(technologies), len(industries)))
    down = whole["technology"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    right = whole["industry"].replace_strict(across, return_dtype=pl.Int64).to_numpy()
    x[down, right] = whole["amount"].to_numpy()
    return x
