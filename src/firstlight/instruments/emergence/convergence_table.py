"""Which technologies are likely to be joined: their likeliest pair of unlinked terms, the reasons, and the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.convergence import (
    DrawnPairs,
    Floats,
    Ints,
    TermNetwork,
    draw_pairs,
    later_links,
    term_network,
)
from firstlight.instruments.emergence.convergence_features import BASELINES, pair_features
from firstlight.instruments.emergence.convergence_forecast import (
    LinkForecast,
    LinkModel,
    fit_links,
    is_enough,
    shortlist,
)
from firstlight.instruments.emergence.convergence_record import LinkCase, LinkScores, score_links
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.terms import TermCounts
from firstlight.instruments.emergence.vocabulary import Vocabulary

JOINED_BY = (
    3  # documents within the horizon that use both terms, from which two terms count as joined
)
RECORD_YEARS = 3  # earlier years forecast again, one horizon apart
LISTED = 100  # pairs of technologies that are listed
BEST = 50  # of a year's list, scored in the record
DRAWN_JOINED, DRAWN_OTHERS = 4_000, 8_000
READ_CLOSELY = 6_000
RESAMPLES = 100
Listed = tuple[int, int, float]
NONE = (None, None, None)

# group of figures -> what it speaks of
GROUP_WORDS: Mapping[str, tuple[str, str]] = {
    "company": ("the terms that both are already used with", "两者已有的共同伙伴词"),
    "breadth": ("how widely both are used", "两者使用之广"),
    "movement": (
        "how much both are used and find new partners of late",
        "两者近来的用量与新结识的词",
    ),
    "context": ("how alike the texts around them are", "两者所在文本之相近"),
}
TITLES: Mapping[str, tuple[str, str]] = {
    "forecast": ("Forecast of new links", "新连接预测"),
    "common_neighbours": ("Common neighbours", "共同邻居"),
    "adamic_adar": ("Adamic-Adar", "Adamic-Adar 指数"),
    "preferential_attachment": ("Preferential attachment", "偏好依附"),
}
PAIRS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "rank": pl.Int64,
    "technology_id": pl.String,
    "other_id": pl.String,
    "term": pl.String,
    "other_term": pl.String,
    "documents_count": pl.Int64,
    "other_documents_count": pl.Int64,
    "common_count": pl.Int64,
    "linked_count": pl.Int64,
    "possible_count": pl.Int64,
    "probability": pl.Float64,
    **dict.fromkeys(GROUP_WORDS, pl.Float64),
    "reason_en": pl.String,
    "reason_zh": pl.String,
    "outcome": pl.Boolean,
    "outcome_documents_count": pl.Int64,
}
RECORD: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "forecast_year": pl.Int64,
    "method": pl.String,
    "title_en": pl.String,
    "title_zh": pl.String,
    "is_ours": pl.Boolean,
    "n": pl.Int64,
    "positives": pl.Int64,
    "base_rate": pl.Float64,
    **dict.fromkeys(("auc", "auc_low", "auc_high", "lead", "lead_low", "lead_high"), pl.Float64),
    "listed_count": pl.Int64,
    "precision_50": pl.Float64,
    "listed_probability": pl.Float64,
}
UNITS: Mapping[str, Mapping[str, str]] = {
    "convergence": {
        "rank": "1 = highest probability",
        "documents_count": "documents up to the forecast year that use the term",
        "other_documents_count": "documents up to the forecast year that use the other term",
        "common_count": "terms that documents use with either",
        "linked_count": "pairs of the two technologies' terms that some document uses together",
        "possible_count": "all such pairs",
        "probability": "chance that at least 3 documents within the horizon use both terms; none did before",
        **dict.fromkeys(GROUP_WORDS, "log-odds against the mean unlinked pair"),
        "outcome": "whether at least 3 documents did",
        "outcome_documents_count": "documents within the horizon that use both",
    },
    "convergence_record": {
        "n": "unlinked pairs of terms",
        "positives": "of them, joined",
        "base_rate": "positives / n",
        "auc": "chance that a joined pair scores above one that was not",
        "lead": "auc less that of the best baseline",
        "precision_50": "joined, of the 50 highest pairs of technologies listed that year",
        "listed_count": "pairs of technologies among those 50",
        "listed_probability": "mean probability told of them",
    },
}


@dataclass(frozen=True)
class Convergence:
    """What is told of a forecast year.

    pairs  : data frame, one row per pair of technologies, by their likeliest unlinked pair of terms
    record : data frame, one row per method and earlier year, and for all of them together (forecast_year null)
    note   : why there is nothing, in English and Chinese; empty where there is
    """

    pairs: pl.DataFrame
    record: pl.DataFrame
    note: tuple[str, str] = ("", "")


def nothing(english: str, chinese: str) -> Convergence:
    """No forecast, and why."""
    return Convergence(pl.DataFrame(schema=PAIRS), pl.DataFrame(schema=RECORD), (english, chinese))


@dataclass
class _Known:
    """Networks of a record by year; what later documents joined is read up to ``known_at`` only."""

    counts: TermCounts
    vocabulary: Callable[[int], Vocabulary]
    horizon: int
    networks: dict[int, tuple[Vocabulary, TermNetwork]] = field(default_factory=dict)
    trained: dict[int, tuple[DrawnPairs, Floats, Mapping[str, Floats]]] = field(
        default_factory=dict
    )
    links: dict[int, sparse.csr_matrix] = field(default_factory=dict)

    def at(self, year: int) -> tuple[Vocabulary, TermNetwork]:
        if year not in self.networks:
            vocabulary = self.vocabulary(year)
            self.networks[year] = vocabulary, term_network(self.counts, vocabulary, year)
        return self.networks[year]

    def later(self, year: int) -> sparse.csr_matrix:
        """Documents within the horizon that use both terms of a pair unlinked in the year."""
        if year not in self.links:
            self.links[year] = later_links(self.counts, *self.at(year), self.horizon)
        return self.links[year]

    def drawn(self, year: int) -> tuple[DrawnPairs, Floats, Mapping[str, Floats]]:
        """Pairs of the year drawn by outcome, their figures and indices."""
        if year not in self.trained:
            network, later = self.at(year)[1], self.later(year)
            drawn = draw_pairs(
                network,
                later,
                least_documents=JOINED_BY,
                most_joined=DRAWN_JOINED,
                most_others=DRAWN_OTHERS,
            )
            self.trained[year] = drawn, *pair_features(network, drawn.first, drawn.second)
        return self.trained[year]

    def forget(self, year: int) -> None:
        """Let go of what earlier years don't need."""
        for own in (self.networks, self.trained, self.links):
            own.pop(year, None)

    def model(self, year: int) -> LinkModel:
        """Trained on what the year one horizon before brought; raises InputError where that is too little."""
        drawn, figures, _ = self.drawn(year - self.horizon)
        return fit_links(figures, drawn, self.at(year - self.horizon)[1])


