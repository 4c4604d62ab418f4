"""Talent: where people are, where they go, and between which industries they move."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.talent_flows.flows import (
    TalentFlows,
    last_firm_year,
    talent_flows,
)
from firstlight.instruments.networks.talent_flows.relatedness_density import relatedness_density
from firstlight.instruments.networks.talent_flows.skill_relatedness import (
    SkillRelatedness,
    skill_relatedness,
)
from firstlight.instruments.networks.year_span import until_year
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.numerics.network_tables import network_tables
from firstlight.result import Result
from firstlight.texts import (
    Change,
    Code,
    Count,
    Figure,
    Message,
    Name,
    Number,
    Share,
    Year,
    message,
)

NOISE = 1.96  # standard errors of a 95% interval
NOTHING = 1e-9  # people, what rounding leaves of a balance
DRAWN = 12  # units with charts of their own
WORTH = 4  # units, from which a network is worth drawing
SIGNS = (";", "；", "|")
SUMS = ("arrivals_count", "departures_count", "entered_count", "left_count", "returnees_count")


def talent(
    frame: Any,
    *,
    person: Annotated[str, roles.Key()] = "person",
    organisation: Annotated[str, roles.Key(separators=SIGNS)] = "organisation",
    year: Annotated[str, roles.Year()] = "year",
    industry: Annotated[str | None, roles.Key(may_be_empty=True)] = "industry",
    gap: Annotated[int, roles.Bounds(1, 20)] = 1,
    level: Annotated[float, roles.Bounds(0.0001, 0.5)] = 0.05,
    until: Annotated[int | None, roles.Bounds(1500, 2200)] = None,
    drawn: Annotated[int, roles.Bounds(4, 2000)] = 60,
) -> Result:
    """Who gains and who loses people, who comes back, and between which industries they move.

    A person of k units in a year belongs to each by 1 / k, and what is lost at one unit moves to
    where it is gained; so stock = last stock + arrivals - departures + entered - left. Relatedness
    is that of industries, or of the units in a table without industries; with industries there is
    also the density of each one among the people of each unit.

    Parameters
    ----------
    frame
        A row for each person, organisation and year.
    person
        Column of the persons, by name or number.
    organisation
        Column of the organisations or places; several in one cell are separated by ;
    year
        Column of the years.
    industry
        Column of the industries or fields of work.
    gap
        Years between two sightings up to which a person is taken to have stayed; about 3 for
        authors.
    level
        q-value below which a pair counts as related.
    until
        Last year to use, where later ones are incomplete.
    drawn
        How many units to draw, the largest.

    Returns
    -------
    Result with the tables ``units`` (a row for each unit over all years, the largest in the last
    firm year first), ``moves`` (origin, destination, people_count, back_count), ``relatedness``
    (where anybody moves), ``density`` (where there are industries) and ``unit_years``.

    Raises
    ------
    InputError
        Where more than a tenth of the rows name several people, or all years lie after ``until``.

    References
    ----------
    Davis and Haltiwanger 1999, Handbook of Labor Economics 3B; Neffke and Henning 2013, Strategic
    Management Journal 34(3), 297-316; Neffke, Henning and Boschma 2011, Economic Geography 87(3),
    237-265.

    Examples
    --------
    >>> rows = {"person": list("ppqq"), "lab": list("xyxx"), "year": [2000, 2001] * 2}
    >>> talent(pl.DataFrame(rows), organisation="lab").table.select("unit", "net_count").rows()
    [('x', -1.0), ('y', 1.0)]
    """
    data = TALENT.read(locals())
    used, said_of_years = until_year(data.frame.rename({"organisation": "unit"}), until)
    _refuse_lists(used)
    flows = talent_flows(used, gap=gap)
    units, moves = _units(flows.table), _moves(flows.moves)
    tables = {"units": units, "moves": moves}
    said, conventions = _answer(flows), [*_conventions(gap), *said_of_years]
    has_industries = used["industry"].null_count() < used.height
    related = _related(flows, used, gap, level)
    if related is None:
        said.append(message("no_relatedness"))
    else:
        order = ["relatedness_index", "unit_1", "unit_2"]
        tables["relatedness"] = related.table.sort(order, descending=[True, False, False])
        said += _said_of_pairs(related, "industry" if has_industries else "unit")
        conventions += _conventions_of_pairs(related, level)
        density = _density(used, related)
        if density is not None:
            tables["density"] = density
            said.append(_nearest(density))
            codes = ("related_employment", "density", "nobody_there")
            conventions += [message(code) for code in codes]
    tables["unit_years"] = flows.table
    charts, drawings = _charts(flows.table, units, moves, drawn)
    return Result(
        {**tables, **drawings},
        tuple(said),
        TALENT.texts,
        conventions=tuple(conventions),
        charts=charts,
        given=data.given,
    )


def _refuse_lists(used: pl.DataFrame) -> None:
    """Raise InputError where many cells name several people: who of them is where is not known."""
    several = used.filter(pl.col("person").str.contains("[;；|]")).height
    if several > used.height / 10:
        raise TALENT.error(message("several_people", count=Count(several)))


def _units(table: pl.DataFrame) -> pl.DataFrame:
    """Each unit over all years, the largest in the last firm year first."""
    is_last = pl.col("year") == last_firm_year(table)
    whole = table.group_by("unit").agg(
        pl.when(is_last).then("stock_count").otherwise(0.0).sum().alias("stock_count"),
        *(pl.col(name).sum() for name in SUMS),
        years_count=pl.len(),
        mean_stock=pl.col("stock_count").mean(),
        # a first year has no year before it, and so no flows
        compared=pl.col("arrivals_count").count(),
    )
    came, went = pl.col("arrivals_count"), pl.col("departures_count")
    net, noise = came - went, NOISE * (came + went).sqrt()
    rate = net / pl.col("compared") / pl.col("mean_stock")
    return whole.select(
        "unit",
        "stock_count",
        "arrivals_count",
        "departures_count",
        net_count=net,
        net_count_low=net - noise,
        net_count_high=net + noise,
        net_rate_share=pl.when(pl.col("compared") > 0).then(rate),
        returnees_count="returnees_count",
        returnee_share=pl.when(came > 0).then(pl.col("returnees_count") / came),
        entered_count="entered_count",
        left_count="left_count",
        years_count="years_count",
    ).sort("stock_count", "unit", descending=[True, False])


def _moves(moves: pl.DataFrame) -> pl.DataFrame:
    """Moves over all years, each direction beside the other, the most first."""
    both = moves.group_by("origin", "destination").agg(pl.col("people_count").sum())
    back = both.select(origin="destination", destination="origin", back_count="people_count")
    beside = both.join(back, on=["origin", "destination"], how="left")
    return beside.with_columns(pl.col("back_count").fill_null(0.0)).sort(
        "people_count", "origin", "destination", descending=[True, False, False]
    )


def _related(
    flows: TalentFlows, used: pl.DataFrame, gap: int, level: float
) -> SkillRelatedness | None:
    """Relatedness of industries, else of units; None where nobody moves."""
    moves = flows.moves
    rows = used.drop_nulls("industry")
    if rows.height:
        moves = talent_flows(rows, unit="industry", gap=gap).moves
    return skill_relatedness(moves, level=level) if moves.height else None


def _density(used: pl.DataFrame, related: SkillRelatedness) -> pl.DataFrame | None:
    """Density of each industry in each unit in the last year, the highest first."""
    last = last_year(used).drop_nulls("industry")
    if last["industry"].n_unique() < 2:
        return None
    part = 1 / pl.len().over("person")
    shared = last.unique(["person", "unit", "industry"]).with_columns(people=part)
    by_unit = shared.sort("unit", "industry", "person").group_by(
        "unit", "industry", maintain_order=True
    )
    people = by_unit.agg(people_count=pl.col("people").sum())
    density = relatedness_density(people, related, place="unit").rename({"place": "unit"})
    order = ["density_share", "unit", "industry"]
    return density.sort(order, descending=[True, False, False], nulls_last=True)


def _answer(flows: TalentFlows) -> list[Message]:
    """Who gained and lost most, who came back, how many moved, and where people are now."""
    table = flows.table
    moved = float(flows.moves["people_count"].to_numpy().sum())
    said = [_gains(table)] if moved > 0 else [message("nobody_moved")]
    seen = table.drop_nulls("returnees_count")
    came = float(seen["arrivals_count"].fill_null(0.0).to_numpy().sum())
    if came > 0:
        share = float(seen["returnees_count"].to_numpy().sum()) / came
        said.append(message("back", share=Share(share, digits=1)))
    if moved > 0:
        years = Count(flows.moves["year"].n_unique())
        said.append(message("moved", people=Number(moved, digits=0), count=years))
    now = table.filter(pl.col("year") == last_firm_year(table))
    stock = Number(float(now["stock_count"].to_numpy().sum()), digits=0)
    there = Count(now.filter(pl.col("stock_count") > 0).height)
    said.append(message("stock", year=Year(now["year"][0]), people=stock, count=there))
    if flows.crowded_count:
        most, crowded = Count(flows.most_units), Count(flows.crowded_count)
        said.append(message("many", count=crowded, most=most))
    return said


def _gains(table: pl.DataFrame) -> Message:
    """Which unit gained and which lost most, with the noise of counts."""
    came, went = pl.col("arrivals_count").sum(), pl.col("departures_count").sum()
    by_unit = table.group_by("unit").agg(net=came - went, noise=NOISE * (came + went).sqrt())
    ranked = by_unit.sort("net", "unit")
    (loser, lost, loser_noise), (gainer, gained, gainer_noise) = ranked.row(0), ranked.row(-1)
    if gained <= NOTHING:
        return message("balanced")
    return message(
        "net",
        gainer=Name(gainer),
        gained=Change(gained),
        gainer_noise=Number(gainer_noise, digits=0),
        loser=Name(loser),
        lost=Change(lost),
        loser_noise=Number(loser_noise, digits=0),
    )


def _said_of_pairs(related: SkillRelatedness, what: str) -> list[Message]:
    """How many pairs are related, and the closest."""
    members = len(related.units)
    is_related = related.table.filter("is_related")
    said = [
        message(
            "related",
            pairs=Count(members * (members - 1) // 2),
            members=Count(members),
            what=Code(f"codes.what.{what}"),
            moved=Count(related.table.height),
            count=Count(is_related.height),
        )
    ]
    if is_related.height:
        order = ["relatedness_index", "unit_1", "unit_2"]
        top = is_related.sort(order, descending=[True, False, False]).row(0, named=True)
        said.append(
            message(
                "closest",
                one=Name(top["unit_1"]),
                other=Name(top["unit_2"]),
                moves=Number(top["flow_count"], digits=1),
                expected=Number(top["expected_count"], digits=1),
            )
        )
    return said


def _nearest(density: pl.DataFrame) -> Message:
    """The industry that is nearest to what a unit has, of those that it lacks."""
    is_absent = (pl.col("people_count") == 0) & pl.col("density_share").is_not_null()
    absent = density.filter(is_absent)
    if not absent.height:
        return message("none_absent")
    top = absent.row(0, named=True)
    return message(
        "nearest",
        industry=Name(top["industry"]),
        unit=Name(top["unit"]),
        density=Share(top["density_share"]),
        related=Share(top["related_employment_share"]),
        base=Share(top["base_share"]),
    )


def _conventions(gap: int) -> list[Message]:
    unseen = message("unseen_nowhere") if gap == 1 else message("unseen_stays", count=Count(gap))
    codes = ("entered_and_left", "returnees", "noise", "namesakes", "last_years")
    return [
        message("affiliations"),
        unseen,
        message("year_of_arrival"),
        *(message(code) for code in codes),
    ]


def _conventions_of_pairs(related: SkillRelatedness, level: float) -> list[Message]:
    table = related.table
    said = [
        message("relatedness"),
        message("no_flow"),
        message("related_level", level=Figure(level)),
        message("chance"),
    ]
    if not table.filter(pl.col("flow_count") != pl.col("flow_count").round()).is_empty():
        said.append(message("fractions"))
    if table["expected_count"].null_count():
        said.append(message("no_chance"))
    return said


def _charts(
    table: pl.DataFrame, units: pl.DataFrame, moves: pl.DataFrame, drawn: int
) -> tuple[tuple[Chart | Drawing, ...], dict[str, pl.DataFrame]]:
    """What units gain, arrivals and departures of the largest by year, and the network of moves."""
    columns = ("unit", "year", "arrivals_count", "departures_count")
    largest = units["unit"].head(DRAWN)
    by_year = pl.concat(table.filter(pl.col("unit") == unit).select(columns) for unit in largest)
    marks = Mark("arrivals_count"), Mark("departures_count")
    gains = Mark("net_count", "points", "net_count_low", "net_count_high")
    charts = (
        Chart("by_rank", "units", "", (gains,), line="unit"),
        Chart("arrivals_and_departures", "by_year", "year", marks, panel="unit"),
    )
    moving = units.filter(pl.col("arrivals_count") + pl.col("departures_count") > 0)
    kept = units.head(drawn).select("unit", "stock_count")
    is_kept = [pl.col(end).is_in(kept["unit"].to_list()) for end in ("origin", "destination")]
    between = moves.filter(is_kept)
    if moving.height < WORTH or not between.height:
        return charts, {"by_year": by_year}
    names, ties = read_links(between, "origin", "destination", "people_count")
    nodes, links = network_tables(names, ties)
    nodes = nodes.join(kept, left_on="node", right_on="unit", maintain_order="left")
    drawing = Drawing(
        "moves", "network", "drawn_units", "drawn_moves", size="stock_count", is_directed=True
    )
    pairs = links.select("one", "other")
    either_way = pl.concat([pairs, pairs.select(one="other", other="one")])
    moved = between.group_by(one="origin", other="destination").agg(
        weight=pl.col("people_count").sum()
    )
    arrows = moved.filter(pl.col("weight") > 0).join(either_way, on=["one", "other"], how="semi")
    drawings = {
        "drawn_units": nodes.select("node", "x", "y", "stock_count"),
        "drawn_moves": arrows.sort("one", "other"),
    }
    return (*charts, drawing), {"by_year": by_year, **drawings}


TALENT = Measurement(
    talent,
    citation="Davis and Haltiwanger 1999, Handbook of Labor Economics 3B; Neffke and Henning 2013, "
    "Strategic Management Journal 34(3)",
    sample=Sample(file="sample.csv.gz"),
    brief=(
        "unit",
        "stock_count",
        "arrivals_count",
        "departures_count",
        "net_count",
        "net_rate_share",
        "returnee_share",
    ),
)
