"""What each place could take up next, and how such forecasts did before: tables, drawings and sentences."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.complexity.opportunities import Opportunities, opportunities
from firstlight.instruments.complexity.opportunity_record import (
    NothingToScoreError,
    OpportunityRecord,
    opportunity_record,
)
from firstlight.instruments.complexity.related_activities import (
    RelatedActivities,
    related_activities,
)
from firstlight.numerics.finding import Words, listed
from firstlight.numerics.progress import Progress
from firstlight.run.measurements.activity_choices import (
    ABSENT,
    Activities,
    Choices,
    check_presence,
    of_activity,
    presence_rule,
    read_choices,
    totals_of,
)
from firstlight.run.measurements.activity_growth import activity_growth, check_growth
from firstlight.run.measurements.curves import Computed, texts, told, told_first
from firstlight.run.measurements.drawings import NODES

DRAWN = 6  # places with a drawing, where none are named: the largest
ALL = 1_000_000  # rows of a place: all of its frontier
FRONTIER, REST = ("on the frontier", "位于前沿"), ("other absent activities", "其他未有活动")
SMALL_THEN: Words = (
    "in the record a place that is left out of a year as too small has nothing then: what it had counts as left",
    "记录中，某年因规模过小未计入的地区视为该年无任何活动，其原有活动计为退出",
)
NO_CHANCES: Words = (
    "No chances are told for the year that is shown: only the last year, and years whose outcome is in the table, are foretold, "
    "where earlier changes can be learnt from.",
    "所展示的年份未给出概率：仅对最后一年及结果已在表中的年份作预测，且须有可学习的此前变动。",
)
_NO_CHANCES = pl.DataFrame(
    schema={
        "place": pl.String,
        "activity": pl.String,
        "chance_share": pl.Float64,
        "mean_chance_share": pl.Float64,
    }
)
AXES = {
    "kind": "scatter",
    "x_en": "nearness: share of what is near that is there (density)",
    "x_zh": "邻近（密度）：邻近活动已在本地的占比",
    "y_en": "complexity above the place's, standard deviations of ECI",
    "y_zh": "高于本地的复杂度（ECI标准差）",
}


def check_opportunities(choices: Choices) -> None:
    """Raises  InputError for options that don't go together."""
    check_presence(choices)
    check_growth(choices)


def opportunity_tables(
    frame: pl.DataFrame, choices: Choices, progress: Progress = None
) -> Computed:
    """Portfolios of what is absent, by nearness, complexity, outlook, growth and strategic weight; their record beside them."""
    table, rule = read_choices(frame, choices), presence_rule(choices)
    near = related_activities(
        table.shown, **table.keywords, rule=rule, measure=choices["proximity"]
    )
    growth, weight = activity_growth(table, choices), of_activity(table, "strategic_weight")
    found = opportunities(
        near, year=table.year, most=ALL, growth=growth.of or None, weight=weight or None
    )
    named = _named(table, choices["places"])
    record, reason = _record(table, choices, progress)
    chances = None if record is None else _chances(record, table)
    order, near_enough = named or _largest(table), _near_enough(found, choices["least_density"])
    portfolio = _portfolio(near_enough, chances, choices["most"], order)
    drawn = [place for place in order if place in set(portfolio["place"])]
    drawn = drawn if named else drawn[:DRAWN]
    nodes = (
        pl.concat([_drawing(place, near, table, near_enough) for place in drawn])
        if drawn
        else pl.DataFrame(schema=NODES)
    )
    tables = {
        "sentences": told_first(
            _sentences(
                portfolio,
                found,
                drawn,
                record,
                reason,
                choices["horizon"],
                (*growth.sentences, *table.sentences),
            ),
            totals_of(table),
        ),
        "portfolio": portfolio,
        "portfolio_places": _ordered(found.places, order),
        "nodes": nodes,
        "record": _record_table(record),
        "conventions": texts(
            [
                *found.conventions,
                *growth.conventions,
                *_record_conventions(record, found, choices),
                ABSENT,
                *table.conventions,
                *_least(choices),
            ]
        ),
    }
    tables |= growth.tables
    if record is not None:
        tables |= {
            "opportunity_record_by_year": record.by_year.drop("score"),
            "not_scored": record.left_out,
        }
    if chances is not None:
        tables["chances"] = chances
    facts: dict[str, Any] = {
        "drawing": "scatter",
        "drawings": {place: {**AXES, "title_en": place, "title_zh": place} for place in drawn},
        "size_en": "outlook gain",
        "size_zh": "前景增益",
    }
    return tables, facts


