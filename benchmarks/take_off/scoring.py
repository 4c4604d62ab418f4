"""The record of one corpus at one horizon, under the protocol: every ranking, chances, bands and
leads as tables.

The ranking of a year is the one that its earlier outcomes chose, never one that later years chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.kept_surveys import Surveyed
from benchmarks.take_off.protocol import Plan

from firstlight.instruments.emergence.forecast.distribution import Chances, growth_ahead
from firstlight.instruments.emergence.forecast.outlook import (
    Outlook,
    average_precision,
    judged,
    outlooks,
)
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT, RULES
from firstlight.instruments.emergence.record.groups import lineages
from firstlight.instruments.emergence.record.ranking import ranks
from firstlight.instruments.emergence.record.scores import (
    FEWEST_FOR_SLOPE,
    LEVEL,
    JudgedYear,
    calibration_slope,
    interval,
    is_available,
    lines,
    resample_lineages,
)
from firstlight.instruments.emergence.record.take_off import (
    Target,
    can_be_judged,
    take_offs,
)
from firstlight.instruments.emergence.record.track_record import (
    TrackRecord,
    YearForecast,
    track_record,
)
from firstlight.instruments.emergence.record.universe import (
    FIRST,
    YEARS_BEFORE,
    Passed,
    leads,
    matched_controls,
    universe,
)
from firstlight.instruments.emergence.technologies.description import shares_and_growth
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare
from firstlight.run.counts_in import MOST_OF_SCORED

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
CHOSEN = "chosen"  # the ranking that is used: by earlier years and the corpora that ship
BEST_BEFORE = "best_before"  # the rule that did best on this corpus's earlier years alone
FEWEST_YEARS = 3  # with a take-off, before the rule to beat gives way to it
WATCHED_LISTED = 40  # watched technologies that are listed apart
FIRST_LINES = (20, 50, 200)  # of the ranking, whose bands are looked at by themselves
SLOPE_RESAMPLES = 200
EQUAL = 1e-9


@dataclass(frozen=True)
class Scoring:
    """A corpus at one horizon, ready to be scored.

    shipped : the name of the corpus where it is one that ships, whose own rows are then left out of
              what ships
    """

    plan: Plan
    read: Surveyed
    target: Target
    shipped: str | None

    @cached_property
    def scored(self) -> dict[int, Survey]:
        """The scored technologies of every surveyed year that has some."""
        every = {year: survey.scored() for year, survey in sorted(self.read.surveys.items())}
        return {year: survey for year, survey in every.items() if survey.labels}

    @cached_property
    def outlooks(self) -> dict[int, Outlook]:
        """Rankings and chances of every year, by what was known at its end."""
        return outlooks(self.scored, self.target, self.shipped)

    @cached_property
    def years(self) -> list[int]:
        """The forecast years of the record: planned, with scored technologies and a known outcome
        that compares."""
        asked = self.plan.scored_years(self.target.horizon, self.read.last_year)
        known = [year for year in asked if year in self.scored]
        return [year for year in known if can_be_judged(self.scored[year].counts, self.target)]

    @property
    def most_of_scored(self) -> float | None:
        """Lists hold at most this part of those scored."""
        return MOST_OF_SCORED if self.plan.kind == "counts" else None

    @cached_property
    def best_before(self) -> dict[int, str]:
        """For each year the rule with the best average precision on outcomes known at its end."""
        past: list[tuple[JudgedYear, Mapping[str, Floats]]] = []
        for year, survey in self.scored.items():
            if can_be_judged(survey.counts, self.target):
                past.append((self.judged(year), self.outlooks[year].scores))
        ahead = self.target.horizon
        return {
            year: best_rule([one for one in past if one[0].year + ahead <= year])
            for year in self.years
        }

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Each form of the last year's technologies, as the key of its technology."""
        joins = self.read.joins.get(self.read.last_year)
        if joins is None:
            return {}
        return dict(joins.select("form", "technology").iter_rows())

    def forecast(self, year: int) -> YearForecast:
        """What was forecast from a year: every ranking, with the two that earlier years chose."""
        survey, outlook = self.scored[year], self.outlooks[year]
        chosen = {
            CHOSEN: outlook.scores[outlook.used],
            BEST_BEFORE: outlook.scores[self.best_before[year]],
        }
        return YearForecast(
            counts=survey.counts,
            scores={**outlook.scores, **chosen},
            probability=outlook.probability,
            groups=survey.groups,
            labels=survey.labels,
            listed=self.listed(year),
        )

    def listed(self, year: int, *, watched: bool = False) -> dict[str, int]:
        """Rank of each technology in a year, under the name that it has in the last year.

        watched : also the watched technologies that are listed apart, as if ranked 100
        """
        survey, outlook = self.scored[year], self.outlooks[year]
        counts = survey.counts
        places = ranks(
            outlook.scores[outlook.used], counts.documents_of((year - 1, year)), counts.names
        )
        pairs = list(zip(counts.names, places.tolist(), strict=True))
        if watched:
            pairs += [(name, FIRST) for name in watched_first(self.read.surveys[year])]
        best: dict[str, int] = {}
        for key, rank in sorted(pairs, key=lambda pair: pair[1], reverse=True):
            best[self.aliases.get(key, key)] = rank
        return best

    def judged(self, year: int) -> JudgedYear:
        """What came of the technologies that were scored in a year."""
        return judged(self.scored[year], self.target)

    def track_record(self) -> TrackRecord:
        """The record of the rankings that were used, beside every rule."""
        return track_record(
            self.forecast,
            self.years,
            known_until=self.read.last_year,
            used=CHOSEN,
            target=self.target,
            names=self.read.surveys[self.read.last_year].counts,
            most_of_scored=self.most_of_scored,
        )

    def leads(self) -> pl.DataFrame:
        """Leads of the universe, of those that rose beyond chance, and of their controls.

        Where watched technologies count too, those that are listed apart count as named.
        """
        names = self.read.surveys[self.read.last_year].counts
        passed = universe(names, range(self.years[0] + 1, self.read.last_year + 1))
        risen = beyond_chance(names, passed, self.target.z)
        sizes = [len(self.scored[year].labels) for year in self.years]
        first = [lines(FIRST, size, self.most_of_scored) for size in sizes]
        found = []
        for some, of_group in (("", passed), ("_beyond_chance", risen)):
            for kind, named in (
                ("universe", of_group),
                ("controls", matched_controls(names, of_group)),
            ):
                for watched in (False, True):
                    group = f"{kind}{some}{'_with_watched' * watched}"
                    listed = {year: self.listed(year, watched=watched) for year in self.years}
                    found.append(leads(group, named, listed, first=first))
        return pl.concat(found)

    def bands(self) -> pl.DataFrame:
        """How often the share at FY+h lay in its 80% band: all, and the first lines of the ranking;
        by year and pooled."""
        rows = [row for year in self.years for row in self._in_bands(year)]
        schema: dict[str, type[pl.DataType]] = {"group": pl.String, "year": pl.Int64}
        schema |= dict.fromkeys(("n", "below", "above", "inside_half"), pl.Int64)
        each = pl.DataFrame(rows, schema=schema, orient="row")
        pooled = each.group_by("group").agg(pl.col("n", "below", "above", "inside_half").sum())
        every = pl.concat([each, pooled], how="diagonal")
        n = pl.col("n")
        return every.with_columns(
            (1 - (pl.col("below") + pl.col("above")) / n).alias("coverage"),
            (pl.col("below") / n).alias("share_below"),
            (pl.col("above") / n).alias("share_above"),
            (pl.col("inside_half") / n).alias("coverage_of_half"),
        ).sort("group", "year", nulls_last=True)

    def _in_bands(self, year: int) -> list[tuple[str | int, ...]]:
        chances = self.outlooks[year].chances
        if chances is None:
            return []
        share, place = self._outcome(year), self._places(year)
        known = ~np.isnan(share)
        p10, p25, _, p75, p90 = chances.quantiles[:, -1, :].T
        below, above = known & (share < p10 - EQUAL), known & (share > p90 + EQUAL)
        half = known & (share >= p25 - EQUAL) & (share <= p75 + EQUAL)
        groups = {"all": known, **{f"first_{k}": known & (place <= k) for k in FIRST_LINES}}
        return [
            (name, year, *(int((rows & some).sum()) for some in (known, below, above, half)))
            for name, rows in groups.items()
        ]

    def _outcome(self, year: int) -> Floats:
        """(K,) the share at FY+h, moved to the level that shares have at FY over all strata."""
        counts, gain = self.scored[year].counts, self.target.gain
        share = compare(counts, (year - 1, year), (year - 1, year)).after
        growth = growth_ahead(counts, self.target.horizon, gain)[:, -1]
        later: Floats = (share + gain) * np.exp(growth) - gain
        return later

    def _places(self, year: int) -> npt.NDArray[np.int64]:
        counts, outlook = self.scored[year].counts, self.outlooks[year]
        return ranks(
            outlook.scores[outlook.used], counts.documents_of((year - 1, year)), counts.names
        )

    def calibration(self) -> pl.DataFrame:
        """Mean chance beside the share that came true, and the calibration slope with its interval,
        for all and by place.

        The interval is of a bootstrap over lineages.
        """
        years = [year for year in self.years if self.outlooks[year].chances is not None]
        counts = [self.scored[year].counts.names for year in years]
        groups = [self.scored[year].groups for year in years]
        linked = lineages(list(zip(counts, groups, strict=True)))
        came = [take_offs(self.scored[year].counts, self.target).is_take_off for year in years]
        chance = [_probability(self.outlooks[year].chances) for year in years]
        place = [self._places(year) for year in years]
        if not years:
            return _calibration_table([])
        probability, outcome = np.concatenate(chance), np.concatenate(came)
        lineage, places = np.concatenate(linked), np.concatenate(place)
        rows = []
        for name, most in (("all", len(places)), *((f"first_{k}", k) for k in FIRST_LINES)):
            kept = places <= most
            rows.append((name, *_calibration(probability[kept], outcome[kept], lineage[kept])))
        return _calibration_table(rows)

    def by_year(self) -> pl.DataFrame:
        """A row for each year: the ranking that was used, what is scored, and how much of the
        outcome compares."""
        rows = []
        for year in self.years:
            survey, outlook = self.scored[year], self.outlooks[year]
            rows.append(
                {
                    "year": year,
                    "used": outlook.used,
                    "best_before": self.best_before[year],
                    "scored_count": len(survey.labels),
                    "coverage": survey.coverage,
                    "comparable": take_offs(survey.counts, self.target).comparable,
                    "has_chances": outlook.chances is not None,
                }
            )
        return pl.DataFrame(rows)


