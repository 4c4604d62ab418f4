"""Local bias: how much more places deal with themselves than their sizes suggest, from a table of
flows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.places.home_bias.bias_bounds import MEASURES, local_bias_bounds
from firstlight.instruments.places.home_bias.bias_measures import freeness_of_trade, local_bias_of
from firstlight.instruments.places.secret_flows import (
    ENDLESS,
    FlowColumns,
    SecretFlows,
    check_secret,
    secret_flows,
    secret_said,
)
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import Count, List, Message, Name, Number, Phrase, Share, Year, message, names

Floats = NDArray[np.float64]
YEARLY = {"year": pl.Int32}
PAIR = {"place": pl.String, "other_place": pl.String}
BOUNDS = (
    "home_share_least",
    "home_share_most",
    "expected_share_least",
    "expected_share_most",
    "local_bias_ratio_least",
    "local_bias_ratio_most",
    "local_bias_index_least",
    "local_bias_index_most",
)
FREENESS = ("freeness_ratio_least", "freeness_ratio_most")
HOME = ("home_share_least", "home_share_most")


def local_bias(
    frame: Any,
    *,
    secret_most: Annotated[float | None, roles.Bounds(0)] = None,
    flows_total: Annotated[float | None, roles.Bounds(0)] = None,
    secret_least: Annotated[float, roles.Bounds(0)] = 0.0,
    empty: Literal["missing", "secret"] = "missing",
    **columns: Unpack[FlowColumns],
) -> Result:
    """Home shares beside what sizes suggest, and how easy the trade of each pair of places is.

    A place's home share is the part of what it receives that it sends itself. By its size it would
    be the place's share of all that is sent.

    Parameters
    ----------
    frame
        A row for each origin and destination, and year; home flows are among them.
    secret_most
        The largest flow that a cell marked S, * and the like can hide.
    flows_total
        The published sum of all flows of the year, secret ones included.
    secret_least
        The smallest flow that such a cell can hide.
    empty
        Whether a row without a flow is missing or secret.
    **columns
        Columns of the table: `FlowColumns`.

    Returns
    -------
    Result with the tables ``local_bias`` (place, year, home_share, expected_share, local_bias_ratio
    = one over the other, local_bias_index = 1 where nothing comes from elsewhere, 0 as sizes
    suggest, reason), the last year and the strongest first, ``freeness`` (place, other_place, year,
    freeness_ratio = 0 closed, 1 as easy between as within, reason) and ``bias_by_year``. A year in
    which a flow is missing has no figures, as every total needs it. Where flows are secret,
    ``bias_bounds``, ``freeness_bounds`` and ``home_bounds`` hold the least and the most over all
    that they can be.

    Raises
    ------
    InputError
        For ends of secret flows that contradict each other, and a total below the known flows.

    Notes
    -----
    What is called home bias given distance (Wei 1996) is the measurement border, with a column of
    distances.

    References
    ----------
    Anderson and Yotov 2010, American Economic Review 100(5), 2157-2186; Head and Ries 2001,
    American Economic Review 91(4), 858-876.

    Examples
    --------
    >>> import polars as pl
    >>> ends = {"origin": ["a", "a", "b", "b"], "destination": ["a", "b", "a", "b"]}
    >>> found = local_bias(pl.DataFrame({**ends, "flow": [8.0, 2, 2, 8]}))
    >>> found.table["local_bias_ratio"].to_list()
    [1.6, 1.6]
    """
    arguments = locals()
    data = LOCAL_BIAS.read(arguments)
    rows = data.frame.sort("year", "origin", "destination")
    secret = secret_flows(rows, arguments)
    grids = list(_grids(rows if secret is None else secret.rows))
    bias, freeness, by_year = _bias(grids), _freeness(grids), _by_year(grids)
    bounds = _bounds(grids) if secret is not None and secret.has_ends else {}
    is_known = bias["local_bias_index"].count() > 0
    tables = {"local_bias": bias, **bounds, "freeness": freeness, "bias_by_year": by_year}
    if bounds and not is_known:  # a range is all there is
        tables = {**bounds, **tables}
    if secret is not None:
        tables["secret_flows"] = secret.table()
    answer = [*_answer(bias, by_year), *_range(grids, bounds)]
    if not data.has("year"):
        tables = {name: table.drop("year", strict=False) for name, table in tables.items()}
    return Result(
        tables,
        (*(answer or _nothing(grids)), *secret_said(secret), *_gaps(grids)),
        LOCAL_BIAS.texts,
        conventions=_conventions(secret),
        charts=_charts(tables["local_bias"]) if is_known else (),
        given=data.given,
    )


class Grid(NamedTuple):
    """The flows of one year, (n, n) from rows to columns, nan where unknown; the least and the most
    that each can be."""

    year: int | None
    places: list[str]
    flow: Floats
    least: Floats
    most: Floats

    @property
    def gaps(self) -> NDArray[np.intp]:
        """(k, 2), the flows that are missing, and not just secret."""
        return np.argwhere(np.isnan(self.most))

    @property
    def reason(self) -> str | None:
        """Why a year has no figures."""
        if self.gaps.size:
            return "flow_missing"
        if np.isnan(self.flow).any():
            return "flow_secret"
        return None

    @property
    def is_range(self) -> bool:
        """Whether each flow is known or lies between two ends."""
        return bool(np.isfinite(self.most).all())


def _grids(rows: pl.DataFrame) -> Iterator[Grid]:
    if "least" not in rows.columns:
        rows = rows.with_columns(least="flow", most="flow")
    for (year,), own in rows.group_by("year", maintain_order=True):
        places = sorted({*own["origin"], *own["destination"]})
        at = {place: k for k, place in enumerate(places)}
        one, other = ([at[place] for place in own[end]] for end in ("origin", "destination"))
        flows = np.full((3, len(places), len(places)), np.nan)
        for k, column in enumerate(("flow", "least", "most")):
            flows[k, one, other] = own[column].fill_null(np.nan).to_numpy()
        yield Grid(year, places, *flows)


def _bias(grids: Sequence[Grid]) -> pl.DataFrame:
    """The main table, the last year and the strongest bias first."""
    parts = []
    for grid in grids:
        found: Sequence[Floats] = [np.full(len(grid.places), np.nan)] * len(MEASURES)
        if not grid.reason:
            found = local_bias_of(grid.flow)
        columns = dict(zip(MEASURES, found, strict=True))
        years = pl.lit(grid.year, YEARLY["year"])
        part = pl.DataFrame({"place": grid.places, **columns}).with_columns(year=years)
        parts.append(_with_reason(part, "local_bias_index", grid.reason or "idle"))
    order = ["year", "local_bias_index", "place"]
    table = pl.concat(parts).select("place", "year", *MEASURES, "reason")
    return table.sort(order, descending=[True, True, False], nulls_last=True)


def _freeness(grids: Sequence[Grid]) -> pl.DataFrame:
    """A row for each pair, the last year and the freest trade first."""
    parts = []
    for grid in grids:
        first, second = np.triu_indices(len(grid.places), 1)
        ratio = np.full(first.size, np.nan)
        if not grid.reason:
            ratio = freeness_of_trade(grid.flow)[first, second]
        pairs = [(grid.places[i], grid.places[j]) for i, j in zip(first, second, strict=True)]
        part = pl.DataFrame(pairs, schema=PAIR, orient="row").with_columns(
            year=pl.lit(grid.year, YEARLY["year"]), freeness_ratio=pl.Series(ratio)
        )
        parts.append(_with_reason(part, "freeness_ratio", grid.reason or "home_is_zero"))
    order = ["year", "freeness_ratio", "place", "other_place"]
    return pl.concat(parts).sort(order, descending=[True, True, False, False], nulls_last=True)


def _with_reason(table: pl.DataFrame, value: str, code: str) -> pl.DataFrame:
    table = table.with_columns(pl.selectors.float().fill_nan(None))
    return table.with_columns(reason=pl.when(pl.col(value).is_null()).then(pl.lit(code)))


def _by_year(grids: Sequence[Grid]) -> pl.DataFrame:
    """All home flows over those that sizes suggest, and their share of all flows."""
    rows = []
    for grid in grids:
        whole = grid.flow.sum()
        ratio = home = None
        if whole > 0:
            share = grid.flow / whole
            home = float(np.trace(share))
            ratio = home / float(share.sum(axis=1) @ share.sum(axis=0))
        rows.append((grid.year, ratio, home))
    schema = {**YEARLY, "local_bias_ratio": pl.Float64, "home_share": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _bounds(grids: Sequence[Grid]) -> dict[str, pl.DataFrame]:
    """The least and the most of each figure, in years whose flows are all known or have ends."""
    places, pairs, homes = list[Any](), list[Any](), list[Any]()
    for grid in grids:
        if not grid.is_range:
            continue
        found = local_bias_bounds(grid.least, grid.most)
        for k, place in enumerate(grid.places):
            ends = [end for name in MEASURES for end in found.places[name][k].tolist()]
            places.append((grid.year, place, *ends))
        for i, j in zip(*np.triu_indices(len(grid.places), 1), strict=True):
            names_of = grid.places[i], grid.places[j]
            pairs.append((grid.year, *names_of, *found.freeness[i, j].tolist()))
        homes.append((grid.year, *found.home.tolist()))
    if not homes:
        return {}
    place_schema = {**YEARLY, "place": pl.String, **dict.fromkeys(BOUNDS, pl.Float64)}
    pair_schema = {**YEARLY, **PAIR, **dict.fromkeys(FREENESS, pl.Float64)}
    home_schema = {**YEARLY, **dict.fromkeys(HOME, pl.Float64)}
    home = pl.DataFrame(homes, schema=home_schema, orient="row")
    return {
        "bias_bounds": _with_bounds(places, place_schema, "may_be_idle"),
        "freeness_bounds": _with_bounds(pairs, pair_schema, "home_may_be_zero"),
        "home_bounds": home.with_columns(pl.selectors.float().fill_nan(None)),
    }


def _with_bounds(rows: list[Any], schema: dict[str, Any], code: str) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=schema, orient="row")
    table = table.with_columns(pl.selectors.float().fill_nan(None))
    lacks = pl.any_horizontal(pl.selectors.float().is_null())
    return table.with_columns(reason=pl.when(lacks).then(pl.lit(code)))


def _answer(bias: pl.DataFrame, by_year: pl.DataFrame) -> list[Message]:
    """How much stays at home in the last year that is known, and where most of all."""
    known = by_year.drop_nulls("local_bias_ratio")
    if not known.height:
        return []
    last = known.row(-1, named=True)
    values = {"ratio": Number(last["local_bias_ratio"]), "share": Share(last["home_share"])}
    if last["year"] is None:
        said = [message("bias", **values)]
    else:
        said = [message("bias_in", year=Year(last["year"]), **values)]
    rows = bias.filter(pl.col("year").eq_missing(last["year"])).drop_nulls("local_bias_index")
    if rows.height:
        said.append(message("strongest", places=names(rows["place"].head(3))))
    return said


def _range(grids: Sequence[Grid], bounds: dict[str, pl.DataFrame]) -> list[Message]:
    """Between which shares the flows that stay at home lie, in the last year with secret flows."""
    years = [grid.year for grid in grids if grid.reason == "flow_secret" and grid.is_range]
    if not years:
        return []
    home = bounds["home_bounds"].filter(pl.col("year").eq_missing(years[-1])).drop_nulls(HOME)
    said = []
    for year, low, high in home.rows():
        ends = {"low": Share(low, digits=1), "high": Share(high, digits=1)}
        if year is None:
            said.append(message("range", **ends))
        else:
            said.append(message("range_in", year=Year(year), **ends))
    return said


def _nothing(grids: Sequence[Grid]) -> list[Message]:
    if any(grid.reason for grid in grids):
        return [message("unknown")]
    return [message("nothing")]


def _gaps(grids: Sequence[Grid]) -> list[Message]:
    """Which flows are missing, the first of each year."""
    count, flows = 0, list[Phrase]()
    for grid in grids:
        if not grid.gaps.size:
            continue
        count += len(grid.gaps)
        one, other = (Name(grid.places[k]) for k in grid.gaps[0])
        if grid.year is None:
            flows.append(Phrase(message("phrases.flow", origin=one, destination=other)))
        else:
            when = Year(grid.year)
            flows.append(
                Phrase(message("phrases.flow_in", origin=one, destination=other, year=when))
            )
    if not flows:
        return []
    return [message("missing", count=Count(count), flows=List(tuple(flows)))]


def _conventions(secret: SecretFlows | None) -> tuple[Message, ...]:
    shared = ("home_share", "expected_share", "freeness", "whole_years")
    said = [message(code) for code in shared]
    if secret is not None:
        said.append(message("secret_ranges") if secret.has_ends else ENDLESS)
    return tuple(said)


def _charts(bias: pl.DataFrame) -> tuple[Chart, ...]:
    index = "local_bias_index"
    by_rank = Chart("by_rank", "local_bias", "", (Mark(index, "points"),), line="place")
    by_year = Chart("bias", "local_bias", "year", (Mark(index),), panel="place")
    return by_rank_and_year(bias, by_rank, by_year)


LOCAL_BIAS = Measurement(
    local_bias,
    citation="Anderson and Yotov 2010, American Economic Review 100(5); "
    "Head and Ries 2001, American Economic Review 91(4)",
    sample=Sample(),
    check=check_secret,
    brief=(
        "place",
        "year",
        "local_bias_index",
        "local_bias_ratio",
        "local_bias_ratio_least",
        "local_bias_ratio_most",
        "home_share",
        "home_share_least",
        "home_share_most",
        "expected_share",
    ),
    may_sum=True,
)
