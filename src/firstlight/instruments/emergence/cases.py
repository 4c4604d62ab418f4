"""Cases of the record: each earlier forecast beside what came of it, the surest hits, the worst errors, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.case_reasons import Course, Why, why
from firstlight.instruments.emergence.features import indicator_words
from firstlight.instruments.emergence.forecasts import Forecast, Forecaster
from firstlight.instruments.emergence.survey import RECENT_YEARS, Survey
from firstlight.instruments.emergence.targets import exceptional_since_now

Floats = npt.NDArray[np.float64]
WORST = 5  # cases of each kind listed per year
DRIVERS = 2  # contributions told for and against
LEAST_WEIGHT = 0.05  # log-odds: a contribution under a twentieth of the odds is not told
PATH_BACK = 5  # years before the forecast that a path shows
FEWEST_IN_CATEGORY = (
    20  # documents, before a category can be said to join; and one in a hundred of all
)
KINDS = ("hit", "false_alarm", "miss")


@dataclass(frozen=True)
class Cases:
    """Every forecast of the record's years, and those that teach most.

    forecasts : data frame forecast_year, rank, technology_id, label, probability, is_called, growth, is_exceptional; all of them
    cases     : data frame forecast_year, kind (hit, false_alarm, miss), technology_id, label, probability, growth, the
                reason with why_en and why_zh, drivers_en and drivers_zh (contributions to the forecast), is_near_line,
                is_within_noise, documents_count, documents_count_after, path_first_year and path (shares, by year)
    reasons   : data frame forecast_year, kind, reason, n: of all hits, false alarms and misses
    """

    forecasts: pl.DataFrame
    cases: pl.DataFrame
    reasons: pl.DataFrame


def read_cases(forecaster: Forecaster, years: Sequence[int], known_at: int) -> Cases:
    """What came of the forecasts of each year (target B), known at the end of ``known_at``.

    Listed are the surest hits, the surest false alarms, and the misses that were given the least chance: those that
    cost most by the logarithmic score. A forecast called take-off where its probability passed the year's cut-off.
    """
    frames: list[pl.DataFrame] = []
    cases: list[dict[str, object]] = []
    reasons: list[dict[str, object]] = []
    for year in years:
        own = _Year.read(forecaster, year, known_at)
        frames.append(own.forecasts())
        for kind in KINDS:
            told = {int(i): why(own.course(int(i))) for i in own.of_kind(kind)}
            cases += [own.case(kind, i, told[i]) for i in list(told)[:WORST]]
            codes = sorted(found.reason for found in told.values())
            reasons += [
                {"forecast_year": year, "kind": kind, "reason": code, "n": codes.count(code)}
                for code in sorted(set(codes))
            ]
    return Cases(
        pl.concat(frames) if frames else pl.DataFrame(schema=_FORECASTS),
        pl.DataFrame(cases, schema=_CASES),
        pl.DataFrame(reasons, schema=_REASONS),
    )


@dataclass(frozen=True)
class _Year:
    """One forecast year, seen from ``known_at``; K technologies."""

    survey: Survey
    index: int
    horizon: int
    forecast: Forecast
    ids: Sequence[str]
    exceptional: Floats
    growth: Floats
    called: npt.NDArray[np.bool_]
    joined: dict[str, tuple[str, float]]

    @classmethod
    def read(cls, forecaster: Forecaster, year: int, known_at: int) -> _Year:
        survey = forecaster.surveys[year].until(known_at)
        index = int(np.searchsorted(survey.years, year))
        found = exceptional_since_now(survey.counts, survey.totals, index, forecaster.horizon)
        forecast = forecaster.forecast(year, "B")
        cut = skill.expected_csi_threshold(forecast.probability).cut
        ids = forecaster.lineage.get(year) or [f"{year}:{i}" for i in range(len(survey.labels))]
        return cls(
            survey,
            index,
            forecaster.horizon,
            forecast,
            ids,
            found.exceptional,
            found.growth,
            forecast.probability >= cut,
            _joined(forecaster, year, min(year + forecaster.horizon, known_at)),
        )

    def of_kind(self, kind: str) -> npt.NDArray[np.intp]:
        """Rows of one kind, the surest hit or false alarm first, the least likely miss first."""
        grew = self.exceptional == 1
        chosen = {
            "hit": grew & self.called,
            "false_alarm": (self.exceptional == 0) & self.called,
            "miss": grew & ~self.called,
        }
        rows = np.flatnonzero(chosen[kind])
        sign = 1 if kind == "miss" else -1
        return np.asarray(
            rows[np.lexsort((rows, np.round(sign * self.forecast.probability[rows], 9)))]
        )

    def course(self, i: int) -> Course:
        joined, share = self.joined.get(self.ids[i], ("", 0.0))
        return Course(
            self.survey.years,
            self.survey.counts[i],
            self.survey.totals,
            self.index,
            self.horizon,
            joined,
            share,
        )

    def case(self, kind: str, i: int, told: Why) -> dict[str, object]:
        start = max(self.index - PATH_BACK, 0)
        shares = self.course(i).shares[start : self.index + 2 * self.horizon + 1]
        return {
            "forecast_year": self.survey.forecast_year,
            "kind": kind,
            "technology_id": self.ids[i],
            "label": self.survey.labels[i],
            "probability": float(self.forecast.probability[i]),
            "growth": float(self.growth[i]),
            "reason": told.reason,
            "why_en": told.text_en,
            "why_zh": told.text_zh,
            "drivers_en": self._drivers(i, "en"),
            "drivers_zh": self._drivers(i, "zh"),
            "is_near_line": told.is_near_line,
            "is_within_noise": told.is_within_noise,
            "documents_count": int(self.survey.counts[i, self.index]),
            "documents_count_after": int(self.survey.counts[i, self.index + self.horizon]),
            "path_first_year": int(self.survey.years[start]),
            "path": [None if np.isnan(share) else round(float(share), 9) for share in shares],
        }

    def _drivers(self, i: int, lang: str) -> str:
        """The contributions that weighed most, for and against, with their sizes in log-odds."""
        parts = sorted(
            ((float(own[i]), name) for name, own in self.forecast.contributions.items()),
            key=lambda p: (-p[0], p[1]),
        )
        told = [part for part in parts[:DRIVERS] if part[0] >= LEAST_WEIGHT]
        told += [part for part in parts[-DRIVERS:] if part[0] <= -LEAST_WEIGHT]
        words = indicator_words()
        titles = {
            name: (words[name].title_en if lang == "en" else words[name].title_zh)
            if name in words
            else name
            for _, name in told
        }
        return ("; " if lang == "en" else "；").join(
            f"{titles[name]}\u00a0{value:+.2f}".replace("-", "−") for value, name in told
        )

    def forecasts(self) -> pl.DataFrame:
        """Every forecast of the year, the likeliest first."""
        order = np.lexsort((np.array(self.ids, dtype=str), -np.round(self.forecast.probability, 9)))
        return pl.DataFrame(
            {
                "forecast_year": [self.survey.forecast_year] * len(order),
                "rank": np.arange(1, len(order) + 1),
                "technology_id": [self.ids[i] for i in order],
                "label": [self.survey.labels[i] for i in order],
                "probability": np.round(self.forecast.probability[order], 6),
                "is_called": self.called[order],
                "growth": np.round(self.growth[order], 6),
                "is_exceptional": [
                    None if np.isnan(v) else bool(v) for v in self.exceptional[order]
                ],
            },
            schema=_FORECASTS,
        ).with_columns(pl.col("growth").fill_nan(None))


def _joined(forecaster: Forecaster, year: int, until: int) -> dict[str, tuple[str, float]]:
    """Technology id -> the category that joined the record after ``year`` and holds most of its documents, with its share.

    Read from the last survey up to ``until``: a category joined when the three years to then hold over one document in a
    hundred there, at least twenty, and the three years to ``year`` held less than a twentieth of that.
    """
    later = max((y for y in forecaster.surveys if year < y <= until), default=None)
    if later is None or later not in forecaster.lineage:
        return {}
    survey = forecaster.surveys[later].until(later)
    groups = survey.groups.filter(pl.col("kind") == "category").select(
        "technology", "name", "documents_count"
    )
    whole = pl.col("technology") == -1
    before = forecaster.surveys[year].groups.filter((pl.col("kind") == "category") & whole)
    joined = (
        groups.filter(whole)
        .join(
            before.select("name", pl.col("documents_count").alias("before")), on="name", how="left"
        )
        .filter(
            pl.col("documents_count")
            > max(0.01 * survey.totals[-RECENT_YEARS:].sum(), FEWEST_IN_CATEGORY)
        )
        .filter(pl.col("before").fill_null(0) < 0.05 * pl.col("documents_count"))
    )
    own = (
        groups.filter(~whole)
        .join(joined.select("name"), on="name")
        .sort("technology", -pl.col("documents_count"), "name")
    )
    documents = survey.counts[:, -RECENT_YEARS:].sum(axis=1)
    found: dict[str, tuple[str, float]] = {}
    for technology, name, count in own.iter_rows():
        found.setdefault(
            forecaster.lineage[later][technology], (name, float(count / documents[technology]))
        )
    return found


_FORECASTS = {
    "forecast_year": pl.Int64, "rank": pl.Int64, "technology_id": pl.String, "label": pl.String, "probability": pl.Float64,
    "is_called": pl.Boolean, "growth": pl.Float64, "is_exceptional": pl.Boolean,
}  # fmt: skip
_CASES: dict[str, pl.DataType | type[pl.DataType]] = {
    "forecast_year": pl.Int64, "kind": pl.String, "technology_id": pl.String, "label": pl.String,
    "probability": pl.Float64, "growth": pl.Float64, "reason": pl.String, "why_en": pl.String, "why_zh": pl.String,
    "drivers_en": pl.String, "drivers_zh": pl.String, "is_near_line": pl.Boolean, "is_within_noise": pl.Boolean,
    "documents_count": pl.Int64, "documents_count_after": pl.Int64, "path_first_year": pl.Int64,
    "path": pl.List(pl.Float64),
}  # fmt: skip
_REASONS = {"forecast_year": pl.Int64, "kind": pl.String, "reason": pl.String, "n": pl.Int64}
