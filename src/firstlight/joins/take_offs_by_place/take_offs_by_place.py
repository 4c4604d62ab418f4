"""Where expected take-offs can root: what places have of it, and what is near to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.instruments.complexity.activity_panel import (
    Gaps,
    places_in_order,
    presence_rule,
    read_panel,
    totals,
)
from firstlight.instruments.complexity.next_activities.portfolios import (
    in_order_of_places,
    pareto_frontier,
)
from firstlight.instruments.complexity.related_activities import related_activities
from firstlight.instruments.concordance.code_lists import code_lists
from firstlight.joins.matched_codes import finest_codes
from firstlight.joins.take_off_join import TakeOffJoin, amount, titled
from firstlight.joins.technology_links import (
    LINKS,
    OBSERVATION,
    Classification,
    check_observation,
)
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.roles import Bounds
from firstlight.texts import (
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    message,
    names,
)

SAID = 6  # places with a sentence, where none are named: the largest
CRITERIA = ("density_share", "expected_count")
NEARNESS = ("density_share", "mean_density_share", "rca", "pci_gain", "outlook_gain")
OF_CODE = (
    *("title", "title_zh", "expected_count", "expected_low_count", "expected_high_count"),
    *("any_share", "technology", "technology_zh", "chance_share", "link_share"),
)
LISTED = ("place", "rank", "code", *OF_CODE, *NEARNESS, "mean_percentile_share")
CANDIDATES = (
    *("place", "code", *OF_CODE, "density_share", "rca", "pci_gain", "outlook_gain"),
    "is_on_frontier",
)
# whether a place has more of what is near to an activity than of what is near to others it lacks
IS_NEAR = (pl.col("density_share") >= pl.col("mean_density_share")) & (pl.col("density_share") > 0)


def take_off_opportunities(
    frame: Any,
    observation: Annotated[Any, OBSERVATION],
    *,
    links: Annotated[Any, LINKS] = None,
    classification: Classification = "isic4",
    place: Annotated[str, roles.Key()] = "place",
    code: Annotated[str, roles.Key(is_heading=True)] = "code",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero", is_filled=True)] = "value",
    gaps: Gaps = "missing",
    threshold: Annotated[float, Bounds(0.01)] = 1.0,
    least_total: Annotated[float, Bounds(0.0)] = 0.0,
    shown_year: int | None = None,
    places: Annotated[Sequence[str] | None, roles.Names()] = None,
    most: Annotated[int, Bounds(1, 1000)] = 10,
) -> Result:
    """Where the technologies of an observation that are likely to take off are near to what places
    do.

    Technologies lead to activities with a probability; the take-offs to be expected of an activity
    are the sum of chance times probability. What a place lacks of such activities is listed where
    no other is at least as near and has at least as many take-offs to expect.

    Parameters
    ----------
    frame
        A row for each place and activity, and year; activities are codes of a classification.
    observation
        The folder, observation.json or project of an observation, the name of a corpus that ships,
        or a table with the columns technology and probability (the chance of take-off).
    links
        Which technology leads to which code, and with what probability; those of the classification
        where it is left out; needed where none ship for it.
    classification
        What the codes are of: ISIC Rev. 4, GB/T 4754, CPC, HS 2022 or SOC.
    place
        Column of the places: countries, provinces, cities.
    code
        Column of the activities' codes: industries, products, patent classes or occupations.
    year
        Column of the years.
    value
        Column of the amounts: exports, employment, patents, firms.
    gaps
        What a row without a value means.
    threshold
        Least RCA (location quotient) of what a place is specialised in.
    least_total
        Least sum of a place's values; smaller places are left out.
    shown_year
        The year that is used; the last one where it is left out.
    places
        Places to show; all of them where it is left out.
    most
        How many activities are listed for a place.

    Returns
    -------
    Result with the tables ``opportunities`` (the largest place first: place, rank, code, what is
    expected of it, density_share and its mean over all that the place lacks, rca, pci_gain,
    outlook_gain), ``take_off_places`` (what is expected of the activities that a place is
    specialised in and of those that it is not), ``candidates``, ``take_offs`` (by code),
    ``links_used``, ``take_off_balance`` and ``not_joined``.

    Raises
    ------
    InputError
        For a place or year that is not there, an observation without chances, links that add up to
        more than 1, and where nothing joins.

    Notes
    -----
    Nearness and the gain of complexity are those of ``opportunities``, in the year that is used.
    By the links that ship, many a technology leads to research and development: no industry makes
    it yet. Such codes are counted, and never listed for a place.

    References
    ----------
    Hausmann and others 2014, The Atlas of Economic Complexity; Balland and others 2019, Regional
    Studies 53(9), 1252-1268.

    Examples
    --------
    >>> rows = {"place": list("AAABBC"), "code": ["01", "02", "03", "01", "02", "01"],
    ...     "value": [1, 1, 3, 3, 1, 2]}
    >>> seen = pl.DataFrame({"technology": ["fog turbines"], "probability": [0.4]})
    >>> lines = pl.DataFrame({"technology": ["fog turbines"], "code": ["0212"]})
    >>> found = take_off_opportunities(pl.DataFrame(rows), seen, links=lines)
    >>> found.table.select("place", "code", "expected_count").rows()
    [('C', '02', 0.4)]
    """
    data = TAKE_OFF_OPPORTUNITIES.read(locals())
    join = TakeOffJoin.of(data, classification)
    coded = join.rows.rename({"code": "activity"})
    panel = read_panel(replace(data, frame=coded), gaps, least_total, shown_year)
    order = places_in_order(panel, places)
    join = join.among(panel.shown.rename({"activity": "code"}))
    finest, _ = finest_codes(join.rows["code"].unique())
    shown = panel.shown.filter(pl.col("activity").is_in(finest))
    pairs = _pairs(shown, threshold).join(join.found.table, on="code", how="left")
    research = code_lists()[classification].research if links is None else ""
    is_research = pl.col("code").str.starts_with(research) & pl.lit(bool(research))
    candidates = _candidates(pairs.filter(~is_research))
    listed = in_order_of_places(
        candidates.filter(pl.col("rank") <= most).select(LISTED).sort("place", "rank"), order
    )
    of_places = _of_places(pairs, candidates, order)
    told = listed.drop_nulls("technology").with_columns(is_near=IS_NEAR)
    said = order if places is not None else told["place"].unique(maintain_order=True)[:SAID]
    return join.result(
        TAKE_OFF_OPPORTUNITIES,
        {
            "opportunities": listed,
            "take_off_places": of_places,
            "candidates": candidates.select(CANDIDATES),
        },
        (
            *totals(panel),
            _near(told.filter("is_near"), len(order)),
            *join.uncounted("value", ["place"]),
            *_of_each(join, told.filter(pl.col("place").is_in(list(said)))),
        ),
        (
            *_of_research(join.found.table.filter(is_research)),
            *_already(of_places, list(said)),
            *_none(of_places),
        ),
        panel.said,
        conventions=(
            message("frontier"),
            message("specialised", threshold=Number(threshold)),
        ),
        charts=(join.by_code_chart(),),
    )


def _pairs(shown: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Every place and activity with its nearness, and what it would add to the place."""
    rule = presence_rule("rca", threshold, 0.0, "none", None)
    near = related_activities(shown, "place", "activity", "value", rule=rule)
    pairs = near.pairs(absent_only=False).join(near.table.select("place", "eci"), on="place")
    mean = pl.col("density_share").filter(~pl.col("is_present")).sort().mean().over("place")
    return (
        pairs.rename({"activity": "code"})
        .with_columns(pci_gain=pl.col("pci") - pl.col("eci"), mean_density_share=mean)
        .sort("place", "code")
    )


