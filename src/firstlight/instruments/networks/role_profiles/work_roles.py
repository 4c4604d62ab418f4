"""In which works a person had which role, and how often chance would give it."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["MOST_MEMBERS", "NEEDS", "work_roles"]

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
