"""Economic complexity of places and activities from a long frame: ECI and PCI, fitness, GENEPY, year by year."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_table import ActivityTable, Array, read_activities
from firstlight.instruments.complexity.complexity_index import (
    REASONS,
    ComplexityIndex,
    complexity_index,
)
from firstlight.instruments.complexity.fitness import Fitness, Genepy, fitness, genepy
from firstlight.instruments.complexity.specialisation import (
    BALASSA,
    PresenceRule,
    Specialisation,
    rca_interval,
    specialisation,
)
from firstlight.numerics.finding import Finding, Words, listed
from firstlight.numerics.long_frames import nan_to_null

MEASURES = ("eci", "fitness", "genepy")
GONE = 1e-6  # a fitness below this, where the mean is 1, is on its way to 0


@dataclass(frozen=True)
class YearOfComplexity:
    """One year: its table, who is specialised in what, and the measures asked for (None where not)."""

    table: ActivityTable
    found: Specialisation
    index: ComplexityIndex
    fitness: Fitness | None
    genepy: Genepy | None


@dataclass(frozen=True, kw_only=True)
class EconomicComplexity(Finding):
    """Complexity, a row per place (and year).

    table      : [year,] place, diversity_count (a sum of weights where these aren't binary), eci (standard deviations),
                 fitness (mean 1), genepy, block (0 the largest), reason_en, reason_zh (why there is no ECI)
    activities : [year,] activity, ubiquity_count, pci (standard deviations of ECI, or its own), fitness_complexity (mean 1),
                 genepy, block, reason_en, reason_zh
    years      : the sparse tables behind them, a YearOfComplexity each; rule : when an activity is present
    """

    activities: pl.DataFrame = field(repr=False)
    rule: PresenceRule = field(repr=False)
    years: tuple[YearOfComplexity, ...] = field(repr=False)

    @property
    def specialisation(self) -> pl.DataFrame:
        """Who is specialised in what: [year,] place, activity, value, rca, is_present; and rca_low, rca_high (exact, 95%)
        where the rule takes values for counts. A row for each value above 0."""
        return pl.concat([_specialisation(one, self.rule.is_of_counts) for one in self.years])

    def _chart(self, alt: Any) -> Any:
        last = (
            self.table
            if "year" not in self.table.columns
            else self.table.filter(pl.col("year") == pl.col("year").max())
        )
        known = last.drop_nulls("eci")
        dots = alt.Chart(known).mark_circle()
        return dots.encode(
            x="diversity_count:Q", y="eci:Q", tooltip=["place:N", "eci:Q", "diversity_count:Q"]
        )


def economic_complexity(
    frame: Any,
    place: str,
    activity: str,
    value: str,
    *,
    year: str | None = None,
    rule: PresenceRule = BALASSA,
    measures: Collection[str] = MEASURES,
    blocks: str = "largest",
    pci_scale: str = "places",
    ddof: int = 0,
    updates: int | None = None,
    missing: str = "error",
    duplicates: str = "error",
    progress: Callable[[str], None] | None = None,
) -> EconomicComplexity:
    """Diversity, ubiquity, ECI and PCI, fitness and GENEPY of every place and activity, each year by itself.

    place, activity, value, year : names of columns; value not negative (exports, employment, patents, firms)
    rule                         : when a place counts as having an activity (``PresenceRule``)
    measures                     : of ``eci``, ``fitness``, ``genepy``; diversity and ubiquity always
    blocks, pci_scale, ddof      : as in ``complexity_index``; updates : as in ``fitness``
    missing, duplicates          : as in ``read_activities``
    Returns EconomicComplexity. A pair without a row is 0; a place without a row in a year isn't in that year.
    Raises  InputError naming the place, activity and year of a value that is negative, missing or twice.
    Source: as ``complexity_index``, ``fitness`` and ``genepy``.

    >>> rows = pl.DataFrame({"c": list("AAABBC"), "p": list("xyzxyx"), "v": [1, 1, 1, 1, 1, 1]})
    >>> found = economic_complexity(rows, "c", "p", "v", rule=PresenceRule(is_given=True), measures=["eci"])
    >>> found.frame.select("place", "diversity_count", pl.col("eci").round(3)).rows()
    [('A', 3.0, 1.225), ('B', 2.0, 0.0), ('C', 1.0, -1.225)]
    """
    strangers = sorted(set(measures) - set(MEASURES))
    if strangers or isinstance(measures, str):
        raise InputError(
            f"measures {measures!r}", where="economic_complexity", try_next=f"a list of {MEASURES}"
        )
    years = []
    for table in read_activities(
        frame, place, activity, value, year, missing=missing, duplicates=duplicates
    ):
        found = specialisation(table.values, rule)
        m = found.presence
        years.append(
            YearOfComplexity(
                table=table,
                found=found,
                index=complexity_index(m, blocks=blocks, pci_scale=pci_scale, ddof=ddof),
                fitness=fitness(m, updates=updates) if "fitness" in measures and m.nnz else None,
                genepy=_genepy(m) if "genepy" in measures else None,
            )
        )
        if progress and table.year is not None:
            progress(f"{table.year}")
    main = pl.concat([_places(one, measures) for one in years])
    return EconomicComplexity(
        table=main,
        activities=pl.concat([_activities(one, measures) for one in years]),
        years=tuple(years),
        rule=rule,
        sentences=complexity_sentences(years),
        conventions=(
            *rule.conventions(),
            *_conventions(measures, blocks, pci_scale, ddof, updates),
        ),
        given=frame,
    )


def _genepy(m: Any) -> Genepy | None:
    enough = min((m.sum(axis=1) > 0).sum(), (m.sum(axis=0) > 0).sum()) >= 2
    return genepy(m) if enough else None


def reason_columns(keys: Iterable[str]) -> dict[str, list[str]]:
    """Keys of ``REASONS`` as columns reason_en and reason_zh.

    >>> reason_columns(["", "one_place"])["reason_zh"]
    ['', '所在连通块仅一地，无可比较对象']
    """
    told = [REASONS[key] for key in keys]
    return {"reason_en": [words[0] for words in told], "reason_zh": [words[1] for words in told]}


def table_of(year: int | None, columns: dict[str, Any]) -> pl.DataFrame:
    """A table with a year in front, if there is one, and null in place of nan.

    >>> table_of(2000, {"a": [float("nan")]}).rows()
    [(2000, None)]
    """
    found = nan_to_null(pl.DataFrame(columns))
    if year is None:
        return found
    return found.select(pl.lit(year, dtype=pl.Int64).alias("year"), pl.all())


def _places(one: YearOfComplexity, measures: Collection[str]) -> pl.DataFrame:
    index = one.index
    columns: dict[str, Any] = {
        "place": pl.Series(one.table.places, dtype=pl.String),
        "diversity_count": index.diversity,
    }
    if "eci" in measures:
        columns["eci"] = index.eci
    if "fitness" in measures:
        columns["fitness"] = _or_nan(one.fitness.fitness if one.fitness else None, index.diversity)
    if "genepy" in measures:
        columns["genepy"] = _or_nan(one.genepy.places if one.genepy else None, index.diversity)
    block = pl.Series(index.place_block).replace(-1, None)
    return table_of(
        one.table.year, {**columns, "block": block, **reason_columns(index.place_reason.tolist())}
    )


def _activities(one: YearOfComplexity, measures: Collection[str]) -> pl.DataFrame:
    index = one.index
    columns: dict[str, Any] = {
        "activity": pl.Series(one.table.activities, dtype=pl.String),
        "ubiquity_count": index.ubiquity,
    }
    if "eci" in measures:
        columns["pci"] = index.pci
    if "fitness" in measures:
        columns["fitness_complexity"] = _or_nan(
            one.fitness.complexity if one.fitness else None, index.ubiquity
        )
    if "genepy" in measures:
        columns["genepy"] = _or_nan(one.genepy.activities if one.genepy else None, index.ubiquity)
    block = pl.Series(index.activity_block).replace(-1, None)
    return table_of(
        one.table.year,
        {**columns, "block": block, **reason_columns(index.activity_reason.tolist())},
    )


def _or_nan(some: Array | None, like: Array) -> Array:
    return np.full(like.size, np.nan) if some is None else some


def _specialisation(one: YearOfComplexity, is_of_counts: bool) -> pl.DataFrame:
    values = one.found.values
    places, activities = (
        pl.Series(one.table.places, dtype=pl.String),
        pl.Series(one.table.activities, dtype=pl.String),
    )
    rows = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
    there = one.found.presence
    present_rows = np.repeat(np.arange(there.shape[0]), np.diff(there.indptr))
    is_present = np.isin(
        rows * values.shape[1] + values.indices, present_rows * values.shape[1] + there.indices
    )
    columns: dict[str, Any] = {
        "place": places[rows],
        "activity": activities[values.indices],
        "value": values.data,
        "rca": one.found.rca.data,
        "is_present": is_present,
    }
    if is_of_counts:
        columns["rca_low"], columns["rca_high"] = rca_interval(one.found)
    return table_of(one.table.year, columns)


def complexity_sentences(
    years: Sequence[YearOfComplexity], shown: YearOfComplexity | None = None
) -> tuple[tuple[str, Words], ...]:
    """What is highest, what has no index and why, and what to beware of, in one of the years: the last unless it is said."""
    shown = shown or years[-1]
    when, year = (
        (f" in {shown.table.year}", f"{shown.table.year}年")
        if shown.table.year is not None
        else ("", "")
    )
    index = shown.index
    told: list[tuple[str, Words]] = []
    if np.isfinite(index.eci).any():
        places = [shown.table.places[i] for i in _highest(index.eci)]
        activities = [shown.table.activities[i] for i in _highest(index.pci)]
        words = (
            f"Most complex{when}: {listed(places)}; among activities {listed(activities)}.",
            f"{year}复杂度最高的地区：{'、'.join(places)}；活动：{'、'.join(activities)}。",
        )
        told.append(("highest", words))
    else:
        told.append(("none", (f"No place has an index{when}.", f"{year}各地均无指数。")))
    for key in dict.fromkeys(str(key) for key in index.place_reason if key):
        names = [
            place
            for place, own in zip(shown.table.places, index.place_reason, strict=True)
            if own == key
        ]
        more = "" if len(names) <= 5 else f" and {len(names) - 5} more"
        words = (
            f"No ECI{when} for {listed(names[:5])}{more}: {REASONS[key][0]}.",
            f"{year}{'、'.join(names[:5])}{'' if len(names) <= 5 else f'等{len(names)}地'}无ECI：{REASONS[key][1]}。",
        )
        told.append(("without", words))
    return (*told, *_elsewhere(years, shown), *_caveats(years, shown, when, year))


def _elsewhere(
    years: Sequence[YearOfComplexity], shown: YearOfComplexity
) -> Iterator[tuple[str, Words]]:
    """In how many of the other years places have no index."""
    gone = sum(bool(np.isnan(one.index.eci).any()) for one in years if one is not shown)
    if gone:
        yield (
            "without",
            (
                f"Some place has no ECI in {gone} of the {len(years) - 1} other years; its row says why.",
                f"其余{len(years) - 1}年中有{gone}年存在无ECI的地区，原因见各行。",
            ),
        )


def _caveats(
    years: Sequence[YearOfComplexity], shown: YearOfComplexity, when: str, year: str
) -> Iterator[tuple[str, Words]]:
    """Where fitness or GENEPY say less than they seem to."""
    going = [one for one in years if one.fitness is not None and not one.fitness.is_converged]
    if going:
        change = max(one.fitness.last_change for one in going if one.fitness)
        words = (
            f"Fitness still moved by {change:.1g} in its last update in {len(going)} of {len(years)} tables.",
            f"{len(years)}张表中有{len(going)}张的适合度末次更新仍变动{change:.1g}。",
        )
        yield "fitness", words
    gone = int((shown.fitness.fitness < GONE).sum()) if shown.fitness else 0
    if shown.fitness and gone:
        known = int(np.isfinite(shown.fitness.fitness).sum())
        words = (
            f"Fitness heads for 0 in {gone} of {known} places{when}: what few places alone have takes all complexity, and the "
            "figures of the others can't be compared.",
            f"{year}{known}地中有{gone}地的适合度趋于0：仅少数地区拥有的活动占据全部复杂度，其余地区的数值不可比较。",
        )
        yield "fitness_to_zero", words
    if shown.genepy and (
        np.isnan(shown.genepy.places).all() or np.isnan(shown.genepy.activities).all()
    ):
        words = (
            f"No GENEPY{when} of places or of activities: its second and third eigenvalue are of one size.",
            f"{year}无GENEPY：第二与第三特征值大小相同，结果不唯一。",
        )
        yield "genepy", words


def _highest(values: Array, most: int = 3) -> list[int]:
    order = np.argsort(-np.where(np.isfinite(values), values, -np.inf), kind="stable")
    return [int(i) for i in order[:most] if np.isfinite(values[i])]


def _conventions(
    measures: Collection[str], blocks: str, pci_scale: str, ddof: int, updates: int | None
) -> tuple[Words, ...]:
    told: list[Words] = []
    if "eci" in measures:
        told.append(
            (
                f"ECI: mean 0, standard deviation 1 (ddof {ddof}) over places that aren't empty; positive correlation with diversity",
                f"ECI：非空地区均值为0、标准差为1（ddof={ddof}），与多样性正相关",
            )
        )
        told.append(
            (
                "PCI in ECI's scale: ECI is the mean PCI of what is present",
                "PCI采用ECI的尺度：ECI为存在活动PCI的均值",
            )
            if pci_scale == "places"
            else ("PCI: mean 0, standard deviation 1 by itself", "PCI：自身均值为0、标准差为1")
        )
        told.append(
            ("only the largest connected block has an index", "仅最大连通块计算指数")
            if blocks == "largest"
            else (
                "each connected block by a scale of its own, not comparable",
                "各连通块各自标准化，块间不可比",
            )
        )
    if "fitness" in measures:
        often = "until no fitness moves by 1e-8" if updates is None else f"{updates} updates"
        told.append(
            (
                f"fitness: simultaneous updates from ones, each divided by its mean, {often}",
                f"适合度：自1起同步更新并除以均值，{'直至变动不超过1e-8' if updates is None else f'更新{updates}次'}",
            )
        )
    if "genepy" in measures:
        told.append(
            (
                "GENEPY: the two eigenvalues furthest from 0, diagonal 0",
                "GENEPY：取绝对值最大的两个特征值，对角线为0",
            )
        )
    return tuple(told)
