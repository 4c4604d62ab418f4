"""Write the earlier forecasts that ship: what became of the technologies of every corpus, and how well rules did.

Figures alone: growth before, size, growth after; and the average precision of each simple rule.

Run  python -m benchmarks.take_off.build_earlier_forecasts
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.take_off.corpora import CORPORA
from benchmarks.take_off.text_corpora import TEXT_CORPORA

from firstlight.instruments.emergence.forecast.likeness import growth_ahead, places
from firstlight.instruments.emergence.forecast.outlook import average_precision, judged
from firstlight.instruments.emergence.forecast.rules import rule_scores
from firstlight.instruments.emergence.record.take_off import THREE_YEARS, is_outcome_known
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.run.counts_in import survey_of_counts

FOLDER = Path(__file__).resolve().parents[2] / "src/firstlight/instruments/emergence/forecast"
MOST_OF_A_YEAR = 600  # rows of one corpus and year, drawn at random
HORIZON = 5


def rows() -> Iterator[tuple[str, Survey]]:
    """The scored technologies of every corpus and forecast year."""
    for corpus in CORPORA:
        counts = corpus.read()
        for _, at in corpus.at_each_year(counts, THREE_YEARS):
            survey = survey_of_counts(at, watched=False)
            if survey.labels:
                yield corpus.name, survey
    for text in TEXT_CORPORA:
        _, record = text.read(text.documents(), lambda line: None)
        for survey in text.surveys(record).values():
            if survey.labels:
                yield text.name, survey


def frame(corpus: str, counts: YearlyCounts) -> pl.DataFrame:
    """Figures of one corpus and year; growth is null where it is not known."""
    place = places(counts, THREE_YEARS.gain)
    ahead = min(HORIZON, int(counts.years[-1]) - counts.forecast_year)
    growth = growth_ahead(counts, ahead, THREE_YEARS.gain)
    columns = {f"growth_{year + 1}": growth[:, year] if year < ahead else None for year in range(HORIZON)}
    table = pl.DataFrame(
        {
            "corpus": corpus,
            "forecast_year": counts.forecast_year,
            "gained": place[:, 0],
            "size": place[:, 1],
            **columns,
        }
    )
    figures = pl.exclude("corpus", "forecast_year").cast(pl.Float32).round(4).fill_nan(None)
    table = table.with_columns(figures, pl.col("forecast_year").cast(pl.Int32))
    table = table.drop_nulls(["gained", "size", "growth_3"])
    return table.sample(min(MOST_OF_A_YEAR, table.height), seed=counts.forecast_year)


def precisions(known: list[tuple[str, Survey]]) -> dict[str, dict[str, float]]:
    """Average precision of each rule on each corpus, mean over the years in which something took off."""
    found: dict[str, dict[str, list[float]]] = {}
    for name, survey in known:
        year = judged(survey, THREE_YEARS)
        if year.is_take_off.any():
            for rule, scores in rule_scores(survey.counts).items():
                found.setdefault(name, {}).setdefault(rule, []).append(average_precision(year, scores))
    return {name: {rule: round(float(np.mean(values)), 4) for rule, values in of.items()} for name, of in found.items()}


def main() -> None:
    """Write the table and what it was made of."""
    known = [(name, survey) for name, survey in rows() if is_outcome_known(survey.counts, THREE_YEARS)]
    table = pl.concat([frame(name, survey.counts) for name, survey in known])
    table = table.sort("corpus", "forecast_year", "gained", "size", "growth_3")
    table.write_parquet(FOLDER / "earlier_forecasts.parquet", compression="zstd", compression_level=19)
    counted = table.group_by("corpus").agg(
        pl.len().alias("rows"),
        pl.col("forecast_year").min().alias("first"),
        pl.col("forecast_year").max().alias("last"),
    )
    about: dict[str, Any] = {"horizons": [3, 5], "gain": THREE_YEARS.gain, "corpora": counted.sort("corpus").to_dicts()}
    about["average_precision"] = precisions(known)
    (FOLDER / "earlier_forecasts.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(counted.sort("corpus"))


if __name__ == "__main__":
    main()
