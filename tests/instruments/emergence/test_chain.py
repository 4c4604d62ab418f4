"""From documents to technologies: what must not matter doesn't, and nothing after the forecast year is read."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_chain import count, digest, folded, planted, planted_counts, term_sets

from firstlight.instruments.emergence.communities import communities
from firstlight.instruments.emergence.recovery import adjusted_rand, match_technologies
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.vocabulary import technical_terms

YEAR = 2014
CASES = [(0, "en"), (1, "en"), (1, "zh")]


def owners(survey: Survey) -> dict[str, str]:
    """Term -> technology."""
    return {term: own for own, terms in term_sets(survey).items() for term in terms}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_order_of_rows_does_not_matter(language: str) -> None:
    frame = planted(0, language).documents
    expected = digest(planted_counts(0, language).survey(YEAR))
    for seed in (1, 2):
        assert digest(count(frame.sample(fraction=1, shuffle=True, seed=seed)).survey(YEAR)) == expected


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_order_within_a_day_and_the_ids_do_not_matter(language: str) -> None:
    """Dated by the year alone, and named anew, so that every year's documents lie in another order."""
    by_year = planted(0, language).documents.with_columns(date=pl.date("year", 1, 1))
    expected = digest(planted_counts(0, language).survey(YEAR))  # the survey reads no more than the year
    assert digest(count(by_year).survey(YEAR)) == expected
    names = np.random.default_rng(4).permutation(by_year.height)
    assert digest(count(by_year.with_columns(id=pl.Series([f"{n:06d}" for n in names]))).survey(YEAR)) == expected


SCRIPT = "from planted_chain import *; print(digest(planted_counts(0, 'zh').survey(2016)), digest(planted_counts().survey(2015)))"


def test_the_number_of_threads_does_not_matter() -> None:
    here = Path(__file__).resolve()
    source = here.parents[3] / "src"
    printed = set()
    for threads in ("1", "2", "5"):
        path = os.pathsep.join([str(source), str(here.parent)])
        names = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
        own = {**os.environ, **dict.fromkeys(names, threads), "PYTHONPATH": path, "PYTHONHASHSEED": threads}
        run = subprocess.run([sys.executable, "-c", SCRIPT], env=own, capture_output=True, text=True, check=True)
        printed.add(run.stdout)
    here_too = f"{digest(planted_counts(0, 'zh').survey(2016))} {digest(planted_counts().survey(2015))}\n"
    assert printed == {here_too}


@cache
def as_known(seed: int) -> tuple[str, ...]:
    return known(planted(seed).documents.filter(pl.col("year") <= YEAR))


def known(frame: pl.DataFrame) -> tuple[str, ...]:
    """Vocabulary, communities and survey of the forecast year, as text, cut at its end."""
    counted = count(frame)
    made = technical_terms(counted.counts, counted.parts, YEAR)
    found = communities(made)
    read = (made.terms, made.shown, made.slots.tolist(), [counted.counts.terms[c] for c in made.columns])
    numbers = (made.documents, made.specificity, made.together.toarray(), found.community, found.centrality)
    return (
        *map(repr, read),
        *(repr(own.tolist()) for own in numbers),
        repr((found.ties.toarray().tolist(), found.needed, made.window_count)),
        digest(counted.survey(YEAR).until(YEAR)),
    )


LATER = st.tuples(
    st.sampled_from(["drop", "keep", "copy", "rewrite", "shuffle", "from past"]), st.integers(0, 99), st.floats(0.05, 1)
)


