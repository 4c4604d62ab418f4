"""Write the earlier forecasts that ship: what became of the technologies of every corpus and of many
other records, and how well rankings did on the corpora.

Figures alone: what a forecast reads of a technology, and its growth after; and the average
precision of each ranking.

Run  python -m benchmarks.take_off.build_earlier_forecasts
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.take_off import count_pools, document_pools
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.kept_surveys import surveyed
from benchmarks.take_off.protocol import DEVELOPMENT, read_protocol
from benchmarks.take_off.skill import CACHE

from firstlight.instruments.emergence.forecast.distribution import SMALL_YEAR, growth_ahead
from firstlight.instruments.emergence.forecast.features import COLUMNS
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

FOLDER = Path(__file__).resolve().parents[2] / "src/firstlight/instruments/emergence/forecast"
MOST_OF_CORPUS, MOST_OF_RECORD = 20, 6  # rows of one year, drawn at random
HORIZON = 5
TESTED = ("robotics", "SINV-20")  # sources of records, and a table, that tests are made of


@dataclass(frozen=True)
class Source:
    """Surveys of every forecast year of a record.

    corpus : what its documents or counts are taken from
    most   : rows of a year that ship
    """

    corpus: str
    are_counts: bool
    surveys: Sequence[Survey]
    most: int


def corpora() -> Iterator[Source]:
    """Every development corpus."""
    for name, plan in read_protocol().plans.items():
        if plan.use != DEVELOPMENT:
            continue
        found = surveyed(plan, SHARED, CACHE, _say)
        years = range(plan.surveyed[0], plan.scored[1] + 1)
        surveys = [found.surveys[year].scored() for year in years if year in found.surveys]
        yield Source(name, plan.kind == "counts", surveys, MOST_OF_CORPUS)


def records() -> Iterator[Source]:
    """Parts of the corpora of documents, as they are and by their titles, and counts of other
    sources."""
    for part in document_pools.records(SHARED / "data"):
        corpus = part.family.split()[0]
        if corpus in TESTED:
            continue
        _say(part.name)
        for _, surveys in document_pools.readings(part.documents):
            yield Source(corpus, False, surveys, MOST_OF_RECORD)
    for counted in count_pools.records(SHARED / "data"):
        if counted.family in TESTED or counted.name in TESTED:
            continue
        _say(counted.name)
        yield Source(counted.family, True, count_pools.surveys_of(counted.counts), MOST_OF_RECORD)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def frame(source: Source) -> pl.DataFrame:
    """Figures of a record, year by year; each of its years has a part of its weight."""
    known = [own for own in source.surveys if own.labels and can_be_judged(own.counts, THREE_YEARS)]
    tables = [_of_year(own, source.most) for own in known]
    if not tables:
        return pl.DataFrame()
    about = (
        pl.lit(source.corpus).alias("corpus"),
        pl.lit(source.are_counts).alias("are_counts"),
        (pl.col("weight") / len(tables)).cast(pl.Float32).alias("weight"),
    )
    return pl.concat(tables).with_columns(about)


def _of_year(survey: Survey, most: int) -> pl.DataFrame:
    """Figures of one year; growth is null where it is not known."""
    counts = survey.counts
    ahead = min(HORIZON, int(counts.years[-1]) - counts.forecast_year)
    growth = growth_ahead(counts, ahead, THREE_YEARS.gain)
    names = [f"growth_{year + 1}" for year in range(HORIZON)]
    table = read_year(survey, THREE_YEARS).features.frame()
    came = [pl.Series(name, growth[:, year]) for year, name in enumerate(names[:ahead])]
    unknown = [pl.lit(None, pl.Float64).alias(name) for name in names[ahead:]]
    figures = pl.all().cast(pl.Float32).round(4).fill_nan(None)
    table = table.with_columns(*came, *unknown).select(*COLUMNS, *names).with_columns(figures)
    table = table.drop_nulls([*COLUMNS, "growth_3"])
    drawn = table.sample(min(most, table.height), seed=counts.forecast_year)
    part = table.height / (table.height + SMALL_YEAR) / max(drawn.height, 1)
    return drawn.with_columns(
        pl.lit(counts.forecast_year, pl.Int32).alias("forecast_year"), pl.lit(part).alias("weight")
    )


def weighted(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All records; of one corpus n records weigh as much as the square root of n."""
    of_corpus = Counter(table["corpus"][0] for table in tables)
    return pl.concat(
        [
            table.with_columns(pl.col("weight") / np.sqrt(of_corpus[table["corpus"][0]]))
            for table in tables
        ]
    )


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
    known = list(corpora())
    tables = [frame(source) for source in chain(known, records())]
    table = weighted([one for one in tables if not one.is_empty()])
    about_row = ("corpus", "are_counts", "forecast_year", "weight")
    growth = [f"growth_{year + 1}" for year in range(HORIZON)]
    table = table.select(*about_row, *COLUMNS, *growth)
    table = table.with_columns(pl.col("weight").cast(pl.Float32)).sort(table.columns)
    table.write_parquet(
        FOLDER / "earlier_forecasts.parquet", compression="zstd", compression_level=19
    )
    counted = table.group_by("corpus").agg(
        pl.len().alias("rows"),
        pl.col("forecast_year").min().alias("first"),
        pl.col("forecast_year").max().alias("last"),
    )
    about: dict[str, Any] = {"gain": THREE_YEARS.gain, "corpora": counted.sort("corpus").to_dicts()}
    surveys = [
        (source.corpus, own)
        for source in known
        for own in source.surveys
        if own.labels and can_be_judged(own.counts, THREE_YEARS)
    ]
    about["average_precision"] = {
        str(horizon): precisions(surveys, target) for horizon, target in TARGETS.items()
    }
    (FOLDER / "earlier_forecasts.json").write_text(
        json.dumps(about, indent=1) + "\n", encoding="utf-8"
    )
    print(counted.sort("corpus"))


if __name__ == "__main__":
    main()
