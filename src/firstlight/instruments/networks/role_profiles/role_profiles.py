"""Roles of persons in works: originator, mentor, bridge, integrator, and how often chance would
give each; never one score."""

from __future__ import annotations

from typing import Annotated, Any, Final

import polars as pl

from firstlight import roles
from firstlight.chart import Drawing
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.share_intervals import wilson
from firstlight.result import Result
from firstlight.texts import Code, Count, Figure, List, Message, Phrase, Share, counted, message

DRAWN: Final = 40  # persons in the drawing, those with most works
SIGNS: Final = (";", "；", "|")

MOST_MEMBERS: Final = 30  # of a work that is looked at pair by pair
# the columns that each role is told from
NEEDS: Final = {
    "originator": ("position",),
    "mentor": ("position", "year"),
    "bridge": ("year",),
    "integrator": ("field",),
}


def work_roles(table: pl.DataFrame, newcomer_years: int = 3) -> pl.DataFrame:
    """Whether each person had each role in each work where that can be told.

    originator : stands first in a work of several; expected is one over their number
    mentor     : stands last in a work whose first is a newcomer (first work in the table no more
                 than so many years ago), and is none; expected is one over all but the first,
                 where such a place was open to the person
    bridge     : brings together two who had each worked with the person before, and never with one
                 another (*tertius iungens*); expected is the share in all works of three or more
    integrator : takes part in a work of several fields; expected is the share in all works

    Parameters
    ----------
    table
        work, person, and of year, position, field those that are known; a row for each pair.
    newcomer_years
        Years for which a person is a newcomer.

    Returns
    -------
    work, person, role, had (0 or 1), expected_share.

    References
    ----------
    Obstfeld 2005, Administrative Science Quarterly 50(1), 100-130 (bridge).

    Examples
    --------
    >>> rows = {"work": list("uuvv"), "person": list("abab"), "position": [1, 2, 1, 2]}
    >>> work_roles(pl.DataFrame(rows)).filter(person="a")["had"].to_list()
    [1, 1]
    """
    sized = table.with_columns(size=pl.len().over("work"))
    makers = {
        "originator": _originators,
        "mentor": lambda rows: _mentors(rows, newcomer_years),
        "bridge": _bridges,
        "integrator": _integrators,
    }
    parts = [
        makers[role](sized)
        .with_columns(pl.col("had").cast(pl.Int64), role=pl.lit(role))
        .select("work", "person", "role", "had", pl.col("expected_share").cast(pl.Float64))
        for role, needs in NEEDS.items()
        if set(needs) <= set(table.columns)
    ]
    return pl.concat(parts).sort("person", "role", "work")


def _of_several(rows: pl.DataFrame) -> pl.DataFrame:
    """Works of two or more whose places are all known, with one first and one last."""
    place = pl.col("position")
    first = (place == place.min().over("work")).alias("is_first")
    last = (place == place.max().over("work")).alias("is_last")
    known = rows.filter(pl.col("size") > 1, place.null_count().over("work") == 0)
    ends = known.with_columns(first, last)
    return ends.filter(
        pl.col("is_first").sum().over("work") == 1, pl.col("is_last").sum().over("work") == 1
    )


def _originators(rows: pl.DataFrame) -> pl.DataFrame:
    return _of_several(rows).with_columns(had="is_first", expected_share=1 / pl.col("size"))


def _mentors(rows: pl.DataFrame, newcomer_years: int) -> pl.DataFrame:
    # in the table's first years everybody would look like a newcomer
    opening = pl.col("year").min() + newcomer_years
    since = pl.col("year").min().over("person")
    aged = rows.with_columns(is_new=pl.col("year") - since <= newcomer_years, opens=opening)
    works = _of_several(aged).filter(pl.col("year") > pl.col("opens"))
    leads_new = (pl.col("is_first") & pl.col("is_new")).any().over("work")
    is_open = leads_new & ~pl.col("is_new") & ~pl.col("is_first")
    chance = is_open.cast(pl.Float64) / (pl.col("size") - 1)
    return works.with_columns(had=is_open & pl.col("is_last"), expected_share=chance)


