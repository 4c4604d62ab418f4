"""How counts of many sources are ranked: by the rule to beat, by the trend with the noises of
documents, by one that finds its noises in the record, and by the mean of both, which is in use.

    python -m benchmarks.take_off.count_pools [--shared FOLDER] [--results FOLDER]

Three pools of records. The mean was made with the first in view. The second, of the same sources,
and the third, of others, were read once each by a rule written before.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.corpora import MOST_OF_SCORED, SHARED
from benchmarks.take_off.skill import RESULTS

from firstlight.errors import InputError
from firstlight.instruments.emergence.counts.counts_in import CountsIn, from_counts
from firstlight.instruments.emergence.forecast.outlook import judged, read_year
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT
from firstlight.instruments.emergence.forecast.trend import (
    TREND,
    carried_beyond,
    course,
    needed_growth,
)
from firstlight.instruments.emergence.record.scores import JudgedYear, scores_of
from firstlight.instruments.emergence.record.take_off import TARGETS, Target, can_be_judged
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.run.counts_in import survey_of_counts
from firstlight.sources import read_counts

Floats = npt.NDArray[np.float64]
FEWEST_ENTITIES, FEWEST_YEARS = 12, 12  # of a record of a table of many
FEWEST_SCORED = 8  # in a forecast year
FEWEST_TAKE_OFFS, FEWEST_WITH_ONE = 10, 3  # take-offs, and years with one, at three years
FIRST_AFTER = 5  # years from the first one to the first forecast year
LAST = 2024
ADDED = 0.02  # to average precisions, so that those of 0 have a ratio
RANKINGS = ("relative_gain", "trend_of_documents", "trend_of_record", "mean")
COMPARED = (("mean", "relative_gain"), ("mean", "trend_of_documents"))
RESAMPLES = 1000
KINDS = {  # of the science indicators, by words of their titles
    "articles": "articles",
    "trademarks": "trademarks",
    "green patents": "climate|environment|greenhouse|ocean",
    "patents": "",
}


@dataclass(frozen=True)
class Record:
    """Counts of one source: entity, year, count."""

    pool: str
    family: str
    name: str
    counts: pl.DataFrame


def records(data: Path) -> Iterator[Record]:
    """Every record, the sources of the first two pools first."""
    for family, name, counts in (*_science_indicators(data), *_patents(data), *_conferences(data)):
        # Half of them by hash, so that nobody chose which.
        is_held_out = int(hashlib.sha1(name.encode()).hexdigest(), 16) % 2
        yield Record("held out" if is_held_out else "made with", family, name, counts)
    for family, name, counts in (*_provinces(data), *_world(data), *_robotics(data)):
        yield Record("other sources", family, name, counts)


Named = Iterator[tuple[str, str, pl.DataFrame]]


def _science_indicators(data: Path) -> Named:
    """Tables of the US science indicators by country or state; whole counts of articles alone."""
    every = pl.read_parquet(data / "counts/ncses.parquet")
    for (table, series), rows in every.group_by(["table", "series"], maintain_order=True):
        name = str(table)
        few = rows["unit"].n_unique() < FEWEST_ENTITIES or rows["year"].n_unique() < FEWEST_YEARS
        if few or name == "SINV-33" or "fractional" in str(series):  # 33 ships: venture capital
            continue
        kind = next(kind for kind in KINDS if re.search(KINDS[kind], str(series)))
        yield kind, name, rows.select(entity="unit", year="year", count="value")


def _patents(data: Path) -> Named:
    """US patents by country, and by organisation within a domain."""
    countries = pl.read_csv(data / "patents/country_year.csv.gz").drop_nulls()
    counts = countries.select(entity="country", year="year", count="count")
    yield "countries", "patent countries", counts
    organisations = pl.read_csv(data / "patents/domain_org_year.csv.gz").drop_nulls()
    for (domain,), rows in organisations.group_by(["domain"], maintain_order=True):
        counts = rows.select(entity="organization", year="year", count="count")
        yield "organisations", f"organisations {domain}", counts


def _conferences(data: Path) -> Named:
    """Papers of AI conferences by country and by affiliation."""
    papers = pl.read_parquet(data / "documents/ai_conferences.parquet")
    kept = papers.filter(pl.col("status") != "rejected")
    for column in ("countries", "affiliations"):
        yield "conferences", f"conferences {column}", _exploded(kept, column)


def _robotics(data: Path) -> Named:
    """Papers of robotics conferences by affiliation, to the last complete year."""
    papers = pl.read_parquet(data / "documents/robotics_ml_with_countries.parquet")
    kept = papers.filter(pl.col("year") < 2016)
    for column in ("country", "affiliations"):
        yield "robotics", f"robotics {column}", _exploded(kept, column)


def _exploded(papers: pl.DataFrame, column: str) -> pl.DataFrame:
    each = papers.select("year", entity=pl.col(column).cast(pl.String).str.split(";"))
    each = each.explode("entity").with_columns(pl.col("entity").str.strip_chars())
    each = each.filter(pl.col("entity").fill_null("") != "")
    return each.group_by("entity", "year").agg(count=pl.len())


def _provinces(data: Path) -> Named:
    """China: carbon dioxide by sector of each province and by city, and the provinces' figures of
    high technology, research and the technology market."""
    sectors = pl.read_csv(data / "provinces/province_sector_co2_1997_2019.csv")
    sectors = sectors.filter(~pl.col("sector").str.to_lowercase().str.contains("total"))
    kilotonnes = (pl.col("co2_mt") * 1000).round()
    for (province,), rows in sectors.group_by(["province"], maintain_order=True):
        counts = rows.select(entity="sector", year="year", count=kilotonnes)
        yield "sectors", f"sectors {province}", counts
    cities = pl.read_csv(data / "provinces/city_total_1997_2019.csv")
    tonnes = (pl.col("total_emissions") / 1000).round()
    yield "cities", "cities", cities.select(entity="actor_id", year="year", count=tonnes)
    for table in ("Operation", "RD", "Trade"):
        yield from _by_province(data / f"provinces/techme_Industry{table}.csv")
    for table in ("MarketPull", "MarketPush", "RDActivity"):
        yield from _by_province(data / f"provinces/techme_{table}.csv")


def _by_province(path: Path) -> Named:
    every = pl.read_csv(path, infer_schema_length=0).filter(pl.col("province") != "全国")
    figure, year = pl.col("value").cast(pl.Float64, strict=False), pl.col("year").cast(pl.Int64)
    for (name,), rows in every.group_by(["variables"], maintain_order=True):
        counts = rows.select(entity="province", year=year, count=figure).drop_nulls()
        yield "provinces", f"provinces {name}", counts


def _world(data: Path) -> Named:
    """Penn World Table: gross domestic product, people and jobs by country."""
    every = pl.read_parquet(data / "productivity/pwt10_01.parquet")
    year = pl.col("year").cast(pl.Int64)
    for name, times in (("rgdpna", 1), ("pop", 1000), ("emp", 1000)):
        figure = (pl.col(name).cast(pl.Float64, strict=False) * times).round()
        counts = every.select(entity="country", year=year, count=figure).drop_nulls()
        yield "world", f"world {name}", counts


def surveys_of(counts: pl.DataFrame) -> list[Survey]:
    """The scored entities of every forecast year whose outcome is known at three years."""
    tidy = counts.filter(pl.col("year") <= LAST).group_by("entity", "year").agg(pl.sum("count"))
    try:
        read = from_counts(read_counts(tidy.sort("entity", "year")).table.frame)
    except InputError:  # too little is in it for a record
        return []
    years = range(read.first_year + FIRST_AFTER, read.complete_to - 2)
    found = [_scored(read, year) for year in years]
    return [each for each in found if each and can_be_judged(each.counts, TARGETS[3])]


def _scored(read: CountsIn, year: int) -> Survey | None:
    try:
        survey = survey_of_counts(read.at(year), watched=False)
    except InputError:  # a count above its total, as of a year with few counts
        return None
    return survey if len(survey.labels) >= FEWEST_SCORED else None


def ranked(survey: Survey, target: Target) -> dict[str, Floats]:
    """Scores of the four rankings."""
    scores = read_year(survey, target).scores
    found = course(survey.counts, target.gain).trend
    needed = needed_growth(survey.counts, found, target)
    usual = carried_beyond(found, needed, target, np.zeros(len(needed)))
    own = 2 * scores[TREND] - usual  # in use is the mean of both
    return dict(zip(RANKINGS, (scores[RULE_TO_BEAT], usual, own, scores[TREND]), strict=True))


def scored_record(record: Record) -> list[dict[str, object]]:
    """One row for each horizon; none where too little took off."""
    every = surveys_of(record.counts)
    with_one = [int(judged(survey, TARGETS[3]).is_take_off.sum()) for survey in every]
    if sum(with_one) < FEWEST_TAKE_OFFS or np.count_nonzero(with_one) < FEWEST_WITH_ONE:
        return []
    rows: list[dict[str, object]] = []
    for horizon, target in TARGETS.items():
        known = [survey for survey in every if can_be_judged(survey.counts, target)]
        came = [judged(survey, target) for survey in known]
        taken = sum(int(year.is_take_off.sum()) for year in came)
        if taken < FEWEST_TAKE_OFFS:
            continue
        scores = [ranked(survey, target) for survey in known]
        about = {"pool": record.pool, "family": record.family, "record": record.name}
        size = {"horizon": horizon, "forecast_years": len(came), "take_off_count": taken}
        rows.append(about | size | {name: _precision(came, scores, name) for name in RANKINGS})
    return rows


def _precision(came: Sequence[JudgedYear], scores: Sequence[dict[str, Floats]], name: str) -> float:
    pooled = scores_of(came, [of[name] for of in scores], most_of_scored=MOST_OF_SCORED)
    return round(float(pooled["average_precision"] or 0.0), 4)


def summary(table: pl.DataFrame) -> Iterator[str]:
    """For each pool and horizon the mean log ratios, with 90% intervals over families."""
    is_made_with = pl.col("pool") == "made with"
    pools = {
        str(name): pl.col("pool") == name for name in table["pool"].unique(maintain_order=True)
    }
    for pool, is_own in (pools | {"never used for making": ~is_made_with}).items():
        for horizon in TARGETS:
            rows = table.filter(is_own, pl.col("horizon") == horizon)
            means = ", ".join(f"{name} {rows[name].mean():.3f}" for name in RANKINGS)
            yield f"{pool}, {horizon} years: {rows.height} records; average precision: {means}"
            for one, other in COMPARED:
                ratio = ((rows[one] + ADDED) / (rows[other] + ADDED)).log().to_numpy()
                low, high = interval_over_families(ratio, rows["family"])
                yield (
                    f"  {one} over {other}: {ratio.mean():+.3f} ({low:+.3f} to {high:+.3f}), "
                    f"at or above it in {np.mean(ratio >= 0):.2f}"
                )


def interval_over_families(ratio: Floats, family: pl.Series) -> tuple[float, float]:
    """90% interval of the mean, families drawn with all their records."""
    own = family.rank("dense").to_numpy() - 1
    families = int(own.max()) + 1
    drawn = np.random.default_rng(0).integers(0, families, (RESAMPLES, families))
    times = np.stack([np.bincount(row, minlength=families)[own] for row in drawn])
    low, high = np.quantile(times @ ratio / times.sum(axis=1), (0.05, 0.95))
    return float(low), float(high)


def main(arguments: Sequence[str]) -> None:
    """Score every record, write the table and print what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    rows = []
    for record in records(asked.shared / "data"):
        found = scored_record(record)
        rows += found
        print(f"{record.pool}: {record.name}, {len(found)} horizons", file=sys.stderr)
    table = pl.DataFrame(rows)
    table.write_csv(asked.results / "take_off_count_pools.csv")
    print("\n".join(summary(table)))


if __name__ == "__main__":
    main(sys.argv[1:])
