"""How much digital input each industry and each final use embodies, under a stated definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.chains.ranked_rows import best_first, of_year
from firstlight.instruments.chains.yearly_tables import TableColumns, read_tables
from firstlight.instruments.concordance.industry_definitions.definition_codes import (
    CODES,
    wanted_codes,
)
from firstlight.instruments.concordance.industry_definitions.definition_files import (
    Definition,
    read_definition,
)
from firstlight.joins.embodied_digital_inputs.digital_sectors import Bounds, digital_sectors
from firstlight.joins.sector_codes import codes_by_name, sector_codes
from firstlight.joins.table_notes import table_notes
from firstlight.joins.table_requirements import Requirements, requirements_of
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Remark,
    Share,
    Value,
    Year,
    message,
    names,
)

Floats = NDArray[np.float64]
SECTORS = roles.Table(
    {
        "sector": roles.Key(),
        "code": roles.Key(),
        "share": roles.Number("zero", is_share=True),
    },
    may_lack=("share",),
)
DIRECT = ("direct_share", "direct_low_share", "direct_high_share")
CONTENT = ("content_share", "content_low_share", "content_high_share")
DIGITAL = 0.5  # of a sector, from which it is one of the digital industries itself
TINY = 1e-9  # of all final demand, below which what is left over is rounding
SEEN_APART = 0.0005  # by which ends differ where shares are written with one decimal
FOLLOWERS = 3
POINTS = 100.0


def digital_content(
    frame: Any,
    *,
    definition: Literal["ict_sector", "digital_economy_china"] = "ict_sector",
    sectors: Annotated[Any, SECTORS] = None,
    codes: Annotated[Any, CODES] = None,
    **columns: Unpack[TableColumns],
) -> Result:
    """Digital inputs of each industry, bought directly and embodied in all stages, with their ends.

    The digital content of a unit of final output is the value added of digital industries in it,
    and the digital goods that were imported for it at any stage.

    Parameters
    ----------
    frame
        A square table, sectors in rows and columns, with columns of final uses and rows of value
        added; or a row for each cell.
    definition
        What counts as digital: the OECD's information and communication technology sector (ISIC
        Rev. 4), or the core industries of China's digital economy (GB/T 4754-2017).
    sectors
        Which codes of the definition's classification a sector of the table holds, and which share
        of the sector each makes up, if known; needed where sectors don't go by such codes.
    codes
        Codes of your own, in the place of the definition's: status is verified or doubtful, shares
        say which part of a code belongs.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the tables ``industries`` (those that are not digital themselves: rank, sector,
    year, direct_share of output with its ends and direct_imported_share, input_share of all inputs,
    total_inputs, content_share of a unit of final output with its ends and imported_content_share),
    ``digital_industries`` (the same of those that are), ``final_uses`` (what final users buy, with
    its digital content), ``changes`` (first to last year), ``digital_sectors`` (how much of each
    sector is digital) and ``doubts`` (what hangs on each sector in doubt).

    Raises
    ------
    InputError
        For a table that is not square or can't meet its final demand, a sector whose shares add up
        to more than 1, and where no sector has a code of the definition, or the codes only number
        the sectors.

    Notes
    -----
    All content is linear in the digital shares of sectors, so that its ends are exact: doubtful
    codes not at all, and doubtful codes wholly.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, chapter 2; Hummels, Ishii and Yi
    2001, Journal of International Economics 54(1), 75-96.

    Examples
    --------
    >>> cells = pl.DataFrame({
    ...     "supplier": ["62", "62", "62", "45", "45", "45", "value added", "value added"],
    ...     "user": ["62", "45", "final demand"] * 2 + ["62", "45"],
    ...     "value": [0.0, 20, 80, 0, 0, 100, 100, 80]})
    >>> digital_content(cells).table.select("sector", "direct_share", "content_share").rows()
    [('45', 0.2, 0.2)]
    """
    data = DIGITAL_CONTENT.read(locals())
    declared = read_definition(definition)
    wanted = wanted_codes(data.tables, declared)
    tables = read_tables(data)
    known = codes_by_name(data)
    years = {
        at: _Year(requirements_of(table), _memberships(table.sectors, known, data, wanted))
        for at, table in tables.items()
    }
    parts = {
        name: pl.concat([of_year(make(each), at) for at, each in reversed(years.items())])
        for name, make in TABLES.items()
    }
    every = parts["industries"]
    industries, digital = _apart(best_first(every, f"{_measured(every)}_share"))
    last = list(years)[-1]
    changes = _changes(industries)
    result = {
        "industries": industries,
        "final_uses": parts["final_uses"],
        "changes": changes,
        "doubts": best_first(parts["doubts"], "width_share"),
        "digital_industries": digital,
        "digital_sectors": parts["digital_sectors"],
    }
    return Result(
        {name: each for name, each in result.items() if each.height or name == "industries"},
        (
            *_answer(industries, last),
            *_of_final_uses(parts["final_uses"], last),
            *_doubt(result["doubts"], last),
            *_gains(changes),
            *_left_out(years[last], "sectors" in data.tables),
            *table_notes(tables[last], years[last].flows.beyond),
        ),
        DIGITAL_CONTENT.texts,
        conventions=_conventions(declared, data, years[last].flows),
        charts=_charts(industries),
        given=data.given,
    )


@dataclass(frozen=True)
class _Year:
    """The flows of one year's table, and how digital its sectors are."""

    flows: Requirements
    digital: pl.DataFrame

    @property
    def shares(self) -> Bounds:
        """Digital shares of the sectors."""
        columns = ("stated_share", "least_share", "most_share")
        return Bounds(*(self.digital[name].to_numpy() for name in columns))