@settings(max_examples=8, deadline=None)
@given(changes=st.lists(LATER, min_size=1, max_size=3))
def test_nothing_after_the_forecast_year_is_read(changes: list[tuple[str, int, float]]) -> None:
    whole = planted(0).documents
    past, later = whole.filter(pl.col("year") <= YEAR), whole.filter(pl.col("year") > YEAR)
    for number, (what, seed, share) in enumerate(changes):
        drawn = later.sample(fraction=share, seed=seed) if later.height else later
        fresh = drawn.with_columns(id=pl.col("id") + f"-{number}")
        if what == "drop":
            later = later.join(drawn, on="id", how="anti")
        elif what == "copy":
            later = pl.concat([later, fresh])
        elif what == "rewrite":
            words = " ".join(chain.from_iterable(planted(1).technologies["terms"].to_list()))
            later = pl.concat([later, fresh.with_columns(title=pl.lit("Of novel gripper"), abstract=pl.lit(words))])
        elif what == "shuffle":
            later = later.sample(fraction=1, shuffle=True, seed=seed)
        elif what == "from past":
            again = past.sample(fraction=share, seed=seed)
            again = again.with_columns(date=pl.lit(datetime.date(2016, 5, 6)), year=pl.lit(2016, pl.Int32))
            later = pl.concat([later, again.with_columns(id=pl.col("id") + f"-later-{number}")])
    assert known(pl.concat([past, later])) == as_known(0)


def test_a_change_before_the_forecast_year_is_read() -> None:
    """The test above can fail."""
    past = planted(0).documents.filter(pl.col("year") <= YEAR)
    assert known(past.sample(fraction=0.9, seed=1)) != as_known(0)


@pytest.mark.parametrize(("seed", "language"), CASES)
def test_a_corpus_said_twice_has_the_same_technologies_with_twice_the_documents(seed: int, language: str) -> None:
    frame = planted(seed, language).documents
    twice = pl.concat([frame, frame.with_columns(id=pl.col("id") + "-again")])
    one = planted_counts(seed, language).survey(2016)
    two = count(twice).survey(2016, least_documents=20)
    agreement = adjusted_rand(owners(two), owners(one))
    assert agreement.adjusted_rand > 0.9 and agreement.coverage > 0.9
    assert two.totals.tolist() == (2 * one.totals).tolist()
    match = match_technologies(term_sets(two), term_sets(one))
    same = [(int(a), int(b)) for a, b in match.pairs.items() if match.overlap[a] == 1]
    assert len(same) >= 3  # with the very same terms
    for a, b in same:
        assert np.array_equal(two.counts[a], 2 * one.counts[b])
    for a, b in match.pairs.items():  # rare terms become known, so some have a term more
        assert 0.9 < two.counts[int(a)].sum() / (2 * one.counts[int(b)].sum()) < 1.2


@pytest.mark.parametrize(("seed", "language"), CASES)
def test_irrelevant_documents_leave_technologies_found(seed: int, language: str) -> None:
    """2,000 documents of invented words without any order, beside 3,570."""
    frame = planted(seed, language).documents
    rng = np.random.default_rng(5)
    words = [
        a + b + c for a in ("wob", "zim", "fre", "glo") for b in ("tan", "lik", "rod") for c in ("ish", "ful", "ver")
    ]
    noise = pl.DataFrame(
        {
            "id": [f"noise-{i}" for i in range(2000)],
            "date": frame.sort("date")["date"].gather(np.sort(rng.integers(0, frame.height, 2000))),
            "title": [""] * 2000,
            "abstract": [". ".join(rng.choice(words, 40)) for _ in range(2000)],
        }
    )
    both = pl.concat([frame, noise.with_columns(year=pl.col("date").dt.year())], how="diagonal")
    before, after = planted_counts(seed, language).survey(2016), count(both).survey(2016)
    assert not set(owners(after)) & set(words)
    agreement = adjusted_rand(owners(after), owners(before))
    assert agreement.adjusted_rand > 0.9 and agreement.coverage > 0.75
    corpus = planted(seed, language)
    truth = {own: {folded(term) for term in terms} for own, terms in corpus.term_sets(2016).items()}
    found = [set(match_technologies(term_sets(s), truth).pairs.values()) for s in (before, after)]
    assert len(found[0] - found[1]) <= 1 and len(found[1]) >= len(found[0])


def test_planted_twins_make_no_technology_of_their_own() -> None:
    """Near-duplicates repeat a document's words but not more often than it does."""
    corpus = planted(0)
    without = corpus.documents.join(corpus.near_duplicates, on="id", how="anti")
    assert adjusted_rand(owners(count(without).survey(2016)), owners(planted_counts().survey(2016))).adjusted_rand > 0.9
