"""The protocol of forecast skill, frozen: records, years, horizons, targets, measures and seeds, and their hash.

Change nothing here to make a result better: every result names the hash of the protocol that it was made under.
Words: docs/explanation/skill.md.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

TARGETS = ("B", "A")  # B since the forecast year, A since the peak
HORIZONS = (1, 3, 5)  # years
GRANULARITIES = (1.0, 0.5, 2.0)  # of the technologies; 2 = half as broad
GROWTH = 0.08  # a year: what is exceptional
FEWEST_DOCUMENTS = 20  # of a technology in the forecast year
FAIR_COVERAGE = 0.6  # of the forecast year's documents
TOP = (20, 50)  # places from the top whose precision is told
FEWEST_POSITIVES = 100  # for calibration
COMPARED = ("csi", "ets", "auc", "precision_20")  # ours less the best baseline's
REPEATS, LEVEL, SEED = 1000, 0.9, 0  # of the bootstrap over lineages
BINS = 10  # of the reliability diagram, with equal numbers of forecasts
# record, target, horizon, measure, least: what was aimed at, on test years at granularity 1
GOALS = (
    ("arxiv", "A", 3, "csi", 0.45),
    ("arxiv", "B", 3, "auc", 0.80),
    ("arxiv", "B", 3, "ets", 0.20),
    ("patent_subfields", "B", 3, "ets", 0.15),
)
TIMES_BETTER = 1.5  # CSI on A over the better of stage and vitality
SLOPE = (0.9, 1.1)  # of calibration


@dataclass(frozen=True)
class Plan:
    """What of a record is read, which forecast years choices may look at, and which they may not.

    file            : below the folder of reference data
    form            : documents or counts
    first, last     : years read; absent : years between them that the record holds in part, left out altogether
    surveyed        : forecast years whose technologies are found, to learn from or to be scored
    validation      : forecast years that choices of form may look at; test : those that none may
    granularities   : none but 1 for counts: their entities are given
    left_out        : documents left out, in words; late_categories : the year from which a category joins late
    """

    name: str
    title: str
    file: str
    form: str
    first: int
    last: int
    absent: tuple[int, ...]
    surveyed: tuple[int, int]
    validation: tuple[int, int] | None
    test: tuple[int, int]
    granularities: tuple[float, ...]
    left_out: str = ""
    late_categories: int | None = None

    def survey_years(self) -> tuple[int, ...]:
        """Forecast years whose technologies are found."""
        return tuple(year for year in range(self.surveyed[0], self.surveyed[1] + 1) if year not in self.absent)

    def scored_years(self, period: str, horizon: int) -> tuple[int, ...]:
        """Forecast years of ``validation`` or ``test`` whose outcome year the record holds in full."""
        span = self.validation if period == "validation" else self.test
        if span is None:
            return ()
        ends = {year: year + horizon for year in range(span[0], span[1] + 1) if year not in self.absent}
        return tuple(year for year, end in ends.items() if end <= self.last and end not in self.absent)


ARXIV = Plan(
    "arxiv",
    "arXiv: computing, engineering, statistics, biology, finance and physics close to them",
    "documents/arxiv_tech.parquet",
    "documents",
    first=1989,
    last=2019,
    absent=(),
    surveyed=(1999, 2018),
    validation=(2008, 2012),
    test=(2013, 2018),
    granularities=GRANULARITIES,
)
ARXIV_EARLY = Plan(
    "arxiv_without_late",
    "the same, without the categories that start in 2017",
    "documents/arxiv_tech.parquet",
    "documents",
    first=1989,
    last=2019,
    absent=(),
    surveyed=(1999, 2018),
    validation=(2008, 2012),
    test=(2013, 2018),
    granularities=GRANULARITIES,
    left_out="documents that stand in the record only through a category of which 99% are of 2017 or later",
    late_categories=2017,
)
ROBOTICS = Plan(
    "robotics",
    "conference papers in robotics and learning (ICRA, IROS, RSS, AISTATS)",
    "documents/robotics_ml_with_countries.parquet",
    "documents",
    first=1995,
    last=2023,
    absent=(2016,),
    surveyed=(2003, 2022),
    validation=None,
    test=(2010, 2022),
    granularities=GRANULARITIES,
    left_out="2016, 2024 and 2025, which hold a part of their papers; rejected and withdrawn papers",
)
SUBFIELDS = Plan(
    "patent_subfields",
    "US patents granted, 83 subfields of 12 domains, as counts",
    "patents/domain_subfield_year.csv.gz",
    "counts",
    first=1976,
    last=2024,
    absent=(),
    surveyed=(1984, 2023),
    validation=None,
    test=(1995, 2023),
    granularities=(1.0,),
    left_out="2025, which is incomplete",
)
PLANS = (ARXIV, ARXIV_EARLY, ROBOTICS, SUBFIELDS)


def protocol() -> dict[str, object]:
    """Every constant of this file."""
    return {
        "targets": TARGETS,
        "horizons": HORIZONS,
        "growth": GROWTH,
        "fewest_documents": FEWEST_DOCUMENTS,
        "fair_coverage": FAIR_COVERAGE,
        "top": TOP,
        "fewest_positives": FEWEST_POSITIVES,
        "compared": COMPARED,
        "bootstrap": (REPEATS, LEVEL, SEED),
        "bins": BINS,
        "goals": (GOALS, TIMES_BETTER, SLOPE),
        "plans": [asdict(plan) for plan in PLANS],
    }


def protocol_hash() -> str:
    """The first twelve digits of the SHA-256 of the protocol, which every result carries."""
    return hashlib.sha256(json.dumps(protocol(), sort_keys=True).encode()).hexdigest()[:12]
