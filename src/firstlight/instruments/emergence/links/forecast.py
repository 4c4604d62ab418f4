"""New links forecast year by year, by the ranking that did best on earlier years of the record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit

from firstlight.instruments.emergence.links.combination import (
    Sample,
    design_of,
    fit,
    sample_of,
)
from firstlight.instruments.emergence.links.figures import SIZES, figures, neighbours
from firstlight.instruments.emergence.links.pairs import (
    FEWEST_MEETINGS,
    HORIZON,
    Candidates,
    candidates,
    is_new_link,
    meetings,
)
from firstlight.instruments.emergence.links.record import (
    first_of,
    measured,
    record_table,
    year_row,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.numerics.known_values import known_mean
from firstlight.observation_tables import SCHEMAS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

COMBINATION = "combination"
MOST_LISTED = 200
FEWEST_CANDIDATES = 100  # of a year, to be listed or learnt from
COMMON = 5  # common neighbours that are named
NAMES = ("name", "other_name")  # which whoever shows them adds
LINKS: Mapping[str, Any] = {
    name: kind for name, kind in SCHEMAS["new_links"].items() if name not in NAMES
}


@dataclass(frozen=True)
class NewLinks:
    """What is forecast of one year, and how often such forecasts came true.

    links  : the pairs that come first, see `LINKS`
    record : every ranking in every year that can be checked, see `SCHEMAS`
    used   : the ranking of the list
    rate   : share of all candidates that met after the observed year; None where it is not known
    """

    links: pl.DataFrame
    record: pl.DataFrame
    used: str
    rate: float | None


@dataclass
class Known:
    """What earlier years taught: average precision of each ranking, and rows to learn from."""

    precision: dict[int, dict[str, float]] = field(default_factory=dict)
    samples: dict[int, dict[str, Sample]] = field(default_factory=dict)

    def until(self, year: int) -> list[int]:
        """Years whose outcome was known at the end of a year."""
        return [one for one in sorted(self.samples) if one + HORIZON <= year]


def new_links(
    surveys: Mapping[int, Survey],
    shared: Mapping[int, pl.DataFrame],
    observed: int,
    known_to: int,
    *,
    fewest: int = FEWEST_MEETINGS,
    checked: int = 8,
) -> NewLinks:
    """The pairs that come first in the observed year, and the record of earlier years.

    surveys  : forecast year -> its technologies; shared : year -> from ``pairs.shared_documents``
    known_to : the last complete year, which tells what came of the observed year
    fewest   : documents of the three years after that make a new link
    checked  : earlier years of the record; those before them are learnt from alone
    """
    earlier = [year for year in sorted(surveys) if year + HORIZON <= observed]
    rows, known = backtest(
        {year: surveys[year] for year in earlier}, shared, earlier[-checked:], fewest=fewest
    )
    links, used, rate = _listed(surveys[observed], shared[observed], known, known_to, fewest)
    return NewLinks(links, record_table(rows, used), used, rate)


def backtest(
    surveys: Mapping[int, Survey],
    shared: Mapping[int, pl.DataFrame],
    checked: Collection[int],
    *,
    fewest: int = FEWEST_MEETINGS,
) -> tuple[list[dict[str, object]], Known]:
    """Every ranking in every year checked, see ``record.year_row``, and what the years taught.

    surveys : forecast years whose outcome is known
    Each year is ranked from what was known at its end: years whose outcome had come by then.
    """
    known = Known()
    rows: list[dict[str, object]] = []
    for year in sorted(surveys):
        found = _Year.of(surveys[year], shared[year])
        came = is_new_link(surveys[year], found.later, found.pairs, fewest)
        if len(came) < FEWEST_CANDIDATES:
            continue
        rankings = _rankings(found, known, year)
        one, other = found.pairs.one, found.pairs.other
        scores = {name: measured(own, came, one, other) for name, own in rankings.items()}
        used = _choice(known, year, rankings)
        if year in checked:
            rows += [year_row(year, name, name == used, own, came) for name, own in scores.items()]
        known.precision[year] = {name: own["average_precision"] for name, own in scores.items()}
        known.samples[year] = {
            name: sample_of(design, came) for name, design in found.designs().items()
        }
    return rows, known


@dataclass(frozen=True)
class _Year:
    """Candidates of a year with their figures, and (P,) later documents that hold both."""

    pairs: Candidates
    figures: dict[str, Floats]
    later: Floats

    @classmethod
    def of(cls, survey: Survey, shared: pl.DataFrame) -> _Year:
        pairs = candidates(survey, shared)
        return cls(pairs, figures(survey, pairs), meetings(survey, shared, pairs))

    def designs(self) -> dict[str, Floats]:
        """Ranking -> (P, F) what its chances are learnt from."""
        alone = {name: values[:, None] for name, values in self.figures.items()}
        return alone | {COMBINATION: design_of(self.figures, self.pairs.has_met)}


def _rankings(found: _Year, known: Known, year: int) -> dict[str, Floats]:
    """Ranking -> (P,) scores: every simple rule, and the combination where it can be learnt."""
    learnt = fit([known.samples[one][COMBINATION] for one in known.until(year)])
    if learnt is None:
        return found.figures
    design = design_of(found.figures, found.pairs.has_met)
    return found.figures | {COMBINATION: learnt.log_odds(design)}


def _choice(known: Known, year: int, among: Mapping[str, Floats]) -> str:
    """The ranking with the highest mean average precision on the earlier years known by then.

    On the years in which all that are compared were made, so that the same years judge them. The
    product of sizes where nothing did better, or nothing is known.
    """
    judged = [known.precision[one] for one in known.until(year)]
    made = [one for one in judged if among.keys() <= one.keys()]
    if not made:
        made, among = judged, {name: among[name] for name in among if name != COMBINATION}
    mean = {name: np.fmax(known_mean([one[name] for one in made]), 0.0) for name in among}
    # of equals the sizes alone: a ranking has to do better than what is plain
    return max(mean, key=lambda name: (mean[name], name == SIZES), default=SIZES)


def _listed(
    survey: Survey, shared: pl.DataFrame, known: Known, known_to: int, fewest: int
) -> tuple[pl.DataFrame, str, float | None]:
    """The pairs that come first, the ranking that puts them there, and the share that met."""
    year = survey.forecast_year
    found = _Year.of(survey, shared)
    if len(found.pairs.one) < FEWEST_CANDIDATES:
        return pl.DataFrame(schema=LINKS), SIZES, None
    rankings = _rankings(found, known, year)
    used = _choice(known, year, rankings)
    first = first_of(rankings[used], found.pairs.one, found.pairs.other, MOST_LISTED)
    chance = np.round(expit(_log_odds(found, known, used, rankings, year)), 4)[first]
    table = _described(survey, found, first, chance)
    rate = None
    if year + HORIZON <= known_to:
        came = is_new_link(survey, found.later, found.pairs, fewest)
        table = table.with_columns(
            pl.Series("outcome", came[first]), pl.Series("outcome_count", found.later[first])
        )
        rate = round(float(came.mean()), 6)
    lacking = [pl.lit(None, kind).alias(name) for name, kind in LINKS.items() if name not in table]
    table = table.with_columns(lacking).select(list(LINKS)).cast(pl.Schema(LINKS))
    return table.with_columns(pl.col("probability").fill_nan(None)), used, rate


def _log_odds(
    found: _Year, known: Known, used: str, rankings: Mapping[str, Floats], year: int
) -> Floats:
    """(P,) log-odds of a new link; nan where too few are known to learn them from."""
    if used == COMBINATION:  # learnt already
        return rankings[COMBINATION]
    learnt = fit([known.samples[one][used] for one in known.until(year)])
    if learnt is None:
        return np.full(len(found.pairs.one), np.nan)
    return learnt.log_odds(found.designs()[used])


def _described(survey: Survey, found: _Year, first: Ints, chance: Floats) -> pl.DataFrame:
    pairs, counts, year = found.pairs, survey.counts, survey.forecast_year
    documents = counts.documents_of((year - 1, year)).round().astype(np.int64)
    one, other = pairs.rows[pairs.one[first]], pairs.rows[pairs.other[first]]
    # the larger technology is named first
    is_turned = documents[other] > documents[one]
    one, other = np.where(is_turned, other, one), np.where(is_turned, one, other)
    count, names = _common(survey, pairs, first)
    return pl.DataFrame(
        {
            "rank": np.arange(1, len(first) + 1),
            "technology_id": [counts.names[row] for row in one],
            "other_id": [counts.names[row] for row in other],
            "probability": chance,
            "documents_count": documents[one],
            "other_documents_count": documents[other],
            "shared_count": pairs.has_met[first].astype(np.int64),
            "common_count": count,
            "common": names,
        },
        schema_overrides={"common": pl.List(pl.String)},
    )


def _common(survey: Survey, pairs: Candidates, first: Ints) -> tuple[Ints, list[list[str]]]:
    """How many common neighbours each pair has, and the ids of those that stand nearest to both.

    Nearest: the largest smaller share of its documents that hold the one or the other.
    """
    adjacent = neighbours(pairs)
    near = pairs.recent / np.maximum(pairs.documents, 1.0)
    one, other = pairs.one[first], pairs.other[first]
    common = adjacent[one] & adjacent[other]
    weight = np.where(common, np.minimum(near[one], near[other]), 0.0)
    order = np.argsort(-weight, axis=1, kind="stable")[:, :COMMON]
    ids = [survey.counts.names[row] for row in pairs.rows]
    names = [
        [ids[place] for place in places if weights[place] > 0]
        for places, weights in zip(order, weight, strict=True)
    ]
    return common.sum(axis=1).astype(np.int64), names