def _candidates(pairs: pl.DataFrame) -> pl.DataFrame:
    """What places are not specialised in and where take-offs are expected; which of it is beaten by
    nothing else of the place, and the rank in which that is read."""
    is_open = ~pl.col("is_present") & (pl.col("expected_count") > 0)
    rows = pairs.filter(is_open).drop_nulls("density_share").sort("place", "code")
    best = [
        pl.Series(pareto_frontier(own.select(CRITERIA).to_numpy()))
        for _, own in rows.group_by("place", maintain_order=True)
    ]
    on_frontier = pl.concat(best) if best else pl.Series(dtype=pl.Boolean)
    others = (pl.len().over("place") - 1).clip(1)
    percentile = [(pl.col(name).rank("average").over("place") - 1) / others for name in CRITERIA]
    ranked = rows.with_columns(
        is_on_frontier=on_frontier, mean_percentile_share=pl.mean_horizontal(percentile)
    ).sort(
        *("place", "mean_percentile_share", "density_share", "code"),
        descending=[False, True, True, False],
    )
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("place", "is_on_frontier")
    rank = pl.when("is_on_frontier").then(number)
    return ranked.with_columns(rank=rank).sort("place", "code")


def _of_places(pairs: pl.DataFrame, candidates: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """What is expected of what each place is specialised in, and of the rest."""
    expected = pl.col("expected_count").fill_null(0.0)
    is_there = pl.col("is_present")
    table = pairs.group_by("place", maintain_order=True).agg(
        specialised_count=is_there.sum().cast(pl.Int64),
        specialised_expected_count=expected.filter(is_there).sum(),
        other_expected_count=expected.filter(~is_there).sum(),
        candidate_count=(~is_there & (expected > 0)).sum().cast(pl.Int64),
    )
    front = candidates.group_by("place").agg(
        frontier_count=pl.col("is_on_frontier").sum().cast(pl.Int64)
    )
    joined = table.join(front, on="place", how="left")
    return in_order_of_places(joined.with_columns(pl.col("frontier_count").fill_null(0)), order)


def _near(near: pl.DataFrame, count: int) -> Message:
    """How many places are near to what technologies lead to, those with the most take-offs
    first."""
    first = near.sort("expected_count", "place", "code", descending=[True, False, False]).unique(
        "place", keep="first", maintain_order=True
    )
    if first.is_empty():
        return message("none_near", all=Count(count))
    places = [
        Phrase(message("phrases.near_place", place=Name(row["place"]), code=titled(row)))
        for row in first.iter_rows(named=True)
    ]
    listed = List(tuple(places))
    return message("near_places", count=Count(first.height), all=Count(count), places=listed)


def _of_each(join: TakeOffJoin, told: pl.DataFrame) -> Iterator[Message]:
    """What ranks first in each place, of what may be told."""
    for row, way in join.ways(told.unique("place", keep="first", maintain_order=True)):
        yield message(
            "near" if row["is_near"] else "far",
            way=way,
            place=Name(row["place"]),
            density=Share(row["density_share"], digits=1),
            mean=Share(row["mean_density_share"], digits=1),
            rca=Number(row["rca"]),
        )


def _of_research(table: pl.DataFrame) -> Iterator[Message]:
    """What leads to research itself: a planner asks what follows from it."""
    if table.height:
        expected = float(table["expected_count"].sort().sum())
        yield message("research", expected=amount(expected), codes=names(table["code"].sort()))


def _already(table: pl.DataFrame, places: Sequence[str]) -> Iterator[Message]:
    """What is to be expected of activities that places are specialised in already."""
    rows = table.filter(pl.col("place").is_in(places))
    each = []
    for row in rows.iter_rows(named=True):
        has = amount(row["specialised_expected_count"])
        each.append(Phrase(message("phrases.has", place=Name(row["place"]), has=has)))
    if each:
        whole = float(rows["specialised_expected_count"][0] + rows["other_expected_count"][0])
        every = List(tuple(each), len(each))
        yield message("already", all=amount(whole), places=every)


def _none(places: pl.DataFrame) -> Iterator[Message]:
    """Places without a candidate."""
    without = places.filter(pl.col("frontier_count") == 0)
    if without.height:
        yield message("no_candidate", count=Count(without.height), places=names(without["place"]))


TAKE_OFF_OPPORTUNITIES = Measurement(
    take_off_opportunities,
    citation=(
        "Hausmann and others 2014, The Atlas of Economic Complexity; "
        "Balland and others 2019, Regional Studies 53(9)"
    ),
    sample=Sample(tables={"observation": "sample_observation.csv", "links": "sample_links.csv"}),
    check=check_observation,
    brief=(
        *("place", "rank", "code", "title", "expected_count", "technology"),
        *("density_share", "mean_density_share"),
    ),
    may_sum=True,
    zero_if_absent=True,
)
