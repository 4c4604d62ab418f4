"""The record runs on a corpus of counts: what comes out is whole; its figures are not judged here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.forecast.rules import RULES, rule_scores
from firstlight.instruments.emergence.record.take_off import is_scored
from firstlight.instruments.emergence.record.track_record import YearForecast, track_record
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

LAST = 2024  # 2025 is not complete


def patents(reference: Path) -> YearlyCounts:
    table = pl.read_csv(reference / "data" / "patents" / "domain_subfield_year.csv.gz")
    table = table.filter(pl.col("year") <= LAST).with_columns(
        name=pl.concat_str("domain", "subfield", separator=" / ")
    )
    names, row = np.unique(table["name"].to_numpy().astype(str), return_inverse=True)
    years = np.arange(table["year"].min(), LAST + 1)
    cells = sparse.csr_matrix(
        (table["count"].to_numpy().astype(float), (row, table["year"].to_numpy() - years[0])),
        shape=(len(names), len(years)),
    )
    totals = np.asarray(cells.sum(axis=0), dtype=float)
    return YearlyCounts(LAST, tuple(names.tolist()), years, cells, totals)


def test_a_record_of_subfields_of_patents(reference: Path) -> None:
    whole = patents(reference)

    def forecast(year: int) -> YearForecast:
        counts = replace(whole, forecast_year=year)
        counts = counts.take(np.flatnonzero(is_scored(counts)))
        return YearForecast(counts, rule_scores(counts))

    record = track_record(
        forecast,
        range(2005, 2009),
        known_until=2011,
        used="relative_gain",
        most_of_scored=0.1,
        resamples=20,
    )
    assert record.record.height == len(RULES) * 5
    assert record.record["expected_by_chance"].is_finite().all()
    assert record.past_forecasts["probability"].null_count() == record.past_forecasts.height
    assert record.left_out == ()
