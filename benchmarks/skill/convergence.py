"""Forecasts of new links between terms, under the definitions of Krenn et al. (2023), beside every index:

    python -m benchmarks.skill.convergence [--shared FOLDER] [--record arxiv] [--period test] [--docs FOLDER]

An unlinked pair of terms counts as joined when at least w later documents use both within the horizon; both terms have at least
c links. The forecast of a year is trained on the outcomes of the year one horizon before. Writes convergence_measured.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.skill.protocol import ARXIV, ROBOTICS, Plan
from benchmarks.skill.records import documents_of
from benchmarks.skill.tables import HEAD, table
from scipy import sparse

from firstlight.errors import FirstlightError, InputError
from firstlight.instruments.emergence.convergence import (
    DrawnPairs,
    TermNetwork,
    draw_pairs,
    later_links,
    term_network,
)
from firstlight.instruments.emergence.convergence_features import BASELINES, OTHER_INDICES, pair_features
from firstlight.instruments.emergence.convergence_forecast import LinkModel, fit_links, shortlist
from firstlight.instruments.emergence.convergence_record import LinkCase, LinkScores, roc_area, score_links
from firstlight.instruments.emergence.terms import TermCounts, count_terms
from firstlight.instruments.emergence.vocabulary import (
    PhraseParts,
    Vocabulary,
    VocabularyRule,
    phrase_parts,
    technical_terms,
)

HERE = Path(__file__).resolve().parent
HORIZONS, WEIGHTS, DEGREES = (1, 3, 5), (1, 3), (0, 5, 25)
# Every pair is scored in these: a year takes a minute where there are a hundred million.
LISTED_YEARS = {ARXIV.name: (2014, 2016), ROBOTICS.name: (2010, 2011, 2012, 2020)}
BEST = (20, 50, 100, 500)
LAST_YEAR = {ARXIV.name: 2016, ROBOTICS.name: 2022}  # so that every horizon is read on much the same years
LISTED = 20_000  # pairs kept of each index, and of the shortlist that the forecast reads
Ints = npt.NDArray[np.int64]
Say = Callable[[str], None]


@dataclass
class Record:
    """Networks of one record by year, made when they are asked for."""

    plan: Plan
    counts: TermCounts
    parts: PhraseParts
    vocabularies: dict[int, Vocabulary] = field(default_factory=dict)
    networks: dict[int, TermNetwork] = field(default_factory=dict)
    highest: dict[int, dict[str, Ints]] = field(default_factory=dict)

    def at(self, year: int) -> tuple[Vocabulary, TermNetwork]:
        """Vocabulary and network of a year."""
        if year not in self.networks:
            found = technical_terms(self.counts, self.parts, year)
            self.vocabularies[year] = replace(found, together=sparse.csr_matrix((0, 0)))
            self.networks[year] = term_network(self.counts, found, year)
        return self.vocabularies[year], self.networks[year]

    def years(self, period: str, horizon: int) -> list[int]:
        """Forecast years of which every year trained on and every outcome year is complete."""
        return [
            year
            for year in self.plan.scored_years(period, horizon)
            if year - horizon >= self.plan.first + 5
            and year <= LAST_YEAR[self.plan.name]
            and not set(range(year - horizon, year + horizon + 1)) & set(self.plan.absent)
        ]


@dataclass(frozen=True)
class Forecast:
    """One year's forecast of one weight: the pairs drawn, their scores, and the model that made them."""

    year: int
    case: LinkCase
    model: LinkModel
    trained: tuple[TermNetwork, DrawnPairs, npt.NDArray[np.float64]]
    later: sparse.csr_matrix
    predicted_rate: float
    implied_area: float


def forecast(record: Record, year: int, horizon: int, weight: int) -> Forecast:
    """Train on what the year one horizon before brought, and forecast the pairs drawn in this one."""
    vocabulary, before = record.at(year - horizon)
    known = draw_pairs(before, later_links(record.counts, vocabulary, before, horizon), least_documents=weight)
    figures, _ = pair_features(before, known.first, known.second)
    model = fit_links(figures, known, before)
    vocabulary, network = record.at(year)
    later = later_links(record.counts, vocabulary, network, horizon)
    drawn = draw_pairs(network, later, least_documents=weight)
    own, indices = pair_features(network, drawn.first, drawn.second)
    found = model.forecast(own, network)
    case = LinkCase({**indices, "forecast": found.probability}, drawn, network.terms)
    pairs = drawn.weights()
    rate = float(np.average(found.probability, weights=pairs))
    chance = found.probability
    implied = roc_area(
        np.tile(chance, 2),
        np.arange(2 * len(chance)) < len(chance),
        np.concatenate([pairs * chance, pairs * (1 - chance)]),
    )
    return Forecast(year, case, model, (before, known, figures), later, rate, implied)