def best_rule(past: Sequence[tuple[JudgedYear, Mapping[str, Floats]]]) -> str:
    """The rule with the best mean average precision, of those that say something in every year with
    a take-off.

    The rule to beat where fewer than three years have one.
    """
    usable = [(year, scores) for year, scores in past if year.is_take_off.any()]
    if len(usable) < FEWEST_YEARS:
        return RULE_TO_BEAT
    best, most = RULE_TO_BEAT, -1.0
    for name, _ in RULES:
        if all(is_available(scores[name]) for _, scores in usable):
            value = round(
                float(np.mean([average_precision(year, scores[name]) for year, scores in usable])),
                9,
            )
            if value > most:
                best, most = name, value
    return best


def beyond_chance(counts: YearlyCounts, passed: Passed, z: float) -> Passed:
    """The names of a universe whose share rose by so many standard errors over the five years
    before."""
    keeps = np.zeros(len(passed.names), dtype=bool)
    for year in np.unique(passed.years):
        rise = compare(counts, [int(year) - YEARS_BEFORE], [int(year)]).z
        mine = passed.years == year
        keeps[mine] = rise[passed.rows[mine]] >= z
    names = tuple(name for name, kept in zip(passed.names, keeps, strict=True) if kept)
    return Passed(passed.rows[keeps], names, passed.years[keeps])


