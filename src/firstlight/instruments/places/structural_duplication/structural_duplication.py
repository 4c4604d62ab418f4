"""Duplication: which places are alike, what plans have in common, and rushes into the simple."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.errors import InputError, needs, several_values
from firstlight.instruments.places.industry_communities import industry_communities
from firstlight.instruments.places.location_quotients import specialised_in
from firstlight.instruments.places.place_table import (
    Array,
    PlaceTable,
    gap_conventions,
    place_table,
    totals_among,
    with_gaps,
)
from firstlight.instruments.places.sites import sites
from firstlight.instruments.places.structural_duplication.duplication_warnings import (
    DuplicationWarnings,
    duplication_warnings,
)
from firstlight.instruments.places.structural_duplication.structural_similarity import (
    LISTED,
    SimilarPlaces,
    plan_overlap,
    structural_similarity,
)
from firstlight.measurement import Measurement
from firstlight.numerics.cells import in_one_cell
from firstlight.numerics.long_frames import last_year
from firstlight.numerics.network_tables import network_tables, pair_weights
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Count, Message, Name, Share, Value, Year, counted, message, names

SIGNALS = ("complexity", "growth", "price")
SIMILARITY = "finger_kreinin_index"


def duplication(
    frame: Any,
    *,
    place: Annotated[str, roles.Key()] = "place",
    industry: Annotated[str, roles.Key(is_heading=True)] = "industry",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str | None, roles.Number("zero")] = "value",
    complexity: Annotated[str | None, roles.Number(is_shared=True)] = "complexity",
    growth: Annotated[str | None, roles.Number(is_shared=True)] = "growth",
    price: Annotated[str | None, roles.Number("positive", is_shared=True)] = "price",
    latitude: Annotated[str | None, roles.Number(is_shared=True)] = "latitude",
    longitude: Annotated[str | None, roles.Number(is_shared=True)] = "longitude",
    gaps: Literal["missing", "zero"] = "missing",
    presence: Literal["quotient", "value"] = "quotient",
    window: Annotated[int, roles.Bounds(1, 50)] = 3,
    horizon: Annotated[int, roles.Bounds(1, 50)] = 3,
    least_entrants: Annotated[int, roles.Bounds(1)] = 3,
    crowded: Annotated[float, roles.Bounds(0, 1)] = 0.75,
    simple: Annotated[float, roles.Bounds(0, 1)] = 0.5,
) -> Result:
    """How alike the structures of places are, and which industries many enter at once.

    Early warnings need years, complexity, and a price or forecast growth: an industry is warned of
    where many places have entered it though it is simple and its price or demand falls. Without
    values the table is a list of plans, whose overlap is counted.

    Parameters
    ----------
    frame
        A row for each place and industry, and year; or for each plan of a place.
    place
        Column of the places.
    industry
        Column of the industries, technologies, products or occupations.
    year
        Column of the years.
    value
        Column of jobs, output or another quantity; a list of plans has none.
    complexity
        Column of the industry's complexity.
    growth
        Column of the forecast growth of the industry's demand, a share a year.
    price
        Column of the price of the industry's product.
    latitude
        Column of the places' latitudes, in degrees.
    longitude
        Column of the places' longitudes, in degrees.
    gaps
        What a row without a value means: it is missing, and refused; or it counts as 0.
    presence
        Where an industry counts as present in a place: by a location quotient of 1 or more, or by
        any value above 0.
    window
        Years over which entries are counted.
    horizon
        Years after which it is counted what followed.
    least_entrants
        Fewest entrants of a crowded industry.
    crowded
        Quantile of the year's entrants from which an industry is crowded.
    simple
        Quantile of the year's complexity up to which an industry is simple.

    Returns
    -------
    Result with the tables ``similar_places`` (year, place, mean_finger_kreinin_index, nearest,
    nearest_finger_kreinin_index, shared_count, shared_activities), of the last year; ``warnings``,
    where there are signals; and ``similarity`` of each pair. Of plans: ``overlap`` of each pair
    that shares any, and ``planned``.

    Raises
    ------
    InputError
        For fewer than two places, signals that differ within an industry and year, and a table
        without values that is no list of plans.

    References
    ----------
    Finger and Kreinin 1979, Economic Journal 89(356), 905-912; Krugman 1991, Geography and Trade;
    Jaffe 1986, American Economic Review 76(5), 984-1001. Entry as in Boschma, Minondo and Navarro
    2013, Economic Geography 89(1), 29-51.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [("a", "x", 1), ("a", "y", 1), ("b", "x", 1), ("b", "z", 1), ("c", "z", 9)]
    >>> jobs = pl.DataFrame(rows, ["place", "industry", "value"], orient="row")
    >>> duplication(jobs).table.select("place", "nearest", "nearest_finger_kreinin_index").rows()
    [('a', 'b', 0.5), ('b', 'a', 0.5), ('c', 'b', 0.5)]
    """
    data = DUPLICATION.read(locals())
    if not data.has("value"):
        return _of_plans(data)
    rows = with_gaps(data.frame, gaps)
    when = data.held("year")
    read = place_table(rows, "value", year=when)
    found = structural_similarity(rows, "value", year=when)
    tables = {"similar_places": _nearest(found, read)}
    said, conventions = [*totals_among(read), *_alike(found)], ["shares_within", "portfolio"]
    signals = [name for name in SIGNALS if data.has(name)]
    options = {
        "presence": presence,
        "window": window,
        "horizon": horizon,
        "least_entrants": least_entrants,
        "crowded": crowded,
        "simple": simple,
    }
    told = [message(code) for code in conventions]
    if when and "complexity" in signals and len(signals) > 1:
        warned = _warnings(rows, signals, options)
        tables |= {"warnings": _warned_first(warned), "record": _record(warned)}
        said += _warned(warned)
        told += _rules(options)
    else:
        told.append(message("no_warnings"))
    tables["similarity"] = _most_alike_first(found.pairs)
    drawn, charts = _drawn(found, rows)
    return Result(
        tables | drawn,
        tuple(said),
        DUPLICATION.texts,
        conventions=(*told, *gap_conventions(gaps)),
        charts=charts,
        given=data.given,
    )


def _nearest(found: SimilarPlaces, read: PlaceTable) -> pl.DataFrame:
    """The last year's places, each with the one most like it and what both specialise in."""
    last, x = last_year(found.nearest), read.values[-1]
    special, size = specialised_in(x), x.sum(axis=0)
    at = {name: k for k, name in enumerate(read.places)}
    shared = []
    for place, nearest in last.select("place", "nearest").rows():
        both = np.flatnonzero(special[at[place]] & special[at[nearest]])
        shared.append([read.industries[k] for k in both[np.argsort(-size[both], kind="stable")]])
    return last.with_columns(
        shared_count=pl.Series([len(own) for own in shared], dtype=pl.Int64),
        shared_activities=pl.Series([in_one_cell(own, LISTED) for own in shared], dtype=pl.String),
    ).sort("nearest_finger_kreinin_index", "place", descending=[True, False])


