"""An invented trace of three technologies: one in papers and patents, one in papers alone, one in a
class of trade."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from firstlight.instruments.diffusion.tracing import RecordSeries, trace_records
from firstlight.result import Result
from firstlight.run.tracing import tables as made
from firstlight.run.tracing.sentences import conventions, first_lines
from firstlight.run.tracing.steps import CHARTS, TEXTS

YEARS = np.arange(1995, 2017)
NAMES = ("laser beam", "robot arm", "gene editing (GE)")


def series() -> list[RecordSeries]:
    """Papers, patents three years later, and trade of which one class was matched."""
    whole = np.full(len(YEARS), 2000.0)
    grown = np.round(4 * np.exp(0.4 * np.clip(YEARS - 2003, 0, 6)))
    later = np.round(4 * np.exp(0.4 * np.clip(YEARS - 2006, 0, 6)))
    stray = np.where(YEARS == 2010, 2.0, 0.0)
    found = np.array([False, False, True])
    papers, patents = (
        np.stack([grown, np.full(22, 9.0), grown]),
        np.stack([later, stray, 0 * stray]),
    )
    trade = np.stack([0 * later, 0 * later, later * 9])
    return [
        RecordSeries("science", YEARS, whole, papers),
        RecordSeries("invention", YEARS, whole, patents),
        RecordSeries("trade", YEARS, whole, trade, found),
    ]


def records() -> pl.DataFrame:
    """The table of the three records."""
    return pl.DataFrame(
        {
            "kind": ["science", "invention", "trade"],
            "title": ["papers.csv", "patents.csv", "trade.csv"],
            "first_year": [1995] * 3,
            "last_year": [2016] * 3,
            "documents_count": [44000.0] * 3,
            "is_by_class": [False, False, True],
            "is_compared": [False, True, False],
            "confirmed_count": [3, 1, 1],
            "confirmed_by_chance": [None, 0.1, None],
        }
    )


@cache
def traced(names: tuple[str, ...] = NAMES) -> Result:
    """The result, as a project would keep it."""
    found = trace_records(names, series(), 2016)
    presence, begins = found["presence"], dict(records().select("kind", "first_year").iter_rows())
    technologies = made.ranked(found.pop("readiness"), presence, begins, "science", [])
    match = (names[2], "trade", "name", "Genetic goods", None, None, True)
    columns = ["technology", "kind", "method", "other", "score", "p_value", "is_match"]
    tables = {
        "arrivals": made.arrivals(technologies, presence, begins),
        **found,
        "technologies": technologies,
        "records": records(),
        "steps": made.steps(technologies, presence, list(begins)),
        "take_offs": made.take_offs(found["events"], presence),
        "timeline": made.plotted(found["timeline"], presence, series()),
        "arrivals_by_year": made.arrivals_by_year(technologies, presence, records()),
        "matches": pl.DataFrame([match], schema=columns, orient="row"),
        "forms": pl.DataFrame({"technology": [names[2]] * 2, "form": ["gene editing", "GE"]}),
    }
    facts = {
        "measurement": "trace",
        "title": "papers.csv",
        "is_sample": False,
        "rows": 44000,
        "notes": [],
        "formula": "lags",
        "formula_zh": "时滞",
        "instrument_citation": "Firstlight",
        "inputs": [{"name": "papers.csv", "sha256": "ab"}],
        "mapping": {},
        "options": {},
        "licence": "CC0",
        "code_version": "1",
        "brief": ["technology", "stage", "science_since_year"],
    }
    said = tuple(first_lines(tables, 2016, "science"))
    rules = tuple(conventions(tables["records"], 2016, "science"))
    return Result(tables, said, TEXTS, rules, CHARTS, None, facts)