def converging(
    counts: TermCounts,
    vocabulary: Callable[[int], Vocabulary],
    surveys: Mapping[int, Survey],
    ids: Mapping[int, Sequence[str]],
    as_of: int,
    horizon: int,
) -> Convergence:
    """Pairs of technologies likely to be joined within ``horizon`` years, and how such forecasts did before.

    Two terms of different technologies, never yet in one document, count as joined where at least 3 documents within the
    horizon use both. Each pair of technologies is listed by its likeliest pair of terms without a word in common. The
    forecast of a year is trained on what the year one horizon earlier brought, so nothing later is read.

    counts     : documents sorted by date, then id; vocabulary : year -> technical terms of that year
    surveys, ids : forecast year -> its technologies, and their persistent ids
    Raises  InputError for a year without a survey.
    """
    if as_of not in surveys:
        raise InputError(
            f"no survey of {as_of}", where="convergence", try_next="choose a surveyed year"
        )
    needed = _years(counts, as_of, horizon)
    if len(needed) < 2:
        return nothing(
            f"Too few years before {as_of} to learn from what {horizon} years brought.",
            f"{as_of} 年之前的年份太少，无法从此前 {horizon} 年的结果中学习。",
        )
    with ThreadPoolExecutor(2) as pool:
        terms = dict(zip(needed, pool.map(vocabulary, needed), strict=True))
    known = _Known(counts, terms.__getitem__, horizon)
    learnt, _, _ = known.drawn(as_of - horizon)
    if not is_enough(learnt):
        return nothing(
            f"Only {learnt.joined:,} of {learnt.candidates:,} pairs of terms unlinked in {as_of - horizon} were joined within "
            f"{horizon} years, which is too little to learn from.",
            f"{as_of - horizon} 年尚未相连的 {learnt.candidates:,} 对术语中，{horizon} 年内只有 {learnt.joined:,} 对相连，不足以学习。",
        )
    listed = _list(known, known.model(as_of), as_of, surveys[as_of], LISTED)
    frame = _pair_frame(known, as_of, *listed, surveys[as_of], ids[as_of])
    known.forget(as_of)
    return Convergence(frame, _record(known, surveys, needed[1:]))