def _most_alike_first(pairs: pl.DataFrame) -> pl.DataFrame:
    by = [name for name in ("year", SIMILARITY) if name in pairs.columns]
    return pairs.sort(by, descending=True, maintain_order=True)


def _alike(found: SimilarPlaces) -> list[Message]:
    """Which two places are most alike, how alike all are, and which have nothing."""
    pairs = found.pairs
    last = last_year(pairs)
    top = last.sort(SIMILARITY, "place", "other", descending=[True, False, False])
    row = top.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "place": Name(row["place"]),
        "other": Name(row["other"]),
        "similarity": Share(row[SIMILARITY], digits=1),
        "mean": _mean(last),
    }
    if "year" not in pairs.columns:
        said = [message("similar", **values)]
    elif pairs["year"].n_unique() == 1:
        said = [message("similar_in", year=Year(row["year"]), **values)]
    else:
        first = pairs.filter(pl.col("year") == pl.col("year").min())
        values |= {"before": _mean(first), "first": Year(first["year"][0])}
        said = [message("similar_after", year=Year(row["year"]), **values)]
    if found.empty:
        empty = Count(len(found.empty))
        said.append(message("empty_places", count=empty, places=names(found.empty)))
    return said


def _mean(pairs: pl.DataFrame) -> Share:
    return Share(float(pairs[SIMILARITY].to_numpy().mean()))


