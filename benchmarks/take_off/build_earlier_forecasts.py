"""Write the earlier forecasts that ship: what became of the technologies of every corpus, and how
well rankings did.

Figures alone: what a forecast reads of a technology, and its growth after; and the average
precision of each ranking.

Run  python -m benchmarks.take_off.build_earlier_forecasts
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.kept_surveys import surveyed
from benchmarks.take_off.protocol import DEVELOPMENT, read_protocol
from benchmarks.take_off.skill import CACHE

from firstlight.instruments.emergence.forecast.distribution import growth_ahead
from firstlight.instruments.emergence.forecast.features import COLUMNS, Features
from firstlight.instruments.emergence.forecast.outlook import (
    CANDIDATES,
    average_precision,
    judged,
    read_year,
)
from firstlight.instruments.emergence.record.take_off import (
    TARGETS,
    THREE_YEARS,
    Target,
    can_be_judged,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

FOLDER = Path(__file__).resolve().parents[2] / "src/firstlight/instruments/emergence/forecast"
MOST_OF_A_YEAR = 300  # rows of one corpus and year, drawn at random
HORIZON = 5


def years() -> Iterator[tuple[str, Survey]]:
    """The scored technologies of every development corpus and forecast year whose outcome is known."""
    for name, plan in read_protocol().plans.items():
        if plan.use != DEVELOPMENT:
            continue
        found = surveyed(plan, SHARED, CACHE, lambda line: print(line, file=sys.stderr))
        for year in range(plan.surveyed[0], plan.scored[1] + 1):
            survey = found.surveys[year].scored() if year in found.surveys else None
            if survey is not None and survey.labels and can_be_judged(survey.counts, THREE_YEARS):
                yield name, survey


def frame(corpus: str, counts: YearlyCounts, known: Features) -> pl.DataFrame:
    """Figures of one corpus and year; growth is null where it is not known."""
    ahead = min(HORIZON, int(counts.years[-1]) - counts.forecast_year)
    growth = growth_ahead(counts, ahead, THREE_YEARS.gain)
    came = {
        f"growth_{year + 1}": growth[:, year] if year < ahead else None for year in range(HORIZON)
    }
    table = known.frame().with_columns(
        **{name: pl.Series(name, value) for name, value in came.items() if value is not None}
    )
    table = table.with_columns(
        **{name: pl.lit(None, pl.Float64) for name, value in came.items() if value is None}
    )
    figures = pl.all().cast(pl.Float32).round(4).fill_nan(None)
    table = table.select(*COLUMNS, *came).with_columns(figures)
    about = (
        pl.lit(corpus).alias("corpus"),
        pl.lit(counts.forecast_year, pl.Int32).alias("forecast_year"),
    )
    table = table.select(*about, pl.all()).drop_nulls([*COLUMNS, "growth_3"])
    return table.sample(min(MOST_OF_A_YEAR, table.height), seed=counts.forecast_year)


def precisions(known: list[tuple[str, Survey]], target: Target) -> dict[str, dict[str, float]]:
    """Average precision of each ranking on each corpus, mean over the years in which something took
    off."""
    found: dict[str, dict[str, list[float]]] = {}
    for name, survey in known:
        if not can_be_judged(survey.counts, target):
            continue
        year, read = judged(survey, target), read_year(survey, target)
        if year.is_take_off.any():
            for ranking in CANDIDATES:
                value = average_precision(year, read.scores[ranking])
                found.setdefault(name, {}).setdefault(ranking, []).append(value)
    return {
        name: {rule: round(float(np.mean(values)), 4) for rule, values in of.items()}
        for name, of in found.items()
    }


def main() -> None:
    """Write the table and what it was made of."""
    known = list(years())
    table = pl.concat(
        [
            frame(name, survey.counts, read_year(survey, THREE_YEARS).features)
            for name, survey in known
        ]
    )
    table = table.sort("corpus", "forecast_year", *COLUMNS, "growth_3")
    table.write_parquet(
        FOLDER / "earlier_forecasts.parquet", compression="zstd", compression_level=19
    )
    counted = table.group_by("corpus").agg(
        pl.len().alias("rows"),
        pl.col("forecast_year").min().alias("first"),
        pl.col("forecast_year").max().alias("last"),
    )
    about: dict[str, Any] = {"gain": THREE_YEARS.gain, "corpora": counted.sort("corpus").to_dicts()}
    about["average_precision"] = {
        str(horizon): precisions(known, target) for horizon, target in TARGETS.items()
    }
    (FOLDER / "earlier_forecasts.json").write_text(
        json.dumps(about, indent=1) + "\n", encoding="utf-8"
    )
    print(counted.sort("corpus"))


if __name__ == "__main__":
    main()