def _memberships(
    sectors: tuple[str, ...], known: Mapping[str, str], data: Data, wanted: pl.DataFrame
) -> pl.DataFrame:
    coded = sector_codes(sectors, known, data.tables, "codes")
    found = digital_sectors(sectors, coded, wanted)
    if not (found["most_share"] > 0).any():
        lists = {
            "codes": names(coded["code"].unique().sort(), 3),
            "known": names(wanted["code"], 3),
        }
        raise DIGITAL_CONTENT.error(message("nothing_digital", **lists))
    return found


def _industry_rows(year: _Year) -> pl.DataFrame:
    """The figures of each sector."""
    flows, shares = year.flows, year.shares
    direct = shares.through(flows.direct_all)
    inputs = flows.direct_all.sum(axis=0)
    of_inputs = np.divide(direct.stated, inputs, out=np.full(len(inputs), np.nan), where=inputs > 0)
    columns: dict[str, Any] = {
        "sector": flows.table.sectors,
        "digital_share": shares.stated,
        **_ends(DIRECT, direct),
        "direct_imported_share": _part(shares, flows.direct_imported),
        "input_share": of_inputs,
        "total_inputs": shares.stated @ flows.total,
        **_ends(CONTENT, None if flows.content_all is None else shares.through(flows.content_all)),
        "imported_content_share": _part(shares, flows.content_imported),
        "output": flows.table.output,
    }
    frame = pl.DataFrame(
        {"sector": columns.pop("sector")}
        | {
            name: pl.Series(own, dtype=pl.Float64, nan_to_null=True)
            for name, own in columns.items()
            if own is not None
        }
    )
    lost = [name for name, own in columns.items() if own is None]
    frame = frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in lost)
    is_made = pl.col("output") != 0
    measured = [name for name in columns if name not in ("digital_share", "output")]
    frame = frame.with_columns(pl.when(is_made).then(pl.col(name)) for name in measured)
    reason = (
        pl.when(~is_made)
        .then(pl.lit("no_output"))
        .when(pl.col("content_share").is_null())
        .then(pl.lit("no_value_added"))
        .when(pl.col("direct_imported_share").is_null())
        .then(pl.lit("imports_unknown"))
        .when(pl.col("input_share").is_null())
        .then(pl.lit("no_inputs"))
    )
    return frame.select("sector", *columns, reason=reason)


def _ends(columns: tuple[str, str, str], bounds: Bounds | None) -> dict[str, Floats | None]:
    if bounds is None:
        return dict.fromkeys(columns)
    return dict(zip(columns, (bounds.stated, bounds.least, bounds.most), strict=True))


def _part(shares: Bounds, weights: Floats | None) -> Floats | None:
    return None if weights is None else np.asarray(shares.stated @ weights)


