"""Which international standards places have adopted, how closely, and what both of two share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.measurement import Measurement
from firstlight.result import Result
from firstlight.texts import (
    Count,
    List,
    Message,
    Name,
    Phrase,
    Share,
    Value,
    Year,
    counted,
    message,
    names,
)

FOLDER = Path(__file__).parent
OLDER = "equivalent"  # a degree of the editions of ISO/IEC Guide 21 before 2005
FOLLOWERS = 4
LINES = 4  # places in one chart, each in a colour of its own
WHERE = "place_one", "place_other"


def standards(
    frame: Any,
    *,
    standard: Annotated[str, roles.Key()] = "standard",
    place: Annotated[str, roles.Key()] = "place",
    degree: Annotated[str, roles.Label()] = "degree",
    year: Annotated[str | None, roles.Year()] = "year",
    absent: Literal["missing", "none"] = "missing",
) -> Result:
    """How closely each place has adopted international standards, and where two may recognise each
    other.

    Two places that are both identical to one international standard have the same text: what
    conforms in one conforms in the other. Such standards are counted for each pair, beside those
    that one step more would add.

    Parameters
    ----------
    frame
        A row for each international standard and place, and year if a place changed its adoption.
    standard
        Column of the international standards, with their edition where several are in use.
    place
        Column of the countries, provinces or bodies that adopt.
    degree
        Column of the degree: IDT or identical, MOD or modified, NEQ or not equivalent, none.
    year
        Column of the years of adoption; the last one counts.
    absent
        Whether a standard without a row for a place is missing, or not adopted there.

    Returns
    -------
    Result with the tables ``places`` (place, known_count, identical_count, modified_count,
    not_equivalent_count, none_count, missing_count, identical_share, modified_share,
    identical_of_all_share), ``pairs`` (place_one, place_other, known_count, both_identical_count,
    both_identical_share, by_chance_share, one_step_count), ``standards``, ``next_steps``, with
    years ``years``, and ``missing``.

    Raises
    ------
    InputError
        For a degree that is none of those of ISO/IEC Guide 21.

    References
    ----------
    ISO/IEC Guide 21-1:2005, Regional or national adoption of International Standards.

    Examples
    --------
    >>> rows = pl.DataFrame({"standard": ["S1", "S1", "S2", "S2"], "place": ["A", "B"] * 2,
    ...     "degree": ["IDT", "IDT", "IDT", "MOD"]})
    >>> pairs = standards(rows).tables["pairs"]
    >>> pairs.select("known_count", "both_identical_count", "one_step_count").rows()
    [(2, 1, 1)]
    """
    data = STANDARDS.read(locals())
    rows, older = _degrees(data.frame)
    held = _latest(rows)
    whole = _with_absent(held, absent)
    places = _places(whole)
    pairs = _pairs(whole)
    steps = _next_steps(whole)
    tables = {
        "places": places,
        "pairs": pairs,
        "standards": _standards(whole),
        "next_steps": steps,
        "missing": whole.filter(pl.col("degree").is_null()).select("standard", "place"),
    }
    if rows["year"].count():
        tables["years"] = _years(rows, absent)
    return Result(
        tables,
        (
            *_answer(places),
            *_of_pairs(pairs),
            *_steps(steps),
            *_trend(tables.get("years")),
            *_doubts(places, older),
        ),
        STANDARDS.texts,
        conventions=(
            message("degrees"),
            message("both_identical"),
            message("by_chance"),
            message(f"absent_{absent}"),
        ),
        charts=_charts(tables),
        given=data.given,
    )


@cache
def _written() -> dict[str, str]:
    """How people write a degree -> its code."""
    return dict(pl.read_csv(FOLDER / "degrees.csv").iter_rows())


def _degrees(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The rows with their degrees as codes, and how many had one that is no longer in use."""
    plain = pl.col("degree").str.to_lowercase().str.strip_chars()
    read = frame.with_columns(
        read=plain.replace_strict(_written(), default=None, return_dtype=pl.String)
    )
    lost = read.filter(pl.col("degree").is_not_null() & pl.col("read").is_null())
    if lost.height:
        row = lost.row(0, named=True)
        raise STANDARDS.error(
            message(
                "unknown_degree",
                degree=Name(row["degree"]),
                standard=Name(row["standard"]),
                place=Name(row["place"]),
            )
        )
    older = int((read["read"] == OLDER).sum())
    degree = pl.col("read").replace(OLDER, "modified")
    return read.select("standard", "place", "year", degree=degree).drop_nulls("degree"), older


