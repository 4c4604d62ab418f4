"""Prices of technology: what contracts of each technology cost, and how prices moved."""

from __future__ import annotations

from typing import Annotated, Any, Final

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import empty_column
from firstlight.instruments.diffusion.contract_prices.price_index import (
    MOST_COLUMNS,
    TimeDummies,
    time_dummies,
)
from firstlight.instruments.diffusion.contract_prices.typical_values import (
    median_interval,
    top_share,
    typical_value,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.result import Result
from firstlight.texts import (
    Count,
    Figure,
    Growth,
    List,
    Message,
    Name,
    Number,
    Share,
    Value,
    Year,
    message,
    names,
)

FEWEST_GROUPS: Final = 20  # technologies from which errors are clustered by them
MIX: Final = ("place", "kind")  # what else is held constant
_F, _S, _I = pl.Float64, pl.String, pl.Int64
TYPICAL: dict[str, Any] = {
    "contracts_count": _I,
    "median_value": _F,
    "median_low": _F,
    "median_high": _F,
    "median_coverage_share": _F,
    "geometric_mean_value": _F,
    "geometric_mean_low": _F,
    "geometric_mean_high": _F,
    "mean_value": _F,
    "top_tenth_share": _F,
    "reason": _S,
}

MOST_NAMED: Final = 5


def technology_prices(
    frame: Any,
    *,
    contract: Annotated[str | None, roles.Key(is_row=True)] = "contract",
    technology: Annotated[str, roles.Key(is_of_file=True)] = "technology",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero", is_filled=True)] = "value",
    contracts: Annotated[str | None, roles.Number("zero")] = "contracts",
    deflator: Annotated[str | None, roles.Number("positive")] = "deflator",
    place: Annotated[str | None, roles.Label()] = "place",
    kind: Annotated[str | None, roles.Label()] = "kind",
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
) -> Result:
    """What a contract of each technology typically costs, and how prices moved at a constant mix.

    Medians have intervals of order statistics, which assume no distribution. The price index is a
    time-dummy regression of logarithms, which holds technology, place and kind constant. Where a
    row stands for several contracts, only means and the index can be told.

    Parameters
    ----------
    frame
        A row for each contract, or for several of one technology and year.
    contract
        Column of the contracts; where there is none, each row is one.
    technology
        Column of the technologies, or of any other category of contracts.
    year
        Column of the years.
    value
        Column with the value of the contract, or of all that the row stands for.
    contracts
        Column with the number of contracts that the row stands for; one where there is none.
    deflator
        Column with the general price level, by which values are divided; they are then in money of
        the last year.
    place
        Column of the places, which the index holds constant.
    kind
        Column of the kinds of contract, such as licence or service, which the index holds constant.
    level
        Probability that an interval holds.

    Returns
    -------
    Result with the tables ``prices`` (technology, contracts_count, median_value with its interval
    and coverage, geometric_mean_value, mean_value, top_tenth_share, reason), ``by_year``, the same
    for each year, and ``price_index`` (year, price_index with its interval, unadjusted_index,
    reason).

    Raises
    ------
    InputError
        Where no contract has a value above 0, or there are too many classes for the index.

    References
    ----------
    Conover 1999, Practical Nonparametric Statistics, section 3.2; de Haan 2004, Review of Income
    and Wealth 50(1), 29-46; Rao 2005, Review of Income and Wealth 51(4), 571-580.

    Examples
    --------
    >>> rows = {"technology": ["a"] * 6, "value": [1.0, 2, 4, 8, 16, 32]}
    >>> technology_prices(pl.DataFrame(rows)).table["median_value"].to_list()
    [6.0]
    """
    data = TECHNOLOGY_PRICES.read(locals())
    known, without = _contracts(data.frame, has_deflator=data.has("deflator"))
    if not known.height:
        raise empty_column("value", "nothing_above_zero")
    is_grouped = bool((known["contracts"] != 1).any())
    prices = _typical(known, ["technology"], level, is_grouped)
    order = "mean_value" if is_grouped else "median_value"
    tables = {"prices": prices.sort(-pl.col(order), "technology")}
    mix = tuple(name for name in MIX if data.has(name))
    index = None
    if data.has("year"):
        tables["by_year"] = _typical(known, ["technology", "year"], level, is_grouped)
        if known["year"].n_unique() > 1:
            index = _index(known, mix, is_grouped)
            tables["price_index"] = _index_table(known, index, level)
    said = said_of(tables, known, level, is_grouped)
    if without:
        said.append(message("without_value", count=Count(without)))
    return Result(
        tables,
        tuple(said),
        TECHNOLOGY_PRICES.texts,
        conventions=_conventions(level, mix, index, is_grouped, data.has("deflator")),
        charts=_charts(tables, order),
        given=data.given,
    )


def _contracts(frame: pl.DataFrame, *, has_deflator: bool) -> tuple[pl.DataFrame, int]:
    """Rows with a value above 0, in money of the last year, and how many have none."""
    known = frame.with_columns(pl.col("value").cast(_F), year=_column(frame, "year", None))
    known = known.with_columns(contracts=_column(frame, "contracts", 1.0).cast(_F).fill_null(1.0))
    if has_deflator:
        last = last_year(known.drop_nulls("deflator"))
        base = last["deflator"].cast(_F).mean()
        known = known.with_columns(pl.col("value") / pl.col("deflator").cast(_F) * base)
    used = known.filter(pl.col("value") > 0, pl.col("contracts") > 0)
    used = used.with_columns(price=pl.col("value") / pl.col("contracts"))
    keys = [name for name in ("technology", "year", *MIX) if name in used.columns]
    return used.sort(*keys, "price", "contracts"), frame.height - used.height


def _column(frame: pl.DataFrame, name: str, otherwise: float | None) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit(otherwise)
    return pl.col(name)


def _typical(known: pl.DataFrame, by: list[str], level: float, is_grouped: bool) -> pl.DataFrame:
    """TYPICAL of each technology, or of each technology and year."""
    rows = []
    for key, own in known.group_by(by, maintain_order=True):
        row: dict[str, Any] = {**dict(zip(by, key, strict=True)), **dict.fromkeys(TYPICAL)}
        row["contracts_count"] = round(own["contracts"].sum())
        if is_grouped:
            mean = float(own["value"].sum()) / float(own["contracts"].sum())
            rows.append({**row, "mean_value": mean, "reason": "grouped"})
            continue
        values = own["value"].to_numpy()
        found = typical_value(values, level)
        row |= {
            "median_value": found.median,
            "median_low": found.median_low,
            "median_high": found.median_high,
            "median_coverage_share": found.coverage,
            "geometric_mean_value": found.geometric_mean,
            "geometric_mean_low": found.geometric_low,
            "geometric_mean_high": found.geometric_high,
            "mean_value": found.mean,
            "top_tenth_share": top_share(values),
        }
        if median_interval(values.size, level) is None:
            row["reason"] = "few_contracts"
        rows.append(row)
    keys = {name: known.schema[name] for name in by}
    return pl.DataFrame(rows, schema={**keys, **TYPICAL}).sort(by)


def _index(known: pl.DataFrame, mix: tuple[str, ...], is_grouped: bool) -> TimeDummies:
    """The time-dummy regression; rows of one technology go together where they are averages."""
    classes = [_classes(known, name) for name in ("technology", *mix)]
    columns = known["year"].n_unique() + sum(int(own.max()) + 1 for own in classes)
    if columns > MOST_COLUMNS:
        values = {"count": Count(columns), "most": Count(MOST_COLUMNS)}
        raise TECHNOLOGY_PRICES.error(message("many_classes", **values))
    logs, weights = np.log(known["price"].to_numpy()), known["contracts"].to_numpy()
    groups = None
    if is_grouped and known["technology"].n_unique() >= FEWEST_GROUPS:
        groups = classes[0]
    return time_dummies(logs, known["year"].to_numpy(), classes, weights, groups)


def _classes(known: pl.DataFrame, name: str) -> Any:
    """The class of each row; rows without a name are one."""
    return known[name].cast(_S).fill_null("").rank("dense").to_numpy().astype(np.int64) - 1


def _index_table(known: pl.DataFrame, found: TimeDummies, level: float) -> pl.DataFrame:
    low, high = found.bounds(level)
    weighted = (pl.col("price").log() * pl.col("contracts")).sum() / pl.col("contracts").sum()
    plain = known.group_by("year").agg(pl.col("contracts").sum(), mean=weighted).sort("year")
    columns = {"price_index": found.logs, "price_index_low": low, "price_index_high": high}
    table = plain.select(
        pl.col("year").cast(_I),
        contracts_count=pl.col("contracts").round().cast(_I),
        unadjusted_index=(pl.col("mean") - pl.col("mean").first()).exp(),
    )
    table = table.with_columns(
        **{name: pl.Series(np.exp(own)).fill_nan(None) for name, own in columns.items()}
    )
    reason = pl.when(pl.col("price_index").is_null()).then(pl.lit("not_linked"))
    first = ("year", *columns, "unadjusted_index", "contracts_count")
    return table.select(*first, reason=reason)


def _conventions(
    level: float,
    mix: tuple[str, ...],
    index: TimeDummies | None,
    is_grouped: bool,
    has_deflator: bool,
) -> tuple[Message, ...]:
    told = [message("deflated" if has_deflator else "current_money")]
    if not is_grouped:
        told += [message("medians", level=Figure(100 * level)), message("surely")]
    if index is not None:
        held = List(tuple(Name(name) for name in mix))
        told.append(message("index_held", held=held) if mix else message("index"))
        errors = "errors_grouped" if index.is_grouped else "errors"
        told += [message(errors, level=Figure(100 * level))]
    return tuple(told)


def _charts(tables: dict[str, pl.DataFrame], order: str) -> tuple[Chart, ...]:
    ends = ("median_low", "median_high") if order == "median_value" else ("", "")
    mark = Mark(order, "points", *ends)
    charts = [Chart("typical", "prices", "", (mark,), line="technology")]
    if "price_index" in tables:
        marks = (
            Mark("price_index", "line", "price_index_low", "price_index_high"),
            Mark("unadjusted_index", "dash"),
        )
        charts.append(Chart("price_index", "price_index", "year", marks))
        charts.append(Chart("by_year", "by_year", "year", (mark,), panel="technology", is_log=True))
    return tuple(charts)


def said_of(
    tables: dict[str, pl.DataFrame], known: pl.DataFrame, level: float, is_grouped: bool
) -> list[Message]:
    """The sentences, the answer first.

    known : technology and value of each contract
    """
    prices = tables["prices"]
    said = _of_medians(prices, known, level)
    if is_grouped:
        said = [_of_means(prices)]
    if "price_index" in tables:
        said += _of_index(tables["price_index"])
    if not is_grouped:
        said += _of_skew(prices)
        thin = prices.filter(reason="few_contracts")
        if thin.height:
            named = names(thin["technology"].sort(), most=MOST_NAMED)
            said.append(message("thin", count=Count(thin.height), technologies=named))
    return said


def are_surely_apart(known: pl.DataFrame, dear: str, cheap: str, level: float) -> bool:
    """Whether the medians of two technologies differ, however the two were picked.

    Their intervals, at a level that holds for all technologies at once (Bonferroni), don't touch.
    """
    ends = []
    every = 1 - (1 - level) / known["technology"].n_unique()
    for name in (dear, cheap):
        values = known.filter(technology=name)["value"].sort()
        found = median_interval(values.len(), every)
        if found is None:
            return False
        ends.append((values[found[0] - 1], values[values.len() - found[0]]))
    return bool(ends[0][0] > ends[1][1])


def _of_means(prices: pl.DataFrame) -> Message:
    """The dearest and the cheapest by the mean, which is all that sums can tell."""
    first, last = prices.row(0, named=True), prices.row(-1, named=True)
    values: dict[str, Value[Any]] = {
        "dearest": Name(first["technology"]),
        "dear": Figure(first["mean_value"]),
    }
    if prices.height == 1:
        return message("mean_one", count=Count(first["contracts_count"]), **values)
    values |= {"cheapest": Name(last["technology"]), "cheap": Figure(last["mean_value"])}
    return message("means", **values)


def _of_medians(prices: pl.DataFrame, known: pl.DataFrame, level: float) -> list[Message]:
    judged = prices.drop_nulls("median_low")
    if not judged.height:
        count = Count(int(prices["contracts_count"].sum()))
        return [message("none_judged", count=count)]
    first, last = judged.row(0, named=True), judged.row(-1, named=True)
    dear: dict[str, Value[Any]] = {"dearest": Name(first["technology"]), **_interval("dear", first)}
    if judged.height == 1:
        return [message("one", count=Count(first["contracts_count"]), **dear)]
    is_apart = are_surely_apart(known, first["technology"], last["technology"], level)
    cheap = {"cheapest": Name(last["technology"]), **_interval("cheap", last)}
    return [message("apart" if is_apart else "alike", **dear, **cheap)]


def _interval(name: str, row: dict[str, Any]) -> dict[str, Value[Any]]:
    return {
        name: Figure(row["median_value"]),
        f"{name}_low": Figure(row["median_low"]),
        f"{name}_high": Figure(row["median_high"]),
    }


def _of_index(index: pl.DataFrame) -> list[Message]:
    """How prices moved from the first year to the last that is linked with it."""
    linked = index.drop_nulls("price_index")
    if linked.height < 2:
        return [message("nothing_linked", first=Year(index["year"][0]))]
    last = linked.row(-1, named=True)
    values: dict[str, Value[Any]] = {
        "first": Year(linked["year"][0]),
        "last": Year(last["year"]),
        "change": Growth(last["price_index"] - 1),
        "plain": Growth(last["unadjusted_index"] - 1),
    }
    if last["price_index_low"] is None:
        return [message("moved_no_error", **values)]
    low, high = last["price_index_low"], last["price_index_high"]
    code = "no_change"
    if low > 1:
        code = "rose"
    elif high < 1:
        code = "fell"
    return [message(code, low=Growth(low - 1), high=Growth(high - 1), **values)]


def _of_skew(prices: pl.DataFrame) -> list[Message]:
    """The technology with most contracts: what its dearest tenth holds, and its mean."""
    told = prices.drop_nulls("top_tenth_share").sort(-pl.col("contracts_count"), "technology")
    if not told.height:
        return []
    row = told.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "technology": Name(row["technology"]),
        "share": Share(row["top_tenth_share"]),
    }
    ratio = Number(row["mean_value"] / row["median_value"], digits=1)
    return [message("skew", count=Count(row["contracts_count"]), ratio=ratio, **values)]


TECHNOLOGY_PRICES = Measurement(
    technology_prices,
    citation="Conover 1999, Practical Nonparametric Statistics, section 3.2; de Haan 2004, Review "
    "of Income and Wealth 50(1), 29-46; Rao 2005, Review of Income and Wealth 51(4), 571-580",
    sample=Sample({}),
    brief=(
        "technology",
        "contracts_count",
        "median_value",
        "median_low",
        "median_high",
        "mean_value",
        "top_tenth_share",
        "reason",
    ),
)
