"""What a record is made of over the years: the stratum of each document, and how strata move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl

from firstlight.instruments.emergence.technologies.yearly_counts import (
    FEW_COMPARABLE,
    common_weights,
)
from firstlight.instruments.emergence.text.apparent_take_offs import (
    PAIRS,
    Apparent,
    TitleWords,
    apparent_take_offs,
)
from firstlight.instruments.emergence.text.counted import Counted
from firstlight.instruments.emergence.text.strata import (
    Column,
    Kind,
    Movement,
    StrataYears,
    choose_column,
    in_turn,
    label,
    merge,
    movements,
    relabelled,
)

ByYear = Mapping[int, pl.Series]

MOVED = 0.02  # of a year's documents in strata that join or leave, from which it is told
KINDS: tuple[Kind, ...] = ("joins", "leaves")
LANGUAGE_CHANGE = 0.02  # of documents, by which a language's share changes within the horizon
IN_LANGUAGE = " · "
ALL = "all"


@dataclass(frozen=True)
class Mix:
    """The strata of a record.

    column     : what they are
    strata     : (n,) of the documents of `Counted.frame`; crossed with languages that change
    bare       : (n,) the same without languages
    in_turn    : pairs of venues that are held in turn and count as one stratum
    movements  : strata that join or leave in the years that targets of five forecasts compare
    languages  : those whose share changes; the main one is not among them
    comparable : share of the documents of FY-1..FY in strata that FY-h-1..FY-h hold too
    still_there : share of the documents of FY-h-1..FY-h in strata that FY-1..FY hold too
    apparent   : take-offs among single words, without documents of strata that join and leave in
                 between ("joins", "leaves") and of changing languages ("languages")
    """

    column: Column
    strata: pl.Series
    bare: pl.Series
    in_turn: tuple[tuple[str, str], ...]
    movements: tuple[Movement, ...]
    languages: tuple[str, ...]
    comparable: float
    still_there: float
    apparent: Apparent

    @property
    def has_strata(self) -> bool:
        """Whether documents are told apart by more than their language."""
        return self.column not in ("none", "language")


class _Bare(NamedTuple):
    """Strata before languages are told apart; see `Mix`."""

    column: Column
    labels: pl.Series
    in_turn: tuple[tuple[str, str], ...]
    movements: tuple[Movement, ...]


def find_mix(counted: Counted) -> Mix:
    """The strata of a record, decided by documents up to the forecast year.

    Those of later documents follow the same decisions; a venue that is new then has its own.
    """
    year, horizon = counted.forecast_year, counted.horizon
    # From the first of the two years that the earliest of the pooled forecasts compares.
    words = TitleWords.of(counted.past, year - horizon - PAIRS, year)
    bare = _bare_strata(counted, words)
    changing = changing_languages(counted)
    strata = _with_languages(counted, bare.labels) if changing else bare.labels
    left_out: dict[str, ByYear] = {
        kind: _moving(counted, bare, kind) for kind in sorted({one.kind for one in bare.movements})
    }
    if changing:
        left_out["languages"] = _speaking(counted, changing)
    past = strata[: counted.past.height]
    comparable, still_there = _comparable(counted, past)
    return Mix(
        column="language" if changing and bare.column == "none" else bare.column,
        strata=strata,
        bare=bare.labels,
        in_turn=bare.in_turn,
        movements=bare.movements,
        languages=changing,
        comparable=comparable,
        still_there=still_there,
        apparent=apparent_take_offs(words, past, year, horizon, left_out),
    )


def _bare_strata(counted: Counted, words: TitleWords) -> _Bare:
    """The strata of the column that serves; none where all are steady, and few large enough."""
    year, horizon = counted.forecast_year, counted.horizon
    plain = pl.Series("stratum", [ALL]).new_from_index(0, counted.frame.height)
    none = _Bare("none", plain, (), ())
    column = choose_column(counted.past.filter(pl.col("year") >= year - horizon - PAIRS))
    if column == "none":
        return none
    raw = counted.frame[column].rename("stratum")
    past, years = raw[: counted.past.height], counted.past["year"]
    # Nothing can join in the first year of a record.
    earliest = max(year - horizon - PAIRS + 1, counted.years.first + 1)
    cells = StrataYears.of(past.fill_null(""), years)
    likeness = partial(words.likeness, past)
    pairs = in_turn(cells, likeness)
    joint = list(pairs)
    if column == "category":  # a venue is what it is, a category is split or merged with another
        joint += relabelled(cells, movements(cells, earliest, year), likeness)
    labels = label(merge(raw, joint), counted.frame["year"], year)
    known = labels[: counted.past.height]
    moved = movements(StrataYears.of(known, years), earliest, year)
    is_steady = all(moved_share(counted, labels, moved, kind)[0] < MOVED for kind in KINDS)
    if is_steady and min(_comparable(counted, known)) < FEW_COMPARABLE:
        return none
    return _Bare(column, labels, tuple(pairs), tuple(moved))


def _with_languages(counted: Counted, bare: pl.Series) -> pl.Series:
    """Strata crossed with languages, the small ones joined."""
    crossed = counted.frame.select(bare + IN_LANGUAGE + pl.col("language")).to_series()
    return label(crossed, counted.frame["year"], counted.forecast_year).rename("stratum")


def changing_languages(counted: Counted) -> tuple[str, ...]:
    """Languages, the main one aside, whose share changes by 2% of documents within the horizon.

    Periods of two years are compared, ``horizon`` years apart, as take-off compares them.
    """
    since = counted.since
    cells = StrataYears.of(since["language"], since["year"])
    totals = cells.counts.sum(axis=0)
    pooled = cells.counts[:, 1:] + cells.counts[:, :-1]
    shares = pooled / np.maximum(totals[1:] + totals[:-1], 1)
    h = counted.horizon
    if shares.shape[1] <= h:
        return ()
    largest = np.abs(shares[:, h:] - shares[:, :-h]).max(axis=1)
    main = int(cells.counts.sum(axis=1).argmax())
    order = [place for place in np.argsort(-largest, kind="stable") if place != main]
    return tuple(cells.names[place] for place in order if largest[place] >= LANGUAGE_CHANGE)


def _moving(counted: Counted, bare: _Bare, kind: Kind) -> ByYear:
    """By outcome year: documents of strata that join or leave between the two periods compared."""
    past = bare.labels[: counted.past.height]
    return {
        last: past.is_in(_names_between(bare.movements, kind, last - counted.horizon, last))
        for last in _outcome_years(counted)
    }


def _names_between(moved: Iterable[Movement], kind: Kind, first: int, last: int) -> list[str]:
    return sorted({one.name for one in moved if one.kind == kind and first <= one.year <= last})


def _speaking(counted: Counted, changing: tuple[str, ...]) -> ByYear:
    inside = counted.past["language"].is_in(list(changing))
    return dict.fromkeys(_outcome_years(counted), inside)


def _outcome_years(counted: Counted) -> range:
    return range(counted.forecast_year - PAIRS + 1, counted.forecast_year + 1)


def _comparable(counted: Counted, past: pl.Series) -> tuple[float, float]:
    """Share of the documents of FY-1..FY in strata that can be compared with h years earlier, and
    share of the documents then in strata that can be compared with FY-1..FY."""
    cells = StrataYears.of(past, counted.past["year"])
    year, horizon = counted.forecast_year, counted.horizon
    after = cells.of_years(year - 1, year)
    before = cells.of_years(year - horizon - 1, year - horizon)
    in_both = common_weights(before, after, after) > 0
    now, then = (float(own[in_both].sum() / max(own.sum(), 1)) for own in (after, before))
    return now, then


def moved_share(
    counted: Counted, bare: pl.Series, moved: Iterable[Movement], kind: Kind
) -> tuple[float, int]:
    """The largest share of a year's documents in strata that join or leave, and that year.

    Those that join are counted from the year on in which they do, those that leave until then.

    bare : (n,) strata of the documents of `Counted.frame`
    """
    past = pl.DataFrame({"stratum": bare[: counted.past.height], "year": counted.past["year"]})
    rows = [(one.name, one.year) for one in moved if one.kind == kind]
    schema = {"stratum": pl.String, "moved": pl.Int64}
    first_moves = pl.DataFrame(rows, schema=schema, orient="row").sort("stratum", "moved")
    is_there = pl.col("year") >= pl.col("moved")
    inside = past.join(first_moves.unique("stratum", keep="first"), on="stratum")
    inside = inside.filter(is_there if kind == "joins" else ~is_there)
    totals = past.group_by("year").len("total")
    first = counted.forecast_year - counted.horizon - PAIRS
    shares = (
        inside.filter(pl.col("year") >= first)
        .group_by("year")
        .len("documents_count")
        .join(totals, on="year")
        .select("year", share=pl.col("documents_count") / pl.col("total"))
        .sort("share", "year", descending=[True, False])
    )
    if shares.is_empty():
        return 0.0, 0
    return shares["share"][0], shares["year"][0]