def _latest(rows: pl.DataFrame) -> pl.DataFrame:
    """The last degree of each standard in each place."""
    ordered = rows.sort("standard", "place", "year")
    return ordered.unique(["standard", "place"], keep="last", maintain_order=True).drop("year")


def _with_absent(held: pl.DataFrame, absent: str) -> pl.DataFrame:
    """A row for every standard and place; null where nothing is known."""
    every = held.select("standard").unique().join(held.select("place").unique(), how="cross")
    whole = every.join(held, on=["standard", "place"], how="left")
    if absent == "none":
        whole = whole.with_columns(pl.col("degree").fill_null("none"))
    return whole.sort("standard", "place")


def _counts() -> list[pl.Expr]:
    """How many rows have each degree, and how many have none that is known."""
    degree = pl.col("degree")
    return [
        degree.count().cast(pl.Int64).alias("known_count"),
        (degree == "identical").sum().cast(pl.Int64).alias("identical_count"),
        (degree == "modified").sum().cast(pl.Int64).alias("modified_count"),
        (degree == "not_equivalent").sum().cast(pl.Int64).alias("not_equivalent_count"),
        (degree == "none").sum().cast(pl.Int64).alias("none_count"),
        degree.null_count().cast(pl.Int64).alias("missing_count"),
    ]


def _share(part: str, whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))


def _places(whole: pl.DataFrame) -> pl.DataFrame:
    """Degrees of each place; the one with the largest share of identical ones first."""
    return (
        whole.group_by("place")
        .agg(_counts())
        .with_columns(
            identical_share=_share("identical_count", "known_count"),
            modified_share=_share("modified_count", "known_count"),
            identical_of_all_share=pl.col("identical_count")
            / (pl.col("known_count") + pl.col("missing_count")),
        )
        .sort("identical_share", "place", descending=[True, False], nulls_last=True)
    )


def _standards(whole: pl.DataFrame) -> pl.DataFrame:
    """Degrees of each standard over the places; the most widely identical first."""
    counted = whole.group_by("standard").agg(_counts())
    return counted.sort("identical_count", "standard", descending=[True, False])


def _pairs(whole: pl.DataFrame) -> pl.DataFrame:
    """What two places have in common; the most standards with one text first."""
    known = whole.drop_nulls("degree")
    one = known.rename({"place": "place_one", "degree": "degree_one"})
    other = known.rename({"place": "place_other", "degree": "degree_other"})
    is_one, is_other = (pl.col(name) == "identical" for name in ("degree_one", "degree_other"))
    may_follow = pl.col("degree_one").eq("modified") | pl.col("degree_other").eq("modified")
    return (
        one.join(other, on="standard")
        .filter(pl.col("place_one") < pl.col("place_other"))
        .group_by(WHERE)
        .agg(
            known_count=pl.len().cast(pl.Int64),
            both_identical_count=(is_one & is_other).sum().cast(pl.Int64),
            by_chance_share=is_one.mean() * is_other.mean(),
            one_step_count=((is_one ^ is_other) & may_follow).sum().cast(pl.Int64),
        )
        .with_columns(both_identical_share=_share("both_identical_count", "known_count"))
        .select(
            *WHERE,
            "known_count",
            "both_identical_count",
            "both_identical_share",
            "by_chance_share",
            "one_step_count",
        )
        .sort("both_identical_count", *WHERE, descending=[True, False, False])
    )


def _next_steps(whole: pl.DataFrame) -> pl.DataFrame:
    """Standards that a place has not adopted identically though others have: what one text more
    would bring."""
    identical = whole.filter(degree="identical").group_by("standard")
    counted = identical.agg(places_count=pl.len().cast(pl.Int64))
    open_rows = whole.filter(pl.col("degree").is_in(["modified", "not_equivalent", "none"]))
    return (
        open_rows.join(counted, on="standard")
        .select("standard", "place", "degree", "places_count")
        .sort("places_count", "place", "standard", descending=[True, False, False])
    )