def _named(table: Activities, places: list[str] | None) -> list[str] | None:
    strangers = sorted(set(places or []) - set(table.shown["place"]))
    if strangers:
        raise InputError(
            f"no place {strangers[0]!r}",
            where="--places" + ("" if table.year is None else f", year {table.year}"),
            try_next=f"names as the table has them, such as {listed(table.shown['place'].unique().sort().to_list(), 3)}",
        )
    return places


def _largest(table: Activities) -> list[str]:
    total = table.shown.group_by("place").agg(pl.col("value").sort().sum())
    return total.sort("value", "place", descending=[True, False])["place"].to_list()


def _record(
    table: Activities, choices: Choices, progress: Progress
) -> tuple[OpportunityRecord | None, Words]:
    """The record, or why there is none."""
    horizon = choices["horizon"]
    if not choices["record"]:
        return None, ("it was not asked for (--record no)", "未要求（--record no）")
    if table.year is None:
        return None, ("the table has no years", "表中没有年份")
    years = set(table.frame["year"])
    if not any(year + horizon in years and year - horizon in years for year in years):
        return None, (
            f"that takes three years of the table {horizon} years apart: one to learn from, one to forecast at, one to score",
            f"需要表中有相隔{horizon}年的三个年份：一个用于学习，一个作为预测时点，一个用于检验",
        )
    try:
        found = opportunity_record(
            table.frame,
            "value",
            horizon=horizon,
            rule=presence_rule(choices),
            seed=choices["seed"],
            progress=progress,
        )
    except (
        NothingToScoreError
    ) as error:  # the portfolio stands without it, and the sentence says why
        return None, error.reason
    except InputError as error:
        raise InputError(
            f"no record of earlier forecasts: {error.what}",
            where=error.where,
            try_next=f"{error.try_next}; or --record no, for the portfolio alone",
        ) from error
    return found, ("", "")


def _chances(record: OpportunityRecord, table: Activities) -> pl.DataFrame | None:
    """What the record's ensemble foretells at the year that is shown; None where it had nothing to learn from."""
    if table.year not in {one.known.now.period for one in record.periods}:
        return None
    found = record.forecasts(table.year).drop_nulls("chance_share")
    if not found.height:
        return None
    return found.select(
        "place", "activity", "chance_share", "mean_chance_share", "density_share", "outcome"
    )


def _near_enough(found: Opportunities, least: float) -> pl.DataFrame:
    """The frontier of what is near enough, ranked anew.

    It is the frontier of the near ones alone too: what beats one in every respect is at least as near.
    """
    own = found.table.filter(pl.col("density_share") >= least)
    return own.with_columns(rank=pl.col("rank").rank("ordinal").over("place").cast(pl.Int64))


def _least(choices: Choices) -> list[Words]:
    least = choices["least_density"]
    if least <= 0:
        return []
    return [
        (
            f"only activities with a density of {least:.0%} or more are listed",
            f"仅列出密度不低于{least:.0%}的活动",
        )
    ]