def _bridges(rows: pl.DataFrame) -> pl.DataFrame:
    small = rows.drop_nulls("year").filter(pl.col("size").is_between(2, MOST_MEMBERS))
    small = small.select("work", "person", "year", "size")
    pairs = small.join(small.select("work", other="person"), on="work")
    pairs = pairs.filter(pl.col("person") != pl.col("other"))
    ties = pairs.group_by("person", "other").agg(since=pl.col("year").min())
    dated = pairs.join(ties, on=["person", "other"])
    before = dated.filter(pl.col("since") < pl.col("year")).select("work", "person", "other")
    new = dated.filter(pl.col("since") == pl.col("year"))
    both = new.select("work", one="person", two="other").filter(pl.col("one") < pl.col("two"))
    met = both.join(before.rename({"other": "one"}), on=["work", "one"])
    met = met.join(before.rename({"other": "two"}), on=["work", "two", "person"])
    made = met.select("work", "person").unique().with_columns(had=True)
    trials = small.filter(pl.col("size") > 2, pl.col("year") > pl.col("year").min())
    found = trials.join(made, on=["work", "person"], how="left")
    return found.with_columns(pl.col("had").fill_null(False)).with_columns(
        expected_share=pl.col("had").mean()
    )


def _integrators(rows: pl.DataFrame) -> pl.DataFrame:
    names = pl.col("field").str.replace_all("[；|]", ";").str.split(";")
    names = names.list.eval(pl.element().str.strip_chars().replace("", None)).list.drop_nulls()
    known = rows.with_columns(fields=names.list.n_unique()).filter(pl.col("fields") > 0)
    works = known.with_columns(pl.col("fields").max().over("work") > 1).rename({"fields": "had"})
    share = works.unique("work", maintain_order=True)["had"].cast(pl.Float64).mean()
    return works.with_columns(expected_share=pl.lit(share, dtype=pl.Float64))


def talent_roles(
    frame: Any,
    *,
    work: Annotated[str, roles.Key()] = "work",
    person: Annotated[str, roles.Key(SIGNS)] = "person",
    year: Annotated[str | None, roles.Year()] = "year",
    position: Annotated[str | None, roles.Number("positive")] = "position",
    field: Annotated[str | None, roles.Label()] = "field",
    newcomer_years: Annotated[int, roles.Bounds(0, 50)] = 3,
    least: Annotated[int, roles.Bounds(1)] = 10,
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
) -> Result:
    """In which share of their works persons originate, mentor, bridge and integrate.

    Each share has its interval and what would be expected; no role outweighs another, and nobody is
    ranked. Persons appear under the ids that the table has.

    Parameters
    ----------
    frame
        A row for each work and person.
    work
        Column of the works: papers, patents or projects.
    person
        Column of the persons, best under ids that name nobody.
    year
        Column of the years; mentors and bridges need it.
    position
        Column of the place among the persons of a work, 1 the first; originators and mentors need
        it.
    field
        Column of the fields of a work, separated by ; where it has several.
    newcomer_years
        Years since the first work in the table for which a person is a newcomer.
    least
        Works from which a person is compared.
    level
        Probability that an interval holds.

    Returns
    -------
    Result with the tables ``profiles`` (person, role, role_share with its interval, expected_share,
    role_count, works_count, side, reason), ``evidence``, the works in which a person had a role,
    and ``left_out`` (roles that are not computed, and why).

    Raises
    ------
    InputError
        Where the table has none of the columns that a role needs.

    References
    ----------
    Obstfeld 2005, Administrative Science Quarterly 50(1), 100-130; Wilson 1927, Journal of the
    American Statistical Association 22(158), 209-212.

    Examples
    --------
    >>> rows = {"work": list("uuvv"), "person": list("abab"), "position": [1, 2, 1, 2]}
    >>> talent_roles(pl.DataFrame(rows)).table.select("person", "role_share").rows()
    [('a', 1.0), ('b', 0.0)]
    """
    data = TALENT_ROLES.read(locals())
    known = [name for name in ("year", "position", "field") if data.has(name)]
    if not any(set(needs) <= set(known) for needs in NEEDS.values()):
        raise TALENT_ROLES.error(message("no_role"))
    found = work_roles(data.frame.select("work", "person", *known), newcomer_years)
    profiles = _profiles(found, least, level)
    if not profiles.height:
        raise TALENT_ROLES.error(message("no_trial"))
    absent = [role for role in NEEDS if role not in set(found["role"])]
    reasons = [_reason(role, known) for role in absent]
    tables = {
        "profiles": profiles,
        "evidence": found.filter(had=1).select("person", "role", "work"),
    }
    if absent:
        tables["left_out"] = pl.DataFrame({"role": absent, "reason": reasons})
    most = profiles.group_by("person").agg(pl.col("works_count").max())
    drawn = most.sort(-pl.col("works_count"), "person").head(DRAWN)["person"].to_list()
    tables["drawn"] = profiles.filter(pl.col("person").is_in(drawn)).select(
        "person", "role", "role_share"
    )
    return Result(
        tables,
        tuple(_said(profiles, absent)),
        TALENT_ROLES.texts,
        conventions=_conventions(level, least, newcomer_years),
        charts=(
            Drawing(
                "shares", "matrix", "drawn", node="person", x="role", y="person", size="role_share"
            ),
        ),
        given=data.given,
    )


