"""What activity, structure and intensities added to the change of an aggregate, such as
emissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.divisia_index.logarithmic_mean import (
    lmdi_effects,
    lmdi_ratios,
)
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    Growth,
    List,
    Message,
    Name,
    Phrase,
    Value,
    Year,
    message,
)

Floats = NDArray[np.float64]
DIGITS = 10


def index_decomposition(
    frame: Any,
    chain: Annotated[Sequence[str], roles.Columns(2, roles.Number("zero"))],
    *,
    sector: Annotated[str, roles.Key()] = "sector",
    year: Annotated[str, roles.Year()] = "year",
) -> Result:
    """What activity, its structure and each intensity added to the change of an aggregate over the
    years (LMDI-I), as sums and as ratios.

    Of the columns Q, E, C: C = sum of Q (Q_i / Q) (E_i / Q_i) (C_i / E_i) over the sectors.

    Parameters
    ----------
    frame
        A row for each sector and year.
    chain
        Columns, from the activity (such as output) over what it needs (such as energy) to the
        aggregate (such as emissions).
    sector
        Column of the sectors.
    year
        Column of the years.

    Returns
    -------
    Result with the tables ``factors`` (factor, kind, start_year, end_year, effect, effect_share,
    ratio) from the first year to the last, ``sectors`` (sector, factor, kind, start_year, end_year,
    effect) and ``steps`` (year, factor, kind, effect, ratio, sum_of_effects), from each year to the
    next.

    Raises
    ------
    InputError
        For fewer than two years, sectors that lack a year or a number, and a column that is above 0
        where the one before it is 0.

    References
    ----------
    Ang 2005, Energy Policy 33(7), 867-871; Ang and Liu 2001, Energy 26(6), 537-548.

    Examples
    --------
    >>> import polars as pl
    >>> plants = pl.DataFrame(
    ...     {
    ...         "sector": ["a", "b", "a", "b"],
    ...         "year": [2000, 2000, 2010, 2010],
    ...         "output": [10, 40, 40, 40],
    ...         "energy": [30, 20, 80, 16],
    ...     }
    ... )
    >>> found = index_decomposition(plants, ["output", "energy"])
    >>> found.table.select("factor", pl.col("effect").round(2)).rows()
    [('output ÷ Σ output', 38.28), ('Σ output', 32.38), ('energy ÷ output', -24.67)]
    """
    data = INDEX_DECOMPOSITION.read(locals())
    columns = data.several["chain"].columns
    sectors, years, cube = _cube(data.frame, data.several["chain"])
    _refuse_gaps(cube, columns, sectors, years)
    factors = _factors_of(columns)
    shares = _factors(cube)
    ends = cube[0, :, -1].sum(), cube[-1, :, -1].sum()
    whole = lmdi_effects(shares[0], shares[-1])
    span = {"start_year": years[0], "end_year": years[-1]}
    totals = _totals(factors, whole, lmdi_ratios(shares[0], shares[-1]), float(ends[0]), span)
    by_sector = _by_sector(sectors, factors, whole, span)
    return Result(
        {"factors": totals, "sectors": by_sector, "steps": _steps(years, factors, shares)},
        tuple(_answer(totals, by_sector, columns[-1], ends, years)),
        INDEX_DECOMPOSITION.texts,
        conventions=(message("leaves_nothing"), message("zeros"), message("not_chained")),
        charts=(
            Chart("by_factor", "factors", "", (Mark("effect", "bars"),), line="factor"),
            Chart("over_time", "steps", "year", (Mark("sum_of_effects"),), line="factor"),
        ),
        given=data.given,
    )


def _cube(frame: pl.DataFrame, chain: pl.DataFrame) -> tuple[list[str], list[int], Floats]:
    """Sectors, years, and (years, sectors, columns); nan where there is no number."""
    sectors = frame["sector"].unique().sort().to_list()
    years = frame["year"].unique().sort().to_list()
    if len(years) < 2:
        raise INDEX_DECOMPOSITION.error(message("one_year", count=Count(len(years))))
    cube = np.full((len(years), len(sectors), chain.width), np.nan)
    t, i = (
        frame.select(
            pl.col("year").replace_strict(years, list(range(len(years)))).alias("t"),
            pl.col("sector").replace_strict(sectors, list(range(len(sectors)))).alias("i"),
        )
        .to_numpy()
        .T
    )
    cube[t, i] = chain.to_numpy()
    return sectors, years, cube


def _refuse_gaps(
    cube: Floats, columns: Sequence[str], sectors: Sequence[str], years: Sequence[int]
) -> None:
    """Raise InputError for a number that is not there, an activity that is nothing in a year, and
    what comes of nothing."""

    def at(place: NDArray[np.intp]) -> dict[str, Value[Any]]:
        t, i, k = (int(each) for each in place)
        return {
            "sector": Name(sectors[i]),
            "year": Year(years[t]),
            "column": Name(columns[k]),
            "before": Name(columns[max(k - 1, 0)]),
        }

    missing = np.argwhere(np.isnan(cube))
    if len(missing):
        raise INDEX_DECOMPOSITION.error(
            message("incomplete", count=Count(len(missing)), **at(missing[0]))
        )
    idle = np.flatnonzero(cube[:, :, 0].sum(axis=1) == 0)
    if len(idle):
        year = Year(years[int(idle[0])])
        raise INDEX_DECOMPOSITION.error(message("no_activity", year=year, column=Name(columns[0])))
    of_nothing = np.argwhere((cube[:, :, 1:] > 0) & (cube[:, :, :-1] == 0))
    if len(of_nothing):
        place = of_nothing[0] + [0, 0, 1]
        raise INDEX_DECOMPOSITION.error(message("out_of_nothing", **at(place)))


def _factors_of(columns: Sequence[str]) -> pl.DataFrame:
    """Names of the factors, alike in all languages, and what kind each is."""
    first = columns[0]
    over = [f"{one} ÷ {before}" for before, one in pairwise(columns)]
    names = [f"Σ {first}", f"{first} ÷ Σ {first}", *over]
    kinds = ["activity", "structure", *("intensity" for _ in over)]
    return pl.DataFrame({"factor": names, "kind": kinds})


def _factors(cube: Floats) -> Floats:
    """(years, sectors, factors): all activity, shares of it, and each column over the one before.

    A ratio of nothing to nothing is 1: what is left of the sector is 0 all the same.
    """
    total = cube[:, :, 0].sum(axis=1, keepdims=True)
    ratios = np.divide(
        cube[:, :, 1:], cube[:, :, :-1], out=np.ones_like(cube[:, :, 1:]), where=cube[:, :, :-1] > 0
    )
    every = np.broadcast_to(total, cube.shape[:2])[:, :, None]
    return np.concatenate([every, (cube[:, :, 0] / total)[:, :, None], ratios], axis=2)


def _totals(
    factors: pl.DataFrame, effects: Floats, ratios: Floats, start: float, span: Mapping[str, int]
) -> pl.DataFrame:
    added = effects.sum(axis=0)
    share = added / start if start else np.full(len(added), np.nan)
    frame = factors.with_columns(
        *(pl.lit(at, pl.Int32).alias(name) for name, at in span.items()),
        effect=pl.Series(added),
        effect_share=pl.Series(share),
        ratio=pl.Series(ratios),
    )
    return best_first(frame.with_columns(pl.selectors.float().fill_nan(None)), "effect")


def _by_sector(
    sectors: Sequence[str], factors: pl.DataFrame, effects: Floats, span: Mapping[str, int]
) -> pl.DataFrame:
    each = pl.DataFrame({"sector": sectors}).join(factors, how="cross", maintain_order="left_right")
    spans = (pl.lit(at, pl.Int32).alias(name) for name, at in span.items())
    frame = each.with_columns(*spans, effect=pl.Series(effects.ravel()))
    return best_first(frame, "effect")


def _steps(years: Sequence[int], factors: pl.DataFrame, shares: Floats) -> pl.DataFrame:
    """From each year to the next, and summed up since the first."""
    parts = list[pl.DataFrame]()
    summed = np.zeros(factors.height)
    for t in range(1, len(years)):
        added = lmdi_effects(shares[t - 1], shares[t]).sum(axis=0)
        summed = summed + added
        ordered = factors.with_columns(
            effect=pl.Series(added),
            ratio=pl.Series(lmdi_ratios(shares[t - 1], shares[t])),
            sum_of_effects=pl.Series(summed),
        )
        parts.append(ordered.select(pl.lit(years[t], pl.Int32).alias("year"), pl.all()))
    return pl.concat(parts).with_columns(pl.selectors.float().fill_nan(None))


def _answer(
    totals: pl.DataFrame,
    by_sector: pl.DataFrame,
    aggregate: str,
    ends: tuple[float, float],
    years: Sequence[int],
) -> list[Message]:
    """How the aggregate changed and by what; which sector and factor added most, and took most."""
    of = Name(aggregate)
    start = Year(years[0])
    end = Year(years[-1])
    if ends[0] > 0:
        parts = [
            Phrase(
                message(
                    "phrases.part",
                    kind=Code(f"codes.kind.{row['kind']}"),
                    factor=Name(row["factor"]),
                    growth=Growth(row["effect_share"], 1),
                )
            )
            for row in totals.iter_rows(named=True)
        ]
        growth = Growth(ends[1] / ends[0] - 1, 1)
        items = List(tuple(parts), most=len(parts))
        said = [message("changed", of=of, start=start, end=end, growth=growth, parts=items)]
    else:
        said = [message("no_start", of=of, start=start)]
    # all sectors share activity: it says nothing of one of them
    inner = by_sector.filter(pl.col("kind") != "activity")
    most = inner.row(0, named=True)
    least = inner.row(-1, named=True)
    if most["effect"] > 0 > least["effect"]:
        up = {"sector": Name(most["sector"]), "factor": Name(most["factor"])}
        down = {"other": Name(least["sector"]), "other_factor": Name(least["factor"])}
        said.append(message("moved", **up, **down))
    return said


INDEX_DECOMPOSITION = Measurement(
    index_decomposition,
    citation="Ang 2005, Energy Policy 33(7), 867-871",
    sample=Sample({"chain": ["output", "energy", "co2"]}),
)