def _warnings(
    rows: pl.DataFrame, named: Sequence[str], options: Mapping[str, Any]
) -> DuplicationWarnings:
    signals = rows.select("industry", "year", *named).unique().sort("industry", "year", *named)
    twice = signals.filter(pl.struct("industry", "year").is_duplicated())
    if twice.height:
        industry, year, *first = twice.row(0)
        values = (first, list(twice.row(1)[2:]))
        raise several_values(", ".join(named), f"{industry}, {year}", values)
    return duplication_warnings(
        rows,
        "value",
        signals,
        activity="industry",
        price="price" if "price" in named else None,
        demand="growth" if "growth" in named else None,
        **options,
    )


def _warned_first(found: DuplicationWarnings) -> pl.DataFrame:
    order = ["is_warned", "year", "entrants_count"]
    table = found.table.rename({"activity": "industry"})
    return table.sort(order, descending=True, nulls_last=True, maintain_order=True)


def _record(found: DuplicationWarnings) -> pl.DataFrame:
    return found.record.rename({"group": "warning_group"})


def _warned(found: DuplicationWarnings) -> list[Message]:
    """What is warned of now, how rare warnings are, and what followed them."""
    judged = found.table.filter(pl.col("is_warned").is_not_null())
    said = [*_warned_now(judged), *_base_rate(judged), *_afterwards(found.record)]
    said += counted("not_judged", found.table.height - judged.height)
    return said


def _warned_now(judged: pl.DataFrame) -> list[Message]:
    if not judged.height:
        return []
    last, warned = last_year(judged), judged.filter("is_warned")
    year = Year(last["year"][0])
    now = last.filter("is_warned").sort("entrants_count", "activity", descending=[True, False])
    if now.height:
        row = now.row(0, named=True)
        values: dict[str, Value[Any]] = {
            "all": Count(last.height),
            "count": Count(now.height),
            "industry": Name(row["activity"]),
            "entrants": Count(row["entrants_count"]),
        }
        return [message("warned_now", year=year, **values)]
    if not warned.height:
        return [message("never_warned", year=year)]
    latest = warned.sort("year", "activity", descending=[True, False]).row(0, named=True)
    industry, then = Name(latest["activity"]), Year(latest["year"])
    return [message("none_now", year=year, industry=industry, then=then)]


def _base_rate(judged: pl.DataFrame) -> list[Message]:
    if not judged.height:
        return []
    shares = {
        name: Share(float(judged[f"is_{name}"].sum()) / judged.height, digits=1)
        for name in ("warned", "crowded", "simple", "falling")
    }
    warned = Count(int(judged["is_warned"].sum()))
    return [message("base_rate", count=Count(judged.height), some=warned, **shares)]


def _afterwards(record: pl.DataFrame) -> list[Message]:
    rows = {row["group"]: row for row in record.to_dicts()}
    warned, base = rows["warned"], rows["all"]
    if not (warned["exits_known_count"] and base["exits_known_count"]):
        return []
    count, cases = Count(warned["exits_known_count"]), Count(base["exits_known_count"])
    gone, usual = Share(warned["exit_share"]), Share(base["exit_share"])
    return [message("record", count=count, gone=gone, all=cases, usual=usual)]


def _rules(options: Mapping[str, Any]) -> list[Message]:
    """The conventions of warnings."""
    window, least = Count(options["window"]), Count(options["least_entrants"])
    crowded, simple = Share(options["crowded"]), Share(options["simple"])
    return [
        message(f"presence_{options['presence']}", count=window),
        message("crowded", count=least, crowded=crowded),
        message("simple_and_falling", simple=simple, count=window),
        message("followed", count=Count(options["horizon"])),
    ]


def _drawn(
    found: SimilarPlaces, rows: pl.DataFrame
) -> tuple[dict[str, pl.DataFrame], tuple[Chart | Drawing, ...]]:
    """The network, or map, of places that are alike; and similarity through the years."""
    last = last_year(found.pairs)
    places = sorted({*last["place"], *last["other"]})
    alike = pair_weights(places, last["place"], last["other"], last[SIMILARITY].to_numpy())
    total = last_year(rows).group_by("place").agg(pl.col("value").sort().sum())
    size = dict(total.iter_rows())
    tables = _network(places, alike, [size[name] for name in places])
    where = sites(rows)
    if where is not None:
        spots = tables["nodes"].drop("x", "y").join(where, on="place", how="left")
        tables["nodes"] = spots.sort("place")
    charts: list[Chart | Drawing] = [_drawing("alike", "network" if where is None else "map")]
    if "year" in found.nearest.columns and found.nearest["year"].n_unique() > 1:
        mean = "mean_finger_kreinin_index"
        tables["yearly"] = found.nearest.select("place", "year", mean)
        charts.append(Chart("yearly", "yearly", "year", (Mark(mean),), panel="place"))
    return tables, tuple(charts)


