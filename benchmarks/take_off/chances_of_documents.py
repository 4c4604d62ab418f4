"""What chances promise on documents whose chances nobody had looked at, and what came.

    python -m benchmarks.take_off.chances_of_documents [--shared FOLDER] [--results FOLDER]

The records are those in the tables of document_pools and five_years. Each gets its chances as a
stranger's would: from its own earlier years and the earlier forecasts that ship, once without those
of the corpus that its documents are taken from, and once with all.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off import document_pools, five_years
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.count_pools import (
    FEWEST_TAKE_OFFS,
    FEWEST_WITH_ONE,
    interval_over_families,
)
from benchmarks.take_off.document_pools import HALVES
from benchmarks.take_off.kept_surveys import Surveyed
from benchmarks.take_off.protocol import TEST, Plan
from benchmarks.take_off.scoring import Scoring
from benchmarks.take_off.skill import RESULTS

from firstlight.instruments.emergence.record.scores import FEWEST_FOR_SLOPE, calibration_slope
from firstlight.instruments.emergence.record.take_off import TARGETS
from firstlight.instruments.emergence.technologies.survey import Survey

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FILE = "take_off_chances_of_documents.csv"
EDGES = (0.02, 0.05, 0.2, 0.5)  # of the classes of chances
CLASSES = ("below_02", "02_to_05", "05_to_2", "2_to_5", "5_up")
BEFORE, BEFORE_COUNT = 0.5, 10  # take-offs and forecasts added: a first year has a base rate
FEW_YEARS = 4  # of the record's own that can be checked
SURE = 1e-6
RESAMPLES = 200
OWN_SOURCE, ALL = "without its source", "all"  # the earlier forecasts that ship


@dataclass(frozen=True)
class Record:
    """Documents of one source and its readings.

    source   : the corpus that ships which the documents are taken from; None where none is
    texts    : the readings that are in a table
    readings : the part of documents that is counted, and the surveys of every forecast year
    """

    half: str
    family: str
    name: str
    source: str | None
    texts: frozenset[str]
    readings: Iterator[tuple[str, list[Survey]]]


@dataclass(frozen=True)
class Issued:
    """The chances of a record at one horizon.

    row             : its row of the table
    chance, outcome : (n,) of every technology and year
    """

    row: dict[str, object]
    chance: Floats = field(repr=False)
    outcome: Flags = field(repr=False)


def records(data: Path, tables: Path) -> Iterator[Record]:
    """Every record of the two tables in a folder."""
    kept = _texts_of(tables)
    for pool in document_pools.records(data):
        if texts := kept.get((pool.family, pool.name)):
            source, read = _source(pool.family, pool.name), document_pools.readings(pool.documents)
            yield Record(pool.half, pool.family, pool.name, source, texts, read)
    for family, name, documents in five_years.records(data):
        if texts := kept.get((family, name)):
            source, read = _source(family, name), five_years.readings(family, documents)
            yield Record(_half(family), family, name, source, texts, read)


def _texts_of(tables: Path) -> dict[tuple[str, str], frozenset[str]]:
    """Family and name of each record of the two tables -> its texts."""
    keys = ["family", "record", "text"]
    files = (tables / document_pools.FILE, tables / five_years.FILE)
    rows = pl.concat([pl.read_csv(file, columns=keys) for file in files]).group_by(keys[:2])
    every = rows.agg("text").iter_rows()
    return {(family, name): frozenset(texts) for family, name, texts in every}


def _half(family: str) -> str:
    """Robotics and conferences are in the half that has them, parts of arXiv are drawn by hash."""
    placed = {"robotics": 0, "conferences": 1}
    drawn = int(hashlib.sha1(family.encode()).hexdigest(), 16) % 2
    return HALVES[placed.get(family, drawn)]


def _source(family: str, name: str) -> str | None:
    if family == "conferences" or name == "aistats rss":
        return "conferences"
    return None if family == "robotics" else "arxiv"


def issued(record: Record) -> Iterator[Issued]:
    """The chances of a record as it is and of its titles, where enough took off."""
    for text, surveys in record.readings:
        for horizon in TARGETS if text in record.texts else ():
            for shipped, left_out in {OWN_SOURCE: record.source, ALL: None}.items():
                scoring = _scoring(record.name, surveys, horizon, left_out)
                if scoring is None or not _has_enough(scoring):
                    break
                about = {"half": record.half, "family": record.family, "record": record.name}
                about |= {"text": text, "horizon": horizon, "shipped": shipped}
                yield _issued(about, scoring)


def _scoring(
    name: str, surveys: Sequence[Survey], horizon: int, left_out: str | None
) -> Scoring | None:
    """The record as a corpus whose every year is scored."""
    if not surveys:
        return None
    years, last = [own.forecast_year for own in surveys], int(surveys[-1].counts.years[-1])
    span = years[0], years[-1]
    plan = Plan(name, "documents", TEST, "", surveyed=span, scored=span)
    read = Surveyed(dict(zip(years, surveys, strict=True)), {}, last)
    return Scoring(plan, read, TARGETS[horizon], left_out)


def _has_enough(scoring: Scoring) -> bool:
    groups = [len(scoring.judged(year).take_off_groups) for year in scoring.years]
    return sum(groups) >= FEWEST_TAKE_OFFS and np.count_nonzero(groups) >= FEWEST_WITH_ONE


def _issued(about: dict[str, object], scoring: Scoring) -> Issued:
    chances = {year: scoring.outlooks[year].probability for year in scoring.years}
    came = {year: scoring.judged(year).is_take_off for year in scoring.years}
    given = [year for year in scoring.years if chances[year] is not None]
    known = {year: [one for one in given if one + scoring.target.horizon <= year] for year in given}
    before = [_base_rate([came[one] for one in known[year]]) for year in given]
    chance = np.concatenate([np.asarray(chances[year]) for year in given])
    outcome = np.concatenate([came[year] for year in given])
    sizes = [len(came[year]) for year in given]
    is_early = np.repeat([len(known[year]) < FEW_YEARS for year in given], sizes)
    gain = _log_likelihood(chance, outcome) - _log_likelihood(np.repeat(before, sizes), outcome)
    row = about | {
        "forecast_years": len(given),
        "forecasts": len(chance),
        **_by_class(chance, outcome),
        "promised_early": round(float(chance[is_early].sum()), 2),
        "came_early": int(outcome[is_early].sum()),
        "slope": _slope(chance, outcome),
        "gain_over_base_rate": round(float(gain.mean()), 5),
        "log_likelihood": round(float(_log_likelihood(chance, outcome).mean()), 5),
        **_in_bands(scoring),
    }
    return Issued(row, chance, outcome)


def _in_bands(scoring: Scoring) -> dict[str, object]:
    """Share of what came inside the 80% band, over all years: of all and of the first 20."""
    pooled = scoring.bands().filter(pl.col("year").is_null())
    share = dict(pooled.select("group", "coverage").iter_rows())
    return {
        "in_band": round(share["all"], 4),
        "in_band_of_first_20": round(share["first_20"], 4),
    }


def _base_rate(known: Sequence[Flags]) -> float:
    """Share of own checked forecasts that took off; a twentieth where there is none."""
    came, size = sum(int(own.sum()) for own in known), sum(len(own) for own in known)
    return (came + BEFORE) / (size + BEFORE_COUNT)


def _log_likelihood(chance: Floats, outcome: Flags) -> Floats:
    held = np.clip(chance, SURE, 1 - SURE)
    return np.where(outcome, np.log(held), np.log1p(-held))


def _by_class(chance: Floats, outcome: Flags) -> dict[str, object]:
    """Take-offs promised and those that came, by class of chances."""
    found: dict[str, object] = {}
    place = np.digitize(chance, EDGES)
    for number, name in enumerate(CLASSES):
        found[f"promised_{name}"] = round(float(chance[place == number].sum()), 2)
        found[f"came_{name}"] = int(outcome[place == number].sum())
    return found


def _slope(chance: Floats, outcome: Flags) -> float | None:
    if outcome.sum() < FEWEST_FOR_SLOPE:
        return None
    return round(calibration_slope(chance, outcome), 4)


def summary(every: Sequence[Issued]) -> Iterator[str]:
    """For each half, horizon and choice of earlier forecasts what was promised and what came, the
    slope, the gain over the base rate and the bands; 90% intervals draw families."""
    for half in (*HALVES, "both halves"):
        for horizon in TARGETS:
            for shipped in (OWN_SOURCE, ALL):
                own = [
                    one
                    for one in every
                    if half in (one.row["half"], "both halves")
                    and (one.row["horizon"], one.row["shipped"]) == (horizon, shipped)
                ]
                if own:
                    yield f"{half}, {horizon} years, what ships: {shipped}; {len(own)} records"
                    yield from _said(own)


def _said(own: Sequence[Issued]) -> Iterator[str]:
    table = pl.DataFrame([one.row for one in own])
    promised = {name: table[f"promised_{name}"].sum() for name in (*CLASSES, "early")}
    came = {name: table[f"came_{name}"].sum() for name in (*CLASSES, "early")}
    each = ", ".join(f"{name} {promised[name]:.0f}/{came[name]}" for name in (*CLASSES, "early"))
    total = sum(promised[name] for name in CLASSES), sum(came[name] for name in CLASSES)
    yield f"  promised/came {total[0]:.0f}/{total[1]}: {each}"
    low, high = _slope_interval(own)
    slope = calibration_slope(*_together(own))
    yield f"  slope {slope:.2f} ({low:.2f} to {high:.2f})"
    gain = table["gain_over_base_rate"]
    low, high = interval_over_families(gain.to_numpy(), table["family"])
    above = int((gain > 0).sum())
    yield f"  over the base rate {gain.mean():+.4f} ({low:+.4f} to {high:+.4f}), above in {above}"
    inside, first = table["in_band"].mean(), table["in_band_of_first_20"].mean()
    yield f"  in the 80% band {inside:.3f}, of the first 20 {first:.3f}"


def _together(own: Sequence[Issued]) -> tuple[Floats, Flags]:
    chance = np.concatenate([one.chance for one in own])
    return chance, np.concatenate([one.outcome for one in own])


def _slope_interval(own: Sequence[Issued]) -> tuple[float, float]:
    """90% interval of the slope, families drawn with all their records."""
    families = sorted({str(one.row["family"]) for one in own})
    members = {name: [one for one in own if one.row["family"] == name] for name in families}
    rng = np.random.default_rng(0)
    slopes = []
    for _ in range(RESAMPLES):
        drawn = rng.choice(families, len(families))
        slopes.append(
            calibration_slope(*_together([one for name in drawn for one in members[name]]))
        )
    low, high = np.nanquantile(slopes, (0.05, 0.95))
    return float(low), float(high)


def main(arguments: Sequence[str]) -> None:
    """Issue the chances of every record, write the table and print what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    every: list[Issued] = []
    for record in records(asked.shared / "data", asked.results):
        found = list(issued(record))
        every += found
        print(f"{record.half}: {record.name}, {len(found)} rows", file=sys.stderr)
    table = pl.DataFrame([one.row for one in every], infer_schema_length=None)
    table.sort("half", "family", "record", "text", "horizon", "shipped").write_csv(
        asked.results / FILE
    )
    print("\n".join(summary(every)))


if __name__ == "__main__":
    main(sys.argv[1:])