def _use_rows(year: _Year) -> pl.DataFrame:
    """What each final use buys at home, and its digital content; ``all`` is the sum."""
    flows, shares = year.flows, year.shares
    table = flows.table
    bought = dict(table.uses)
    rest = table.final_demand - np.sum([np.zeros(len(table.sectors)), *bought.values()], axis=0)
    if np.abs(rest).sum() > TINY * np.abs(table.final_demand).sum():
        bought["rest"] = rest
    rows = []
    for use, amount in [*sorted(bought.items()), ("all", table.final_demand)]:
        total = float(amount.sum())
        ends: list[float | None] = [None] * 4
        if total > 0 and flows.content_all is not None:
            whole = shares.through((flows.content_all @ amount)[:, None])
            ends = [float(each[0]) / total for each in (whole.stated, whole.least, whole.most)]
            part = flows.content_imported
            ends.append(None if part is None else float(shares.stated @ part @ amount) / total)
        rows.append((use, total, *ends))
    schema = {
        "use": pl.String,
        "amount": pl.Float64,
        "content_share": pl.Float64,
        "content_low_share": pl.Float64,
        "content_high_share": pl.Float64,
        "imported_content_share": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _doubt_rows(year: _Year) -> pl.DataFrame:
    """What of the digital content of all final demand hangs on each sector in doubt."""
    flows, table = year.flows, year.flows.table
    in_doubt = year.digital.with_row_index("at").filter("is_doubtful")
    width = (in_doubt["most_share"] - in_doubt["least_share"]).to_numpy()
    total = float(table.final_demand.sum())
    held: list[float | None] = [None] * in_doubt.height
    if flows.content_all is not None and total > 0:
        own = (flows.content_all @ table.final_demand)[in_doubt["at"].to_numpy()]
        held = (width * own / total).tolist()
    return in_doubt.select(
        "sector",
        "codes",
        "least_share",
        "most_share",
        width_share=pl.Series(held, dtype=pl.Float64),
    )


def _sector_rows(year: _Year) -> pl.DataFrame:
    return year.digital.clone()


TABLES: Mapping[str, Callable[[_Year], pl.DataFrame]] = {
    "industries": _industry_rows,
    "final_uses": _use_rows,
    "doubts": _doubt_rows,
    "digital_sectors": _sector_rows,
}


def _apart(both: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The industries that are not digital themselves, with their ranks, and those that are."""
    is_digital = pl.col("digital_share") >= DIGITAL
    year = [name for name in ("year",) if name in both.columns]
    users = both.filter(~is_digital)
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    ranked = users.with_columns(rank=pl.when(pl.col("output") != 0).then(rank.over(year or 1)))
    return ranked.select("rank", pl.exclude("rank")), both.filter(is_digital)


def _changes(industries: pl.DataFrame) -> pl.DataFrame:
    """From the first to the last year, the largest gain first; of sectors that both years have."""
    columns = (*CONTENT, "direct_share")
    schema: dict[str, Any] = {
        "sector": pl.String,
        "first_year": pl.Int32,
        "last_year": pl.Int32,
        "first_content_share": pl.Float64,
        "last_content_share": pl.Float64,
        "content_change_pp": pl.Float64,
        "verified_change_pp": pl.Float64,
        "widest_change_pp": pl.Float64,
        "direct_change_pp": pl.Float64,
    }
    if "year" not in industries.columns or industries["year"].n_unique() < 2:
        return pl.DataFrame(schema=schema)
    ends = {
        name: industries["year"].unique().sort()[at] for name, at in (("first", 0), ("last", -1))
    }
    first, last = (industries.filter(year=at).select("sector", *columns) for at in ends.values())
    both = first.join(last, on="sector", suffix="_last")
    both = both.drop_nulls(["content_share", "content_share_last"])
    change = {name: POINTS * (pl.col(f"{name}_last") - pl.col(name)) for name in columns}
    table = both.select(
        "sector",
        first_year=pl.lit(ends["first"], pl.Int32),
        last_year=pl.lit(ends["last"], pl.Int32),
        first_content_share="content_share",
        last_content_share="content_share_last",
        content_change_pp=change["content_share"],
        verified_change_pp=change["content_low_share"],
        widest_change_pp=change["content_high_share"],
        direct_change_pp=change["direct_share"],
    )
    return table.sort(
        pl.col("content_change_pp").round(10), "sector", descending=[True, False]
    ).cast(pl.Schema(schema))


def _answer(industries: pl.DataFrame, year: int | None) -> list[Message]:
    """The industry that embodies most, what it buys directly, and those after it."""
    last = _of_year(industries, year)
    if last.is_empty():
        return [message("all_digital")]
    name = _measured(last)
    column = f"{name}_share"
    last = last.drop_nulls(column)
    if last.is_empty():
        return [message("no_output")]
    first = last.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "sector": Name(first["sector"]),
        "share": Share(first[column], 1),
        "ends": _between(first, name),
        "direct": Share(first["direct_share"], 1),
    }
    code = "most_direct" if name == "direct" else "most"
    if year is not None:
        values["year"] = Year(year)
        code = "most_direct_in" if name == "direct" else "most_in"
    said = [Message(code, values)]
    after = [
        Phrase(message("phrases.with_share", name=Name(row["sector"]), share=Share(row[column], 1)))
        for row in last[1 : 1 + FOLLOWERS].iter_rows(named=True)
    ]
    if after:
        least = last.row(-1, named=True)
        items, share = List(tuple(after), len(after)), Share(least[column], 1)
        said.append(message("followers", items=items, least=Name(least["sector"]), share=share))
    return said


def _measured(industries: pl.DataFrame) -> str:
    """What industries are told by: their content, or direct inputs where that isn't known."""
    return "content" if industries["content_share"].count() else "direct"


def _of_year(rows: pl.DataFrame, year: int | None) -> pl.DataFrame:
    """The rows of a year; all where the table has none."""
    if year is None:
        return rows
    return rows.filter(year=year)


def _between(row: Mapping[str, Any], name: str) -> Phrase:
    """The ends of a share; nothing where they meet."""
    low, high = row[f"{name}_low_share"], row[f"{name}_high_share"]
    if low is None or high - low < SEEN_APART:
        return Phrase(message("phrases.no_ends"))
    return Phrase(message("phrases.ends", low=Share(low, 1), high=Share(high, 1)))


def _of_final_uses(uses: pl.DataFrame, year: int | None) -> list[Message]:
    """How much of all final demand is digital, and which use holds most."""
    last = _of_year(uses, year).drop_nulls("content_share")
    whole = last.filter(use="all")
    if whole.is_empty():
        return []
    row = whole.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "share": Share(row["content_share"], 1),
        "ends": _between(row, "content"),
    }
    imported = row["imported_content_share"]
    said = [message("final_at_home", **values)]
    if imported is not None:
        said = [message("final", imported=Share(imported, 1), **values)]
    return said


def _gains(changes: pl.DataFrame) -> list[Message]:
    """Which industries gained most, and which lost."""
    if changes.is_empty():
        return []
    row = changes.row(0, named=True)
    years = {"first": Year(row["first_year"]), "last": Year(row["last_year"])}
    gained = changes.filter(pl.col("content_change_pp") > 0)
    if gained.is_empty():
        return [message("none_gained", **years)]
    items = tuple(
        Phrase(
            message(
                "phrases.with_points",
                name=Name(each["sector"]),
                points=Number(each["content_change_pp"], 1),
            )
        )
        for each in gained.head(FOLLOWERS).iter_rows(named=True)
    )
    counts = {"count": Count(gained.height), "all": Count(changes.height)}
    return [message("gained", items=List(items, len(items)), **counts, **years)]


def _doubt(doubts: pl.DataFrame, year: int | None) -> list[Message]:
    """How much hangs on doubtful codes, and on which sector most."""
    last = _of_year(doubts, year)
    if last.is_empty():
        return [message("no_doubt")]
    first = last.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "count": Count(last.height),
        "sector": Name(first["sector"]),
        "codes": Name(first["codes"]),
    }
    if first["width_share"] is None:
        return [message("doubtful", **values)]
    whole = float(last["width_share"].sort().sum())
    return [
        message(
            "hangs",
            points=Number(POINTS * whole, 1),
            own=Number(POINTS * first["width_share"], 1),
            **values,
        )
    ]


