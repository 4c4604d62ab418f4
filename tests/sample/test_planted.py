"""The planted truth holds in the made-up documents: counts, births, mergers, acronyms, copies, authors."""

from __future__ import annotations

import itertools
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from firstlight.errors import InputError
from firstlight.sample.planted import BACKGROUND, PlantedCorpus, planted_corpus, planted_counts
from firstlight.sample.planted_growth import KINDS, growth_plan

FRAMES = ("documents", "technologies", "plan", "membership", "terms", "near_duplicates")


@pytest.fixture(scope="module")
def corpus() -> PlantedCorpus:
    return planted_corpus(seed=3)


@pytest.fixture(scope="module")
def chinese() -> PlantedCorpus:
    return planted_corpus(seed=3, language="zh", documents_per_year=(100, 300))


def written(corpus: PlantedCorpus) -> dict[str, str]:
    """Document -> its title and abstract in lower case."""
    text = pl.concat_str("title", pl.lit(" | "), "abstract").str.to_lowercase()
    return dict(corpus.documents.select("id", text=text).iter_rows())


def shingles(text: str, size: int) -> set[str]:
    return {text[k : k + size] for k in range(len(text) - size + 1)}


def test_counts_in_documents_are_those_of_the_plan(corpus: PlantedCorpus) -> None:
    main = corpus.membership.filter("is_main").join(corpus.documents.select("id", "year"), on="id")
    counted = main.group_by("technology_id", "year").len("found")
    both = corpus.plan.join(counted, on=["technology_id", "year"], how="left").with_columns(
        pl.col("found").fill_null(0)
    )
    assert both["count"].to_list() == both["found"].to_list()
    assert main.height == corpus.documents.height == both.unique("year")["total"].sum()


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_binomial_around_the_expected_share(seed: int) -> None:
    plan = growth_plan(24, (2000, 2019), (200, 1500), seed)
    expected = plan.share * plan.totals
    large = expected >= 5
    z2 = (plan.counts[:-1] - expected)[large] ** 2 / (expected * (1 - plan.share))[large]
    assert abs(z2.sum() - large.sum()) < 4.5 * np.sqrt(2 * large.sum())  # chi-square of as many degrees of freedom
    assert (plan.counts.sum(axis=0) == plan.totals).all()
    assert (plan.counts[:-1][plan.share == 0] == 0).all()


def test_counts_without_text_are_the_same(corpus: PlantedCorpus) -> None:
    counts = planted_counts(seed=3)
    assert counts.columns == ["entity", "year", "count", "total"]
    assert counts["count"].to_list() == corpus.plan["count"].to_list()
    assert set(planted_corpus(technologies=2, documents_per_year=(9, 9)).plan["count"]) == set(
        planted_corpus(technologies=2, documents_per_year=(9, 9), language="zh").plan["count"]
    )


@pytest.mark.parametrize("seed", range(5))
def test_each_kind_has_its_shape(seed: int) -> None:
    plan = growth_plan(24, (2000, 2019), (200, 1500), seed)
    assert set(plan.kinds) == set(KINDS)
    for k, (kind, share) in enumerate(zip(plan.kinds, plan.share, strict=True)):
        born, rate = share[plan.birth[k] :], np.diff(np.log(share[share > 0]))
        assert (share[: plan.birth[k]] == 0).all() and born[0] > 0
        peak = int(np.argmax(share))
        if kind == "birth":
            assert 5 <= plan.birth[k] <= 14 and (rate > 0).all() and rate[0] > rate[-1]  # logistic: growth slows down
        elif kind in ("growth", "decline"):
            assert np.allclose(rate, rate[0]) and (rate[0] > 0) == (kind == "growth") and abs(rate[0]) > 0.08
        elif kind == "steady":
            assert np.allclose(share, share[0])
        elif kind == "stagnation":
            assert (rate[:peak] > 0.08).all() and np.allclose(rate[peak:], np.log(0.99))
        elif kind == "hype_and_fall":
            assert plan.birth[k] == peak - 4 and share[-1] < 0.35 * share[peak]
        elif plan.merged_into[k] >= 0:
            at, partner = plan.merger[k], plan.share[plan.merged_into[k]]
            assert (share[at:] == 0).all() and np.isclose(partner[at], partner[at - 1] + share[at - 1])
    assert plan.share.sum(axis=0).max() < 0.66


