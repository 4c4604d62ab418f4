"""Graduates against demand: what each field supplies, what occupations ask of it, and the gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import read_long

_TOLERANCE = 1e-6
NO_SUPPLY: Words = ("the number of graduates is not known", "毕业生人数未知")
NO_LINK: Words = ("the crosswalk names no demand for this field", "对应表未给出该专业的需求")
NO_DEMAND: Words = ("the demand of an occupation that draws on this field is not known", "某相关职业的需求未知")


@dataclass(frozen=True, kw_only=True)
class GraduateBalance(Finding):
    """Graduates against demand, a row per field (and place or year, if those were named), sorted.

    table    : the named keys, field, supply_count, demand_count, gap_count (supply - demand), supply_ratio (supply over demand),
               reason_en, reason_zh where something is missing
    unlinked : the named keys, occupation, demand_count: demand that the crosswalk gives to no field, in full or in part
    """

    unlinked: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        return alt.Chart(self.table.drop_nulls("gap_count")).mark_bar().encode(x="sum(gap_count):Q", y="field:N")


def graduate_balance(
    supply: Any,
    demand: Any,
    crosswalk: Any,
    *,
    field: str = "field",
    occupation: str = "occupation",
    graduates: str = "graduates",
    openings: str = "openings",
    share: str = "share",
    by: tuple[str, ...] = (),
) -> GraduateBalance:
    """What fields supply and occupations demand, on the side of fields.

    demand of field f = sum over occupations o of share_of openings_o; share_of says which part of an occupation's openings goes to
    graduates of f, so that the shares of an occupation add up to 1 at most. What is left goes to ``unlinked``.

    supply    : a row per field; demand : a row per occupation (or industry); both also per key of ``by``, such as a place and a year
    crosswalk : a row per field and occupation with its share; yours, as no two countries share one
    Returns GraduateBalance; a missing number, or row of demand, makes what hangs on it missing, never 0.
    Raises  InputError as ``read_long``, for a key that stands twice, negative numbers, or shares of an occupation beyond 1.
    Source: an accounting identity; it forecasts nothing.

    >>> supply = pl.DataFrame({"field": ["optics"], "graduates": [120]})
    >>> demand = pl.DataFrame({"occupation": ["lens maker", "clerk"], "openings": [100, 50]})
    >>> links = pl.DataFrame({"field": ["optics"], "occupation": ["lens maker"], "share": [0.9]})
    >>> found = graduate_balance(supply, demand, links)
    >>> found.table.select("demand_count", "gap_count").row(0), found.unlinked.rows()
    ((90.0, 30.0), [('clerk', 50.0), ('lens maker', 10.0)])
    """
    keys = list(by)
    offered = _numbers(supply, [*keys, field], graduates, [*keys, "field"], "supply_count", "supply")
    asked = _numbers(demand, [*keys, occupation], openings, [*keys, "occupation"], "demand_count", "demand")
    links = _numbers(crosswalk, [field, occupation], share, ["field", "occupation"], "share", "crosswalk")
    _refuse_shares(links)
    by_field = _by_field(asked, links, offered, keys)
    whole = offered.with_columns(is_told=pl.lit(True)).join(by_field, on=[*keys, "field"], how="full", coalesce=True)
    whole = whole.filter(pl.col("is_told") | pl.col("is_asked"))
    none = [pl.col("supply_count").is_null(), pl.col("has_link").is_null(), pl.col("demand_count").is_null()]
    reason = [
        pl.when(none[0]).then(pl.lit(NO_SUPPLY[lang])).when(none[1]).then(pl.lit(NO_LINK[lang]))
        .when(none[2]).then(pl.lit(NO_DEMAND[lang])).otherwise(pl.lit(""))
        for lang in (0, 1)
    ]  # fmt: skip
    table = whole.select(
        *keys,
        "field",
        "supply_count",
        "demand_count",
        gap_count=pl.col("supply_count") - pl.col("demand_count"),
        supply_ratio=pl.when(pl.col("demand_count") > 0).then(pl.col("supply_count") / pl.col("demand_count")),
        reason_en=reason[0],
        reason_zh=reason[1],
    ).sort(*keys, "field")
    unlinked = _unlinked(asked, links, keys)
    return GraduateBalance(
        table=table,
        sentences=_sentences(table, unlinked),
        conventions=(
            ("demand goes to fields by the shares of your crosswalk", "需求按使用者给定的对应表分配到专业"),
            ("gap = graduates - demand; ratio = graduates / demand", "缺口=毕业生−需求；供需比=毕业生/需求"),
            ("what is missing makes missing what hangs on it", "缺失值使相关结果缺失，不以0代替"),
            (
                "a balance of one year's flows: stocks, retirement, migration and further study are not in it",
                "仅为当年流量的对比，不含存量、退休、迁移与深造",
            ),
        ),
        given=supply,
        unlinked=unlinked,
    )


def _numbers(frame: Any, own: list[str], value: str, keys: list[str], name: str, which: str) -> pl.DataFrame:
    """A frame of keys and one number at least 0, each key once."""
    names = dict(zip(keys, own, strict=True)) | {name: value}
    table = read_long(frame, names, [name])
    twice = table.filter(pl.struct(keys).is_duplicated())
    if twice.height:
        raise InputError(
            "a row that stands twice",
            where=f"{which}, {', '.join(map(str, twice.select(keys).row(0)))}",
            try_next="add its rows up first",
        )
    low = table.filter(pl.col(name) < 0)
    if low.height:
        where = f"{which}, {', '.join(map(str, low.select(keys).row(0)))}"
        raise InputError(f"{low[name][0]:g}", where=where, try_next="0 or more; leave unknown ones empty")
    return table


def _by_field(asked: pl.DataFrame, links: pl.DataFrame, offered: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The demand of each field at each of the keys; an occupation that has no row there is as unknown as one without a number."""
    lines = links.filter(pl.col("share") > 0)
    if keys:
        lines = pl.concat([offered.select(keys), asked.select(keys)]).unique().join(lines, how="cross")
    demand = asked.with_columns(has_row=pl.lit(True))
    parts = lines.join(demand, on=[*keys, "occupation"], how="left").sort(*keys, "field", "occupation")
    part = pl.col("demand_count") * pl.col("share")
    return parts.group_by(*keys, "field", maintain_order=True).agg(
        demand_count=pl.when(pl.col("demand_count").is_not_null().all()).then(part.sum()),
        has_link=pl.lit(True),
        is_asked=pl.col("has_row").any(),
    )


