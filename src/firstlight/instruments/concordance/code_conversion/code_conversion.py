"""What a table by the codes of one classification says by those of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.concordance.code_conversion.code_matching import (
    ROUNDED,
    Match,
    holders_of,
    is_total,
    match_codes,
    near_totals,
    summed_codes,
    without_parts,
)
from firstlight.instruments.concordance.code_conversion.column_readings import readings_told
from firstlight.measurement import Measurement, Sample
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
    message,
    names,
)

GROUPS = ("place", "year")
LINKS = roles.Table(
    {
        "code_from": roles.Key(),
        "code_to": roles.Key(),
        "weight": roles.Number("zero"),
        "title": roles.Label(),
    },
    may_lack=("weight", "title"),
)
ROUNDING = 1e-9  # of a code's weight: what arithmetic leaves over
WHOLE = 1 - ROUNDING  # weight from which a code goes to one other alone
FOLLOWERS = 4  # codes named after the largest
SHARED = ("no_link", "lost_on_the_way", "parts_fall_short")  # reasons told with their share


@dataclass(frozen=True)
class Routes:
    """Where the codes of a table go.

    found  : code -> what it stands for in the first table of links
    links  : code_from, code_to, weight; weights of a code add up to 1, or to less where a chain
             loses some of it
    titles : code_to -> title, of those that have one
    doubts, notes : how codes were read, as `readings_told` tells it
    """

    found: Mapping[str, Match]
    links: pl.DataFrame
    titles: Mapping[str, str]
    doubts: tuple[Message, ...]
    notes: tuple[Message, ...]

    @property
    def read_as(self) -> dict[str, str]:
        """Each code with the noughts that it lost; empty where it may be either of two."""
        read = {code: match.read_as for code, match in self.found.items()}
        return read | {code: "" for code in read if self.found[code].kind == "two_readings"}

    def kind(self) -> pl.Expr:
        """How the code of a row was found: the kind of its `Match`."""
        kinds = {code: match.kind for code, match in self.found.items()}
        return pl.col("code").replace_strict(kinds, return_dtype=pl.String)


def conversion(
    frame: Any,
    links: Annotated[Any, LINKS],
    *,
    then: Annotated[Any, LINKS] = None,
    code: Annotated[str, roles.Key()] = "code",
    place: Annotated[str | None, roles.Key()] = "place",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero")] = "value",
    nested: bool = True,
) -> Result:
    """Values by the codes of one classification, by those of another.

    A code that leads to several is split by the weights of the links, or in equal parts where they
    have none. Beside each value stand the least and the most that it could be if the split were
    not known. Nothing is summed twice, no code is made up, and what leads nowhere is listed.

    Parameters
    ----------
    frame
        A row for each code, and place or year.
    links
        Which code leads to which other: an official concordance, a row for each pair. Weights, if
        there are any, say how a code is split, and are scaled to add up to 1; a code without any is
        split in equal parts.
    then
        A second concordance, from the codes that the first one leads to.
    code
        Column of the codes.
    place
        Column of places, or of firms or whatever else the values are of.
    year
        Column of the years.
    value
        Column of the values, none below 0, that may be added up: exports, jobs, patents.
    nested
        Whether a longer code is a part of the shorter one that it begins with. Of a code whose
        parts have rows of their own only the rest is converted.

    Returns
    -------
    Result with the tables ``converted`` (code_to, title, place, year, value, least_value,
    most_value, total_share, codes_count), ``routes`` (code, read_as, code_to, weight_share,
    match), ``unconverted`` (code, place, year, value, reason) and ``matches`` (match,
    codes_count, value, total_share).

    Raises
    ------
    InputError
        Where no code of the table is among those of the links, none of the first links' leads on
        by the second ones, and for a code with a weight in one row of the links and none in
        another.

    Notes
    -----
    Values are kept: what was handed in is what was converted and what was not.

    Examples
    --------
    >>> import polars as pl
    >>> exports = pl.DataFrame({"code": ["8507", "8541"], "value": [10.0, 4.0]})
    >>> links = pl.DataFrame({"code_from": ["8507", "8541", "8541"], "code_to": ["27", "26", "27"]})
    >>> found = conversion(exports, links).table
    >>> found.select("code_to", "value", "least_value", "most_value").rows()
    [('27', 12.0, 10.0, 14.0), ('26', 2.0, 0.0, 4.0)]
    """
    data = CONVERSION.read(locals())
    groups = [name for name in GROUPS if data.has(name)]
    rows = data.frame.select("code", *groups, "value")
    chain = [data.tables[name].frame for name in ("links", "then") if name in data.tables]
    routes = _routes(rows, groups, chain)
    totals = _called_totals(rows, routes, groups, nested)
    beside = rows.filter(~pl.col("code").is_in(totals))
    rest = beside
    exceeded = rows.clear()
    if nested:
        rest, exceeded = without_parts(beside, groups, read_as=routes.read_as)
    unknown = [code for code, match in routes.found.items() if not match.codes]
    totals += near_totals(rest, groups, pl.col("code").is_in(unknown))
    counted = rest.filter(~pl.col("code").is_in(totals))
    pieces = _pieces(counted, routes)
    if nested:
        stated = _stated(rows, routes, groups)
        pieces = pieces.join(stated, on=stated.columns, how="anti", nulls_equal=True)
    ways = _ways(pieces, routes, groups)
    table = _shown(_converted(ways, groups), routes.titles, groups)
    lost = pl.concat(
        [
            _lost(counted, pieces, ways, routes),
            rows.filter(pl.col("code").is_in(totals)).with_columns(reason=pl.lit("sum_of_all")),
            exceeded.with_columns(reason=pl.lit("parts_exceed")),
        ]
    )
    falling = [True] + [False] * (1 + len(groups))
    unconverted = lost.select("code", *groups, "value", "reason").sort(
        "value", "code", *groups, descending=falling, nulls_last=True
    )
    matches = _matches(counted, routes)
    return Result(
        {
            "converted": table,
            "routes": _shown_routes(ways, routes),
            "unconverted": unconverted,
            "matches": matches,
        },
        (
            *routes.doubts,
            *(_beside_sections(counted, routes) if nested else ()),
            *_answer(table),
            *_how_sure(ways, groups),
            *_left_out(unconverted, matches),
            *routes.notes,
            *_how_matched(routes),
            *_wholes(rows, rest, exceeded),
        ),
        CONVERSION.texts,
        conventions=_conventions(data.tables["links"].has("weight"), then is not None),
        charts=_charts(table, groups),
        given=data.given,
    )


def _routes(rows: pl.DataFrame, groups: list[str], chain: list[pl.DataFrame]) -> Routes:
    """Where each code of the table goes, by one concordance after the other."""
    for name, links in zip(("links", "then"), chain, strict=False):
        _refuse_gaps(name, links)
    codes = rows["code"].unique().sort().to_list()
    matches = match_codes(codes, chain[0]["code_from"].unique(), summed_codes(rows, groups))
    doubts, notes = readings_told(matches)
    reached = {known for match in matches.values() for known in match.codes}
    links = _scaled(chain[0].filter(pl.col("code_from").is_in(reached)))
    if links.is_empty() and not doubts:
        raise CONVERSION.error(_unknown("nothing_links", codes, chain[0]))
    for onward in chain[1:]:
        between = links["code_to"].unique().sort().to_list()
        further = match_codes(between, onward["code_from"].unique())
        ways = _known_codes(further).join(_scaled(onward), on="code_from")
        if ways.is_empty() and between:
            raise CONVERSION.error(_unknown("chain_breaks", between, onward))
        links = _chained(links, ways)
        more = readings_told(further)
        doubts = [*doubts, *more[0]]
        notes = [*notes, *more[1]]
    titled = chain[-1].drop_nulls("title").sort("code_to", "title")
    titles = titled.unique("code_to", keep="first").select("code_to", "title")
    return Routes(matches, links, dict(titles.iter_rows()), tuple(doubts), tuple(notes))


def _refuse_gaps(name: str, links: pl.DataFrame) -> None:
    """Raises InputError for a code with a weight in one row of the links, and none in another."""
    is_given = pl.col("weight").is_not_null().any().over("code_from")
    gaps = links.filter(is_given & pl.col("weight").is_null()).sort("code_from", "code_to")
    if gaps.height:
        one, other = (Name(gaps[column][0]) for column in ("code_from", "code_to"))
        raise CONVERSION.error(message("weight_lacking", table=Name(name), one=one, other=other))


def _unknown(code: str, codes: list[str], links: pl.DataFrame) -> Message:
    """What to say of codes that a concordance does not know."""
    known = names(links["code_from"].unique().sort(), 3)
    return message(code, codes=names(codes, 3), known=known)


def _known_codes(matches: Mapping[str, Match]) -> pl.DataFrame:
    """The codes of a concordance that each code stands for, and which part of it each has."""
    return pl.DataFrame(
        [
            (code, known, 1 / len(match.codes))
            for code, match in matches.items()
            for known in match.codes
        ],
        schema={"code": pl.String, "code_from": pl.String, "part": pl.Float64},
        orient="row",
    )


def _scaled(links: pl.DataFrame) -> pl.DataFrame:
    """code_from, code_to, weight: links with weights that add up to 1; none without weight."""
    is_given = pl.col("weight").is_not_null().any().over("code_from")
    weight = pl.col("weight").fill_null(pl.when(is_given).then(0.0).otherwise(1.0))
    total = pl.col("weight").sum().over("code_from")
    return (
        links.sort("code_from", "code_to")
        .with_columns(weight)
        .with_columns(weight=pl.when(total > 0).then(pl.col("weight") / total))
        .filter(pl.col("weight") > 0)
        .select("code_from", "code_to", "weight")
    )


def _chained(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Links by way of the codes in between."""
    onward = second.select("code_to", code="code", onward=pl.col("weight") * pl.col("part"))
    return (
        first.rename({"code_to": "code"})
        .join(onward, on="code")
        .sort("code_from", "code_to", "code", "onward")
        .group_by("code_from", "code_to", maintain_order=True)
        .agg(weight=(pl.col("weight") * pl.col("onward")).sum())
    )