@pytest.mark.slow
def test_text_mentions_exactly_the_members(corpus: PlantedCorpus, chinese: PlantedCorpus) -> None:
    for planted in (corpus, chinese):
        years = dict(planted.documents.select("id", "year").iter_rows())
        merged = {
            t: (into, year)
            for t, into, year in planted.technologies.select("technology_id", "merged_into", "merge_year").iter_rows()
            if into is not None
        }
        terms = [(t, re.compile("|".join(map(re.escape, listed)))) for t, listed in sorted(planted.term_sets().items())]
        found = set()
        for document, text in written(planted).items():
            for technology, pattern in terms:
                if pattern.search(text):
                    into, year = merged.get(technology, (technology, 0))
                    found.add((document, into if years[document] >= year else technology))
        members = planted.membership.filter(pl.col("technology_id") != BACKGROUND)
        assert found == set(members.select("id", "technology_id").iter_rows())


def test_nothing_is_written_before_its_birth(corpus: PlantedCorpus) -> None:
    first = (
        corpus.membership.join(corpus.documents.select("id", "year"), on="id")
        .group_by("technology_id")
        .agg(pl.min("year"))
    )
    seen = dict(first.iter_rows())
    births = corpus.births()
    assert len(births) == 6
    assert all(0 <= seen[t] - year <= 1 for t, year in births.items())
    before = min(births.values()) - 1
    assert set(births).isdisjoint(corpus.term_sets(before))


def test_merging_technologies_are_mentioned_together_ever_more_often() -> None:
    corpus = planted_corpus(technologies=5, documents_per_year=(1500, 1500), seed=1)
    absorbed, into, at = (
        corpus.technologies.drop_nulls("merged_into").select("technology_id", "merged_into", "merge_year").row(0)
    )
    rows = corpus.membership.filter(pl.col("technology_id").is_in([absorbed, into]))
    sizes = rows.group_by("id").len().join(corpus.documents.select("id", "year"), on="id")
    joint = dict(sizes.group_by("year").agg((pl.col("len") == 2).mean()).iter_rows())
    assert joint[at - 1] > joint[at - 3] > joint[at - 5] + 0.01 and joint[at - 1] > 0.5
    assert all(joint[y] < 0.05 for y in range(2000, at - 5))
    assert absorbed not in corpus.term_sets(at) and absorbed in corpus.term_sets(at - 1)
    sets = corpus.technologies.filter(pl.col("technology_id").is_in([absorbed, into]))["terms"].to_list()
    assert corpus.term_sets(at)[into] == set(sets[0]) | set(sets[1])
    later = corpus.documents.filter(pl.col("year") >= at).join(rows, on="id")
    text = pl.concat_str("title", "abstract").str.to_lowercase()
    has = [later.select(text.str.contains_any(listed)).to_series() for listed in sets]
    assert (has[0] & has[1]).mean() > 0.4  # one community: its documents use both vocabularies


@pytest.mark.slow
def test_acronyms_follow_their_long_form(corpus: PlantedCorpus, chinese: PlantedCorpus) -> None:
    for planted, mark in ((corpus, "{} ({})"), (chinese, "{}（{}）")):
        known = planted.terms.drop_nulls("acronym")
        assert known.height > 40 and known["acronym"].n_unique() == known.height
        introduced = used_alone = 0
        for abstract in planted.documents["abstract"].to_list():
            for term, acronym in known.select("term", "acronym").iter_rows():
                if acronym not in abstract:
                    continue
                uses = [found.start() for found in re.finditer(rf"(?<![A-Z]){acronym}(?![A-Z])", abstract)]
                if uses:
                    at = abstract.lower().find(mark.format(term, acronym.lower()))
                    assert at >= 0 and uses[0] == at + len(mark.format(term, "")) - 1
                    introduced += 1
                    used_alone += len(uses) > 1
        assert introduced > 100 and used_alone > 10


