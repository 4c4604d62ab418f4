"""What each place could take up next, and how well such forecasts did before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.chart import Drawing
from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_panel import (
    ActivityPanel,
    Gaps,
    Presence,
    Proximity,
    Shrinkage,
    by_activity,
    check_counts,
    check_presence,
    few,
    places_in_order,
    presence_rule,
    read_panel,
    relatedness_conventions,
    rule_conventions,
    totals,
)
from firstlight.instruments.complexity.next_activities import answer
from firstlight.instruments.complexity.next_activities.crosswalk_growth import (
    growth_by_crosswalk,
)
from firstlight.instruments.complexity.next_activities.opportunity_record import (
    NothingToScoreError,
    OpportunityRecord,
    opportunity_record,
)
from firstlight.instruments.complexity.next_activities.portfolios import (
    Portfolios,
    in_order_of_places,
    portfolios,
)
from firstlight.instruments.complexity.next_activities.record_answer import (
    record_conventions,
    record_messages,
)
from firstlight.instruments.complexity.related_activities import (
    RelatedActivities,
    related_activities,
)
from firstlight.instruments.complexity.specialisation import PresenceRule
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.roles import Bounds
from firstlight.schema import Data
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Phrase,
    Share,
    counted,
    message,
    names,
)

DRAWN = 6  # places with a drawing and a sentence, where none are named: the largest
ALL = 1_000_000  # rows of a place: all of its frontier
RESAMPLES = 200  # of places, for the intervals of the record
OF_ACTIVITY = roles.Number(is_shared=True)
TECHNOLOGIES = roles.Table({"technology": roles.Key(), "growth": roles.Number()})
CROSSWALK = roles.Table(
    {"technology": roles.Key(), "activity": roles.Key(), "weight": roles.Number("zero")},
    may_lack=("weight",),
)
CHANCES = ("chance_share", "mean_chance_share")
SCORES = (
    "auc",
    "auc_low",
    "auc_high",
    "average_precision_share",
    "average_precision_low_share",
    "average_precision_high_share",
    "precision_at_10_share",
    "precision_at_10_low_share",
    "precision_at_10_high_share",
    "base_at_10_share",
    "precision_at_50_share",
    "precision_at_50_low_share",
    "precision_at_50_high_share",
    "base_at_50_share",
)
RECORD = (
    "target",
    "score",
    "kind",
    "forecast_year_count",
    "pair_count",
    "event_count",
    "base_rate_share",
    *SCORES,
    "over_null_share",
    "over_null_low_share",
    "over_null_high_share",
    "over_single_share",
    "over_single_low_share",
    "over_single_high_share",
    "rank_correlation",
    "high_first_share",
)
BY_YEAR = (
    "horizon_years",
    "target",
    "year",
    "score",
    "kind",
    "lesson_count",
    "pair_count",
    "event_count",
    "base_rate_share",
    *SCORES,
    "rank_correlation",
    "is_high_first",
)


@dataclass(frozen=True)
class _Growth:
    """Activity -> growth, and where it is from.

    tables : ``activity_growth`` and ``growth_left_out`` where a crosswalk was handed in
    """

    of: Mapping[str, float]
    said: Sequence[Message] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)


def opportunities(
    frame: Any,
    *,
    place: Annotated[str, roles.Key()] = "place",
    activity: Annotated[str, roles.Key(is_heading=True)] = "activity",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero", is_filled=True)] = "value",
    growth: Annotated[str | None, OF_ACTIVITY] = "growth",
    strategic_weight: Annotated[str | None, OF_ACTIVITY] = "strategic_weight",
    gaps: Gaps = "missing",
    presence: Presence = "rca",
    threshold: Annotated[float, Bounds(0.0)] = 1.0,
    least: Annotated[float, Bounds(0.0)] = 0.0,
    shrinkage: Shrinkage = "none",
    significance: Annotated[float | None, Bounds(0.0, 1.0)] = None,
    proximity: Proximity = "conditional",
    least_total: Annotated[float, Bounds(0.0)] = 0.0,
    shown_year: int | None = None,
    places: Annotated[Sequence[str] | None, roles.Names()] = None,
    least_density: Annotated[float, Bounds(0.0, 1.0)] = 0.0,
    most: Annotated[int, Bounds(1, 1000)] = 10,
    technologies: Annotated[Any, TECHNOLOGIES] = None,
    crosswalk: Annotated[Any, CROSSWALK] = None,
    horizon: Annotated[int, Bounds(1, 50)] = 5,
    record: bool = True,
    seed: Annotated[int, Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """Portfolios of the activities that places lack, and the record of such forecasts.

    A portfolio is the Pareto frontier of a place's absent activities by nearness, complexity,
    outlook and, where they are given, growth and strategic weight. The record forecasts entries
    from the tables of the past alone, and counts what came.

    Parameters
    ----------
    frame
        A row for each place and activity, and year.
    place
        Column of the places: countries, provinces, cities.
    activity
        Column of the activities: industries, technologies, products or occupations.
    year
        Column of the years.
    value
        Column of the amounts: exports, employment, patents, firms.
    growth
        Column with the forecast growth of each activity, as a share per year.
    strategic_weight
        Column with the strategic weight of each activity; more is better.
    gaps
        What a row without a value means.
    presence
        An activity is present where its RCA (location quotient) is high enough, or wherever its
        value is above ``least``.
    threshold
        Least RCA of what is present.
    least
        Least value of what is present.
    shrinkage
        Whether the RCA of small counts is moved towards 1.
    significance
        Largest p-value of what is present, in an exact test of counts.
    proximity
        How near two activities are.
    least_total
        Least sum of a place's values; smaller places are left out.
    shown_year
        The year that is shown; the last one where it is left out.
    places
        Places to show; all of them where it is left out.
    least_density
        Least nearness (density) of what is listed.
    most
        How many activities are listed for a place.
    technologies
        Growth forecasts of technologies, such as tables/technologies.csv of an observation.
    crosswalk
        Which technologies belong to which activity.
    horizon
        Years ahead of the record's forecasts.
    record
        Whether earlier forecasts are made again and scored; without them there are no chances.
    seed
        Seed of random draws.
    progress
        Called with the forecasts made and all of them.

    Returns
    -------
    Result with the tables ``portfolio`` (the largest place first), ``portfolio_places``,
    ``record``, ``opportunity_record_by_year``, ``not_scored`` and ``chances`` where there is a
    record, ``activity_growth`` and ``growth_left_out`` with a crosswalk, and that of the chart.

    Raises
    ------
    InputError
        For a place that is not there, growth from both a column and a crosswalk, a year without a
        value above 0, counts that are no whole numbers, and options that do not go together.

    References
    ----------
    Hausmann and others 2014, The Atlas of Economic Complexity; Balland and others 2019, Regional
    Studies 53(9), 1252-1268; Albora, Pietronero, Tacchella and Zaccaria 2023, Scientific Reports
    13, 1481.

    Examples
    --------
    >>> import polars as pl
    >>> rows = {"place": list("AAABBC"), "activity": list("xyzxyx"), "value": [1] * 6}
    >>> found = opportunities(pl.DataFrame(rows), presence="given")
    >>> found.table.select("place", "rank", "activity").rows()
    [('B', 1, 'z'), ('C', 1, 'z'), ('C', 2, 'y')]
    """
    data = OPPORTUNITIES.read(locals())
    rule = presence_rule(presence, threshold, least, shrinkage, significance)
    panel = read_panel(data, gaps, least_total, shown_year)
    check_counts(panel, rule)
    order = places_in_order(panel, places)
    near = related_activities(panel.shown, **panel.keywords, rule=rule, measure=proximity)
    of_growth = _growth(panel, data.tables)
    growths, weights = of_growth.of or None, by_activity(panel, "strategic_weight") or None
    found = portfolios(near, year=panel.year, most=ALL, growth=growths, weight=weights)
    past, no_record = _record(panel, rule, horizon, record, seed, progress)
    chances = _chances(past, panel)
    front = _near_enough(found, least_density)
    portfolio = _portfolio(front, chances, most, order)
    drawn = _drawn_places(portfolio, places)
    said = [
        *totals(panel),
        *answer.headline(portfolio, horizon),
        *answer.related(near.of_year(panel.year), portfolio, proximity),
        *answer.done_already(portfolio, panel.shown),
        *answer.shown_places(drawn, panel.shown["place"].n_unique(), places is not None),
        *answer.firsts(portfolio, drawn),
        *answer.no_portfolio(found.places),
        *few(panel),
        *no_record,
        *_record_said(past, portfolio, horizon),
        *of_growth.said,
        *panel.said,
    ]
    tables = {
        "portfolio": portfolio,
        "portfolio_places": in_order_of_places(found.places, order),
        "absent_activities": _absent(panel, near, front, drawn),
        **of_growth.tables,
        **_record_tables(past, chances),
    }
    conventions = [
        *rule_conventions(rule),
        *relatedness_conventions(proximity),
        *_frontier_conventions(found, technologies is not None),
        *_record_conventions(past, horizon, least_total > 0),
        *panel.conventions,
        *_near_conventions(least_density),
    ]
    return Result(
        tables,
        tuple(said),
        OPPORTUNITIES.texts,
        conventions=tuple(conventions),
        charts=_charts(drawn),
        given=data.given,
    )


def _frontier_conventions(found: Portfolios, has_crosswalk: bool) -> list[Message]:
    criteria = tuple(Code(f"codes.criterion.{each}") for each in found.criteria)
    said = [message("frontier", criteria=List(criteria, len(criteria))), message("ranked")]
    if has_crosswalk:
        said.append(message("crosswalk_mean"))
    return said


def _drawn_places(portfolio: pl.DataFrame, places: Sequence[str] | None) -> list[str]:
    """The places with a portfolio, in its order; the first of many where none are named."""
    found = portfolio["place"].unique(maintain_order=True).to_list()
    if places is None:
        return found[:DRAWN]
    return found


def _near_conventions(least_density: float) -> list[Message]:
    if least_density <= 0:
        return []
    return [message("near_alone", density=Share(least_density))]


def _record_conventions(
    past: OpportunityRecord | None, horizon: int, leaves_out: bool
) -> list[Message]:
    if past is None:
        return []
    said = record_conventions(horizon, RESAMPLES)
    if leaves_out:
        said.append(message("small_then"))
    return said


def _check(arguments: Mapping[str, Any]) -> Message | None:
    has = {name: arguments[name] is not None for name in ("technologies", "crosswalk")}
    if has["technologies"] != has["crosswalk"]:
        lacking = next(name for name in has if not has[name])
        return message("one_without_other", lacking=Name(lacking))
    return check_presence(arguments)


def _growth(panel: ActivityPanel, tables: Mapping[str, Data]) -> _Growth:
    """The growth of the activities of the year that is shown: a column, or forecasts handed on by a
    crosswalk."""
    column = by_activity(panel, "growth")
    if "technologies" not in tables:
        return _Growth(column)
    if column:
        raise OPPORTUNITIES.error(message("growth_twice"))
    technologies, crosswalk = (tables[name].frame for name in ("technologies", "crosswalk"))
    weight = "weight" if crosswalk["weight"].count() else None
    found = growth_by_crosswalk(technologies, crosswalk, "growth", weight=weight)
    there = panel.shown["activity"].unique().sort()
    known = found.table.filter(pl.col("activity").is_in(there.implode()))
    lines = crosswalk.select("technology", "activity")
    strangers = lines.filter(~pl.col("activity").is_in(there.implode()))
    if not known.height:
        lost = names(strangers["activity"].unique().sort(), 3)
        raise OPPORTUNITIES.error(
            message("no_activity_joins", activities=lost, known=names(there, 3))
        )
    lost_lines = strangers.with_columns(reason=pl.lit("no_activity"))
    left = pl.concat([found.left_out, lost_lines]).unique(
        ["technology", "activity"], keep="first", maintain_order=True
    )
    said = [
        message(
            "growth_known",
            known=Count(known.height),
            all=Count(there.len()),
            count=Count(technologies.height),
        )
    ]
    said += counted("growth_left_out", left.height)
    left = left.sort("technology", "activity")
    return _Growth(
        dict(known.select("activity", "growth_share").iter_rows()),
        said,
        {"activity_growth": known, "growth_left_out": left},
    )


def _record(
    panel: ActivityPanel,
    rule: PresenceRule,
    horizon: int,
    is_asked: bool,
    seed: int,
    progress: Progress | None,
) -> tuple[OpportunityRecord | None, list[Message]]:
    """The record, or why there is none."""
    if not is_asked:
        return None, [message("record_not_asked")]
    if panel.year is None:
        return None, [message("record_without_years")]
    years = set(panel.frame["year"])
    if not any(year + horizon in years and year - horizon in years for year in years):
        return None, [message("record_too_short", count=Count(horizon))]
    options: dict[str, Any] = {"horizon": horizon, "rule": rule, "seed": seed}
    try:
        found = opportunity_record(
            panel.frame, "value", resamples=RESAMPLES, progress=progress, **options
        )
    except NothingToScoreError as error:
        # the portfolio stands without it
        return None, [message("record_not_scored", reason=Code(f"codes.reason.{error.reason}"))]
    except InputError as error:
        parts = {
            part: Phrase(Message(f"errors.{error.code}.{part}", error.values))
            for part in ("what", "where", "try_next")
        }
        raise OPPORTUNITIES.error(message("no_record", **parts)) from error
    return found, []


def _chances(record: OpportunityRecord | None, panel: ActivityPanel) -> pl.DataFrame | None:
    """What the record's ensemble forecasts at the year that is shown; None where it had nothing to
    learn from."""
    if record is None or panel.year not in {one.known.now.period for one in record.periods}:
        return None
    found = record.forecasts(panel.year).drop_nulls("chance_share")
    if not found.height:
        return None
    return found.select("place", "activity", *CHANCES, "density_share", "outcome")


def _near_enough(found: Portfolios, least: float) -> pl.DataFrame:
    """The frontier of what is near enough, ranked anew.

    It is the frontier of the near ones alone too: what beats one in every respect is at least as
    near.
    """
    near = found.table.filter(pl.col("density_share") >= least)
    return near.with_columns(rank=pl.col("rank").rank("ordinal").over("place").cast(pl.Int64))


def _portfolio(
    front: pl.DataFrame, chances: pl.DataFrame | None, most: int, order: Sequence[str]
) -> pl.DataFrame:
    """The first of each place, the largest place first."""
    rows = front.filter(pl.col("rank") <= most)
    if chances is None:
        rows = rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in CHANCES)
    else:
        forecasts = chances.select("place", "activity", *CHANCES)
        rows = rows.join(forecasts, on=["place", "activity"], how="left")
    first = ["place", "rank", "activity", *CHANCES]
    last = ["mean_percentile_share", "rca"]
    if "year" in rows.columns:
        last.append("year")
    middle = [name for name in rows.columns if name not in (*first, *last)]
    return in_order_of_places(rows.select(*first, *middle, *last).sort("place", "rank"), order)


def _absent(
    panel: ActivityPanel, near: RelatedActivities, front: pl.DataFrame, drawn: Sequence[str]
) -> pl.DataFrame:
    """Every absent activity of the places that are drawn, by nearness and what it would add."""
    index = panel.of_year(near.table).select("place", "eci")
    pairs = near.pairs(panel.year).filter(pl.col("place").is_in(list(drawn)))
    best = front.select("place", "activity", is_best=pl.lit(True))
    rows = pairs.drop_nulls(["density_share", "pci"]).join(index, on="place")
    rows = rows.join(best, on=["place", "activity"], how="left").sort("place", "activity")
    is_best = pl.col("is_best").is_not_null()
    rows = rows.select(
        "place",
        "activity",
        "density_share",
        pci_gain=pl.col("pci") - pl.col("eci").fill_null(0.0),
        # a circle has no area below 0
        outlook_gain=pl.when(pl.col("outlook_gain") >= 0).then("outlook_gain"),
        standing=pl.when(is_best).then(pl.lit("frontier")).otherwise(pl.lit("other")),
    )
    return in_order_of_places(rows, drawn)


def _charts(drawn: Sequence[str]) -> tuple[Drawing, ...]:
    if not drawn:
        return ()
    return (
        Drawing(
            "absent",
            "scatter",
            "absent_activities",
            node="activity",
            x="density_share",
            y="pci_gain",
            size="outlook_gain",
            group="standing",
            title="place",
        ),
    )


def _record_tables(
    record: OpportunityRecord | None, chances: pl.DataFrame | None
) -> dict[str, pl.DataFrame]:
    if record is None:
        return {"record": pl.DataFrame(schema={"target": pl.String, "score": pl.String})}
    tables = {
        "record": record.table.select(RECORD),
        "opportunity_record_by_year": record.by_year.select(BY_YEAR),
        "not_scored": record.left_out,
    }
    if chances is not None:
        tables["chances"] = chances
    return tables


def _record_said(
    record: OpportunityRecord | None, portfolio: pl.DataFrame, horizon: int
) -> list[Message]:
    """The record of entries; the table has the others."""
    if record is None:
        return []
    said = record_messages(record.table, horizon)
    if portfolio.height and not portfolio["chance_share"].count():
        said.append(message("no_chances"))
    return said


OPPORTUNITIES = Measurement(
    opportunities,
    citation=(
        "Hausmann and others 2014, The Atlas of Economic Complexity; "
        "Balland and others 2019, Regional Studies 53(9)"
    ),
    sample=Sample(file="sample.csv.gz"),
    check=_check,
    brief=(
        "place",
        "rank",
        "activity",
        "density_share",
        "pci_gain",
        "outlook_gain",
        "chance_share",
    ),
    may_sum=True,
    zero_if_absent=True,
)
