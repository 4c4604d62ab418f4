"""Entries, exits and growth foretold out of time on real tables of place, activity and year; writes
a page of figures.

    python -m benchmarks.complexity.record SHARED_DATA_FOLDER
    docs/explanation/opportunities_measured.md python -m benchmarks.complexity.record time

No organisation is named. docs/explanation/opportunities.md says what was chosen on what, and what
was changed when.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.complexity.calibration import TARGETS, corrections, levels, means
from benchmarks.networks.partners import documents

from firstlight.complexity import PresenceRule, opportunity_record
from firstlight.instruments.complexity.next_activities.entry_features import NULLS, SINGLES
from firstlight.instruments.complexity.next_activities.next_activities import OPPORTUNITIES
from firstlight.instruments.complexity.next_activities.opportunity_record import OpportunityRecord
from firstlight.instruments.complexity.next_activities.record_answer import record_messages

GOAL = 0.10  # of average precision above the best single measure
TOTALS = ["Total Emissions", "TotalEmissions", "Total Consumption"]
KNOWN_BY = (
    2011  # words and organisations are those known by the year before the first forecast year
)
# The last forecast year on which the ensemble was chosen, by the start of the name of a record; the
# years after it chose nothing.
CHOSEN_BY = {
    "Cities by technology, 5": 2000,
    "Cities by technology, 10": 2000,
    "Provinces by sector, 5": 2009,
    "Provinces by sector, 10": 2008,
    "Countries": 2015,
    "Organisations": 2015,
}


@dataclass(frozen=True)
class Case:
    """A table with what it is, and the options of its record."""

    name: str
    what: str
    rows: pl.DataFrame
    horizons: tuple[int, ...]
    options: dict[str, Any]


def cases(folder: Path) -> Iterator[Case]:
    patents = pl.read_csv(folder / "patents" / "tech_city_period.csv.gz").filter(
        pl.col("period_start") < 2025
    )
    city = pl.concat_str(pl.col("city", "state", "country").fill_null(""), separator="|")
    patents = patents.group_by(city.alias("place"), activity="tech_area", year="period_start").agg(
        pl.col("patent_count").sum()
    )
    yield Case(
        "Cities by technology",
        "US patents by city of the inventor, five-year spans 1975 to 2020 (the span from 2025 is not complete and left out). Only three "
        "technologies, so that precision at 10 does not exist and measures of relatedness have next to nothing to relate. The table starts "
        "at five patents: present is five or more.",
        patents.rename({"patent_count": "value"}),
        (5, 10),
        {"rule": PresenceRule(is_given=True)},
    )
    carbon = pl.read_csv(folder / "provinces" / "province_sector_co2_1997_2019.csv")
    carbon = carbon.filter(~pl.col("sector").is_in(TOTALS)).rename(
        {"province": "place", "sector": "activity", "co2_mt": "value"}
    )
    yield Case(
        "Provinces by sector",
        "CO2 emissions of China's provinces by sector, 1997 to 2019 (totals left out). Emissions stand for activity: present is a location "
        "quotient of emissions of at least 1.",
        carbon,
        (5, 10),
        {},
    )
    works, lands, words = documents(folder)
    early = words.join(works.select("work", "year").unique(), on="work").filter(
        pl.col("year") <= KNOWN_BY
    )
    known = early.group_by("term").len().filter(pl.col("len") >= 30)["term"]
    for name, what, held in (
        ("Countries by topic", "countries", lands),
        (
            "Organisations by topic",
            "organisations with 20 or more papers by 2011, read from addresses by a rule,",
            works,
        ),
    ):
        held = held.filter(pl.col("year").is_between(2005, 2023))
        if name.startswith("Org"):
            large = (
                held.filter(pl.col("year") <= KNOWN_BY)
                .group_by("member")
                .len()
                .filter(pl.col("len") >= 20)["member"]
            )
            held = held.filter(pl.col("member").is_in(large.implode()))
        pairs = held.join(words.filter(pl.col("term").is_in(known.implode())), on="work")
        counts = pairs.group_by(place="member", activity="term", year="year").len("value")
        yield Case(
            name,
            f"Papers of four robotics and machine-learning conferences, 2005 to 2023: {what} by words of titles. The {known.len()} words of "
            "four letters or more that 30 or more papers had by 2011 stand for topics; some are no topic (using, based). Tables add up "
            "three years; present is two papers or more and a location quotient of at least 1. Ten years ahead there is no past to "
            "learn from.",
            counts,
            (5,),
            {"rule": PresenceRule(least=2), "window": 3},
        )


def percent(value: float | None, digits: int = 1) -> str:
    return "-" if value is None or not np.isfinite(value) else f"{100 * value:.{digits}f}"


def between(row: dict[str, Any], name: str) -> str:
    low, high = row[f"{name}_low_share"], row[f"{name}_high_share"]
    return "-" if low is None else f"{percent(low)} to {percent(high)}"


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]] + [""]


def chosen(found: OpportunityRecord, target: str) -> dict[str, dict[str, Any]]:
    """The ensemble, the best single measure and the best null model of one target."""
    rows = found.table.filter(pl.col("target") == target)
    return {
        kind: rows.filter(pl.col("kind") == kind).row(0, named=True)
        for kind in ("ensemble", "single", "null")
    }


def headline(records: dict[str, OpportunityRecord]) -> list[str]:
    rows = []
    for name, found in records.items():
        for target, label in TARGETS.items():
            own, single, null = chosen(found, target).values()
            beats = (
                ["no", "yes"][(own["over_null_low_share"] or 0) > 0],
                ["no", "yes"][(single["over_null_low_share"] or 0) > 0],
            )
            rows.append(
                [name, label, str(own["forecast_year_count"]), percent(own["base_rate_share"])]
                + [percent(own["average_precision_share"])]
                + [
                    f"{percent(one['average_precision_share'])} ({score_words(one['score']).removeprefix('null: ')})"
                    for one in (single, null)
                ]
                + [f"{100 * own['over_single_share']:+.1f} ({between(own, 'over_single')})", *beats]
                + ["reached" if own["over_single_share"] >= GOAL else "not reached"]
            )
    head = [
        "record",
        "what",
        "forecast years",
        "base rate",
        "ensemble",
        "best single measure",
        "best null model",
    ]
    return table(
        [
            *head,
            "ensemble less best single (95%)",
            "ensemble above null",
            "single above null",
            "goal of 10 points",
        ],
        rows,
    )


def last_choosing(name: str) -> int:
    return next(year for start, year in CHOSEN_BY.items() if name.startswith(start))


def later_years(records: dict[str, OpportunityRecord]) -> list[str]:
    """The ensemble beside the best single measure and null model in the forecast years that chose
    nothing, and in those that did."""
    rows = []
    for name, found in records.items():
        last = last_choosing(name)
        for target, label in TARGETS.items():
            cells = [name, label]
            for part in (pl.col("year") <= last, pl.col("year") > last):
                some = found.by_year.filter((pl.col("target") == target) & part)
                means = some.group_by("kind", "score").agg(pl.col("average_precision_share").mean())
                own, single, null = (
                    means.filter(pl.col("kind") == kind)["average_precision_share"].max()
                    for kind in ("ensemble", "single", "null")
                )
                base = some.unique("year")["base_rate_share"].mean()
                cells += [str(some["year"].n_unique()), *map(percent, (base, own, single, null))]
                cells += [f"{100 * (own - single):+.1f}"]
            rows.append(cells)
    parts = [
        "forecast years",
        "base rate",
        "ensemble",
        "best single",
        "best null",
        "less best single",
    ]
    return table(
        [
            "record",
            "what",
            *[f"{part}, {when}" for when in ("choosing", "later") for part in parts],
        ],
        rows,
    )


def every_measure(records: dict[str, OpportunityRecord], target: str) -> list[str]:
    rows = []
    for name in ("ensemble", *SINGLES, *NULLS):
        cells = []
        for found in records.values():
            row = found.table.filter((pl.col("target") == target) & (pl.col("score") == name)).row(
                0, named=True
            )
            low = "" if row["high_first_share"] > 0.5 else " low"
            cells.append(f"{percent(row['average_precision_share'])} ({row['auc']:.2f}{low})")
        rows.append([score_words(name), *cells])
    base = [
        percent(chosen(found, target)["ensemble"]["base_rate_share"]) + " (0.50)"
        for found in records.values()
    ]
    return table(
        ["score", *records],
        [["*base rate*", *base], *rows],
    )


def calibration(records: dict[str, OpportunityRecord]) -> list[str]:
    """Whether chances are chances, and what corrections learnt from earlier forecasts would bring."""
    return [
        "## Are they chances?",
        "",
        "The ensemble's mean chance and the rate over all candidates of all forecast years, %; gain: by how much the mean squared error is "
        "below that of the rate itself, which nobody knew beforehand (1 would be perfect, below 0 is worse than the rate).",
        "",
        *table(*means(records)),
        "Entries by what was foretold: mean chance → share that came, %, and in brackets candidates.",
        "",
        *table(*levels(records)),
        "Corrections that are learnt, at each forecast year, from the ensemble's own earlier forecasts whose outcome was known by then; forecast "
        "years without such a one are left out. Slope and level: a logistic regression of what came on the log odds foretold. Level: log odds moved by what "
        "earlier forecasts would have needed. Last rate: log odds moved until their mean chance is the rate of the last forecast year that was "
        "known. Gain as above, in hundredths; for corrections, by how much it rises or falls.",
        "",
        *table(*corrections(records, {name: last_choosing(name) for name in records})),
    ]


def each_place(found: OpportunityRecord) -> list[str]:
    """Precision at 10 and 50 of each place, entries: the ensemble, the five best measures, the null
    models."""
    rows = found.table.filter(
        (pl.col("target") == "entry") & pl.col("precision_at_10_share").is_not_null()
    )
    if rows.is_empty():
        return ["No place has ten candidates.", ""]
    singles = (
        rows.filter(pl.col("kind") == "single")
        .sort("precision_at_10_share", descending=True)
        .head(5)
    )
    some = pl.concat(
        [rows.filter(pl.col("kind") == "ensemble"), singles, rows.filter(pl.col("kind") == "null")]
    )
    cells = []
    for row in some.iter_rows(named=True):
        parts = []
        for k in (10, 50):
            parts += [
                percent(row[f"precision_at_{k}_share"]),
                between(row, f"precision_at_{k}"),
                percent(row[f"base_at_{k}_share"]),
            ]
        cells.append([score_words(row["score"]), *parts])
    return table(["score", "at 10", "95%", "base rate", "at 50", "95%", "base rate"], cells)


def each_year(found: OpportunityRecord, target: str) -> list[str]:
    best = chosen(found, target)
    rows = []
    for (year,), part in found.by_year.filter(pl.col("target") == target).group_by(
        "year", maintain_order=True
    ):
        by = {row["score"]: row for row in part.iter_rows(named=True)}
        own = by["ensemble"]
        cells = [
            str(year),
            str(own["lesson_count"]),
            f"{own['pair_count']:,}",
            f"{own['event_count']:,}",
            percent(own["base_rate_share"]),
        ]
        for kind in best:
            one = by[best[kind]["score"]]
            cells += [
                f"{percent(one['average_precision_share'])} ({between(one, 'average_precision')})",
                f"{one['auc']:.2f}",
            ]
        rows.append(cells)
    head = ["year", "transitions learnt from", "candidates", "came", "base rate"]
    scores = [part for kind in best for part in (score_words(best[kind]["score"]), "AUC")]
    return table(head + scores, rows)


def record_of(case: Case, horizon: int) -> OpportunityRecord:
    return opportunity_record(case.rows, "value", horizon=horizon, progress=print, **case.options)


def score_words(score: str) -> str:
    """What a score is called."""
    return OPPORTUNITIES.texts.say("en", "codes", "score", score)


def summary(found: OpportunityRecord, horizon: int) -> list[str]:
    """What the record says of each target, a paragraph each."""
    return [
        f"{OPPORTUNITIES.texts.sentence('en', each)}\n"
        for target in TARGETS
        for each in record_messages(found.table, horizon, target)
    ]


def section(case: Case, records: dict[int, OpportunityRecord]) -> list[str]:
    text = [f"## {case.name}", "", case.what, ""]
    places, activities = case.rows["place"].n_unique(), case.rows["activity"].n_unique()
    text += [f"{places:,} places, {activities:,} activities, {case.rows.height:,} rows.", ""]
    for horizon, found in records.items():
        text += [
            f"### {horizon} years ahead",
            "",
            *summary(found, horizon),
        ]
        text += ["Entries, mean precision at 10 and 50 of each place, %:", "", *each_place(found)]
        for target, label in TARGETS.items():
            text += [
                f"{label.capitalize()}, each forecast year: average precision, % (95% interval), and AUC:",
                "",
                *each_year(found, target),
            ]
        if not found.left_out.is_empty():
            text += [
                f"Left out: {', '.join(f'{t} {y} ({why})' for t, y, why, _ in found.left_out.rows())}.",
                "",
            ]
    return text


def large_world(places: int = 300, activities: int = 600, years: int = 20) -> pl.DataFrame:
    """Invented: levels with five hidden factors, drifting; for the time that a record takes."""
    rng = np.random.default_rng(0)
    level = rng.normal(size=(places, 1)) - rng.normal(size=activities)
    level = level + 0.7 * rng.normal(size=(places, 5)) @ rng.normal(size=(5, activities))
    x, parts = level + rng.normal(size=level.shape), []
    for year in range(2000, 2000 + years):
        x = 0.9 * x + 0.1 * level + 0.3 * rng.normal(size=x.shape)
        value = np.where(np.exp(1.2 * x) < 0.5, 0, np.exp(1.2 * x))
        at = np.nonzero(value)
        names = {
            "place": at[0].astype(str),
            "activity": at[1].astype(str),
            "year": np.full(at[0].size, year),
        }
        parts.append(pl.DataFrame(names | {"value": value[at]}))
    return pl.concat(parts)


def speed() -> list[str]:
    rows = large_world()
    clock, spent = time.perf_counter(), time.process_time()
    found = opportunity_record(rows, "value")
    clock, spent = time.perf_counter() - clock, time.process_time() - spent
    years = found.by_year["year"].n_unique()
    return [
        f"An invented table of 300 places, 600 activities and 20 years ({rows.height:,} rows), {years} forecast years, three targets, "
        f"{1 + len(SINGLES) + len(NULLS)} scores, 200 resamples: {spent:.0f} s of processor time; {clock:.0f} s by the clock on two cores "
        "that other work may share.",
    ]


def main(folder: Path, page: Path) -> None:
    records, text = {}, []
    for case in cases(folder):
        own = {horizon: record_of(case, horizon) for horizon in case.horizons}
        records |= {f"{case.name}, {horizon} years": found for horizon, found in own.items()}
        text += section(case, own)
    head = [
        "<!-- Written by benchmarks/complexity/record.py: change nothing here. -->",
        "",
        "# Opportunities, measured out of time",
        "",
        "How well what a place takes up, gives up and grows in was foretold from past tables alone. The method is in "
        "[Opportunities and their record](opportunities.md). Figures are means over forecast years; average precision in %, its blind "
        "value is the base rate. Best single measure and best null model are chosen with hindsight, in favour of both.",
        "",
        *headline(records),
        "## Years that chose nothing",
        "",
        "What the ensemble is made of was chosen on the first forecast years of each record; the later ones were looked at once, after that.",
        "",
        *later_years(records),
        *calibration(records),
        "## Every measure",
        "",
    ]
    for target, label in TARGETS.items():
        head += [
            f"{label.capitalize()}: average precision, %, and in brackets AUC; low: low values foretold, in half of the forecast years or more.",
            "",
            *every_measure(records, target),
        ]
    page.write_text("\n".join(head + text).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["time"]:
        print("\n".join(speed()))
    elif len(sys.argv) == 3 and Path(sys.argv[1]).is_dir():
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        sys.exit(
            "usage: python -m benchmarks.complexity.record time, or SHARED_DATA_FOLDER PAGE; the folder holds patents, provinces, documents"
        )