def test_english_acronyms_are_initials_and_plurals_occur(corpus: PlantedCorpus) -> None:
    for term, acronym in corpus.terms.drop_nulls("acronym").select("term", "acronym").iter_rows():
        assert acronym == "".join(word[0] for word in term.split()).upper()
    text = " ".join(written(corpus).values())
    heads = corpus.terms.filter(pl.col("words") == 2)
    plural, single = (sum(text.count(t) for t in heads[c]) for c in ("plural", "term"))
    assert 0.08 < plural / single < 0.25  # single counts both
    assert set(corpus.terms["words"]) == {1, 2, 3, 4}
    assert not re.search(r"\ba [aeio]", text) and "%s" not in text


def test_near_duplicates_are_near_and_others_are_not(corpus: PlantedCorpus, chinese: PlantedCorpus) -> None:
    for planted, size in ((corpus, 12), (chinese, 4)):
        text = dict(planted.documents.select("id", "abstract").iter_rows())
        pairs = planted.near_duplicates.rows()
        assert len(pairs) == round(0.01 * planted.documents.height)
        assert len({name for pair in pairs for name in pair}) == 2 * len(pairs)
        for a, b in pairs:
            one, two = shingles(text[a], size), shingles(text[b], size)
            assert text[a] != text[b] and len(one & two) / len(one | two) > 0.6
        for (a, _), (b, _) in itertools.pairwise(pairs):
            one, two = shingles(text[a], size), shingles(text[b], size)
            assert len(one & two) / len(one | two) < 0.6
        years = dict(planted.documents.select("id", "year").iter_rows())
        assert all(years[a] == years[b] for a, b in pairs)


def test_growing_technologies_have_more_new_authors(corpus: PlantedCorpus) -> None:
    rows = (
        corpus.documents.select("id", "year", "authors")
        .explode("authors")
        .join(corpus.membership.filter("is_main"), on="id")
        .join(corpus.technologies.select("technology_id", "kind"), on="technology_id")
        .with_columns(is_new=pl.col("year") == pl.col("year").min().over("authors"))
        .filter(pl.col("year") > 2005)
    )
    share = dict(rows.group_by("kind").agg(pl.col("is_new").mean()).iter_rows())
    assert share["growth"] > share["steady"] + 0.08 > share["decline"] + 0.12


def test_chinese_is_chinese_and_cut_into_its_parts(chinese: PlantedCorpus) -> None:
    rjieba = pytest.importorskip("rjieba")
    for text in chinese.documents["title"].to_list():
        assert re.fullmatch(r"[一-鿿]+", text)
    for text in chinese.documents["abstract"].to_list():
        assert re.fullmatch(r"[一-鿿A-Z，。（）]+", text)
    cut = [len(rjieba.cut(term)) for term in chinese.terms["term"]]
    words = chinese.terms["words"].to_list()
    assert np.mean([c == w for c, w in zip(cut, words, strict=True)]) > 0.8


def test_terms_belong_to_one_technology_and_differ(corpus: PlantedCorpus, chinese: PlantedCorpus) -> None:
    for planted in (corpus, chinese, planted_corpus(technologies=60, language="zh", documents_per_year=(9, 9))):
        terms = [*planted.terms["term"], *planted.loose_terms]
        assert len(set(terms)) == len(terms)
        assert planted.communities() == dict(planted.terms.select("term", "technology_id").iter_rows())
    stems = {word[:5] for term in corpus.terms.filter(pl.col("words") == 1)["term"] for word in term.split()}
    assert len(stems) == corpus.technologies.height