def restricted(case: LinkCase, network: TermNetwork, later: sparse.csr_matrix, weight: int, degree: int) -> LinkCase:
    """The drawn pairs of which both terms have enough links, with the true counts of all such pairs."""
    fit = network.degree >= degree
    kept = fit[case.drawn.first] & fit[case.drawn.second]
    counted = draw_pairs(network, later, least_documents=weight, least_degree=degree, most_joined=0, most_others=0)
    drawn = DrawnPairs(
        case.drawn.first[kept],
        case.drawn.second[kept],
        case.drawn.is_joined[kept],
        counted.candidates,
        counted.joined,
    )
    return LinkCase({name: own[kept] for name, own in case.scores.items()}, drawn, case.terms)


def precision(record: Record, found: Forecast, weight: int) -> dict[str, list[float]]:
    """Share joined among the k highest of all unlinked pairs, by every baseline and by the forecast.

    Indices score every pair; the forecast ranks its shortlist, as the product does.
    """
    network = record.at(found.year)[1]
    if found.year not in record.highest:
        record.highest[found.year] = dict(_exhaustive(network))
    lists = dict(record.highest[found.year])
    before, known, figures = found.trained
    short = shortlist(before, known, figures, network, most=LISTED)
    size = len(network.terms)
    lists["forecast"] = _by_forecast(found.model, network, short.first * size + short.second)
    pairs = found.later.tocoo()
    joined = np.sort((pairs.row.astype(np.int64) * size + pairs.col)[pairs.data >= weight])
    return {name: [float(np.isin(keys[:k], joined).mean()) for k in BEST] for name, keys in lists.items()}


