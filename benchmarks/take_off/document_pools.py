"""How documents of many fields are ranked: by the trend in use, and by each simple rule.

    python -m benchmarks.take_off.document_pools [FAMILY ...] [--shared FOLDER] [--results FOLDER]

Two halves of records that share no document, drawn by hash: forms of the trend were looked at on
one, and the other was opened once, by a rule written before. A run on some families leaves the rows
of the others as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.count_pools import (
    ADDED,
    FEWEST_TAKE_OFFS,
    FEWEST_WITH_ONE,
    interval_over_families,
)
from benchmarks.take_off.skill import RESULTS

from firstlight.instruments.emergence.forecast.outlook import judged, read_year
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT, RULES
from firstlight.instruments.emergence.forecast.trend import TREND
from firstlight.instruments.emergence.record.scores import scores_of
from firstlight.instruments.emergence.record.take_off import TARGETS, Target, can_be_judged
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import read_text
from firstlight.instruments.emergence.text.comparability import comparability
from firstlight.sources import read_documents

FILE = "take_off_document_pools.csv"
HALVES = ("looked at", "held out")
FEWEST_PAPERS, FEWEST_TOGETHER = 5000, 8000  # of a set of categories, and of several sets
FEWEST_DOCUMENTS = 200  # in FY-1..FY
COVERED = 2  # years before the first forecast year
SAMPLES = 4
RANKINGS = (TREND, *(name for name, _ in RULES))
BEST_RULE = "growth_times_share"  # of all records, in hindsight
REST = ".rest"
# Sets of primary categories; ".rest" is what no set of its archive holds.
ARXIV = {
    "arxiv cs": (
        *("cs.CR+cs.NI", "cs.DC+cs.PF+cs.AR", "cs.LO", "cs.RO", "cs.SI", "cs.SE", "cs.SY"),
        *("cs.CY+cs.HC", "cs.IT", "cs.GT+cs.MA", "cs.IR+cs.DL", "cs.CC+cs.DS", "cs.DM+cs.CG"),
        *("cs.DB", "cs.NE", "cs.PL", "cs.LG", "cs.CV", "cs.AI+cs.CL", "cs.rest"),
    ),
    "arxiv math and stat": (
        *("math.ST", "math.NA+math.OC", "math.PR+math.CO", "math.rest"),
        *("stat.ME", "stat.AP", "stat.ML", "stat.CO"),
    ),
    "arxiv physics": (
        *("physics.plasm-ph", "physics.chem-ph", "physics.comp-ph", "physics.bio-ph"),
        *("physics.soc-ph", "physics.med-ph+physics.ins-det", "physics.rest"),
        "physics.app-ph+physics.optics+physics.flu-dyn",
        *("cond-mat.quant-gas", "cond-mat.stat-mech+cond-mat.soft"),
        *("cond-mat.mtrl-sci+cond-mat.mes-hall", "cond-mat.rest", "quant-ph"),
    ),
    "arxiv biology and finance": (
        *("q-bio.PE", "q-bio.NC", "q-bio.QM+q-bio.GN+q-bio.BM+q-bio.MN", "q-bio.rest", "q-fin.*"),
    ),
}
EUROPE = "germany|italy|france|spain|switzerland|united kingdom|uk\\b|netherlands|sweden"
COUNTRIES = {"USA": "united states|usa|\\bus\\b", "Europe": EUROPE}
ROBOTICS = ("icra", "iros", "icra iros")
CONFERENCES = (
    *("nips", "nips icml", "nips icml iclr", "icml iclr"),
    *("cvpr", "cvpr iccv eccv", "cvpr iccv eccv wacv"),
)
OF_USA = "nips icml cvpr iccv eccv aistats iclr colt wacv ijcai uai siggraph"


@dataclass(frozen=True)
class Record:
    """Documents of one source."""

    half: str
    family: str
    name: str
    documents: pl.DataFrame


def records(data: Path) -> Iterator[Record]:
    """Every record: parts of arXiv, of robotics and of AI conferences."""
    arxiv = pl.read_parquet(data / "documents/arxiv_tech.parquet")
    for place, half in enumerate(HALVES):
        yield from _arxiv(arxiv, place, half)
    robotics = pl.read_parquet(data / "documents/robotics_ml_with_countries.parquet")
    yield from _venues(robotics, HALVES[0], "robotics", ROBOTICS)
    both, country = _of(robotics, ROBOTICS[-1]), pl.col("country").str.to_lowercase()
    for name, pattern in COUNTRIES.items():
        own = both.filter(country.str.contains(pattern))
        yield Record(HALVES[0], "robotics", f"robotics of {name}", own)
    papers = pl.read_parquet(data / "documents/ai_conferences.parquet")
    yield from _venues(papers, HALVES[1], "conferences", CONFERENCES)
    of_usa = pl.col("countries").str.to_lowercase().str.contains(COUNTRIES["USA"])
    own = _of(papers, OF_USA).filter(of_usa)
    yield Record(HALVES[1], "conferences", "conferences of USA", own)


def _venues(
    papers: pl.DataFrame, half: str, family: str, groups: Sequence[str]
) -> Iterator[Record]:
    for venues in groups:
        yield Record(half, family, venues, _of(papers, venues))


def _of(papers: pl.DataFrame, venues: str) -> pl.DataFrame:
    return papers.filter(pl.col("venue").is_in(venues.split()))


def _arxiv(papers: pl.DataFrame, place: int, half: str) -> Iterator[Record]:
    """Sets of categories alone, in twos, threes, fours and altogether; samples of all of them."""
    read = papers.select("id", "date", "title", "abstract", "authors")
    is_any = pl.lit(False)
    for family, every in ARXIV.items():
        own = sorted(name for name in every if _drawn(_drawn_by(name)) % 2 == place)
        for group in _groups(own):
            is_own = pl.any_horizontal([_in_set(name) for name in group])
            kept = read.filter(papers.select(is_own).to_series())
            if kept.height >= (FEWEST_PAPERS if len(group) == 1 else FEWEST_TOGETHER):
                yield Record(half, family, " ".join(group), kept)
        is_any = pl.any_horizontal([is_any, *(_in_set(name) for name in own)])
    kept = read.filter(papers.select(is_any).to_series())
    sample = pl.Series([_drawn(name) // 2 % SAMPLES for name in kept["id"]])
    for number in range(SAMPLES):
        own_part = kept.filter(sample == number)
        yield Record(half, "arxiv mixed", f"sample {number} of {half}", own_part)


def _groups(names: list[str]) -> Iterator[list[str]]:
    for size in (1, 2, 3, 4):
        chunks = [names[first : first + size] for first in range(0, len(names), size)]
        yield from (chunk for chunk in chunks if len(chunk) == size < len(names))
    if names:
        yield names


def _drawn_by(name: str) -> str:
    """What the half of a set is drawn by: biology is in one half."""
    return "q-bio" if name.startswith("q-bio") else name


def _drawn(name: str) -> int:
    return int(hashlib.sha1(name.encode()).hexdigest(), 16)


def _in_set(name: str) -> pl.Expr:
    category = pl.col("primary_category")
    if name.endswith(".*"):
        return category.str.starts_with(name.removesuffix("*"))
    if name.endswith(REST):
        named = [one for every in ARXIV.values() for own in every for one in own.split("+")]
        archive = name.removesuffix(REST)
        is_own = category.str.starts_with(f"{archive}.") | (category == archive)
        return is_own & ~category.is_in(named)
    return category.is_in(name.split("+"))


def surveys_of(documents: pl.DataFrame) -> tuple[str, list[Survey]]:
    """The part of documents that is counted, and the scored technologies of every forecast year."""
    decided = comparability(documents)
    counts = decided.documents["is_counted"] & (documents["year"] <= decided.last_year)
    record = read_text(
        documents.filter(counts),
        decided.documents["stratum"].filter(counts),
        text=decided.text,
        most_words=decided.most_words,
        says_once=decided.says_once,
        say=lambda line: None,
    )
    number = dict(zip(*np.unique(record.phrases.years, return_counts=True), strict=True))
    years = range(int(min(number)) + COVERED, decided.last_year + 1)
    full = [y for y in years if number.get(y, 0) + number.get(y - 1, 0) >= FEWEST_DOCUMENTS]
    return decided.text, [record.at(year).survey.scored() for year in full]


def readings(given: pl.DataFrame) -> Iterator[tuple[str, list[Survey]]]:
    """The part of documents that is counted and the scored technologies of every forecast year: of
    the documents as they are, then of their titles alone."""
    documents = read_documents(given).table.frame
    text, surveys = surveys_of(documents)
    yield text, surveys
    if text != "title":
        yield surveys_of(
            documents.with_columns(abstract=pl.lit(None, documents.schema["abstract"]))
        )


def scored_record(record: Record) -> list[dict[str, object]]:
    """A row for each horizon, of the record as it is and of its titles alone; none where too little
    took off."""
    return [row for read in readings(record.documents) for row in _rows(record, *read)]


def _rows(record: Record, text: str, surveys: Sequence[Survey]) -> list[dict[str, object]]:
    about = {"half": record.half, "family": record.family, "record": record.name, "text": text}
    found = {horizon: _scored(surveys, target) for horizon, target in TARGETS.items()}
    # Few at three years: the record is left out at five, too.
    horizons = [horizon for horizon, row in found.items() if row and found[3]]
    return [about | {"horizon": horizon} | found[horizon] for horizon in horizons]


def _scored(surveys: Sequence[Survey], target: Target) -> dict[str, object]:
    known = [own for own in surveys if own.labels and can_be_judged(own.counts, target)]
    came = [judged(survey, target) for survey in known]
    groups = [len(year.take_off_groups) for year in came]
    if sum(groups) < FEWEST_TAKE_OFFS or np.count_nonzero(groups) < FEWEST_WITH_ONE:
        return {}
    recent = [own.counts.totals_of((own.forecast_year - 1, own.forecast_year)) for own in known]
    found: dict[str, object] = {
        "forecast_years": len(known),
        "documents_a_year": round(float(np.mean([each.sum() for each in recent])) / 2),
        "scored_a_year": round(float(np.mean([len(own.labels) for own in known]))),
        "take_off_groups": sum(groups),
    }
    every = [read_year(survey, target).scores for survey in known]
    for name in RANKINGS:
        pooled = scores_of(came, [scores[name] for scores in every])
        found[name] = round(float(pooled["average_precision"] or 0.0), 4)
        found[f"{name}_20"] = round(float(pooled["precision_20"] or 0.0), 4)
    return found


def summary(table: pl.DataFrame) -> Iterator[str]:
    """For each half and horizon the mean log ratios, with 90% intervals over families."""
    parts = {half: pl.col("half") == half for half in HALVES}
    parts |= {"titles": pl.col("text") == "title", "abstracts": pl.col("text") != "title"}
    for part, is_own in (parts | {"all": pl.lit(True)}).items():
        for horizon in TARGETS:
            rows = table.filter(is_own, pl.col("horizon") == horizon)
            yield f"{part}, {horizon} years: {rows.height} records"
            if rows.is_empty():
                continue
            for name in RANKINGS:
                mean, first = rows[name].mean(), rows[f"{name}_20"].mean()
                yield f"  {name}: average precision {mean:.3f}, first 20 {first:.3f}"
            best = rows.select(pl.max_horizontal(RANKINGS[1:])).to_series()
            others = {name: rows[name] for name in (RULE_TO_BEAT, BEST_RULE)}
            for name, other in (others | {"each record's best rule": best}).items():
                ratio = ((rows[TREND] + ADDED) / (other + ADDED)).log().to_numpy()
                low, high = interval_over_families(ratio, rows["family"])
                above = int((ratio > 0).sum())
                yield f"  over {name}: {ratio.mean():+.3f} ({low:+.3f} to {high:+.3f}), above in {above}"


def main(arguments: Sequence[str]) -> None:
    """Score every record, write the table and print what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", help="all of them unless given")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    rows = []
    for record in records(asked.shared / "data"):
        if record.family in (asked.families or [record.family]):
            found = scored_record(record)
            rows += found
            print(f"{record.half}: {record.name}, {len(found)} rows", file=sys.stderr)
    table, file = pl.DataFrame(rows), asked.results / FILE
    if asked.families and file.is_file():
        others = pl.read_csv(file).filter(~pl.col("family").is_in(asked.families))
        table = pl.concat([others, table], how="vertical_relaxed")
    table = table.sort("half", "family", "record", "text", "horizon")
    table.write_csv(file)
    print("\n".join(summary(table)))


if __name__ == "__main__":
    main(sys.argv[1:])
