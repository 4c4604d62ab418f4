"""Lists as portfolios: how many take-offs were expected of each, in which range, and how many came;
and how far what chances leave unexplained moves together.

    python -m benchmarks.take_off.portfolio [--results FOLDER]

Of every development corpus and every record that earlier forecasts are drawn from, each forecast
with the rows of its own source left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.build_earlier_forecasts import Source, corpora, records
from benchmarks.take_off.skill import RESULTS
from scipy.stats import norm

from firstlight.instruments.emergence.forecast.advice import FEWEST_CHECKED
from firstlight.instruments.emergence.forecast.outlook import Outlook, judged, outlooks
from firstlight.instruments.emergence.forecast.portfolio import bets, expected_take_offs
from firstlight.instruments.emergence.record.ranking import ranking
from firstlight.instruments.emergence.record.scores import lines
from firstlight.instruments.emergence.record.take_off import THREE_YEARS, can_be_judged
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.run.counts_in import MOST_OF_SCORED
from firstlight.run.sentences import CALLED

FILE = "take_off_portfolio.csv"
FEWEST = 5  # lines of a list
Floats = npt.NDArray[np.float64]


def lists(source: Source) -> Iterator[dict[str, object]]:
    """A row for each list of a record whose outcome is known."""
    surveys = {own.forecast_year: own for own in source.surveys if own.labels}
    checked = 0
    for year, outlook in outlooks(surveys, THREE_YEARS, source.corpus).items():
        survey = surveys[year]
        if not can_be_judged(survey.counts, THREE_YEARS):
            continue
        row = _list(survey, outlook, source.are_counts)
        if row:
            has_own = checked >= FEWEST_CHECKED + THREE_YEARS.horizon
            yield {"are_counts": source.are_counts, "has_own_years": has_own} | row
        checked += 1


def _list(survey: Survey, outlook: Outlook, are_counts: bool) -> dict[str, object]:
    most = MOST_OF_SCORED if are_counts else None
    count = lines(CALLED, len(survey.labels), most)
    if outlook.probability is None or count < FEWEST:
        return {}
    year, names = survey.forecast_year, survey.counts.names
    size = survey.counts.documents_of((year - 1, year))
    first = ranking(outlook.scores[outlook.used], size, names)[:count]
    chances, came = outlook.probability[first], judged(survey, THREE_YEARS).is_take_off[first]
    told = expected_take_offs(chances)
    row = {"expected": told.expected, "came": int(came.sum()), "width": told.high - told.low}
    row["is_held"] = told.holds(int(came.sum()))
    if outlook.chances is not None:
        low, high = outlook.chances.low[first], outlook.chances.high[first]
        row["is_inside"] = _least(low) <= came.sum() <= _most(high)
    near = [(names[one], names[other]) for one, other in survey.neighbours.iter_rows()]
    head = bets([names[place] for place in first], near)
    of_bet = np.array([head[names[place]] for place in first])
    return row | _together((came - chances) / np.sqrt(chances * (1 - chances)), of_bet)


def _least(low: Floats) -> float:
    """Take-offs that one list in twenty stays below, at the lower ends of its chances alone."""
    return float(norm.ppf(0.05, low.sum() - 0.5, np.sqrt((low * (1 - low)).sum())))


def _most(high: Floats) -> float:
    """Take-offs that one list in twenty exceeds, at the upper ends of its chances alone."""
    return float(norm.ppf(0.95, high.sum() + 0.5, np.sqrt((high * (1 - high)).sum())))


def _together(left: Floats, of_bet: npt.NDArray[np.str_]) -> dict[str, object]:
    """Sums and numbers of products of standardised residuals, of pairs of one bet and of others."""
    above = np.triu_indices(len(left), 1)
    products, is_one = np.outer(left, left)[above], np.equal.outer(of_bet, of_bet)[above]
    return {
        "bets": len(set(of_bet)),
        "lines": len(of_bet),
        "within": products[is_one].sum(),
        "within_pairs": int(is_one.sum()),
        "between": products[~is_one].sum(),
        "between_pairs": int((~is_one).sum()),
    }


def main() -> None:
    """Write the table and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    table = pl.DataFrame([row for source in chain(corpora(), records()) for row in lists(source)])
    pooled = table.group_by("are_counts", "has_own_years").agg(
        pl.len().alias("lists"),
        pl.col("lines", "bets", "width").mean(),
        pl.col("expected", "came").sum(),
        pl.col("is_held").mean().alias("held"),
        pl.col("is_inside").mean().alias("inside_intervals"),
        pl.col("is_inside").filter(pl.col("expected") >= 2).mean().alias("inside_of_two_or_more"),
        pl.col("is_held").filter(pl.col("expected") >= 2).mean().alias("held_of_two_or_more"),
        (pl.col("within").sum() / pl.col("within_pairs").sum()).alias("correlation_within"),
        (pl.col("between").sum() / pl.col("between_pairs").sum()).alias("correlation_between"),
    )
    pooled = pooled.sort("are_counts", "has_own_years").with_columns(pl.selectors.float().round(3))
    pooled.write_csv(asked.results / FILE)
    print(pooled.write_csv())


if __name__ == "__main__":
    main()
