"""New links between technologies and precedents, scored out of time: which rule predicts them, and
do they tell anything?

    python -m benchmarks.take_off.links [CORPUS ...] [--shared FOLDER] [--results FOLDER]

Writes take_off_links.csv and take_off_precedents.csv below benchmarks/results; a run on some
corpora leaves the rows of the others as they are.

Written before the test corpus was read: candidates, target, figures, combination, choice and lists
were made on arXiv (forecast years 2009-2016) and on AI conferences by title (2014-2021). Robotics
conferences are the test, read once with that code: forecast years 2008-2020 without 2016, which is
held in part. Horizon: three years.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from benchmarks.refused import RefusedError
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.result_tables import DECIMALS
from benchmarks.take_off.skill_corpora import COUNTS, SHIPPED, TEXTS
from polars import selectors

from firstlight.errors import FirstlightError
from firstlight.instruments.emergence.forecast.outlook import outlooks
from firstlight.instruments.emergence.forecast.precedents import JudgedCases, record_of_precedents
from firstlight.instruments.emergence.links.forecast import backtest
from firstlight.instruments.emergence.links.pairs import (
    FEWEST_MEETINGS,
    FEWEST_MEETINGS_TITLES,
    shared_documents,
)
from firstlight.instruments.emergence.links.record import record_table
from firstlight.instruments.emergence.record.take_off import (
    THREE_YEARS,
    can_be_judged,
    take_offs,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.run.counts_in import survey_of_counts

RESULTS = Path(__file__).resolve().parents[1] / "results"
LINKS, PRECEDENTS = "take_off_links.csv", "take_off_precedents.csv"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """A corpus: forecast years that are read, and those of them that are scored.

    use : development, whose years were looked at while rules were made, or test
    """

    name: str
    use: str
    read: tuple[int, int]
    scored: tuple[int, int]
    left_out: tuple[int, ...] = ()

    @property
    def years(self) -> list[int]:
        """Forecast years that are read; a year held in part is none."""
        return [year for year in range(self.read[0], self.read[1] + 1) if year not in self.left_out]

    @property
    def checked(self) -> list[int]:
        """Forecast years that are scored."""
        return [year for year in self.years if self.scored[0] <= year <= self.scored[1]]


PLANS = (
    Plan("arxiv", "development", (2001, 2016), (2009, 2016)),
    Plan("conferences", "development", (1998, 2021), (2014, 2021)),
    Plan("robotics", "test", (2003, 2020), (2008, 2020), (2016,)),
    Plan("patent_subfields", "development", (1985, 2021), (2014, 2021)),
    Plan("patent_terms", "development", (1990, 2018), (2011, 2018)),
    Plan("pubmed_terms", "development", (1980, 2017), (2010, 2017)),
    Plan("venture_capital", "development", (2008, 2019), (2012, 2019)),
)


def main(arguments: Sequence[str]) -> int:
    """Score and write; 1 where something is amiss."""
    parser = argparse.ArgumentParser(description="Score new links and precedents out of time.")
    parser.add_argument("corpora", nargs="*", help=", ".join(plan.name for plan in PLANS))
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    try:
        for plan in PLANS:
            if plan.name in (given.corpora or [each.name for each in PLANS]):
                score(plan, given.shared, given.results)
    except (FirstlightError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def score(plan: Plan, shared: Path, results: Path) -> None:
    """Score one corpus and put its rows in their place."""
    started = time.monotonic()

    def say(line: str) -> None:
        print(
            f"{time.monotonic() - started:5.0f} s  {plan.name}: {line}", file=sys.stderr, flush=True
        )

    if plan.name in TEXTS:
        surveys, links = of_texts(plan, shared, say)
        write(links, results / LINKS, plan)
    else:
        counts = COUNTS[plan.name].read(shared)
        surveys = {year: survey_of_counts(counts.at(year), watched=False) for year in plan.years}
    say("precedents")
    write(precedents_of(plan, surveys), results / PRECEDENTS, plan)


def of_texts(plan: Plan, shared: Path, say: Say) -> tuple[dict[int, Survey], pl.DataFrame]:
    """The scored technologies of each year, and the record of new links."""
    text = TEXTS[plan.name]
    judged, record = text.read(text.documents(shared), say)
    surveys, together = {}, {}
    for year in plan.years:
        say(f"technologies of {year}")
        found = record.at(year)
        surveys[year] = found.survey
        together[year] = shared_documents(found.belongs, found.survey, record.phrases.years)
    say("new links")
    fewest = FEWEST_MEETINGS_TITLES if judged.text == "title" else FEWEST_MEETINGS
    rows, _ = backtest(surveys, together, plan.checked, fewest=fewest)
    return surveys, record_table(rows, "")


def precedents_of(plan: Plan, surveys: Mapping[int, Survey]) -> pl.DataFrame:
    """The record of precedents."""
    scored = {year: survey.scored() for year, survey in surveys.items()}
    read = outlooks(scored, THREE_YEARS, plan.name if plan.name in SHIPPED else None)
    cases = {}
    for year, survey in scored.items():
        counts = survey.counts
        is_known = can_be_judged(counts, THREE_YEARS)
        came = take_offs(counts, THREE_YEARS) if is_known and survey.labels else None
        cases[year] = JudgedCases(survey, read[year].features, came, read[year].probability)
    return record_of_precedents(cases, THREE_YEARS.horizon, plan.checked)


def write(table: pl.DataFrame, path: Path, plan: Plan) -> None:
    """Replace the rows of a corpus in a file, corpora in the order of the plans."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = (pl.lit(plan.name).alias("corpus"), pl.lit(plan.use).alias("use"))
    rows = table.select(*keys, pl.all()).with_columns(selectors.float().round(DECIMALS))
    if path.is_file():
        known = pl.read_csv(path, schema_overrides=dict(rows.schema))
        rows = pl.concat([known.filter(pl.col("corpus") != plan.name), rows]).select(rows.columns)
    place = {each.name: row for row, each in enumerate(PLANS)}
    rows.sort(pl.col("corpus").replace_strict(place), maintain_order=True).write_csv(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