def _years(rows: pl.DataFrame, absent: str) -> pl.DataFrame:
    """Degrees that held in each place at the end of each year from its first adoption on."""
    years = rows["year"].unique().sort().to_list()
    parts = []
    for year in years:
        whole = _with_absent(_latest(rows.filter(pl.col("year") <= year)), absent)
        parts.append(
            whole.group_by("place")
            .agg(_counts())
            .filter(pl.col("known_count") > 0)
            .select(
                "place",
                "known_count",
                "identical_count",
                year=pl.lit(year, pl.Int32),
                identical_share=_share("identical_count", "known_count"),
            )
        )
    by_year = pl.concat(parts).select(
        "place", "year", "known_count", "identical_count", "identical_share"
    )
    return by_year.sort("place", "year")


def _answer(places: pl.DataFrame) -> list[Message]:
    """The place that is identical most often, and those after it."""
    known = places.drop_nulls("identical_share")
    if known.is_empty():
        return [message("nothing_known")]
    first = known.row(0, named=True)
    if not first["identical_count"]:
        return [message("none_identical", count=Count(known.height))]
    values: dict[str, Value[Any]] = {
        "place": Name(first["place"]),
        "count": Count(first["known_count"]),
        "identical": Share(first["identical_share"]),
        "modified": Share(first["modified_share"]),
    }
    said = [message("most_identical", **values)]
    rest = known[1 : 1 + FOLLOWERS].iter_rows(named=True)
    placed = tuple(
        Phrase(
            message("phrases.placed", place=Name(row["place"]), share=Share(row["identical_share"]))
        )
        for row in rest
    )
    if placed:
        said.append(message("followers", items=List(placed)))
    return said


def _of_pairs(pairs: pl.DataFrame) -> list[Message]:
    """The pair with the most standards of one text, and all pairs together."""
    if pairs.is_empty():
        return [message("no_pairs")]
    first = pairs.row(0, named=True)
    one, other = (Name(first[name]) for name in WHERE)
    if not first["both_identical_count"]:
        return [message("no_mutual", count=Count(pairs.height))]
    return [
        message(
            "most_mutual",
            one=one,
            other=other,
            mutual=Count(first["both_identical_count"]),
            count=Count(first["known_count"]),
            chance=Share(first["by_chance_share"]),
            steps=Count(first["one_step_count"]),
        ),
        message(
            "all_pairs",
            mutual=Count(int(pairs["both_identical_count"].sum())),
            count=Count(int(pairs["known_count"].sum())),
        ),
    ]


def _steps(steps: pl.DataFrame) -> list[Message]:
    """The standard whose identical adoption would join a place to the most others."""
    if steps.is_empty():
        return []
    row = steps.row(0, named=True)
    values = {"place": Name(row["place"]), "standard": Name(row["standard"])}
    return [message("next_step", count=Count(row["places_count"]), **values)]


def _trend(years: pl.DataFrame | None) -> list[Message]:
    """How many adoptions were identical over all places, first and last."""
    if years is None:
        return []
    whole = years.group_by("year").agg(pl.col("identical_count", "known_count").sum()).sort("year")
    if whole.height < 2:
        return []
    first = whole[0].row(0, named=True)
    last = whole[-1].row(0, named=True)
    return [
        message(
            "trend",
            first=Year(first["year"]),
            last=Year(last["year"]),
            before=Count(first["identical_count"]),
            after=Count(last["identical_count"]),
            known_before=Count(first["known_count"]),
            known_after=Count(last["known_count"]),
        )
    ]


def _doubts(places: pl.DataFrame, older: int) -> list[Message]:
    """Where shares say less than they seem to."""
    said = []
    lacking = places.filter(pl.col("missing_count") > 0)
    if lacking.height:
        count = Count(int(lacking["missing_count"].sum()))
        said.append(message("missing", count=count, places=names(lacking["place"].sort())))
    is_selected = (pl.col("none_count") + pl.col("not_equivalent_count") == 0) & (
        pl.col("missing_count") > 0
    )
    selected = places.filter(is_selected)["place"].sort()
    said += counted("adopted_only", len(selected), places=names(selected))
    said += counted("older_degree", older)
    return said


def _charts(tables: dict[str, pl.DataFrame]) -> tuple[Chart, ...]:
    """Places by their share, and over the years."""
    ranked = Chart("by_rank", "places", "", (Mark("identical_share", "bars"),), line="place")
    if "years" not in tables:
        return (ranked,)
    over = Chart("over_years", "years", "year", (Mark("identical_share"),))
    if tables["places"].height > LINES:
        return ranked, replace(over, panel="place")
    return ranked, replace(over, line="place")


STANDARDS = Measurement(
    standards,
    citation="ISO/IEC Guide 21-1:2005, Regional or national adoption of International Standards",
    places="place",
)