def _by_forecast(model: LinkModel, network: TermNetwork, keys: Ints) -> Ints:
    size = len(network.terms)
    chance = []
    for part in np.array_split(keys, max(len(keys) // LISTED, 1)):
        figures, _ = pair_features(network, part // size, part % size)
        chance.append(model.forecast(figures, network).probability)
    return keys[np.lexsort((keys, -np.round(np.concatenate(chance), 9)))]


def _exhaustive(network: TermNetwork) -> Iterator[tuple[str, Ints]]:
    """The highest unlinked pairs by every index, of all pairs there are; equal scores in the order of the terms."""
    degree = network.degree
    links = network.together.copy()
    links.data = np.ones(links.nnz, dtype=np.float32)
    weights = {
        "common_neighbours": np.ones(len(degree)),
        "adamic_adar": 1 / np.log(np.maximum(degree, 2)),
    }
    for name, weight in weights.items():
        right = sparse.csr_matrix(sparse.diags(weight.astype(np.float32)) @ links)
        yield name, _top(network, lambda rows, right=right: (links[rows] @ right[:, rows[0] :]).toarray())
    short = degree.astype(np.float32)
    yield "preferential_attachment", _top(network, lambda rows: np.outer(short[rows], short[rows[0] :]))


def _top(network: TermNetwork, score: Callable[[Ints], npt.NDArray[np.float32]]) -> Ints:
    size = len(network.terms)
    keys, scores = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for start in range(0, size, 400):
        rows = np.arange(start, min(start + 400, size))
        found = score(rows)
        linked = network.together[rows][:, start:].tocoo()
        found[linked.row, linked.col] = -1
        found[np.tril_indices(len(rows))] = -1
        least = scores[-1] if len(scores) == LISTED else 0
        i, j = np.nonzero(found > least)
        keys = np.concatenate([keys, (start + i) * size + start + j])
        scores = np.concatenate([scores, found[i, j]])
        order = np.lexsort((keys, -scores))[:LISTED]
        keys, scores = keys[order], scores[order]
    return keys


def measure(record: Record, period: str, say: Say) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    """Rows of the table of areas, of precision among the best k, and of areas by every index."""
    areas, bests, indices = [], [], []
    for horizon in HORIZONS:
        years = record.years(period, horizon)
        found: dict[int, list[Forecast]] = {weight: [] for weight in WEIGHTS}
        precise: dict[int, list[dict[str, list[float]]]] = {weight: [] for weight in WEIGHTS}
        for year in years:
            for weight in WEIGHTS:
                try:
                    found[weight].append(forecast(record, year, horizon, weight))
                except InputError as problem:
                    say(f"{year}, {horizon} years, {weight} documents: {problem.what}")
                    continue
                if horizon == 3 and year in LISTED_YEARS[record.plan.name]:
                    precise[weight].append(precision(record, found[weight][-1], weight))
                say(f"{record.plan.name} {year}, {horizon} years, {weight} documents")
        for weight in WEIGHTS:
            for degree in DEGREES:
                cases = [
                    restricted(one.case, record.at(one.year)[1], one.later, weight, degree) for one in found[weight]
                ]
                if not cases:
                    continue
                scores = score_links(cases, baselines=BASELINES)
                areas.append(_area_row(record, horizon, weight, degree, found[weight], scores))
                if degree == 0:
                    indices.append(_index_row(record, horizon, weight, scores))
            for name in precise[weight][0] if precise[weight] else ():
                mean = np.mean([one[name] for one in precise[weight]], axis=0)
                listed = [one for one in found[weight] if one.year in LISTED_YEARS[record.plan.name]]
                rate = np.mean([one.case.drawn.base_rate for one in listed])
                bests.append([record.plan.name, str(weight), NAMES[name], f"{rate:.5f}", *(f"{x:.2f}" for x in mean)])
    return areas, bests, indices


NAMES = {
    "forecast": "forecast",
    "common_neighbours": "common neighbours",
    "adamic_adar": "Adamic-Adar",
    "preferential_attachment": "preferential attachment",
    "resource_allocation": "resource allocation",
    "jaccard": "Jaccard",
    "cosine": "cosine",
    "weighted_common_neighbours": "common neighbours, weighted",
    "weighted_resource_allocation": "resource allocation, weighted",
}


def _area_row(
    record: Record, horizon: int, weight: int, degree: int, found: Sequence[Forecast], scores: LinkScores
) -> list[str]:
    rate = scores.joined / scores.candidates
    lead = f"{scores.lead:+.4f}"
    told = f"**{lead}**" if scores.lead_low > 0 else lead
    drift = np.mean([one.predicted_rate / one.case.drawn.base_rate for one in found])
    return [
        record.plan.name,
        str(horizon),
        str(weight),
        str(degree),
        ", ".join(str(one.year) for one in found)
        if len(found) < 3
        else f"{found[0].year}–{found[-1].year} ({len(found)})",
        f"{scores.candidates / len(found) / 1e6:.1f} M",
        f"{rate:.5f}",
        f"{scores.area['forecast']:.4f}",
        f"{scores.area[scores.best]:.4f} {NAMES[scores.best]}",
        f"{told} ({scores.lead_low:+.4f} to {scores.lead_high:+.4f})",
        f"{np.mean([one.implied_area for one in found]):.3f}" if degree == 0 else "",
        f"{drift:.2f}" if degree == 0 else "",
    ]


def _index_row(record: Record, horizon: int, weight: int, scores: LinkScores) -> list[str]:
    names = ("forecast", *BASELINES, *OTHER_INDICES)
    return [record.plan.name, str(horizon), str(weight), *(f"{scores.area[name]:.4f}" for name in names)]


def read(plan: Plan, shared: Path) -> Record:
    """Count the terms of a record."""
    texts = documents_of(plan, shared / "data" / plan.file).select("date", "title", "abstract")
    batches = (texts[start : start + 20_000] for start in range(0, texts.height, 20_000))
    counts = count_terms(batches, minimum_documents=VocabularyRule().minimum_documents)
    return Record(plan, counts, phrase_parts(counts.terms))


def main(arguments: list[str]) -> int:
    """Measure, print, and write the page; 1 where something is amiss."""
    parser = argparse.ArgumentParser(description="Score forecasts of new links.")
    parser.add_argument("--shared", type=Path, default=HERE.parents[2] / "shared")
    parser.add_argument("--docs", type=Path, default=HERE.parents[1] / "docs")
    parser.add_argument("--record", action="append", choices=[ARXIV.name, ROBOTICS.name])
    parser.add_argument("--period", choices=("validation", "test"), default="test")
    asked = parser.parse_args(arguments)
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {line}", flush=True)

    plans = [plan for plan in (ARXIV, ROBOTICS) if not asked.record or plan.name in asked.record]
    areas, bests, indices = [], [], []
    try:
        for plan in plans:
            own = measure(read(plan, asked.shared), asked.period, say)
            for rows, more in zip((areas, bests, indices), own, strict=True):
                rows += more
    except FirstlightError as error:
        print(error, file=sys.stderr)
        return 1
    text = page(areas, bests, indices)
    print(text)
    if not asked.record and asked.period == "test":
        (asked.docs / "explanation" / "convergence_measured.md").write_text(text, encoding="utf-8")
    return 0


def page(areas: list[list[str]], bests: list[list[str]], indices: list[list[str]]) -> str:
    """The three tables."""
    head = ["record", "years ahead", "w", "c", "forecast years", "unlinked pairs a year", "base rate", "AUC"]
    head += ["best baseline's AUC", "lead, 90% interval", "AUC if exactly true", "predicted / joined"]
    best = ["record", "w", "by", "base rate", *(f"best {k}" for k in BEST)]
    every = ["record", "years ahead", "w", *(NAMES[name] for name in ("forecast", *BASELINES, *OTHER_INDICES))]
    parts = [HEAD.replace("make skill", "benchmarks/skill/convergence.py"), "## Area under the ROC curve"]
    parts += [table(head, areas), "## Among the best k of all pairs, 3 years ahead", table(best, bests)]
    return "\n\n".join([*parts, "## Every index", table(every, indices)]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
