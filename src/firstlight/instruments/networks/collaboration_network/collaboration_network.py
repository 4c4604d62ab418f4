"""Who works with whom, who stands in the middle, who bridges, and which communities there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.errors import missing_value
from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.brokerage import brokerage
from firstlight.instruments.networks.collaboration_network.centrality import centrality
from firstlight.instruments.networks.communities import NetworkCommunities, communities
from firstlight.instruments.networks.drawn_network import (
    community_labels,
    drawn_network,
    groups_of,
    near_names,
    unknown_names,
)
from firstlight.instruments.networks.joint_works import joint_works
from firstlight.instruments.networks.works_network import (
    SIGNS,
    Counting,
    links_of,
    membership_of,
    works_together,
)
from firstlight.instruments.networks.year_span import latest_years, one_year_each, until_year
from firstlight.measurement import Measurement, Progress
from firstlight.numerics.row_checks import refuse_missing
from firstlight.result import Result
from firstlight.texts import (
    Count,
    Figure,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    counted,
    message,
    names,
)

LONG = 2  # years, from which a share is drawn as a curve
LARGE, MOST_NAMED = 3, 3  # members of a community that is named, and how many are
ACROSS = ("gatekeeper_count", "representative_count", "consultant_count", "liaison_count")


def collaboration(
    frame: Any,
    *,
    work: Annotated[str | None, roles.Key()] = "work",
    member: Annotated[str, roles.Key(separators=SIGNS)] = "member",
    year: Annotated[str | None, roles.Year()] = "year",
    group: Annotated[str | None, roles.Label()] = "group",
    partner: Annotated[str | None, roles.Key()] = "partner",
    weight: Annotated[str | None, roles.Number("zero")] = "weight",
    longitude: Annotated[str | None, roles.Number()] = "longitude",
    latitude: Annotated[str | None, roles.Number()] = "latitude",
    counting: Counting = "fractional",
    length: Literal["steps", "inverse_weight"] = "steps",
    last_years: Annotated[int | None, roles.Bounds(1)] = None,
    until: Annotated[int | None, roles.Bounds(1500, 2200)] = None,
    resolution: Annotated[float, roles.Bounds(0.01, 100)] = 1.0,
    drawn: Annotated[int, roles.Bounds(2, 2000)] = 150,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """Who works with whom: ties, their strength, and who stands where in the network.

    Parameters
    ----------
    frame
        A row for each work and member, or for each tie.
    work
        Column of the works: documents, projects or patents.
    member
        Column of the members: organisations, places or persons.
    year
        Column of the years of the works.
    group
        Column of the groups of members, such as countries or sectors.
    partner
        Column of the other ends of the ties, in a table of ties.
    weight
        Column of the weights of the ties, in a table of ties.
    longitude
        Column of longitudes in degrees.
    latitude
        Column of latitudes in degrees.
    counting
        What each pair in a work of k members counts: 1, 1 / (k - 1), or an equal share of 1.
    length
        How long a tie is on a path: a step, or the shorter the heavier it is.
    last_years
        How many years up to the last to take works from; all where left out.
    until
        Last year to use, where later ones are incomplete.
    resolution
        Higher finds smaller communities.
    drawn
        How many members to draw, those with the strongest ties first.
    seed
        Seed of the communities and of the drawing.
    progress
        Called with the members whose paths are walked, and all of them.

    Returns
    -------
    Result with the tables ``members`` (member, group, community, work_count, work_fractional_count,
    joint_work_count, solo_share, degree_count, strength_count, closeness, betweenness_share,
    constraint, effective_size_count, efficiency_share, a count of ordered pairs for each role of
    brokerage, brokered_count, reason), ``ties`` (member_1, member_2, weight_count,
    joint_work_count), ``communities`` (community, members_count, inside_share, strongest) and, of
    works with years, ``by_year``. A table of ties says nothing of works.

    Raises
    ------
    InputError
        For a table in which nobody works with anybody, a work of several years, ties without a
        partner, and a member at two positions.

    References
    ----------
    Newman 2001, Physical Review E 64, 016132. Freeman 1977, Sociometry 40. Burt 1992, Structural
    Holes. Gould and Fernandez 1989, Sociological Methodology 19. Traag, Waltman and van Eck 2019,
    Scientific Reports 9.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"work": ["a", "a", "b", "b"], "member": ["x", "y", "y", "z"]})
    >>> collaboration(rows).table.select("member", "degree_count", "betweenness_share").rows()
    [('y', 2, 1.0), ('x', 1, 0.0), ('z', 1, 0.0)]
    """
    data = COLLABORATION.read(locals())
    held, until_said = until_year(data.frame, until)
    used, latest_said = latest_years(held, last_years)
    if data.has("partner"):
        network = _of_ties(used, length, progress)
    else:
        network = _of_works(used, held, counting, length, progress)
    if not network.ties.height:
        raise COLLABORATION.error(message("nobody_together"))
    members, ties = read_links(network.ties, "member_1", "member_2", "weight_count")
    parts = communities(ties, resolution, seed)
    labels = community_labels(members, parts, np.asarray(ties.sum(axis=1)).ravel())
    groups, doubtful = groups_of(used, members)
    is_grouped = len(groups) == len(members)
    between = groups if is_grouped else labels
    standing = brokerage(network.ties, weight="weight_count", groups=between)
    table = _members(network.members, standing, labels, groups)
    found = _communities(table, network.ties, labels)
    shown = drawn_network(used, members, ties, drawn, seed, groups, labels)
    charts: list[Chart | Drawing] = [shown.drawing]
    by_year = {} if network.by_year is None else {"by_year": network.by_year}
    if network.by_year is not None and network.by_year.height >= LONG:
        mark = Mark("joint_share", "line", "joint_low_share", "joint_high_share")
        charts.insert(0, Chart("joint_share", "by_year", "year", (mark,)))
    strongest = ["weight_count", "member_1", "member_2"]
    return Result(
        {
            "members": table,
            "communities": found,
            "ties": network.ties.sort(strongest, descending=[True, False, False]),
            **by_year,
            **shown.tables,
        },
        (
            *_standing(network.members),
            *_brokers(standing),
            *_community_messages(parts, found, resolution),
            *_size(network),
            *doubtful,
            *near_names(network.ties),
            *unknown_names(members),
        ),
        COLLABORATION.texts,
        conventions=(
            *network.conventions,
            *until_said,
            *latest_said,
            message("constraint"),
            message("brokerage"),
            message("roles_by_group") if is_grouped else message("roles_by_community"),
            message("modularity", resolution=Figure(resolution), seed=Name(str(seed))),
        ),
        charts=tuple(charts),
        given=data.given,
    )


@dataclass(frozen=True)
class _Network:
    """What is known of a network before its holes and communities.

    members : member, degree_count, strength_count, closeness, betweenness_share; of works also
              work_count, work_fractional_count, joint_work_count, solo_share, reason
    ties    : member_1, member_2, weight_count; of works also joint_work_count
    by_year : joint works by year; None where there are no years
    """

    members: pl.DataFrame
    ties: pl.DataFrame
    conventions: list[Message]
    by_year: pl.DataFrame | None = None


def _of_works(
    used: pl.DataFrame,
    held: pl.DataFrame,
    counting: Counting,
    length: Literal["steps", "inverse_weight"],
    progress: Progress | None,
) -> _Network:
    """The network of the works that are used, and joint works by year of all up to the last."""
    if used["work"].null_count():
        raise COLLABORATION.error(message("no_works"))
    _, members, took = membership_of(used)
    ties, joint = works_together(took, counting), works_together(took, "full")
    size = np.asarray(took.sum(axis=1)).ravel()
    count, shared, solo = (
        np.asarray(took.T @ part).ravel()
        for part in (np.ones_like(size), 1 / size, (size == 1) * 1.0)
    )
    of_works = pl.DataFrame(
        {
            "member": members,
            "work_count": count.astype(np.int64),
            "work_fractional_count": shared,
            "joint_work_count": (count - solo).astype(np.int64),
            "solo_share": solo / count,
        }
    )
    is_alone = pl.col("degree_count") == 0
    table = pl.concat([of_works, _measured(ties, length, progress)], how="horizontal").with_columns(
        reason=pl.when(is_alone).then(pl.lit("alone"))
    )
    conventions = [
        message(f"counting_{counting}"),
        message("once_a_work"),
        message(f"length_{length}"),
    ]
    by_year = None
    if not held["year"].null_count():
        one_year_each(held)
        works = held.select("work", "year", place="member")
        by_year = joint_works(works).whole
        conventions.append(message("wilson"))
    return _Network(table, links_of(members, ties, joint), conventions, by_year)


def _of_ties(
    used: pl.DataFrame, length: Literal["steps", "inverse_weight"], progress: Progress | None
) -> _Network:
    """The network of a table of ties, each with its weight, or 1."""
    refuse_missing(used, ["member"], "partner")
    has_weights = used["weight"].null_count() < used.height
    unknown = used.filter(pl.col("weight").is_null())
    if has_weights and unknown.height:
        one, other = unknown.select("member", "partner").row(0)
        raise missing_value("weight", one, other)
    members, ties = read_links(used, "member", "partner", "weight" if has_weights else None)
    table = pl.concat(
        [pl.DataFrame({"member": members}), _measured(ties, length, progress)], how="horizontal"
    )
    links = links_of(members, ties, ties).drop("joint_work_count")
    return _Network(table, links, [message("ties_add_up")])


def _measured(
    ties: Any, length: Literal["steps", "inverse_weight"], progress: Progress | None
) -> pl.DataFrame:
    """Degree, strength, closeness and betweenness, a row per member."""
    central = centrality(ties, length, progress)
    return pl.DataFrame(
        {
            "degree_count": central.degree.astype(np.int64),
            "strength_count": central.strength,
            "closeness": central.closeness,
            "betweenness_share": central.betweenness,
        }
    )


def _members(
    members: pl.DataFrame,
    standing: pl.DataFrame,
    labels: Mapping[str, str],
    groups: Mapping[str, str],
) -> pl.DataFrame:
    """Everything that is known of a member in one row, those with the strongest ties first."""
    table = members.join(
        standing.drop("degree_count", "group"), on="member", how="left", maintain_order="left"
    )
    belongs = {"community": labels}
    if groups:
        belongs = {"group": groups, "community": labels}
    table = table.with_columns(
        pl.col("member")
        .replace_strict(dict(own), default=None, return_dtype=pl.String)
        .alias(column)
        for column, own in belongs.items()
    )
    first = ["member", *belongs]
    last = [column for column in ("reason",) if column in table.columns]
    return table.select(*first, pl.exclude(*first, *last), *last).sort(
        "strength_count", "member", descending=[True, False]
    )


def _communities(
    members: pl.DataFrame, ties: pl.DataFrame, labels: Mapping[str, str]
) -> pl.DataFrame:
    """Communities, the largest first: their size, what stays inside, their strongest members."""
    ends = pl.concat(
        [
            ties.select(one="member_1", other="member_2", weight="weight_count"),
            ties.select(one="member_2", other="member_1", weight="weight_count"),
        ]
    ).with_columns(pl.col("one", "other").replace_strict(dict(labels)))
    # in one order, so that the last digit does not depend on that of the rows
    weight = pl.col("weight").sort()
    is_inside = (pl.col("one") == pl.col("other")).sort_by("weight")
    inside = ends.group_by(community="one").agg(
        inside_share=weight.filter(is_inside).sum() / weight.sum()
    )
    tied = members.filter(pl.col("community").is_not_null())
    size = tied.group_by("community", maintain_order=True).agg(
        members_count=pl.len(), strongest=pl.col("member").head(5).str.join("; ")
    )
    table = size.join(inside, on="community")
    return table.select("community", "members_count", "inside_share", "strongest").sort(
        "members_count", "community", descending=[True, False]
    )


def _standing(members: pl.DataFrame) -> list[Message]:
    """Who has the strongest ties, and through whom most shortest paths lead."""
    most = members.sort("strength_count", "member", descending=[True, False]).row(0, named=True)
    values: dict[str, Value[Any]] = {
        "member": Name(most["member"]),
        "partners": _counted("partners", most["degree_count"]),
    }
    if "joint_work_count" in members.columns:
        works = _counted("joint_works", most["joint_work_count"])
        said = [message("strongest", works=works, **values)]
    else:
        strength = Figure(most["strength_count"])
        said = [message("strongest_ties", strength=strength, **values)]
    through = members.sort("betweenness_share", "member", descending=[True, False])
    first = through.row(0, named=True)
    if first["betweenness_share"] > 0:
        share = Share(first["betweenness_share"], digits=1)
        said.append(message("between", member=Name(first["member"]), share=share))
    return said


def _counted(kind: str, number: int) -> Phrase:
    return Phrase(message(f"phrases.{kind}", count=Count(number)))


def _brokers(standing: pl.DataFrame) -> list[Message]:
    """Who spans most holes, and who brokers most between groups."""
    tied = standing.drop_nulls("constraint")
    widest = tied.sort("effective_size_count", "member", descending=[True, False])
    first = widest.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "member": Name(first["member"]),
        "partners": _counted("partners", first["degree_count"]),
        "size": Number(first["effective_size_count"], digits=1),
    }
    said = [message("holes", **values)]
    across = tied.select("member", across=pl.sum_horizontal(ACROSS))
    most = across.sort("across", "member", descending=[True, False]).row(0, named=True)
    if most["across"]:
        pairs = Count(most["across"])
        said.append(message("across", member=Name(most["member"]), count=pairs))
    return said


def _community_messages(
    parts: NetworkCommunities, table: pl.DataFrame, resolution: float
) -> list[Message]:
    """How many communities there are, how far they keep to themselves, and the largest."""
    if table.height == 1:
        return [message("one_community")]
    by_strength = (parts.inside_share - parts.modularity) / resolution
    said = [
        message(
            "communities",
            count=Count(table.height),
            inside=Share(parts.inside_share, digits=1),
            expected=Share(by_strength, digits=1),
            modularity=Number(parts.modularity),
        )
    ]
    largest = table.filter(pl.col("members_count") >= LARGE)["community"].head(MOST_NAMED)
    if largest.len():
        said.append(message("largest", members=names(_heads(largest.to_list()))))
    return said


def _heads(labels: Sequence[str]) -> list[str]:
    """The members after which communities are called.

    >>> _heads(["1: x", "2: y: z"])
    ['x', 'y: z']
    """
    return [label.split(": ", 1)[1] for label in labels]


def _size(network: _Network) -> list[Message]:
    """How large the network is, and how many members have no ties."""
    ties, members = Count(network.ties.height), Count(network.members.height)
    said = [message("size", count=ties, members=members)]
    alone = network.members.filter(pl.col("degree_count") == 0).height
    said += counted("alone", alone)
    return said


COLLABORATION = Measurement(
    collaboration,
    citation="Newman 2001, Physical Review E 64, 016132; Freeman 1977, Sociometry 40; Burt 1992, "
    "Structural Holes; Gould and Fernandez 1989, Sociological Methodology 19; Traag, Waltman and "
    "van Eck 2019, Scientific Reports 9",
    brief=(
        "member",
        "community",
        "degree_count",
        "strength_count",
        "betweenness_share",
        "constraint",
        "brokered_count",
    ),
    places="node",
)