def _refuse_shares(links: pl.DataFrame) -> None:
    lost = links.filter(pl.col("share").is_null())
    if lost.height:
        raise InputError(
            "no share", where=f"crosswalk, {lost['field'][0]}, {lost['occupation'][0]}", try_next="a share from 0 to 1"
        )
    over = (
        links.group_by("occupation")
        .agg(pl.col("share").sum())
        .filter(pl.col("share") > 1 + _TOLERANCE)
        .sort("occupation")
    )
    if over.height:
        raise InputError(
            f"the shares of {over['occupation'][0]!r} add up to {over['share'][0]:g}",
            where="crosswalk",
            try_next="let the shares of an occupation add up to 1 at most",
        )


def _unlinked(asked: pl.DataFrame, links: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    given = links.group_by("occupation").agg(pl.col("share").sum())
    left = 1 - pl.col("share").fill_null(0.0)
    rest = asked.join(given, on="occupation", how="left").filter(left > _TOLERANCE)
    return (
        rest.with_columns(demand_count=(pl.col("demand_count") * left).round(9))
        .select(*keys, "occupation", "demand_count")
        .sort(*keys, "occupation")
    )


def _sentences(table: pl.DataFrame, unlinked: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    """Of the last year, where there are years."""
    when, last = ("", ""), pl.lit(True)
    if "year" in table.columns and table["year"].count():
        year = int(table["year"].max())  # type: ignore[arg-type]
        when, last = (f"In {year}, ", f"{year}年，"), pl.col("year") == year
    rows = table.filter(last)
    known = rows.drop_nulls("gap_count").sort("gap_count", "field")
    short = known.filter(pl.col("gap_count") < 0)
    of = "fields in their places" if "place" in table.columns else "fields"
    told: list[tuple[str, Words]] = [
        (
            "known",
            (
                f"{when[0]}{known.height} of {rows.height} {of} have both sides; {short.height} fall short of demand.",
                f"{when[1]}{rows.height}项中{known.height}项供需齐备，其中{short.height}项供不应求。",
            ),
        )
    ]
    for code, row, english, chinese in (
        ("shortest", short.head(1), "The largest gap", "缺口最大"),
        ("most_beyond", known.filter(pl.col("gap_count") > 0).tail(1), "The most beyond demand", "过剩最多"),
    ):
        for top in row.iter_rows(named=True):
            name = ", ".join(str(top[key]) for key in ("field", "place") if top.get(key))
            supply, demand = f"{top['supply_count']:,.0f}", f"{top['demand_count']:,.0f}"
            en = f"{english}: {name}, {supply} graduates for {demand} openings."
            told.append((code, (en, f"{chinese}：{name}，毕业生{supply}人，需求{demand}人。")))
    rest = unlinked.filter(last)
    if rest.height:
        lost, count = f"{rest['demand_count'].drop_nulls().to_numpy().sum():,.0f}", rest["occupation"].n_unique()
        en = f"The crosswalk gives {lost} openings of {count} occupation{'s' * (count > 1)} to no field."
        told.append(("unlinked", (en, f"对应表未将{count}个职业的{lost}个岗位分配到任何专业。")))
    return tuple(told)
