"""Forecasts of new links: planted mergers are found, nothing later is read, and probabilities hold at the true base rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from scipy.special import logit

from firstlight.errors import InputError
from firstlight.instruments.emergence.convergence import TermNetwork, draw_pairs, later_links, term_network
from firstlight.instruments.emergence.convergence_features import BASELINES, FEATURES, pair_features
from firstlight.instruments.emergence.convergence_forecast import fit_links, shortlist
from firstlight.instruments.emergence.convergence_record import roc_area
from firstlight.instruments.emergence.convergence_table import BEST, JOINED_BY, PAIRS, RECORD, Convergence, converging
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.terms import TermCounts
from firstlight.instruments.emergence.vocabulary import Vocabulary

FIRST, END, AS_OF, HORIZON = 2000, 2014, 2011, 3
GROUPS, PER_GROUP, PER_YEAR = 24, 12, 1500
TERMS = GROUPS * PER_GROUP
# Every third year some technologies begin to share documents with another: few that year, many afterwards.
MERGERS: Mapping[int, list[tuple[int, int]]] = {
    2004: [(0, 1), (2, 3), (4, 5)],
    2007: [(6, 7), (8, 9), (10, 11)],
    2010: [(12, 13), (14, 15), (16, 17)],
}


def planted(seed: int = 1, until: int = END) -> TermCounts:
    """Documents with 3 terms of one technology each and 2 of another that it merges with, or of any other by chance."""
    rng = np.random.default_rng(seed)
    rows, years = [], []
    for year in range(FIRST, END + 1):
        partner: dict[int, tuple[int, float]] = {}
        for begun, pairs in MERGERS.items():
            for one, other in pairs:
                share = 0.0 if year < begun else 0.15 if year <= begun + 1 else 0.6
                partner[one], partner[other] = (other, share), (one, share)
        for _ in range(PER_YEAR):
            own = int(rng.integers(GROUPS))
            other, share = partner.get(own, (own, 0.0))
            if rng.random() >= share:
                other = int(rng.integers(GROUPS)) if rng.random() < 0.03 else own
            picked = [own * PER_GROUP + rng.choice(PER_GROUP, 3, replace=False)]
            picked.append(other * PER_GROUP + rng.choice(PER_GROUP, 2, replace=False))
            rows.append(np.unique(np.concatenate(picked)))
            years.append(year)
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    ones = np.ones(ends[-1], dtype=np.uint8)
    incidence = sparse.csr_matrix((ones, np.concatenate(rows), ends), shape=(len(rows), TERMS))
    kept = np.array(years, dtype=np.int32) <= until
    names = tuple(f"term{i:03d}" for i in range(TERMS))
    return TermCounts(names, incidence[kept], np.array(years, dtype=np.int32)[kept], pl.DataFrame(), pl.DataFrame(), 1)


def every_term(counts: TermCounts) -> Vocabulary:
    every, none = np.arange(TERMS), np.zeros(TERMS)
    return Vocabulary(counts.terms, counts.terms, every, every, none, none, sparse.csr_matrix((0, 0)), 1)


def surveys_of(counts: TermCounts) -> dict[int, Survey]:
    """The planted technologies, the same in every year."""
    frame = pl.DataFrame({"technology": np.arange(TERMS) // PER_GROUP, "term": counts.terms})
    none, empty = np.zeros((GROUPS, 1)), pl.DataFrame()
    labels = tuple(f"group {i}" for i in range(GROUPS))
    held = {"counts": none, "authors": none, "new_authors": none, "needs": none}
    own = {name: held[name] for name in held if name in Survey.__dataclass_fields__}
    base = dict(years=np.array([END]), totals=np.ones(1), coverage=1.0, tested=GROUPS, labels=labels)
    return {
        year: Survey(forecast_year=year, terms=frame, links=empty, groups=empty, **base, **own)
        for year in range(FIRST, END + 1)
    }


def told(counts: TermCounts, as_of: int = AS_OF) -> Convergence:
    surveys = surveys_of(counts)
    ids = {year: [f"t{i:02d}" for i in range(GROUPS)] for year in surveys}
    return converging(counts, lambda year: every_term(counts), surveys, ids, as_of, HORIZON)


@pytest.fixture(scope="module")
def counts() -> TermCounts:
    return planted()


@pytest.fixture(scope="module")
def found(counts: TermCounts) -> Convergence:
    return told(counts)


def network(counts: TermCounts, year: int) -> TermNetwork:
    return term_network(counts, every_term(counts), year)


def test_technologies_that_begin_to_merge_are_listed_first(found: Convergence) -> None:
    """Three mergers begun in 2010 go on, learnt from those of 2007; the truth is read from what the documents did."""
    merging = {frozenset((f"t{a:02d}", f"t{b:02d}")) for a, b in MERGERS[2010]}
    first = [frozenset(row) for row in found.pairs.select("technology_id", "other_id").head(3).iter_rows()]
    assert set(first) == merging
    assert found.pairs["outcome"].head(3).all()
    assert found.pairs["outcome_documents_count"].head(3).min() >= JOINED_BY
    others = found.pairs.slice(12)
    assert others["probability"].max() < 0.2 * found.pairs["probability"].head(3).min()


def test_the_record_beats_the_indices_and_tells_its_base_rate(found: Convergence) -> None:
    pooled = found.record.filter(pl.col("forecast_year").is_null())
    ours = pooled.filter(pl.col("is_ours")).row(0, named=True)
    best = pooled.filter(~pl.col("is_ours"))["auc"].max()
    assert ours["lead"] == pytest.approx(ours["auc"] - best)
    assert ours["base_rate"] == ours["positives"] / ours["n"] < 0.05
    assert 0 < ours["precision_50"] <= 1
    assert ours["listed_count"] <= BEST * found.record["forecast_year"].n_unique()
    assert found.record["forecast_year"].drop_nulls().unique().sort().to_list() == [2008]


def test_contributions_and_baseline_add_up_to_the_log_odds(counts: TermCounts) -> None:
    before = network(counts, AS_OF - HORIZON)
    drawn = draw_pairs(before, later_links(counts, every_term(counts), before, HORIZON))
    figures, _ = pair_features(before, drawn.first, drawn.second)
    forecast = fit_links(figures, drawn, before).forecast(figures, before)
    odds = forecast.baseline + sum(forecast.contributions.values())
    np.testing.assert_allclose(odds, logit(forecast.probability), rtol=1e-9)
    # The mean pair's contributions are nothing, and probabilities average to the base rate where they were learnt.
    weights = drawn.weights()
    means = [np.average(own, weights=weights) for own in forecast.contributions.values()]
    np.testing.assert_allclose(means, 0, atol=1e-9)
    assert np.average(forecast.probability, weights=weights) == pytest.approx(drawn.base_rate, rel=0.15)


def test_the_constant_does_not_hang_on_how_many_of_either_kind_are_drawn(counts: TermCounts) -> None:
    before = network(counts, AS_OF - HORIZON)
    later = later_links(counts, every_term(counts), before, HORIZON)
    means = []
    for joined, others in ((300, 4000), (600, 1500)):
        drawn = draw_pairs(before, later, most_joined=joined, most_others=others)
        figures, _ = pair_features(before, drawn.first, drawn.second)
        forecast = fit_links(figures, drawn, before).forecast(figures, before)
        means.append(np.average(forecast.probability, weights=drawn.weights()))
        assert abs(means[-1] / drawn.base_rate - 1) < 0.3
    assert drawn.is_joined.mean() > 10 * drawn.base_rate  # drawn very unevenly


def test_the_shortlist_holds_the_highest_of_all_pairs(counts: TermCounts) -> None:
    """Against a reading of every pair; linked pairs and pairs of one technology are never listed."""
    before, now = network(counts, AS_OF - HORIZON), network(counts, AS_OF)
    drawn = draw_pairs(before, later_links(counts, every_term(counts), before, HORIZON))
    figures, _ = pair_features(before, drawn.first, drawn.second)
    group = np.arange(TERMS) // PER_GROUP
    short = shortlist(before, drawn, figures, now, group=group, most=3000)
    assert len(short.first) == 3000
    assert (group[short.first] != group[short.second]).all()
    assert not np.asarray(now.together[short.first, short.second]).any()
    model = fit_links(figures, drawn, before)
    first, second = np.triu_indices(TERMS, 1)
    apart = (group[first] != group[second]) & (np.asarray(now.together[first, second]).ravel() == 0)
    first, second = first[apart], second[apart]
    chance = model.forecast(pair_features(now, first, second)[0], now).probability
    best = np.argsort(-chance)[:100]
    listed = set(zip(short.first.tolist(), short.second.tolist(), strict=True))
    held = sum((int(first[k]), int(second[k])) in listed for k in best)
    assert held >= 90


def told_beforehand(found: Convergence) -> tuple[pl.DataFrame, pl.DataFrame]:
    return found.pairs.drop("outcome", "outcome_documents_count"), found.record


def test_nothing_told_moves_when_later_documents_change_or_are_removed(counts: TermCounts, found: Convergence) -> None:
    late = counts.years > AS_OF
    mixed = counts.incidence.copy().tolil()
    mixed[late] = np.random.default_rng(9).random((int(late.sum()), TERMS)) < 0.02
    changed = told(replace(counts, incidence=sparse.csr_matrix(mixed)))
    removed = told(planted(until=AS_OF))
    for other in (changed, removed):
        for one, again in zip(told_beforehand(found), told_beforehand(other), strict=True):
            assert one.write_ndjson() == again.write_ndjson()
    assert changed.pairs["outcome_documents_count"].to_list() != found.pairs["outcome_documents_count"].to_list()
    assert removed.pairs["outcome"].null_count() == removed.pairs.height > 0


def test_a_forecast_that_trained_on_the_future_would_move(counts: TermCounts) -> None:
    """The comparison above can fail: trained on what came after the forecast year, the slopes differ."""
    late = counts.years > AS_OF
    mixed = counts.incidence.copy().tolil()
    mixed[late] = np.random.default_rng(9).random((int(late.sum()), TERMS)) < 0.02
    slopes = []
    for own in (counts, replace(counts, incidence=sparse.csr_matrix(mixed))):
        now = network(own, AS_OF)
        drawn = draw_pairs(now, later_links(own, every_term(own), now, HORIZON))
        slopes.append(fit_links(pair_features(now, drawn.first, drawn.second)[0], drawn, now).slopes.tolist())
    assert slopes[0] != slopes[1]


def test_the_forecast_leads_every_baseline_on_planted_mergers(counts: TermCounts) -> None:
    before, now = network(counts, AS_OF - HORIZON), network(counts, AS_OF)
    vocabulary = every_term(counts)
    known = draw_pairs(before, later_links(counts, vocabulary, before, HORIZON), least_documents=JOINED_BY)
    drawn = draw_pairs(now, later_links(counts, vocabulary, now, HORIZON), least_documents=JOINED_BY)
    model = fit_links(pair_features(before, known.first, known.second)[0], known, before)
    figures, indices = pair_features(now, drawn.first, drawn.second)
    ours = roc_area(model.forecast(figures, now).probability, drawn.is_joined)
    assert ours > 0.9
    assert ours > max(roc_area(indices[name], drawn.is_joined) for name in BASELINES)


def test_too_little_to_learn_from_is_told(counts: TermCounts) -> None:
    early = told(counts, FIRST + 2)
    assert "Too few years" in early.note[0]
    assert early.note[1]
    assert (early.pairs.height, early.record.height) == (0, 0)
    assert early.pairs.columns == list(PAIRS)
    assert early.record.columns == list(RECORD)
    with pytest.raises(InputError, match="no survey of 1990"):
        told(counts, 1990)
    now = network(counts, AS_OF)
    drawn = draw_pairs(now, later_links(counts, every_term(counts), now, HORIZON), most_joined=50)
    with pytest.raises(InputError, match="only 50 of"):
        fit_links(np.zeros((len(drawn.first), len(FEATURES))), drawn, now)


def test_the_order_of_documents_within_a_year_does_not_matter(counts: TermCounts, found: Convergence) -> None:
    rng = np.random.default_rng(3)
    order = np.lexsort((rng.random(len(counts.years)), counts.years))
    mixed = told(replace(counts, incidence=counts.incidence[order]))
    columns = ["technology_id", "other_id", "term", "other_term", "common_count", "outcome_documents_count"]
    assert mixed.pairs.select(columns).head(10).equals(found.pairs.select(columns).head(10))
    np.testing.assert_allclose(mixed.pairs["probability"].head(10), found.pairs["probability"].head(10), rtol=1e-3)