def _left_out(year: _Year, is_mapped: bool) -> list[Message]:
    """Sectors without a code, and what is not known of imports."""
    said = []
    lacking = year.digital.filter(pl.col("codes").is_null())["sector"]
    if is_mapped and len(lacking):
        said.append(message("no_code", count=Count(len(lacking)), sectors=names(lacking)))
    if year.flows.direct_imported is None:
        said.append(message("home_alone"))
    return said


def _conventions(declared: Definition, data: Data, flows: Requirements) -> tuple[Message, ...]:
    if "codes" in data.tables:
        defined = [message("codes_given")]
    else:
        note = Remark(declared.notes)
        defined = [
            message(
                "defined",
                title=declared.title,
                classification=Name(f"{declared.classification} {declared.revision}"),
                publication=Name(declared.publication),
                publisher=Name(declared.publisher),
                year=Year(declared.year),
                note=note,
            )
        ]
    return (
        *defined,
        message("content_is"),
        message("content_ends"),
        message("digital_themselves", share=Share(DIGITAL)),
        message("proportional"),
        message("current_prices"),
    )


def _charts(industries: pl.DataFrame) -> tuple[Chart, ...]:
    name = _measured(industries)
    if not industries[f"{name}_share"].count():
        return ()
    ends = (f"{name}_low_share", f"{name}_high_share")
    bars = Mark(f"{name}_share", "bars", *ends)
    by_rank = Chart(f"{name}_by_rank", "industries", "", (bars,), line="sector")
    by_year = Chart(
        f"{name}_by_year", "industries", "year", (Mark(f"{name}_share"),), line="sector"
    )
    return by_rank_and_year(industries, by_rank, by_year)


DIGITAL_CONTENT = Measurement(
    digital_content,
    citation=(
        "Miller and Blair 2009, Input-Output Analysis, 2nd edition; "
        "Hummels, Ishii and Yi 2001, Journal of International Economics 54(1), 75-96"
    ),
    sample=Sample(tables={"sectors": "sample_sectors.csv"}),
    brief=("rank", "sector", "year", "direct_share", "content_share", "imported_content_share"),
)