def _pieces(rows: pl.DataFrame, routes: Routes) -> pl.DataFrame:
    """A row for each code of the links that a row of the table stands for."""
    known = _known_codes(routes.found).select("code", "code_from")
    return rows.drop_nulls("value").join(known, on="code")


def _stated(rows: pl.DataFrame, routes: Routes, groups: list[str]) -> pl.DataFrame:
    """code, the groups, code_from: what a code holds and other rows of its group state."""
    read_as = routes.read_as
    pairs = [
        (part, whole)
        for part, wholes in holders_of(list(read_as), read_as=read_as).items()
        for whole in wholes
        if routes.found[part].kind != "from_parent"
    ]
    holders = pl.DataFrame(pairs, {"code": pl.String, "whole": pl.String}, orient="row")
    stated = _pieces(rows, routes).join(holders, on="code")
    return stated.select(pl.col("whole").alias("code"), *groups, "code_from").unique()


def _ways(pieces: pl.DataFrame, routes: Routes, groups: list[str]) -> pl.DataFrame:
    """code, the groups, value, code_to, weight: which part of a row goes to which code."""
    keys = ["code", *groups]
    return (
        pieces.with_columns(part=1 / pl.len().over(keys))
        .join(routes.links, on="code_from")
        .with_columns(pl.col("weight") * pl.col("part"))
        .sort(*keys, "code_to", "code_from")
        .group_by(*keys, "value", "code_to", maintain_order=True)
        .agg(pl.col("weight").sum())
    )