def watched_first(survey: Survey) -> list[str]:
    """The watched technologies that are listed apart: those whose share gained most."""
    rows = np.flatnonzero(~survey.is_scored)
    if not len(rows):
        return []
    table = shares_and_growth(survey.counts.take(rows))
    gained = (pl.col("share") - pl.col("share_before")).fill_null(0.0).alias("gained")
    named = table.select(gained).with_columns(
        pl.Series("name", [survey.counts.names[row] for row in rows])
    )
    return (
        named.sort("gained", "name", descending=[True, False])["name"]
        .head(WATCHED_LISTED)
        .to_list()
    )


def _probability(chances: Chances | None) -> Floats:
    assert chances is not None
    return chances.probability


def _calibration_table(rows: list[tuple[str | float | None, ...]]) -> pl.DataFrame:
    schema: dict[str, type[pl.DataType]] = {
        "group": pl.String,
        "n": pl.Int64,
        "take_off_count": pl.Int64,
    }
    figures = ("mean_chance", "share_that_took_off", "slope", "slope_low", "slope_high")
    schema |= dict.fromkeys(figures, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _calibration(
    probability: Floats, outcome: Flags, lineage: npt.NDArray[np.int64]
) -> tuple[float | None, ...]:
    n, hits = len(outcome), int(outcome.sum())
    means = float(probability.mean()), hits / n
    if hits < FEWEST_FOR_SLOPE:
        return n, hits, *means, None, None, None
    year = JudgedYear(0, (), probability, outcome, lineage, lineage, probability)
    weights = resample_lineages([year], resamples=SLOPE_RESAMPLES)[:, 1:]
    drawn = [np.repeat(np.arange(n), weights[lineage, column]) for column in range(SLOPE_RESAMPLES)]
    slopes = np.array([calibration_slope(probability[rows], outcome[rows]) for rows in drawn])
    return n, hits, *means, calibration_slope(probability, outcome), *interval(slopes, LEVEL)