def _ordered(rows: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """The rows of some places, in their order."""
    place = pl.DataFrame(
        {"place": order, "order": range(len(order))}, schema={"place": pl.String, "order": pl.Int64}
    )
    return rows.join(place, on="place").sort("order", maintain_order=True).drop("order")


def _portfolio(
    front: pl.DataFrame, chances: pl.DataFrame | None, most: int, order: list[str]
) -> pl.DataFrame:
    """The first of each place: what speaks for them, in numbers and in words; the largest place first."""
    own = front.filter(pl.col("rank") <= most)
    foretold = _NO_CHANCES if chances is None else chances.select(*_NO_CHANCES.columns)
    own = own.join(foretold, on=["place", "activity"], how="left")
    first = ["place", "rank", "activity", "chance_share", "mean_chance_share"]
    last = [
        "text_en",
        "text_zh",
        "mean_percentile_share",
        "rca",
        *(["year"] if "year" in own.columns else []),
    ]
    middle = [name for name in own.columns if name not in (*first, *last)]
    return _ordered(own.select(*first, *middle, *last).sort("place", "rank"), order)


def _drawing(
    place: str, near: RelatedActivities, table: Activities, front: pl.DataFrame
) -> pl.DataFrame:
    """Every absent activity of a place by nearness and what it would add."""
    index = table.of_year(near.table).filter(pl.col("place") == place)["eci"][0]
    absent = (
        near.pairs(table.year).filter(pl.col("place") == place).drop_nulls(["density_share", "pci"])
    )
    best = front.filter(pl.col("place") == place).select("activity", is_best=pl.lit(True))
    rows = absent.join(best, on="activity", how="left").sort("activity")
    is_best = pl.col("is_best").is_not_null()
    return rows.select(
        drawing=pl.lit(place),
        node="activity",
        x="density_share",
        y=pl.col("pci") - (0.0 if index is None else index),
        size=pl.when(pl.col("outlook_gain") >= 0).then("outlook_gain"),
        group_en=pl.when(is_best).then(pl.lit(FRONTIER[0])).otherwise(pl.lit(REST[0])),
        group_zh=pl.when(is_best).then(pl.lit(FRONTIER[1])).otherwise(pl.lit(REST[1])),
    ).cast(NODES)  # type: ignore[arg-type]


def _years(number: int) -> str:
    return f"{number} year{'s' * (number > 1)}"


def _record_table(record: OpportunityRecord | None) -> pl.DataFrame:
    if record is None:
        return pl.DataFrame(
            schema={"target": pl.String, "score_en": pl.String, "score_zh": pl.String}
        )
    return record.table.drop("horizon_years", "score")


def _record_conventions(
    record: OpportunityRecord | None, found: Opportunities, choices: Choices
) -> list[Words]:
    if record is None:
        return []
    new = [words for words in record.conventions if words not in found.conventions]
    return [*new, SMALL_THEN] if choices["least_total"] > 0 else new


def _sentences(
    portfolio: pl.DataFrame,
    found: Opportunities,
    drawn: list[str],
    record: OpportunityRecord | None,
    reason: Words,
    horizon: int,
    small: tuple[tuple[str, Words], ...],
) -> pl.DataFrame:
    said: list[tuple[str, Words]] = []
    first = {
        row["place"]: row for row in portfolio.filter(pl.col("rank") == 1).iter_rows(named=True)
    }
    for place in drawn:
        row = first[place]
        english, chinese = row["text_en"], row["text_zh"]
        if row["chance_share"] is not None:
            english += f" Chance that it is there {_years(horizon)} on: {row['chance_share']:.0%} "
            english += f"(mean of all absent pairs: {row['mean_chance_share']:.1%})."
            chinese += f"{horizon}年后具备的概率{row['chance_share']:.0%}（尚无的组合平均{row['mean_chance_share']:.1%}）。"
        said.append(("first", (f"{place}: {english}", f"{place}：{chinese}")))
    said += [(code, words) for code, words in found.sentences if code != "first"]
    if record is not None:
        said += [
            (code, words) for code, words in record.sentences if code.startswith("entry")
        ]  # the table has the others
        if portfolio.height and not portfolio["chance_share"].count():
            said.append(("no_chances", NO_CHANCES))
    else:
        said.append(
            (
                "no_record",
                (
                    f"No record of such forecasts: {reason[0]}.",
                    f"没有此类预测的记录：{reason[1]}。",
                ),
            )
        )
    return told((*said, *small))