def _converted(ways: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """Value of each code of the other classification in each group, and its bounds."""
    is_alone = pl.col("weight") >= WHOLE
    ordered = ways.sort("code_to", *groups, "code")
    return ordered.group_by("code_to", *groups, maintain_order=True).agg(
        value=(pl.col("value") * pl.col("weight")).sum(),
        least_value=pl.col("value").filter(is_alone).sum(),
        most_value=pl.col("value").sum(),
        codes_count=pl.len().cast(pl.Int64),
    )


def _shown(converted: pl.DataFrame, titles: Mapping[str, str], groups: list[str]) -> pl.DataFrame:
    """The main table, the last year and the largest value first."""
    total = pl.col("value").sum()
    share = pl.col("value") / total.over(groups or 1)
    table = converted.with_columns(
        total_share=pl.when(pl.col("value") > 0).then(share).otherwise(0.0),
        title=pl.col("code_to").replace_strict(titles, default=None, return_dtype=pl.String),
    )
    first = ["code_to", *groups]
    if titles:
        first.insert(1, "title")
    figures = ["value", "least_value", "most_value", "total_share", "codes_count"]
    largest = [*(name for name in groups if name == "year"), "value"]
    after = ["code_to", *(name for name in groups if name == "place")]
    return table.select(*first, *figures).sort(
        *largest, *after, descending=[True] * len(largest) + [False] * len(after)
    )


def _shown_routes(ways: pl.DataFrame, routes: Routes) -> pl.DataFrame:
    """Every link that was used; of remainders that were split differently, what all gave."""
    value = pl.col("value")
    weight = pl.col("weight")
    is_one = (weight.min() == weight.max()) | (value.sum() <= 0)
    given = (value * weight).sum() / value.sum()
    read_as = pl.col("code").replace_strict(routes.read_as, return_dtype=pl.String)
    return (
        ways.group_by("code", "code_to", maintain_order=True)
        .agg(weight_share=pl.when(is_one).then(weight.first()).otherwise(given))
        .sort("code", "code_to")
        .select("code", read_as.alias("read_as"), "code_to", "weight_share", match=routes.kind())
    )


def _called_totals(
    rows: pl.DataFrame, routes: Routes, groups: list[str], nested: bool
) -> list[str]:
    """Codes such as 0 and T that have in each group what all others have together."""
    known = rows.drop_nulls("value")
    totals = list[str]()
    readings = [routes.read_as, dict[str, str]()] if nested else [None]
    for code, read_as in product(sorted(filter(is_total, routes.found)), readings):
        is_it = pl.col("code") == code
        others = known.filter(~is_it)
        if read_as is not None:
            others, _ = without_parts(others, groups, read_as=read_as)
        sums = (
            pl.concat([known.filter(is_it), others])
            .sort("code", *groups)
            .group_by(groups or 1, maintain_order=True)
            .agg(own=pl.col("value").filter(is_it).sum(), all=pl.col("value").filter(~is_it).sum())
            .filter(pl.col("own") > 0)
        )
        if sums.height and ((sums["own"] - sums["all"]).abs() <= ROUNDED * sums["own"]).all():
            totals.append(code)
    return sorted(set(totals))


def _lost(
    rows: pl.DataFrame, pieces: pl.DataFrame, ways: pl.DataFrame, routes: Routes
) -> pl.DataFrame:
    """Rows that lead nowhere, or on in part alone, with what is lost of them, and why."""
    keys = [name for name in rows.columns if name != "value"]
    reached = ways.group_by(keys, maintain_order=True).agg(pl.col("weight").sum())
    begun = pieces.select(keys).unique().with_columns(is_begun=pl.lit(True))
    both = rows.join(reached, on=keys, how="left", nulls_equal=True, maintain_order="left")
    both = both.join(begun, on=keys, how="left", nulls_equal=True, maintain_order="left")
    kind = routes.kind()
    reason = (
        pl.when(pl.col("value").is_null())
        .then(pl.lit("value_missing"))
        .when(kind.is_in(["no_link", "two_readings"]))
        .then(kind)
        .when(pl.col("is_begun").is_null())
        .then(pl.lit("parts_fall_short"))
        .otherwise(pl.lit("lost_on_the_way"))
    )
    left = 1 - pl.col("weight").fill_null(0.0)
    lost = both.filter(pl.col("value").is_null() | (left > ROUNDING))
    return lost.select(*keys, value=pl.col("value") * left, reason=reason)


def _matches(rows: pl.DataFrame, routes: Routes) -> pl.DataFrame:
    """How codes were found, with their values."""
    table = (
        rows.with_columns(match=routes.kind())
        .sort("code")
        .group_by("match", maintain_order=True)
        .agg(codes_count=pl.col("code").n_unique().cast(pl.Int64), value=pl.col("value").sum())
    )
    # without a total there are no shares
    share = pl.col("value") / pl.lit(table["value"].sum() or None, pl.Float64)
    return table.with_columns(total_share=share).sort("value", "match", descending=[True, False])


def _answer(table: pl.DataFrame) -> list[Message]:
    """The largest codes, in the last year with a value above 0 where there are years."""
    if not table["value"].sum():
        return [message("nothing_converted")]
    rows = table
    values = dict[str, Value[Any]]()
    if "year" in table.columns:
        rows = table.filter(pl.col("year") == pl.col("year").filter(pl.col("value") > 0).max())
        values = {"year": Year(rows["year"][0])}
    label = "title" if "title" in rows.columns else "code_to"
    whole = (
        rows.sort("code_to")
        .group_by("code_to", maintain_order=True)
        .agg(pl.col(label).first().alias("label"), pl.col("value").sum())
        .sort("value", "code_to", descending=[True, False])
    )
    total = float(whole["value"].to_numpy().sum())
    placed = [
        Phrase(message("phrases.placed", code=_called(row), share=Share(row["value"] / total)))
        for row in whole.head(1 + FOLLOWERS).iter_rows(named=True)
    ]
    said = [
        message(
            "largest_in" if values else "largest",
            count=Count(whole.height),
            first=placed[0],
            **values,
        )
    ]
    if placed[1:]:
        said.append(message("followers", items=List(tuple(placed[1:]))))
    return said


def _called(row: Mapping[str, Any]) -> Value[Any]:
    """A code with its title, if it has one."""
    if row["label"] in (None, row["code_to"]):
        return Name(row["code_to"])
    called = {"code": Name(row["code_to"]), "title": Name(row["label"])}
    return Phrase(message("phrases.titled", **called))


def _how_sure(ways: pl.DataFrame, groups: list[str]) -> list[Message]:
    """Which part of the value leads to one code alone."""
    each = ways.group_by("code", *groups, "value", maintain_order=True)
    known = each.agg(pl.len().alias("ways")).sort("code", *groups)
    total = float(known["value"].to_numpy().sum())
    if total <= 0:
        return []
    split = known.filter(pl.col("ways") > 1)
    if split.is_empty():
        return [message("all_alone")]
    share = float(split["value"].to_numpy().sum()) / total
    return [
        message(
            "split",
            alone=Share(1 - share),
            split=Share(share),
            count=Count(split["code"].n_unique()),
        )
    ]


def _left_out(unconverted: pl.DataFrame, matches: pl.DataFrame) -> list[Message]:
    """What was not converted, by reason."""
    total = float(matches["value"].to_numpy().sum())
    said = []
    for code in (*SHARED, "sum_of_all", "parts_exceed", "value_missing"):
        some = unconverted.filter(pl.col("reason") == code)
        if some.is_empty():
            continue
        codes = some["code"].unique(maintain_order=True)
        values: dict[str, Value[Any]] = {"count": Count(len(codes)), "codes": names(codes)}
        if code in SHARED:
            share = float(some["value"].to_numpy().sum()) / total if total > 0 else 0.0
            values["share"] = Share(share)
        said.append(message(code, **values))
    return said


def _how_matched(routes: Routes) -> list[Message]:
    """Codes for which the links know others, above or below."""
    said = []
    for kind in ("from_parent", "from_children"):
        codes = sorted(code for code, match in routes.found.items() if match.kind == kind)
        if codes:
            said.append(message(kind, count=Count(len(codes)), codes=names(codes)))
    return said


def _beside_sections(rows: pl.DataFrame, routes: Routes) -> list[Message]:
    """Letters beside numbers, which they may hold."""
    codes = [code for code in rows["code"].unique().sort() if routes.found[code].codes]
    letters = [code for code in codes if code.isalpha() and len(code) == 1]
    if letters and any(code[0].isdigit() for code in codes):
        return [message("sections_beside", count=Count(len(letters)), codes=names(letters))]
    return []


def _wholes(rows: pl.DataFrame, rest: pl.DataFrame, exceeded: pl.DataFrame) -> list[Message]:
    """Codes that stand beside their parts."""
    kept = rest.with_columns(kept="value").drop("value")
    keys = [name for name in rows.columns if name != "value"]
    both = rows.join(kept, on=keys, how="left", nulls_equal=True)
    is_changed = pl.col("kept").is_null() | (pl.col("kept") < pl.col("value"))
    changed = both.drop_nulls("value").filter(is_changed)
    count = changed["code"].n_unique() - exceeded["code"].n_unique()
    if count <= 0:
        return []
    return [message("wholes", count=Count(count))]


def _conventions(has_weights: bool, is_chain: bool) -> tuple[Message, ...]:
    said = [message("split_by_weights" if has_weights else "split_equally"), message("bounds")]
    if is_chain:
        said.append(message("chain"))
    return *said, message("order_of_matching")


def _charts(table: pl.DataFrame, groups: list[str]) -> tuple[Chart, ...]:
    """The codes by size, and over the years; under their titles where each code has its own."""
    if "place" in groups:
        return ()
    name = "code_to"
    if "title" in table.columns:
        pairs = table.select("code_to", "title").unique()
        if pairs["title"].null_count() == 0 and pairs["title"].is_unique().all():
            name = "title"
    by_rank = Chart("by_rank", "converted", "", (Mark("value", "bars"),), line=name)
    by_year = Chart("by_year", "converted", "year", (Mark("value"),), panel=name)
    return by_rank_and_year(table, by_rank, by_year)


CONVERSION = Measurement(
    conversion,
    citation="Firstlight",
    sample=Sample(tables={"links": "sample_links.csv"}),
    may_sum=True,
)
