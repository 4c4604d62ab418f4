"""Two to six technologies side by side: their shares by year, on one axis or each on its own."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from firstlight.errors import InputError
from firstlight.texts import Count, message
from firstlight.views.site.course_chart import compared_chart, shared_extent
from firstlight.views.site.thing import SITE, Thing, same

FEWEST, MOST = 2, 6
COMPARED = "compared"
COLUMNS = ("rank", "name", "name_zh", "probability", "probability_low", "probability_high")
FIGURES = ("area", "stage", "first_year", "documents_count", "share", "growth_last_year", "advice")


def comparison(things: Sequence[Thing]) -> Thing:
    """Technologies beside each other.

    Raises InputError where they are fewer than two, more than six, or no technologies.
    """
    given = [each for each in things if each.kind == "technology"]
    if not FEWEST <= len(given) <= MOST or len(given) < len(things):
        few, most = Count(FEWEST), Count(MOST)
        raise InputError(message("not_compared", few=few, most=most, count=Count(len(given))), SITE)
    first = given[0]
    rows = [each.table().select(*COLUMNS, *FIGURES) for each in given]
    history = pl.concat(
        each.tables["history"].select(pl.lit(each.name["en"]).alias("name"), "year", "share")
        for each in given
    )
    return Thing(
        "compare",
        "compare",
        same(" · ".join(each.name["en"] for each in given)),
        {"technologies": pl.concat(rows), "history": history},
        first.texts,
        first.origin,
        {"shared": _shared, "own": _own},
        lambda thing, lang: {"compared": given, "charts_of": _each(thing, lang)},
        of=tuple(each.path for each in given),
    )


def _courses(thing: Thing) -> dict[str, pl.DataFrame]:
    parts = thing.tables["history"].partition_by("name", as_dict=True, maintain_order=True)
    return {str(name): part.sort("year") for (name,), part in parts.items()}


def _shared(thing: Thing, lang: str) -> str:
    courses = list(_courses(thing).values())
    return compared_chart(
        courses, "share", thing.name[lang], shared_extent(courses, "share", is_share=True)
    )


def _own(thing: Thing, lang: str) -> str:
    return next(iter(_each(thing, lang).values()), "")


def _each(thing: Thing, lang: str) -> dict[str, str]:
    """Name -> its course on an axis of its own."""
    return {
        name: compared_chart(
            [course], "share", name, shared_extent([course], "share", is_share=True)
        )
        for name, course in _courses(thing).items()
    }
