"""What a second record of documents brings to the ranking (`firstlight observe --beside`):

    python -m benchmarks.take_off.second_record [--shared FOLDER] [--cache FOLDER]

A corpus is ranked by the trend alone, with a second record, and with the second record's places
dealt out anew among the technologies that have one: what is left of a gain then is luck.
Precision, average precision and what each has over the trend, pooled over the forecast years that
the protocol scores, with 90% intervals by resampling lineages. Writes take_off_beside.csv.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.kept_surveys import key_of
from benchmarks.take_off.protocol import Plan, read_protocol
from benchmarks.take_off.skill import CACHE, RESULTS
from benchmarks.take_off.skill_corpora import TEXTS

from firstlight.instruments.emergence.forecast.elsewhere import places_elsewhere
from firstlight.instruments.emergence.forecast.outlook import read_year
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT
from firstlight.instruments.emergence.forecast.trend import TREND
from firstlight.instruments.emergence.record.groups import lineages
from firstlight.instruments.emergence.record.scores import (
    COMPARED,
    JudgedYear,
    gains,
    resample_lineages,
    resampled,
    scores_of,
)
from firstlight.instruments.emergence.record.take_off import (
    TARGETS,
    Target,
    can_be_judged,
    take_offs,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import TextRecord

Floats = npt.NDArray[np.float64]
Ranked = list[Floats]
FILE = "take_off_beside.csv"
# What is ranked, and the record beside it: the larger one beside the smaller, and the other way.
PAIRS = (
    ("conferences", "arxiv"),
    ("robotics", "arxiv"),
    ("arxiv", "conferences"),
    ("arxiv", "robotics"),
)
DEALS = 5


def read(plan: Plan, shared: Path, cache: Path) -> tuple[TextRecord, dict[int, Survey]]:
    """A corpus with the scored technologies of the years that the protocol scores; kept in the
    cache."""
    file = cache / f"{plan.name}_record_{key_of(plan, shared)}.pickle"
    if not file.is_file():
        text = TEXTS[plan.name]
        _, record = text.read(text.documents(shared), lambda line: print(line, file=sys.stderr))
        years = range(plan.scored[0], plan.scored[1] + 1)
        surveys = {year: record.at(year).survey.scored() for year in years}
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(pickle.dumps((record, surveys)))
        part.replace(file)
    found: tuple[TextRecord, dict[int, Survey]] = pickle.loads(file.read_bytes())
    return found


def judged(surveys: list[Survey], target: Target) -> list[JudgedYear]:
    """What came of the technologies of each year."""
    linked = lineages([(survey.counts.names, survey.groups) for survey in surveys])
    return [
        JudgedYear.of(
            survey.counts,
            take_offs(survey.counts, target).is_take_off,
            survey.groups,
            lineages=lineage,
        )
        for survey, lineage in zip(surveys, linked, strict=True)
    ]


def dealt(places: Floats, seed: int) -> Floats:
    """The same places, among the same technologies, in another order."""
    known = np.flatnonzero(~np.isnan(places))
    found = places.copy()
    found[known] = places[np.random.default_rng(seed).permutation(known)]
    return found


def rankings(surveys: list[Survey], beside: TextRecord, target: Target) -> dict[str, Ranked]:
    """Name of the ranking -> scores of each year."""
    places = [places_elsewhere(survey, beside, target) for survey in surveys]

    def ranked(change: Callable[[Floats], Floats | None]) -> Ranked:
        both = zip(surveys, places, strict=True)
        return [read_year(survey, target, change(own)).scores[TREND] for survey, own in both]

    found = {TREND: ranked(lambda own: None), "with_second_record": ranked(lambda own: own)}
    for seed in range(DEALS):
        found[f"dealt_anew_{seed + 1}"] = ranked(lambda own, seed=seed: dealt(own, seed))
    found[RULE_TO_BEAT] = [read_year(survey, target).scores[RULE_TO_BEAT] for survey in surveys]
    return found


def rows(surveys: Mapping[int, Survey], beside: TextRecord, target: Target) -> Iterator[dict]:
    """A row for each ranking, by years, precision and what it has over the trend and the rule."""
    ends = int(beside.phrases.years.max())
    usable = [
        survey
        for year, survey in sorted(surveys.items())
        if year <= ends and survey.labels and can_be_judged(survey.counts, target)
    ]
    years = judged(usable, target)
    weights = resample_lineages(years)
    ranked = rankings(usable, beside, target)
    draws = {name: resampled(years, scores, weights) for name, scores in ranked.items()}
    for name, scores in ranked.items():
        figures = scores_of(years, scores)
        row = {"ranking": name, "first_year": years[0].year, "last_year": years[-1].year}
        row |= {measure: figures[measure] for measure in COMPARED}
        for other in (TREND, RULE_TO_BEAT):
            gain = gains(draws[name], draws[other])["average_precision"]
            row |= {f"{part}_over_{other}": gain[part] for part in ("gain", "low", "high")}
        yield row


def table(shared: Path, cache: Path) -> pl.DataFrame:
    """corpus, beside, horizon, and the columns of ``rows``."""
    plans = read_protocol().plans
    found = []
    for corpus, beside in PAIRS:
        record, _ = read(plans[beside], shared, cache)
        _, surveys = read(plans[corpus], shared, cache)
        left_out = set(plans[corpus].left_out)
        for horizon, target in TARGETS.items():
            asked = {
                year: survey
                for year, survey in surveys.items()
                if not {year, year + horizon} & left_out
            }
            about = {"corpus": corpus, "beside": beside, "horizon": horizon}
            found += [about | row for row in rows(asked, record, target)]
    return pl.DataFrame(found).with_columns(pl.selectors.float().round(5))


def main() -> None:
    """Write the table and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--cache", type=Path, default=CACHE)
    asked = parser.parse_args()
    found = table(asked.shared, asked.cache)
    found.write_csv(RESULTS / FILE)
    print(found.write_csv())


if __name__ == "__main__":
    main()