def _profiles(found: pl.DataFrame, least: int, level: float) -> pl.DataFrame:
    """A row for each person and role, by person, with the side of what is expected."""
    table = found.group_by("person", "role").agg(
        role_share=pl.col("had").mean(),
        expected_share=pl.col("expected_share").sort().mean(),
        role_count=pl.col("had").sum(),
        works_count=pl.len().cast(pl.Int64),
    )
    low, high = wilson(table["role_count"].to_numpy(), table["works_count"].to_numpy(), level)
    table = table.with_columns(role_low_share=pl.Series(low), role_high_share=pl.Series(high))
    is_few = pl.col("works_count") < least
    expected = pl.col("expected_share")
    side = (
        pl.when(pl.col("role_low_share") > expected)
        .then(pl.lit("above"))
        .when(pl.col("role_high_share") < expected)
        .then(pl.lit("below"))
        .otherwise(pl.lit("as_expected"))
    )
    table = table.with_columns(
        side=pl.when(~is_few).then(side), reason=pl.when(is_few).then(pl.lit("few_works"))
    )
    ends = ("role_share", "role_low_share", "role_high_share", "expected_share")
    counts = ("role_count", "works_count")
    return table.select("person", "role", *ends, *counts, "side", "reason").sort("person", "role")


def _reason(role: str, known: list[str]) -> str:
    missing = [name for name in NEEDS[role] if name not in known]
    return f"no_{missing[0]}" if missing else "no_work"


def _said(profiles: pl.DataFrame, absent: list[str]) -> list[Message]:
    """Each role, who has several, and what is left out; nobody by name."""
    compared = profiles.drop_nulls("side")
    said = []
    for role in NEEDS:
        own = compared.filter(role=role)
        if own.height:
            above, below = (Count(own.filter(side=side).height) for side in ("above", "below"))
            usual = Share(float(own["role_share"].sort().mean() or 0))  # type: ignore[arg-type]
            count = Count(own.height)
            said.append(message(role, count=count, above=above, below=below, usual=usual))
    if not said:
        said.append(message("nobody_compared", count=Count(profiles["person"].n_unique())))
    several = compared.filter(side="above").group_by("person").len().filter(pl.col("len") > 1)
    said += counted("several", several.height)
    few = profiles.filter(pl.col("side").is_null())["person"].n_unique()
    if few and compared.height:
        said.append(message("few", count=Count(few)))
    if absent:
        listed = tuple(
            Phrase(message("phrases.role", role=Code(f"codes.role.{r}"))) for r in absent
        )
        said.append(message("not_computed", roles=List(listed)))
    return said


def _conventions(level: float, least: int, newcomer_years: int) -> tuple[Message, ...]:
    outside = Figure(50 * (1 - level))
    return (
        message("meant"),
        message("mentors", count=Count(newcomer_years)),
        message("sides", level=Figure(100 * level), outside=outside, least=Count(least)),
    )


TALENT_ROLES = Measurement(
    talent_roles,
    citation="Obstfeld 2005, Administrative Science Quarterly 50(1), 100-130; Wilson 1927, Journal "
    "of the American Statistical Association 22(158), 209-212",
    sample=Sample({}),
    brief=(
        "person",
        "role",
        "role_share",
        "role_low_share",
        "role_high_share",
        "expected_share",
        "works_count",
        "side",
    ),
)