def _years(counts: TermCounts, as_of: int, horizon: int) -> list[int]:
    """The forecast year and those one horizon apart before it, as far back as each has documents, and some before."""
    have = set(np.unique(counts.years)[1:].tolist())
    years: list[int] = []
    for year in range(as_of, as_of - (RECORD_YEARS + 2) * horizon, -horizon):
        if year not in have:
            break
        years.append(year)
    return years


def _record(known: _Known, surveys: Mapping[int, Survey], years: Sequence[int]) -> pl.DataFrame:
    """Earlier years, the latest first until too little is known to train on, and all of them together."""
    cases, rows = [], []
    for year in years[:-1]:  # the last is for training alone
        drawn, figures, indices = known.drawn(year)
        if not is_enough(known.drawn(year - known.horizon)[0]) or not drawn.joined:
            break  # earlier years know still less
        model = known.model(year)
        chance = model.forecast(figures, known.at(year)[1]).probability
        scores = {**{name: indices[name] for name in BASELINES}, "forecast": chance}
        cases.append(LinkCase(scores, drawn, known.at(year)[1].terms))
        listed = _came_true(known, model, year, surveys[year]) if year in surveys else None
        rows.append((year, cases[-1], listed))
        known.forget(year)
    parts = [
        _score_rows(year, score_links([case], baselines=BASELINES, resamples=RESAMPLES), listed)
        for year, case, listed in rows
    ]
    if cases:
        every = [own for _, _, own in rows if own is not None]
        listed = (
            sum(n for n, _, _ in every),
            sum(true for _, true, _ in every),
            sum(told for _, _, told in every),
        )
        parts.insert(
            0,
            _score_rows(None, score_links(cases, baselines=BASELINES, resamples=RESAMPLES), listed),
        )
    return pl.DataFrame([row for part in parts for row in part], schema=RECORD, orient="row")


def _score_rows(
    year: int | None, scores: LinkScores, listed: Listed | None
) -> list[tuple[object, ...]]:
    rows = []
    for name in ("forecast", *BASELINES):
        is_ours = name == "forecast"
        leads = (scores.lead, scores.lead_low, scores.lead_high) if is_ours else (None, None, None)
        best = (
            (listed[0], listed[1] / listed[0], listed[2] / listed[0])
            if is_ours and listed and listed[0]
            else NONE
        )
        low, high = scores.low.get(name), scores.high.get(name)
        rows.append(
            (
                *(year, name, *TITLES[name], is_ours),
                *(scores.candidates, scores.joined, scores.joined / scores.candidates),
                *(scores.area[name], low, high, *leads, *best),
            )
        )
    return rows


def _came_true(known: _Known, model: LinkModel, year: int, survey: Survey) -> Listed:
    """Pairs of technologies listed among the first 50, how many of them were joined, and the sum of their probabilities."""
    (first, second), found, _ = _list(known, model, year, survey, BEST)
    joined = _counts_of(known.later(year), first, second) >= JOINED_BY
    return len(first), int(joined.sum()), float(found.probability.sum())


def _counts_of(later: sparse.csr_matrix, first: Ints, second: Ints) -> Ints:
    """Documents of each pair; the matrix holds its upper triangle."""
    if not len(first):  # a look-up of nothing is no array
        return np.zeros(0, dtype=np.int64)
    return (
        np.asarray(later[np.minimum(first, second), np.maximum(first, second)])
        .ravel()
        .astype(np.int64)
    )


