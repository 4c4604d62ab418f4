"""Contribution by category: what each unit's works are worth in each, and never one score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.errors import empty_column, too_few
from firstlight.instruments.networks.contribution_profile.category_scores import (
    ABSENT,
    SHARES,
    category_scores,
)
from firstlight.instruments.networks.contribution_profile.unit_values import (
    Comparison,
    unit_values,
)
from firstlight.instruments.networks.contribution_profile.works_table import Works, works_of
from firstlight.instruments.networks.year_span import until_year
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    Figure,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    counted,
    message,
)

DRAWN = 60  # units on the scatter, those with most works
SIGNS = (";", "；", "|")


def contribution(
    frame: Any,
    *,
    work: Annotated[str, roles.Key()] = "work",
    contributor: Annotated[str, roles.Key(SIGNS, may_be_empty=True)] = "contributor",
    year: Annotated[str, roles.Year()] = "year",
    field: Annotated[str | None, roles.Key(may_be_empty=True)] = "field",
    citations: Annotated[str | None, roles.Number("zero")] = "citations",
    references: Annotated[str | None, roles.Key(may_be_empty=True)] = "references",
    terms: Annotated[str | None, roles.Key(may_be_empty=True)] = "terms",
    patents: Annotated[str | None, roles.Number("zero")] = "patents",
    counting: Literal["fractional", "full"] = "fractional",
    horizon: Annotated[int | None, roles.Bounds(1, 50)] = 5,
    top: Annotated[float, roles.Bounds(0.001, 0.5)] = 0.1,
    least: Annotated[int, roles.Bounds(1)] = 10,
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
    draws: Annotated[int, roles.Bounds(100, 10_000)] = 1000,
    until: Annotated[int | None, roles.Bounds(1500, 2200)] = None,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """What each unit's works are worth in each category, beside the value of all works.

    Impact and the share among the most cited need citations; disruption needs references; novelty
    and new combinations need terms; use in patents needs patents. A category whose column is
    absent is left out.

    Parameters
    ----------
    frame
        A row for each work, or for each work and contributor or field.
    work
        Column of the works: papers, patents or projects.
    contributor
        Column of whose work it is: places, organisations, technologies, several separated by ;
        works of nobody count among all works alone.
    year
        Column of the years.
    field
        Column of the fields; without it all works of a year are one field.
    citations
        Column with the times cited, empty where unknown.
    references
        Column of the works cited, by the names of the column work, separated by ;
    terms
        Column of what is combined: cited journals, subclasses, keywords, separated by ;
    patents
        Column with the number of patents that cite it, empty where unknown.
    counting
        Whether a work's contributors share it equally, or it counts in full for each.
    horizon
        Years after a work that disruption looks at; none takes all later years.
    top
        Which share counts as most cited.
    least
        Works from which a unit is compared.
    level
        Probability that an interval holds.
    draws
        Resamples behind each interval and comparison.
    until
        Last year to use, where later ones are incomplete.
    seed
        Seed of random draws.
    progress
        Called with the categories done and all of them.

    Returns
    -------
    Result with the tables ``profiles`` (category, unit, value, value_low, value_high,
    expected_value of all works of the same years, base_value of all works, position, p_value,
    works_count, works_fractional_count, reason), ``left_out`` (categories that are not computed,
    and why) and ``works`` (the score of each work in each category).

    Raises
    ------
    InputError
        Where no category can be computed, no work has a contributor, a work has two years or two
        numbers of citations, or there are too few draws for the level.

    References
    ----------
    Waltman and others 2012, Journal of the American Society for Information Science and Technology
    63(12), 2419-2432 (intervals); of the categories see ``field_impact``, ``disruption``,
    ``atypical_combinations`` and ``new_combinations``.

    Examples
    --------
    >>> rows = {"work": list("abcd"), "contributor": list("xxyy"), "citations": [9, 3, 0, 0]}
    >>> found = contribution(pl.DataFrame(rows).with_columns(year=2000))
    >>> found.table.select("category", "unit", "value").rows()[:2]
    [('impact', 'x', 2.0), ('impact', 'y', 0.0)]
    """
    data = CONTRIBUTION.read(locals())
    used, said_of_years = until_year(data.frame.rename({"contributor": "unit"}), until)
    works = works_of(used)
    if not works.members.height:
        raise empty_column("contributor")
    scores = category_scores(works, horizon, top)
    categories = scores.columns[2:]
    if not categories:
        raise CONTRIBUTION.error(message("no_category"))
    how = Comparison(least, level, draws, seed)
    profiles = _profiles(scores, works.members, categories, counting, how, progress)
    absent = [name for name in ABSENT if name not in categories]
    reasons = [ABSENT[name] for name in absent]
    left_out = pl.DataFrame({"category": absent, "reason": reasons})
    charts, drawn = _charts(profiles)
    conventions = [
        *_conventions(counting, how, works.without_unit),
        *_conventions_of_categories(works, categories, top, horizon),
        *said_of_years,
    ]
    return Result(
        {
            "profiles": profiles,
            **({"left_out": left_out} if absent else {}),
            "works": scores,
            **drawn,
        },
        tuple(_said(profiles, left_out, has_fields=works.fields is not None)),
        CONTRIBUTION.texts,
        conventions=tuple(conventions),
        charts=charts,
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """Whether there are so many deals of scores that one can be as rare as the level asks."""
    level, draws = arguments["level"], arguments["draws"]
    least = 2 / (1 - level)
    # 2 / (1 - .95) is 39.99999999999996
    if draws + 1 >= least * (1 - 1e-9):
        return None
    return too_few("draws", draws, int(np.ceil(least)), f"draws, level = {level}")


def _profiles(
    scores: pl.DataFrame,
    members: pl.DataFrame,
    categories: list[str],
    counting: str,
    how: Comparison,
    progress: Progress | None,
) -> pl.DataFrame:
    """The units of each category, those that are compared and the highest first."""
    weight = pl.lit(1.0) if counting == "full" else 1 / pl.len().over("work")
    weighted = members.with_columns(weight=weight)
    parts = []
    for done, category in enumerate(categories, 1):
        values = unit_values(scores, weighted, category, how)
        parts.append(values.sort(pl.col("position").is_null(), -pl.col("value"), "unit"))
        if progress is not None:
            progress(done, len(categories))
    return pl.concat(parts)


def _said(profiles: pl.DataFrame, left_out: pl.DataFrame, *, has_fields: bool) -> list[Message]:
    """Each category, why they stay apart, and what is left out."""
    categories = profiles.group_by("category", maintain_order=True)
    said = [_of_category(str(name), rows) for (name,), rows in categories]
    if not has_fields and "impact" in profiles["category"]:
        said.append(message("one_field"))
    position = profiles.group_by("unit").agg(pl.col("position").unique())["position"]
    both = int((position.list.contains("above") & position.list.contains("below")).sum())
    said += counted("apart", both, all=Count(position.len()))
    if left_out.height:
        listed = tuple(_left_out(*row) for row in left_out.iter_rows())
        said.append(message("not_computed", categories=List(listed, most=len(ABSENT))))
    return said


def _category(name: str) -> Code:
    return Code(f"codes.category.{name}")


def _left_out(name: str, reason: str) -> Phrase:
    phrase = "phrases.left_out"
    return Phrase(message(phrase, category=_category(name), reason=Code(f"codes.reason.{reason}")))


def _of_category(name: str, rows: pl.DataFrame) -> Message:
    """How many units are above and below, and which is most surely above."""
    base = _value(name, rows["base_value"][0])
    compared = rows.drop_nulls("position").height
    values: dict[str, Value[Any]] = {"category": _category(name), "base": base}
    if not compared:
        return message("nobody_compared", **values)
    above, below = (rows.filter(position=side).height for side in ("above", "below"))
    values |= {"count": Count(compared), "above": Count(above), "below": Count(below)}
    surely = rows.filter(position="above").drop_nulls("value_low")
    if not surely.height:
        return message("compared", **values)
    first = surely.sort("value_low", "unit", descending=[True, False]).row(0, named=True)
    return message(
        "surest",
        unit=Name(first["unit"]),
        value=_value(name, first["value"]),
        low=_value(name, first["value_low"]),
        high=_value(name, first["value_high"]),
        works=Count(first["works_count"]),
        **values,
    )


def _value(category: str, value: float) -> Number:
    if category in SHARES:
        return Share(value, digits=1)
    return Number(value, digits=3 if category == "disruption" else 2)


def _conventions(counting: str, how: Comparison, without_unit: int) -> list[Message]:
    draws, outside = Count(how.draws), 100 * (1 - how.level)
    level, seed = Figure(100 * how.level), Name(str(how.seed))
    said = [
        message("categories_apart"),
        message(f"counting_{counting}"),
        message("all_works"),
        message("intervals", level=level, draws=draws, seed=seed),
        message("deals", draws=draws, rare=Figure(outside / 2), outside=Figure(outside)),
        message("of_intervals"),
    ]
    said += counted("without_unit", without_unit)
    return said


def _conventions_of_categories(
    works: Works, categories: list[str], top: float, horizon: int | None
) -> list[Message]:
    said = []
    if "impact" in categories and works.fields is None:
        said.append(message("all_one_field"))
    if "impact" in categories and works.without_field:
        said.append(message("without_field", count=Count(works.without_field)))
    if "most_cited" in categories:
        said.append(message("top", top=Figure(100 * top)))
    if "disruption" in categories:
        said.append(message("inside"))
        if horizon is not None:
            said.append(message("window", count=Count(horizon)))
    return said


def _charts(
    profiles: pl.DataFrame,
) -> tuple[tuple[Chart | Drawing, ...], dict[str, pl.DataFrame]]:
    """Units by rank in each category, and in two categories side by side."""
    compared = profiles.drop_nulls("position")
    rank = pl.int_range(1, pl.len() + 1).over("category").alias("rank")
    columns = ("unit", "value", "value_low", "value_high", "base_value")
    ranking = compared.select("category", rank, *columns)
    marks = Mark("value", "points", "value_low", "value_high"), Mark("base_value", "dash")
    chart = Chart("categories", "ranking", "", marks, panel="category", line="unit")
    categories = profiles["category"].unique(maintain_order=True).to_list()
    pair = [name for name in categories if name != "most_cited"][:2]
    if len(pair) < 2:
        return (chart,), {"ranking": ranking}
    one, other = (
        compared.filter(category=name).select("unit", "works_count", pl.col("value").alias(name))
        for name in pair
    )
    both = one.join(other.drop("works_count"), on="unit")
    beside = both.sort("works_count", "unit", descending=[True, False]).head(DRAWN)
    x, y = pair
    drawing = Drawing("beside", "scatter", "beside", node="unit", x=x, y=y, size="works_count")
    return (chart, drawing), {"ranking": ranking, "beside": beside}


CONTRIBUTION = Measurement(
    contribution,
    citation="Waltman and others 2012, Journal of the American Society for Information Science and "
    "Technology 63(12); and the source of each category",
    sample=Sample({"draws": 100}),
    check=_check,
    brief=(
        "category",
        "unit",
        "value",
        "value_low",
        "value_high",
        "expected_value",
        "position",
        "works_count",
    ),
)