def _drawing(code: str, kind: Literal["network", "map"]) -> Drawing:
    return Drawing(code, kind, "nodes", "links", node="place", size="value", group="group")


def _network(places: list[str], weights: Array, sizes: list[float]) -> dict[str, pl.DataFrame]:
    nodes, links = network_tables(places, weights)
    nodes = nodes.rename({"node": "place"}).with_columns(
        value=pl.Series(sizes, dtype=pl.Float64),
        group=pl.Series(_groups(places, weights, np.array(sizes)), dtype=pl.String),
    )
    return {"nodes": nodes, "links": links}


def _groups(places: list[str], alike: Array, sizes: Array) -> list[str | None]:
    """Communities of places that are more alike than places are, each named after its largest."""
    above = np.maximum(alike - alike[np.triu_indices(len(places), 1)].mean(), 0)
    np.fill_diagonal(above, 0)
    labels = industry_communities(above).labels
    found: list[str | None] = []
    for own in labels:
        members = np.flatnonzero(labels == own)
        top = places[members[np.argmax(sizes[members])]]
        found.append(top if members.size > 1 else None)
    return found


def _refuse_panel(data: Data) -> None:
    """Raise InputError for signals, or years of a pair: the values were not recognised."""
    for name in SIGNALS:
        if data.has(name):
            raise InputError(needs(name, "value"))
    if data.has("year") and data.frame.select("place", "industry").is_duplicated().any():
        raise InputError(needs("year", "value"))


def _of_plans(data: Data) -> Result:
    """The overlap of lists without values: plans, projects, named priorities."""
    _refuse_panel(data)
    plans = data.frame.select("place", "industry").unique().sort("place", "industry")
    found = plan_overlap(plans, activity="industry")
    pairs = found.pairs
    some = pairs.filter(pl.col("shared_count") > 0)
    shared = some.sort("shared_count", "jaccard_share", descending=True, maintain_order=True)
    planned = found.activities.rename({"activity": "industry"})
    conventions = [message("jaccard")]
    conventions += counted("not_listed", pairs.height - some.height)
    places = sorted(set(plans["place"]))
    weights = pair_weights(
        places, pairs["place"], pairs["other"], pairs["jaccard_share"].to_numpy()
    )
    count = dict(plans.group_by("place").len().iter_rows())
    network = _network(places, weights, [float(count[name]) for name in places])
    network["planned_nodes"] = network.pop("nodes").rename({"value": "plans_count"})
    drawing = Drawing(
        "overlap", "network", "planned_nodes", "links", "place", size="plans_count", group="group"
    )
    return Result(
        {"overlap": shared, "planned": planned} | network,
        _overlap(pairs, planned),
        DUPLICATION.texts,
        conventions=tuple(conventions),
        charts=(drawing,),
        given=data.given,
    )


def _overlap(pairs: pl.DataFrame, planned: pl.DataFrame) -> tuple[Message, ...]:
    """How much plans overlap, and what is planned most."""
    # of two that plan one thing each, the overlap says little
    order = ["jaccard_share", "shared_count", "place", "other"]
    top = pairs.sort(order, descending=[True, True, False, False]).row(0, named=True)
    mean = Share(float(pairs["jaccard_share"].to_numpy().mean()))
    place, other, share = Name(top["place"]), Name(top["other"]), Share(top["jaccard_share"])
    most = planned.row(0, named=True)
    count, part = Count(most["places_count"]), Share(most["places_share"])
    return (
        message("overlap", mean=mean, place=place, other=other, share=share),
        message("planned", industry=Name(most["industry"]), count=count, share=part),
    )


DUPLICATION = Measurement(
    duplication,
    citation="Finger and Kreinin 1979, Economic Journal 89(356); Krugman 1991, Geography and Trade;"
    " Jaffe 1986, American Economic Review 76(5)",
    brief=(
        "place",
        "nearest",
        "other",
        "nearest_finger_kreinin_index",
        "jaccard_share",
        "shared_count",
        "shared_activities",
    ),
    places="place",
    may_sum=True,
    zero_if_absent=True,
)