def _list(
    known: _Known, model: LinkModel, year: int, survey: Survey, most: int
) -> tuple[Ints, LinkForecast, npt.NDArray[np.float64]]:
    """(2, n) pairs of terms, the likeliest of each pair of technologies first; their forecast and common neighbours."""
    _, network = known.at(year)
    before = year - known.horizon
    drawn, figures, _ = known.drawn(before)
    group = _technology_of(network, survey)
    short = shortlist(known.at(before)[1], drawn, figures, network, group=group, most=READ_CLOSELY)
    apart = _share_no_word(network.terms, short.first, short.second)
    first, second = short.first[apart], short.second[apart]
    own, indices = pair_features(network, first, second)
    found = model.forecast(own, network)
    order = np.lexsort((second, first, -np.round(found.probability, 9)))
    one, other = np.sort([group[first[order]], group[second[order]]], axis=0)
    _, place = np.unique(one * (len(survey.labels) + 1) + other, return_index=True)
    kept = order[np.sort(place)[:most]]
    told = {name: part[kept] for name, part in found.contributions.items()}
    chosen = LinkForecast(found.probability[kept], told, found.baseline, found.trained_on)
    return np.array([first[kept], second[kept]]), chosen, indices["common_neighbours"][kept]


def _technology_of(network: TermNetwork, survey: Survey) -> Ints:
    """(V,) the technology of each term, -1 where it has none that is listed."""
    own = dict(survey.terms.select("term", "technology").iter_rows())
    return np.array([own.get(term, -1) for term in network.terms], dtype=np.int64)


def _share_no_word(terms: Sequence[str], first: Ints, second: Ints) -> npt.NDArray[np.bool_]:
    """Phrases that share a word meet by being one phrase in longer text; that joins nothing."""
    words = [set(term.split(" ")) for term in terms]
    return np.array(
        [not words[i] & words[j] for i, j in zip(first, second, strict=True)], dtype=bool
    )


def _pair_frame(
    known: _Known,
    year: int,
    pairs: Ints,
    found: LinkForecast,
    common: npt.NDArray[np.float64],
    survey: Survey,
    ids: Sequence[str],
) -> pl.DataFrame:
    vocabulary, network = known.at(year)
    group = _technology_of(network, survey)
    after: list[int | None] = [None] * pairs.shape[1]
    if int(known.counts.years[-1]) >= year + known.horizon:
        after = _counts_of(known.later(year), pairs[0], pairs[1]).tolist()
    rows = []
    owned = [np.flatnonzero(group == technology) for technology in range(len(survey.labels))]
    for place, (i, j) in enumerate(pairs.T.tolist()):
        one, other = owned[group[i]], owned[group[j]]
        linked = int(network.together[one][:, other].nnz)
        parts = {name: round(float(own[place]), 6) for name, own in found.contributions.items()}
        count = after[place]
        rows.append(
            (
                *(
                    place + 1,
                    ids[group[i]],
                    ids[group[j]],
                    vocabulary.shown[i],
                    vocabulary.shown[j],
                ),
                *(int(network.documents[i]), int(network.documents[j]), int(common[place])),
                *(linked, len(one) * len(other)),
                *(round(float(found.probability[place]), 6), *parts.values()),
                *_reasons(parts),
                *(None if count is None else count >= JOINED_BY, count),
            )
        )
    return pl.DataFrame(rows, schema=PAIRS, orient="row")


def _reasons(parts: Mapping[str, float]) -> tuple[str, str]:
    """What speaks most for the pair and, where anything does, most against it."""
    strongest = max(parts, key=lambda name: (parts[name], name))
    weakest = min(parts, key=lambda name: (parts[name], name))
    english, chinese = f"for: {GROUP_WORDS[strongest][0]}", f"支持：{GROUP_WORDS[strongest][1]}"
    if parts[weakest] < 0:
        english += f"; against: {GROUP_WORDS[weakest][0]}"
        chinese += f"；反对：{GROUP_WORDS[weakest][1]}"
    return english, chinese