def test_same_seed_same_corpus_and_other_seed_another() -> None:
    made = [planted_corpus(technologies=6, documents_per_year=(30, 60), seed=seed) for seed in (7, 7, 8)]
    for name in FRAMES:
        assert_frame_equal(getattr(made[0], name), getattr(made[1], name))
    assert made[0].loose_terms == made[1].loose_terms
    assert made[0].documents["abstract"].to_list() != made[2].documents["abstract"].to_list()


def test_shuffling_moves_rows_only() -> None:
    plain, mixed = (planted_corpus(technologies=6, documents_per_year=(30, 60), shuffled=s) for s in (False, True))
    assert plain.documents["id"].is_sorted() and not mixed.documents["id"].is_sorted()
    assert_frame_equal(plain.documents, mixed.documents.sort("id"))
    for name in FRAMES[1:]:
        assert_frame_equal(getattr(plain, name), getattr(mixed, name))


def test_documents_are_tidy(corpus: PlantedCorpus) -> None:
    assert dict(corpus.documents.schema) == {
        "id": pl.String,
        "date": pl.Date,
        "year": pl.Int32,
        "title": pl.String,
        "abstract": pl.String,
        "authors": pl.List(pl.String),
        "categories": pl.List(pl.String),
        "country": pl.List(pl.String),
    }
    assert corpus.documents["date"].is_sorted() and sum(corpus.documents.null_count().row(0)) == 0
    assert (corpus.documents["date"].dt.year() == corpus.documents["year"]).all()
    for name in ("authors", "categories", "country"):
        listed = corpus.documents[name].list
        assert listed.len().min() >= 1 and (listed.len() == listed.n_unique()).all()


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"technologies": 0}, "technologies"),
        ({"years": (2000, 2004)}, "years"),
        ({"documents_per_year": (0, 10)}, "documents_per_year"),
        ({"seed": -1}, "seed"),
        ({"language": "fr"}, "language"),
        ({"near_duplicate_share": 0.9}, "near_duplicate_share"),
    ],
)
def test_arguments_out_of_range_are_named(wrong: dict[str, object], where: str) -> None:
    with pytest.raises(InputError) as caught:
        planted_corpus(**wrong)  # type: ignore[arg-type]
    assert caught.value.where == where and caught.value.try_next


@settings(max_examples=25, deadline=None)
@given(
    technologies=st.integers(1, 20),
    first=st.integers(1950, 2020),
    span=st.integers(8, 30),
    documents=st.tuples(st.integers(1, 25), st.integers(1, 25)),
    seed=st.integers(0, 2**40),
    language=st.sampled_from(["en", "zh"]),
    copies=st.floats(0, 0.4),
)
def test_any_small_corpus_is_whole(
    technologies: int, first: int, span: int, documents: tuple[int, int], seed: int, language: str, copies: float
) -> None:
    years = (first, first + span - 1)
    corpus = planted_corpus(
        technologies=technologies,
        years=years,
        documents_per_year=documents,
        seed=seed,
        language=language,
        near_duplicate_share=copies,
    )
    main = corpus.membership.filter("is_main")
    assert corpus.documents["id"].is_unique().all() and set(main["id"]) == set(corpus.documents["id"])
    assert corpus.membership.select("id", "technology_id").is_unique().all()
    assert set(corpus.documents["year"]) == set(range(years[0], years[1] + 1))
    assert (corpus.documents["abstract"].str.len_chars() > 30).all()
    counts = planted_counts(technologies=technologies, years=years, documents_per_year=documents, seed=seed)
    planted = (main["technology_id"] != BACKGROUND).sum()
    assert counts["count"].sum() == planted and counts.height == technologies * span
    assert (corpus.technologies["expected_share"].list.max() > 0).all()
    assert len(corpus.communities(years[1])) == corpus.terms.height
