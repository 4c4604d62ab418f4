"""Which share of a table is new by a definition, and how much of it hangs on doubtful codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.concordance.code_conversion.code_matching import (
    near_totals,
    summed_codes,
    without_parts,
)
from firstlight.instruments.concordance.code_conversion.column_readings import read_codes
from firstlight.instruments.concordance.industry_definitions.definition_codes import (
    CODES,
    codes_beside,
    codes_of_others,
    memberships,
    sections_of,
    wanted_codes,
)
from firstlight.instruments.concordance.industry_definitions.definition_files import (
    Definition,
    read_definition,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
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
    counted,
    message,
    names,
)

GROUPS = ("place", "year")
FOLLOWERS = 4
MANY_FOREIGN = 0.25  # of the codes, that are not of the definition's classification
MOST_FOREIGN = 0.5
SEEN_APART = 0.0005  # by which bounds differ where shares are written with one decimal


def definition_share(
    frame: Any,
    *,
    definition: Literal[
        "high_technology_manufacturing",
        "medium_high_technology_manufacturing",
        "ict_sector",
        "green_technologies",
        "new_three_products",
        "environmental_goods",
        "high_technology_manufacturing_china",
        "strategic_emerging_industries_china",
        "new_industries_china",
        "digital_economy_china",
    ] = "high_technology_manufacturing",
    codes: Annotated[Any, CODES] = None,
    title: str | None = None,
    code: Annotated[str, roles.Key()] = "code",
    place: Annotated[str | None, roles.Key()] = "place",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero")] = "value",
    nested: bool = True,
) -> Result:
    """The share of what a definition calls new in each place and year, and its bounds.

    The bounds are those of codes whose membership is in doubt, of codes that belong in part, and of
    codes of the table that hold more than the definition names.

    Parameters
    ----------
    frame
        A row for each code of the whole, and place or year: all industries, not the new ones alone.
    definition
        One of the definitions that ship. Of some only the publication is named: hand in their
        codes.
    codes
        Codes of your own, in the place of those that ship: status is verified or doubtful, shares
        say which part of a code belongs. Without those columns all are verified, and whole.
    title
        What your codes stand for, where it is none of the definitions: a sector, a strategy.
    code
        Column of the codes, of the classification and revision that the definition is of.
    place
        Column of the places.
    year
        Column of the years.
    value
        Column of values, none below 0, that may be added up: value added, jobs, exports, patents.
    nested
        Whether a longer code is a part of the shorter one that it begins with. Of a code whose
        parts have rows of their own only the rest counts.

    Returns
    -------
    Result with the tables ``shares`` (place, year, total, new_value, stated_share, least_share,
    most_share, doubtful_share, absent_count, reason), ``matches`` (code, match, definition_codes,
    status, stated_share, least_share, most_share: what ``drivers`` takes as its definition),
    ``codes`` (the definition: code, status, least_share, most_share, source, found_count) and
    ``left_out`` (code, place, year, value, reason).

    Raises
    ------
    InputError
        For a definition whose codes do not ship, where none are handed in, and where the table has
        no code of it, or most of its codes are of another classification.

    References
    ----------
    The publication of the definition, which is named in the result.

    Examples
    --------
    >>> rows = pl.DataFrame({"code": ["10", "21", "26", "30.3"], "value": [70.0, 10, 15, 5]})
    >>> found = definition_share(rows).table
    >>> found.select("stated_share", "least_share", "most_share").rows()
    [(0.3, 0.25, 0.3)]
    """
    data = DEFINITION_SHARE.read(locals())
    groups = [name for name in GROUPS if data.has(name)]
    declared = read_definition(definition)
    wanted = wanted_codes(data.tables, declared)
    rows = data.frame.select("code", *groups, "value")
    totals = near_totals(rows, groups, ~pl.col("code").str.contains("[1-9]"))
    is_total = pl.col("code").is_in(totals)
    kept = rows.filter(~is_total)
    doubts = list[Message]()
    if "codes" not in data.tables:
        doubts = _of_others(rows, declared)
    beside = wanted["code"] if title else codes_beside(wanted["code"], declared.classification)
    read = read_codes(kept["code"], beside, summed_codes(kept, groups))
    rows = rows.with_columns(pl.col("code").replace(read.noughts))
    kept = rows.filter(~is_total)
    # codes under a title of their own are of a classification that nobody knows
    sections = {} if title else sections_of(declared.classification)
    rest = kept
    exceeded = kept.clear()
    if nested:
        rest, exceeded = without_parts(kept, groups, sections)
    matches = memberships(rest["code"].unique().sort().to_list(), wanted, sections)
    if matches.is_empty():
        known = names(wanted["code"], 3)
        seen = names(rest["code"].unique().sort(), 3)
        raise DEFINITION_SHARE.error(message("nothing_matches", known=known, codes=seen))
    shares = _shares(rest, matches, groups)
    listed = _listed(wanted, matches)
    is_stated = "codes" not in data.tables or data.tables["codes"].has("status")
    return Result(
        {
            "shares": shares,
            "matches": matches,
            "codes": listed,
            "left_out": _left_out(rows, totals, exceeded, groups),
        },
        (
            *read.doubts,
            *_answer(shares, Name(title) if title else declared.title),
            *doubts,
            *_doubt(shares, matches, is_stated),
            *_lacking(listed),
            *read.notes,
            *_rest(totals, exceeded, shares),
        ),
        DEFINITION_SHARE.texts,
        conventions=_conventions(declared, data, title),
        charts=_charts(shares, groups),
        given=data.given,
    )


def _of_others(rows: pl.DataFrame, declared: Definition) -> list[Message]:
    """What to say of a table whose codes may be of another classification than the definition's:
    21 is pharmaceuticals in ISIC, and mining in NAICS.

    Raises InputError where most of them are.
    """
    foreign, judged = codes_of_others(
        rows["code"].unique().sort().to_list(), declared.classification
    )
    values: dict[str, Value[Any]] = {
        "count": Count(len(foreign)),
        "all": Count(judged),
        "codes": names(foreign, 3),
        "classification": Name(f"{declared.classification} {declared.revision}"),
    }
    if len(foreign) > MOST_FOREIGN * judged:
        raise DEFINITION_SHARE.error(message("other_classification", **values))
    if len(foreign) > MANY_FOREIGN * judged:
        return [message("foreign", **values)]
    return []


def _memberships(rows: pl.DataFrame, matches: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """The rows with the shares of them that belong, and the definition's codes that they meet.

    A code that holds more than the definition names is free of doubt where what is named has rows
    of its own beside it.
    """
    named = pl.col("definition_codes").str.split(", ").list
    both = rows.join(matches, on="code", how="left").with_columns(
        pl.col("stated_share", "least_share", "most_share").fill_null(0.0),
        is_coarse=(pl.col("match") == "from_children").fill_null(False),
        named=pl.when(pl.col("match").is_not_null()).then(named.unique()),
    )
    fine = both.filter(~pl.col("is_coarse")).drop_nulls("named")
    listed = fine.select(*groups, "named").explode("named")
    there = pl.col("named").unique().sort().alias("there")
    met = listed.group_by(groups or 1).agg(there)
    if groups:
        both = both.join(met, on=groups, how="left", nulls_equal=True)
    else:
        labels = met["there"][0].to_list() if met.height else []
        both = both.with_columns(there=pl.lit(labels, pl.List(pl.String)))
    unmet = pl.col("named").list.set_difference(pl.col("there").fill_null([])).list.len()
    is_settled = pl.col("is_coarse") & (unmet == 0)
    return both.with_columns(
        most_share=pl.when(is_settled).then(0.0).otherwise("most_share"),
        met_count=pl.col("there").list.len().fill_null(0).cast(pl.Int64),
    )


def _shares(rows: pl.DataFrame, matches: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """Shares of each place and year; none where a value is missing or there is nothing."""
    value = pl.col("value")
    is_doubtful = pl.col("status") == "doubtful"
    ordered = _memberships(rows, matches, groups).sort(*groups, "code")
    fine = matches.filter(pl.col("match") != "from_children")
    seen = fine["definition_codes"].n_unique()
    grouped = ordered.group_by(groups or 1, maintain_order=True)
    sums = grouped.agg(
        is_whole=value.is_not_null().all(),
        total=value.sum(),
        new_value=(value * pl.col("stated_share")).sum(),
        least=(value * pl.col("least_share")).sum(),
        most=(value * pl.col("most_share")).sum(),
        doubtful=(value * pl.col("most_share")).filter(is_doubtful).sum(),
        absent_count=seen - pl.col("met_count").first(),
    )
    is_known = pl.col("is_whole") & (pl.col("total") > 0)
    reason = (
        pl.when(~pl.col("is_whole"))
        .then(pl.lit("value_missing"))
        .when(pl.col("total") <= 0)
        .then(pl.lit("nothing_there"))
    )

    def share(of: str) -> pl.Expr:
        return pl.when(is_known).then(pl.col(of) / pl.col("total"))

    table = sums.select(
        *groups,
        pl.when("is_whole").then("total").alias("total"),
        pl.when("is_whole").then("new_value").alias("new_value"),
        stated_share=share("new_value"),
        least_share=share("least"),
        most_share=share("most"),
        doubtful_share=share("doubtful"),
        absent_count="absent_count",
        reason=reason,
    )
    order = [name for name in groups if name == "year"]
    after = [name for name in groups if name == "place"]
    return table.sort(
        *order,
        "stated_share",
        *after,
        descending=[True] * len(order) + [True] + [False] * len(after),
        nulls_last=True,
    )


def _listed(wanted: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    """The definition, with how many codes of the table each of its codes met."""
    met = (
        matches.select(pl.col("definition_codes").str.split(", ").alias("code"))
        .explode("code")
        .group_by("code")
        .agg(found_count=pl.len().cast(pl.Int64))
    )
    return (
        wanted.join(met, on="code", how="left")
        .with_columns(pl.col("found_count").fill_null(0))
        .select("code", "status", "least_share", "most_share", "source", "found_count")
        .sort("code")
    )


def _left_out(
    rows: pl.DataFrame, totals: list[str], exceeded: pl.DataFrame, groups: list[str]
) -> pl.DataFrame:
    """Rows that count neither as new nor as anything else."""
    summed = rows.filter(pl.col("code").is_in(totals)).with_columns(reason=pl.lit("sum_of_all"))
    more = exceeded.with_columns(reason=pl.lit("parts_exceed"))
    both = pl.concat([summed, more]).select("code", *groups, "value", "reason")
    return both.sort("code", *groups)


def _answer(shares: pl.DataFrame, title: Value[Any]) -> list[Message]:
    """The share of the largest place in the last year, and of those after it."""
    known = last_year(shares.drop_nulls("stated_share"))
    if known.is_empty():
        return [message("nothing_known", title=title)]
    values: dict[str, Value[Any]] = {"title": title}
    if "year" in known.columns:
        values["year"] = Year(known["year"][0])
    first = known.row(0, named=True)
    values |= {
        "share": Share(first["stated_share"], 1),
        "ends": _ends(first["least_share"], first["most_share"]),
    }
    if "place" not in known.columns:
        return [message("whole_in" if "year" in values else "whole", **values)]
    values["place"] = Name(first["place"])
    said = [message("most_in" if "year" in values else "most", **values)]
    placed = tuple(
        Phrase(
            message("phrases.placed", place=Name(row["place"]), share=Share(row["stated_share"], 1))
        )
        for row in known[1 : 1 + FOLLOWERS].iter_rows(named=True)
    )
    if placed:
        said.append(message("followers", items=List(placed)))
    return said


def _ends(least: float, most: float) -> Phrase:
    """The bounds of a share; nothing where they meet."""
    if most - least < SEEN_APART:
        return Phrase(message("phrases.no_ends"))
    return Phrase(message("phrases.ends", low=Share(least, 1), high=Share(most, 1)))


def _doubt(shares: pl.DataFrame, matches: pl.DataFrame, is_stated: bool) -> list[Message]:
    """How much hangs on the doubtful codes, on average over places and years.

    is_stated : whether it is known of the codes which are verified
    """
    known = last_year(shares.drop_nulls("stated_share"))
    doubtful = matches.filter(status="doubtful")["code"]
    if known.is_empty():
        return []
    if doubtful.is_empty():
        return [message("no_doubt" if is_stated else "taken_as_given")]
    mean = float(known["doubtful_share"].to_numpy().mean())
    width = float((known["most_share"] - known["least_share"]).to_numpy().mean())
    said = [
        message(
            "doubtful",
            count=Count(len(doubtful)),
            codes=names(doubtful),
            points=Number(100 * mean, 1),
            width=Number(100 * width, 1),
        )
    ]
    coarse = matches.filter(match="from_children")["code"]
    said += counted("coarse", len(coarse), codes=names(coarse))
    return said


def _lacking(listed: pl.DataFrame) -> list[Message]:
    """Codes of the definition that the table does not have."""
    lost = listed.filter(found_count=0)["code"]
    return counted("lacking", len(lost), codes=names(lost))


def _rest(totals: list[str], exceeded: pl.DataFrame, shares: pl.DataFrame) -> list[Message]:
    """What was left out, and where there is no share."""
    said = []
    said += counted("sum_of_all", len(totals), codes=names(totals))
    if exceeded.height:
        codes = exceeded["code"].unique().sort()
        said.append(message("parts_exceed", count=Count(len(codes)), codes=names(codes)))
    thin = shares.filter(pl.col("absent_count") > 0)
    said += counted("absent_rows", thin.height)
    lost = shares.filter(pl.col("stated_share").is_null())
    said += counted("no_share", lost.height)
    return said


def _conventions(declared: Definition, data: Data, title: str | None) -> tuple[Message, ...]:
    shared = (message("bounds"), message("others_are_not_new"))
    if title:
        return (message("codes_given"), *shared)
    about: dict[str, Value[Any]] = {
        "title": declared.title,
        "classification": Name(f"{declared.classification} {declared.revision}"),
        "publication": Name(declared.publication),
        "publisher": Name(declared.publisher),
        "year": Year(declared.year),
        "licence": Name(declared.licence),
    }
    is_own = "codes" in data.tables
    note = Remark(declared.notes)
    return (
        message("defined", **about),
        message("codes_given") if is_own else message("definition_note", note=note),
        *shared,
    )


def _charts(shares: pl.DataFrame, groups: list[str]) -> tuple[Chart, ...]:
    """Places by their share, and over the years."""
    if not groups or shares["stated_share"].null_count() == shares.height:
        return ()
    mark = Mark("stated_share", "points", low="least_share", high="most_share")
    over = Mark("stated_share", low="least_share", high="most_share")
    panel = "place" if "place" in groups else ""
    by_year = Chart("by_year", "shares", "year", (over,), panel=panel)
    if "place" not in groups:
        return (by_year,)
    by_rank = Chart("by_rank", "shares", "", (mark,), line="place")
    return by_rank_and_year(shares, by_rank, by_year)


def _check(arguments: Mapping[str, Any]) -> Message | None:
    if arguments["title"] is not None and arguments["codes"] is None:
        return message("title_without_codes")
    return None


DEFINITION_SHARE = Measurement(
    definition_share,
    citation="The publication of the definition; Firstlight",
    sample=Sample(),
    check=_check,
    places="place",
    may_sum=True,
)
