"""Who is likely to work together for the first time, and the record of such forecasts and of
consortia."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from firstlight.instruments.networks.partner_choice.consortium import Objective
from firstlight.instruments.networks.partner_choice.consortium_record import (
    DRAWS,
    backtest_consortium,
    judged_years,
)
from firstlight.instruments.networks.partner_choice.partner_forecast import (
    LEARNT,
    NothingToLearn,
    PartnerForecast,
    backtest_partners,
    forecast_partners,
    record_schema,
)
from firstlight.texts import Code, Count, Message, Name, Number, Phrase, Share, Value, Year, message

COMPARED = 1500  # members whose pairs are compared at most
RECORD_YEARS, LIKELY = 3, 100
AT = (10, 50, 100)
HITS = {
    "precision_at_10_share": "hits_at_10_share",
    "precision_at_50_share": "hits_at_50_share",
    "precision_at_100_share": "hits_at_100_share",
}
SAID = ("said_at_10_share", "said_at_50_share", "said_at_100_share")


@dataclass(frozen=True)
class Forecasts:
    """Tables, messages and conventions of forecasts and their record."""

    tables: Mapping[str, pl.DataFrame]
    said: Sequence[Message]
    conventions: Sequence[Message]


def forecast_and_record(
    frame: pl.DataFrame,
    *,
    horizon: int,
    past: int,
    least_works: int,
    size: int,
    least: int,
    objective: Objective,
    seed: int,
) -> Forecasts:
    """Pairs likely to work together for the first time, the record of such forecasts, and that of
    consortia.

    frame : work, member, year, term, group
    """
    works = frame.select("work", "member", "year").unique()
    terms = frame.select("work", "term").drop_nulls().unique()
    now = int(works["year"].to_numpy().max())
    years = _record_years(works, now, horizon, past)
    new = _new_partners(frame, works, terms, now, years, horizon, past, least_works)
    judged = judged_years(works, terms, years, horizon, past)
    if not judged:
        return new
    kept = backtest_consortium(
        works,
        terms,
        judged,
        horizon,
        size,
        past=past,
        least=least,
        objective=objective,
        seed=seed,
    )
    rules = (
        message("consortium_span", past=Count(past), horizon=Count(horizon)),
        message("record_terms"),
        message("blind", count=Count(DRAWS)),
    )
    return Forecasts(
        {**new.tables, "consortium_record": kept},
        (*new.said, _consortia(kept)),
        (*new.conventions, *rules),
    )


def _new_partners(
    frame: pl.DataFrame,
    works: pl.DataFrame,
    terms: pl.DataFrame,
    now: int,
    years: Sequence[int],
    horizon: int,
    past: int,
    least_works: int,
) -> Forecasts:
    """Pairs likely to work together for the first time, and how such forecasts did before."""
    # as it would have been chosen then
    enough = {year: _least_works(works, year, past, least_works) for year in (now, *years)}
    has_groups = frame["group"].null_count() < frame.height

    def known(year: int) -> dict[str, Any]:
        groups = groups_known(frame, year) if has_groups else None
        return {"past": past, "least_works": enough[year], "groups": groups, "terms": terms}

    tables, said, missing = dict[str, pl.DataFrame](), list[Message](), list[Message]()
    parts = list[pl.DataFrame]()
    try:
        likely = forecast_partners(works, now, horizon, most=LIKELY, **known(now))
        tables["likely_pairs"] = likely.table
        said += _likeliest(likely, horizon)
    except NothingToLearn as error:
        missing.append(message("no_forecast", why=_why(error)))
    for year in years:
        try:
            parts.append(backtest_partners(works, [year], horizon, at=AT, **known(year)))
        except NothingToLearn as error:
            missing.append(message("no_record_of", year=Year(year), why=_why(error)))
    by_year = pl.concat([pl.DataFrame(schema=record_schema(AT)), *parts])
    tables["record"] = mean_record(by_year)
    if parts:
        tables["record_by_year"] = by_year.rename(HITS)
        said += _record_messages(tables["record"], len(parts))
    elif not years:  # else each year says for itself what it lacks
        said.append(message("no_record", year=Year(now - past - 2 * horizon + 1)))
    rules = [_rule(enough[now], past, horizon)]
    if enough[now] > least_works:
        asked = {"asked": Count(least_works), "most": Count(COMPARED)}
        rules.append(message("fewer_compared", least=Count(enough[now]), **asked))
    return Forecasts(tables, (*said, *missing), rules)


def _record_years(works: pl.DataFrame, now: int, horizon: int, past: int) -> list[int]:
    """The last forecast years whose outcomes and whose past the table holds in full, not
    overlapping."""
    first = int(works["year"].to_numpy().min())
    years = [now - horizon * k for k in range(1, RECORD_YEARS + 1)]
    return sorted(year for year in years if year - horizon - past + 1 >= first)


def _least_works(works: pl.DataFrame, now: int, past: int, least: int) -> int:
    """The fewest works that let so many members be compared in pairs as a machine holds."""
    window = works.filter(pl.col("year").is_between(now - past + 1, now))
    counts = window.group_by("member").len()["len"].to_numpy()
    while (counts >= least).sum() > COMPARED:
        least += 1
    return least


def groups_known(frame: pl.DataFrame, year: int) -> dict[str, str]:
    """Each member's group in most of its rows up to a year, so that nothing later is used.

    >>> rows = pl.DataFrame({"member": ["x"] * 3, "group": ["u", "v", "v"], "year": [2000, 2001,
    ...     2002]})
    >>> groups_known(rows, 2000)
    {'x': 'u'}
    """
    known = frame.filter((pl.col("year") <= year) & pl.col("group").is_not_null())
    count = known.group_by("member", "group").len()
    order = count.sort("member", "len", "group", descending=[False, True, False])
    first = order.unique("member", keep="first").sort("member")
    return dict(first.select("member", "group").iter_rows())


def mean_record(by_year: pl.DataFrame) -> pl.DataFrame:
    """The record of each score over its forecast years: means, the best first; pairs and links are
    added up.

    by_year : as `backtest_partners` returns it
    """
    means = by_year.group_by("score", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("forecasts_count"),
        pl.col("pair_count", "link_count").sum(),
        pl.col("base_rate_share", "auc", *HITS, *SAID).mean(),
    )
    ranked = means.sort("auc", "score", descending=[True, False], nulls_last=True)
    return ranked.rename(HITS)


def _why(error: NothingToLearn) -> Phrase:
    return Phrase(message(f"phrases.{error.code}", **error.values))


def _likeliest(likely: PartnerForecast, horizon: int) -> list[Message]:
    """The likeliest new partners, and how likely any pair is."""
    first = likely.table.row(0, named=True)
    chance = Share(first["chance"], digits=1)
    pair = {"one": Name(first["member_1"]), "other": Name(first["member_2"])}
    mean = Share(likely.mean_chance, digits=2)
    return [
        message("likeliest", chance=chance, count=Count(horizon), **pair),
        message("mean_chance", count=Count(likely.pairs), chance=mean),
    ]


def _record_messages(record: pl.DataFrame, years: int) -> list[Message]:
    """How well new partners were forecast, beside the best single score."""
    is_learnt = pl.col("score") == LEARNT
    learnt, best = (record.filter(kind).row(0, named=True) for kind in (is_learnt, ~is_learnt))
    base = Share(learnt["base_rate_share"], digits=2)
    if learnt["auc"] is None:
        return [message("nobody_came_together", count=Count(years))]
    values: dict[str, Value[Any]] = {
        "count": Count(years),
        "base": base,
        "auc": Number(learnt["auc"], digits=3),
        "score": Code(f"codes.score.{best['score']}"),
        "best": Number(best["auc"], digits=3),
    }
    if learnt["hits_at_10_share"] is None:
        return [message("record_of_few_pairs", **values)]
    came, promised = Share(learnt["hits_at_10_share"]), Share(learnt["said_at_10_share"])
    return [message("record", came=came, promised=promised, **values)]


def _consortia(kept: pl.DataFrame) -> Message:
    """What consortia of past years came to cover, beside plainer choices."""
    columns = ("later_covered_share", "largest_later_share", "blind_later_share")
    own, largest, blind = (Share(float(kept[name].to_numpy().mean()), digits=1) for name in columns)
    years = Count(kept.height)
    return message("consortium_record", count=years, own=own, largest=largest, blind=blind)


def _rule(least: int, past: int, horizon: int) -> Message:
    counts = {"least": Count(least), "past": Count(past), "horizon": Count(horizon)}
    return message("new_partners", **counts)
