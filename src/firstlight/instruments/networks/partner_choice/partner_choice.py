"""A consortium for a technology, who is likely to work together next, and how such recommendations
did before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from firstlight import roles
from firstlight.chart import Drawing
from firstlight.errors import too_many
from firstlight.instruments.networks.partner_choice.choice_of_members import (
    COMMON,
    MANY,
    chosen_members,
    with_words,
    works_about,
)
from firstlight.instruments.networks.partner_choice.consortium import Objective
from firstlight.instruments.networks.partner_choice.new_partners import forecast_and_record
from firstlight.instruments.networks.works_network import SIGNS
from firstlight.instruments.networks.year_span import latest_years, one_year_each, until_year
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import Count, Message, message


def partners(
    frame: Any,
    *,
    work: Annotated[str, roles.Key()] = "work",
    member: Annotated[str, roles.Key(separators=SIGNS)] = "member",
    term: Annotated[
        str, roles.Key(separators=(*SIGNS, "、", ",", "，"), may_be_empty=True)
    ] = "term",
    year: Annotated[str | None, roles.Year()] = "year",
    group: Annotated[str | None, roles.Label()] = "group",
    technology: Annotated[str | None, roles.Key(may_be_empty=True)] = "technology",
    size: Annotated[int, roles.Bounds(1, 50)] = 5,
    technologies: Annotated[Sequence[str] | None, roles.Names()] = None,
    terms: Annotated[Sequence[str] | None, roles.Names()] = None,
    words: bool = False,
    lead: Annotated[Sequence[str] | None, roles.Names()] = None,
    tie_weight: Annotated[float, roles.Bounds(0, 10)] = 0.0,
    least: Annotated[int, roles.Bounds(1)] = 1,
    weights: Literal["equal", "works"] = "equal",
    objective: Objective = "best",
    last_years: Annotated[int | None, roles.Bounds(1)] = None,
    until: Annotated[int | None, roles.Bounds(1500, 2200)] = None,
    horizon: Annotated[int, roles.Bounds(1, 20)] = 3,
    past: Annotated[int, roles.Bounds(1, 50)] = 5,
    least_works: Annotated[int, roles.Bounds(1)] = 3,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
) -> Result:
    """Which members together cover a technology, and who is likely to work together next.

    Parameters
    ----------
    frame
        A row for each work, member and term.
    work
        Column of the works: documents, projects or patents.
    member
        Column of the members: organisations, places or persons.
    term
        Column of the terms or keywords; empty where a work has none.
    year
        Column of the years of the works.
    group
        Column of the groups of members, such as countries or sectors.
    technology
        Column of the technologies of the works.
    size
        How many members the consortium has, the lead included.
    technologies
        Technologies to cover, of the column technology; all works where left out.
    terms
        Terms to cover; all where left out.
    words
        Whether the terms are the words of a running text, such as titles.
    lead
        Members that are in from the start.
    tie_weight
        How much past work with the lead counts beside coverage; at 0.05 the strongest tie counts as
        much as 5% of the terms.
    least
        Works on a term from which a member covers it.
    weights
        What a term counts: all alike, or as many as there are works on it.
    objective
        How members add up on a term: as far as the best of them covers it, or any of them.
    last_years
        How many years up to the last to choose from; all where left out.
    until
        Last year to use, where later ones are incomplete.
    horizon
        Years ahead for which new partners are forecast.
    past
        Years that a forecast looks back.
    least_works
        Works in these years from which a member is compared.
    seed
        Seed of the random choices that the consortium is compared with.

    Returns
    -------
    Result with the tables ``consortium`` (rank, member, gain_share, covered_share, objective,
    new_terms, tie_count, tie_weight), ``compared`` (choice, covered_share, chosen), ``candidates``
    and, of works with years, ``likely_pairs`` (member_1, member_2, chance and the features of the
    pair), ``record`` and ``record_by_year`` (how such forecasts did before, by score) and
    ``consortium_record`` (what consortia of past years came to cover).

    Raises
    ------
    InputError
        For a lead, a technology or a term that the table does not have, and where fewer members
        cover a term than the consortium has.

    Notes
    -----
    Take the chances of new partners as an order, and read their record first.

    References
    ----------
    Nemhauser, Wolsey and Fisher 1978, Mathematical Programming 14. Liben-Nowell and Kleinberg 2007,
    Journal of the American Society for Information Science and Technology 58(7).

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"work": [*"abc"], "member": [*"xxy"], "term": ["lens", "laser",
    ...     "mirror"]})
    >>> partners(rows, size=2).table.select("member", "covered_share").rows()
    [('x', 0.6666666666666666), ('y', 1.0)]
    """
    data = PARTNERS.read(locals())
    given = with_words(data.frame) if words else data.frame
    held, until_said = until_year(given, until)
    recent, latest_said = latest_years(held, last_years)
    about, about_said = works_about(recent, technologies or [], terms or [])
    chosen = chosen_members(
        recent,
        about,
        size=size,
        lead=lead or [],
        tie_weight=tie_weight,
        least=least,
        weights=weights,
        objective=objective,
        seed=seed,
    )
    tables, said = dict(chosen.tables), list(chosen.said)
    conventions = [*chosen.conventions, *until_said, *latest_said, *about_said]
    if words:
        conventions.append(message("words", common=Count(COMMON), many=Count(MANY)))
    if data.has("year"):
        one_year_each(held)
        later = forecast_and_record(
            held,
            horizon=horizon,
            past=past,
            least_works=least_works,
            size=size,
            least=least,
            objective=objective,
            seed=seed,
        )
        tables |= later.tables
        said += later.said
        conventions += later.conventions
    else:
        said.append(message("no_forecast_without_years"))
    order = [name for name in ORDER if name in tables]
    return Result(
        {name: tables[name] for name in order},
        tuple(said),
        PARTNERS.texts,
        conventions=tuple(conventions),
        charts=(DRAWING,),
        given=data.given,
    )


DRAWING = Drawing(
    "candidates",
    "network",
    "candidate_network",
    "candidate_ties",
    size="terms_count",
    group="standing",
)
ORDER = (
    "consortium",
    "compared",
    "likely_pairs",
    "consortium_record",
    "record_by_year",
    "record",
    "candidates",
    "candidate_network",
    "candidate_ties",
)


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """A consortium that is smaller than its lead."""
    lead = arguments["lead"] or []
    if len(lead) > arguments["size"]:
        return too_many("members", len(lead), arguments["size"], "lead, size")
    return None


PARTNERS = Measurement(
    partners,
    citation="Nemhauser, Wolsey and Fisher 1978, Mathematical Programming 14; Liben-Nowell and "
    "Kleinberg 2007, Journal of the American Society for Information Science and Technology 58(7)",
    sample=Sample({"size": 4}),
    check=_check,
    brief=("rank", "member", "gain_share", "covered_share", "new_terms", "tie_count"),
)
