"""What the newest months bring: lists seen from a month of the year, beside those of the calendar
year before, which are all that there is until the next year is over.

    python -m benchmarks.take_off.own_years [--month 9 ...] [--shared FOLDER] [--results FOLDER]

Both are judged by the same take-offs on arXiv: from the twelve months up to the month, three years
ahead. What the older list does not hold comes last in it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.second_record import judged
from benchmarks.take_off.skill import RESULTS
from benchmarks.take_off.skill_corpora import TEXTS

from firstlight.instruments.emergence.forecast.outlook import read_year
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT
from firstlight.instruments.emergence.forecast.trend import TREND
from firstlight.instruments.emergence.record.scores import (
    COMPARED,
    gains,
    resample_lineages,
    resampled,
    scores_of,
)
from firstlight.instruments.emergence.record.take_off import THREE_YEARS
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.run.own_years import DECEMBER, in_own_years

Floats = npt.NDArray[np.float64]
FILE = "take_off_own_years.csv"
MONTHS = (3, 6, 9)
YEARS = range(2010, 2017)  # whose take-offs are known


def surveys(shared: Path, year_ends: int, years: range) -> dict[int, Survey]:
    """The scored technologies of arXiv by years that end with a month."""
    text = TEXTS["arxiv"]
    documents = in_own_years(text.documents(shared), year_ends)
    _, record = text.read(documents, lambda line: print(line, file=sys.stderr))
    return {year: record.at(year).survey.scored() for year in years}


def carried_over(names: tuple[str, ...], older: Mapping[str, float]) -> Floats:
    """Scores of an older list for the technologies of a newer one."""
    last = min(older.values()) - 1
    return np.array([older.get(name, last) for name in names])


def rows(
    own: Mapping[int, Survey], before: Mapping[int, Survey], month: int
) -> Iterator[dict[str, object]]:
    """A row for each ranking, seen from the month and from the calendar year before, with what the
    first has over the second."""
    years = judged([own[year] for year in YEARS], THREE_YEARS)
    weights = resample_lineages(years)
    newer = [read_year(own[year], THREE_YEARS).scores for year in YEARS]
    older = [read_year(before[year - 1], THREE_YEARS).scores for year in YEARS]
    for ranking in (TREND, RULE_TO_BEAT):
        known = [
            dict(zip(before[year - 1].counts.names, scores[ranking], strict=True))
            for year, scores in zip(YEARS, older, strict=True)
        ]
        scores = {
            "own_years": [one[ranking] for one in newer],
            "year_before": [
                carried_over(own[year].counts.names, one)
                for year, one in zip(YEARS, known, strict=True)
            ],
        }
        draws = {seen: resampled(years, values, weights) for seen, values in scores.items()}
        gain = gains(draws["own_years"], draws["year_before"])
        for seen, values in scores.items():
            figures = scores_of(years, values)
            row = {"month": month, "ranking": ranking, "seen_from": seen}
            row |= {measure: figures[measure] for measure in COMPARED}
            if seen == "own_years":
                row |= {f"{name}_gain": gain[name]["gain"] for name in COMPARED}
                row |= {f"{name}_low": gain[name]["low"] for name in COMPARED}
            yield row


def main() -> None:
    """Write the table and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--month", type=int, action="append")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    before = surveys(asked.shared, DECEMBER, range(YEARS[0] - 1, YEARS[-1]))
    found = [
        row
        for month in asked.month or MONTHS
        for row in rows(surveys(asked.shared, month, YEARS), before, month)
    ]
    table = pl.DataFrame(found).with_columns(pl.selectors.float().round(5))
    table.write_csv(asked.results / FILE)
    print(table.write_csv())


if __name__ == "__main__":
    main()
