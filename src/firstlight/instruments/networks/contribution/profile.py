"""Contribution by category: what each unit's works are worth in each, with intervals beside all works; never one score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.networks.contribution.atypical_combinations import atypical_combinations
from firstlight.instruments.networks.contribution.disruption import disruption
from firstlight.instruments.networks.contribution.field_impact import field_impact
from firstlight.instruments.networks.contribution.new_combinations import new_combinations
from firstlight.instruments.networks.contribution.profile_words import (
    ABSENT,
    ALIKE,
    CATEGORIES,
    COUNTING,
    TOO_FEW,
    ProfileSettings,
    profile_conventions,
    profile_sentences,
)
from firstlight.instruments.networks.contribution.stability import (
    chance_of_means,
    stability_interval,
    weighted_share_interval,
)
from firstlight.instruments.networks.contribution.works_table import Works, read_works_table
from firstlight.numerics.finding import Finding
from firstlight.numerics.solution_memory import remembered

_SHARES = ("novelty", "new_combinations", "patents")  # yes or no of each work


@dataclass(frozen=True, kw_only=True)
class Contribution(Finding):
    """Contribution by category, a row per category and unit.

    table    : category, unit, value, low, high, expected_value (all works of the same years), base_value (all works),
               position (above, below or within what works of the same years dealt at random
               would do), p_value (two-sided, of that deal), works_count, works_fractional_count, reason_en, reason_zh (why there is no
               position, or no interval)
    scores   : a row per work: work, year, and its score in each category; missing where it has none
    left_out : category, reason_en, reason_zh: categories that aren't computed, and why
    """

    scores: pl.DataFrame = field(repr=False)
    left_out: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        ends = alt.Chart(self.table).mark_rule().encode(x="low:Q", x2="high:Q", y="unit:N")
        points = alt.Chart(self.table).mark_point().encode(x="value:Q", y="unit:N")
        return alt.layer(ends, points).facet(row="category:N").resolve_scale(x="independent")


def contribution(
    frame: Any,
    work: str = "work",
    unit: str = "unit",
    year: str = "year",
    *,
    field: str | None = None,
    citations: str | None = None,
    references: str | None = None,
    terms: str | None = None,
    patents: str | None = None,
    separator: str = ";",
    counting: str = "fractional",
    horizon: int | None = 5,
    top: float = 0.1,
    least: int = 10,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Contribution:
    """What each unit's works are worth in each category that the table allows, with intervals, beside the value of all works.

    impact and most_cited need ``citations``; disruption ``references``; novelty and new_combinations ``terms``; patents ``patents``.

    frame      : a row per work, or per work and unit (a place, an organisation, a technology) and field; works without a unit stand in
                 the yardsticks alone
    field      : without it all works of a year are one field
    references : ids of the works cited, several in one cell; terms : what is combined (cited journals, subclasses, keywords)
    patents    : by how many patents a work is cited
    counting   : ``fractional`` (a work's units share it equally) or ``full``
    least      : works with a score, below which a unit is listed but not compared
    horizon, top, level, draws, seed : of disruption, of the most cited, of the intervals and their resamples
    Returns Contribution.
    Raises  InputError as ``read_works_table``, where no category can be computed, no work has a unit, or for an unknown option.
    Source: see ``field_impact``, ``disruption``, ``atypical_combinations``, ``new_combinations``; intervals: ``stability_interval``.

    >>> rows = pl.DataFrame({"work": list("abcd"), "unit": list("xxyy"), "year": 2000, "citations": [9, 3, 0, 0]})
    >>> contribution(rows, citations="citations").table.select("category", "unit", "value").rows()[:2]
    [('impact', 'x', 2.0), ('impact', 'y', 0.0)]
    """
    settings = ProfileSettings(counting, horizon, top, least, level, draws, seed)
    _check(settings)
    names = {"work": work, "unit": unit, "year": year}
    more = {
        "field": field,
        "citations": citations,
        "references": references,
        "terms": terms,
        "patents": patents,
    }
    held = read_works_table(
        frame, names | {name: own for name, own in more.items() if own}, separator
    )
    if not held.members.height:
        raise InputError(
            "no work has a unit", where=f"column {unit!r}", try_next="say whose works they are"
        )
    scores = _scores(held, horizon, top, progress)
    found = [name for name in CATEGORIES if name in scores.columns]
    if not found:
        raise InputError(
            "no category can be computed",
            where="contribution",
            try_next="name a column: citations, references, terms or patents; where nothing is cited there is no yardstick",
        )
    shared = pl.lit(1.0) if counting == "full" else 1 / pl.len().over("work")
    members = held.members.with_columns(weight=shared)
    table = pl.concat([_of_category(scores, members, name, settings, progress) for name in found])
    missing = [(name, *ABSENT[name]) for name in CATEGORIES if name not in found]
    texts = dict.fromkeys(("category", "reason_en", "reason_zh"), pl.String)
    left_out = pl.DataFrame(missing, schema=texts, orient="row")
    field_less = None if held.fields is None else held.works.height - held.fields["work"].n_unique()
    return Contribution(
        table=table,
        sentences=profile_sentences(table, left_out, has_fields=field_less is not None),
        conventions=profile_conventions(
            found, settings, unit_less=held.unit_less_count, field_less=field_less
        ),
        given=frame,
        scores=scores,
        left_out=left_out,
    )


def _check(own: ProfileSettings) -> None:
    if own.counting not in COUNTING or own.least < 1 or not 0 < own.level < 1 or own.draws < 100:
        raise InputError(
            f"counting {own.counting!r}, least {own.least}, level {own.level}, {own.draws} draws",
            where="contribution",
            try_next=f"{' or '.join(COUNTING)}; 1 work or more; a share such as 0.95; 100 draws or more",
        )
    least = 2 / (1 - own.level)  # fewer deals can't be as rare as that
    if own.draws + 1 < least * (1 - 1e-9):
        raise InputError(
            f"{own.draws} draws at level {own.level}: no unit could stand above or below",
            where="contribution, draws",
            try_next=f"{int(np.ceil(least))} draws or more",
        )


def _scores(
    held: Works, horizon: int | None, top: float, progress: Callable[[str], None] | None
) -> pl.DataFrame:
    """A row per work, a column per category that the table allows."""
    found = held.works.select("work", "year")
    if "citations" in held.works.columns:
        one = held.works.with_columns(field=pl.lit("all"))
        rows = one if held.fields is None else held.works.join(held.fields, on="work")
        if rows.height:
            own = field_impact(rows, top=top).table
            named = own.select("work", impact="normalised_score", most_cited="top_share")
            found = found.join(named, on="work", how="left")
    links = held.lists.get("references")
    if links is not None and links.height:
        ends = links.rename({"work": "citing", "references": "cited"})
        own = disruption(held.works, ends, horizon=horizon, progress=progress).table
        found = found.join(own.select("work", disruption="disruption_index"), on="work", how="left")
    terms = held.lists.get("terms")
    if terms is not None and terms.height:
        rows = terms.join(held.works.select("work", "year"), on="work")
        typical = atypical_combinations(rows, term="terms", progress=progress).table
        new = new_combinations(rows, term="terms", progress=progress).table
        for name, own, column in (
            ("novelty", typical, "is_novel"),
            ("new_combinations", new, "is_new"),
        ):
            found = found.join(
                own.select("work", pl.col(column).cast(pl.Float64).alias(name)),
                on="work",
                how="left",
            )
    if "patents" in held.works.columns and held.works["patents"].null_count() < held.works.height:
        cited = held.works.select("work", patents=(pl.col("patents") > 0).cast(pl.Float64))
        found = found.join(cited, on="work", how="left")
    known = [
        name
        for name in CATEGORIES
        if name in found.columns and found[name].null_count() < found.height
    ]
    return found.select("work", "year", *known).sort("work")


def _of_category(
    scores: pl.DataFrame,
    members: pl.DataFrame,
    name: str,
    settings: ProfileSettings,
    progress: Callable[[str], None] | None,
) -> pl.DataFrame:
    if progress:
        progress(f"contribution: {name}")
    known = scores.select("work", "year", value=name).drop_nulls().with_row_index("code")
    known = known.with_columns(same=pl.col("value").mean().over("year"))
    base = float(known["value"].to_numpy().mean())
    rows = members.join(known, on="work").sort("unit", "work")
    codes = rows["unit"].rle_id().to_numpy()
    deal = (known["value"], known["year"], rows["code"], codes, rows["weight"])
    dealt: dict[str, Any] = {"draws": settings.draws, "seed": [settings.seed, crc32(name.encode())]}
    high, low = remembered(
        ["chance of means", *dealt.values(), *deal],
        lambda: chance_of_means(*map(np.asarray, deal), **dealt),
    )
    found = []
    for k, ((own,), part) in enumerate(rows.group_by("unit", maintain_order=True)):
        v, a = part["value"].to_numpy(), part["weight"].to_numpy()
        ends = _interval(v, a, name, settings, [settings.seed, crc32(str(own).encode())])
        mean, same = (float((a * part).sum() / a.sum()) for part in (v, part["same"].to_numpy()))
        found.append(
            (
                name,
                own,
                mean,
                *ends,
                same,
                base,
                v.size,
                float(a.sum()),
                float(high[k]),
                float(low[k]),
            )
        )
    schema = {
        **dict.fromkeys(("category", "unit"), pl.String),
        **dict.fromkeys(("value", "low", "high", "expected_value", "base_value"), pl.Float64),
        "works_count": pl.Int64,
        **dict.fromkeys(("works_fractional_count", "_as_high", "_as_low"), pl.Float64),
    }
    table = pl.DataFrame(found, schema=schema, orient="row").with_columns(
        pl.col("low", "high").fill_nan(None)
    )
    return _compared(table, settings.least, settings.level)


def _compared(table: pl.DataFrame, least: int, level: float) -> pl.DataFrame:
    """Where each unit stands beside all works, and why it isn't compared where it isn't."""
    has_enough, rare = pl.col("works_count") >= least, (1 - level) / 2
    position = pl.when(has_enough).then(
        pl.when(pl.col("_as_high") <= rare).then(pl.lit("above"))
        .when(pl.col("_as_low") <= rare).then(pl.lit("below"))
        .otherwise(pl.lit("within"))
    )  # fmt: skip
    reason = [
        pl.when(~has_enough).then(pl.lit(TOO_FEW[lang]))
        .when(pl.col("low").is_null()).then(pl.lit(ALIKE[lang])).otherwise(pl.lit(""))
        for lang in (0, 1)
    ]  # fmt: skip
    p = pl.when(has_enough).then(
        (2 * pl.min_horizontal("_as_high", "_as_low")).clip(upper_bound=1.0)
    )
    stamped = table.with_columns(
        position=position, p_value=p, reason_en=reason[0], reason_zh=reason[1]
    )
    order = (
        "category",
        "unit",
        "value",
        "low",
        "high",
        "expected_value",
        "base_value",
        "position",
        "p_value",
        "works_count",
    )
    return stamped.select(*order, "works_fractional_count", "reason_en", "reason_zh")


def _interval(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    name: str,
    settings: ProfileSettings,
    seed: list[int],
) -> tuple[float, float]:
    """Of yes or no Wilson's; else by drawing works again; where these are all alike, a resample sees nothing."""
    are_alike = values.size > 1 and np.ptp(values) == 0
    if name in _SHARES or (name == "most_cited" and are_alike):
        return weighted_share_interval(values, weights, level=settings.level)
    if are_alike:
        return np.nan, np.nan
    return stability_interval(
        values, weights, level=settings.level, draws=settings.draws, seed=seed
    )
