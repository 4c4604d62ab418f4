"""Phrases equal a count by brute force on small corpora; later documents and batches take nothing
away."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.emergence.text import phrases as counting
from firstlight.instruments.emergence.text import words
from firstlight.instruments.emergence.text.discourse import discourse
from firstlight.instruments.emergence.text.phrases import Phrases, count_phrases, keys_of
from firstlight.instruments.emergence.text.words import (
    CutText,
    cut_batches,
    cut_text,
    joined,
    stems,
)

VOCABULARY = (
    *(
        "deep",
        "neural",
        "network",
        "networks",
        "Networks",
        "neural-network",
        "neuralnetwork",
        "deep-neural",
    ),
    *(
        "GAN",
        "GANs",
        "gan",
        "internet",
        "of",
        "to",
        "thing",
        "the",
        ".",
        "method",
        "2016",
        "Moore's",
        "law",
        "u",
        "x",
    ),
)
FEWEST = 3


def titles(texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"title": texts, "abstract": [None] * len(texts)}, schema_overrides={"abstract": pl.String}
    )


def counted(texts: list[str], years: list[int], fewest: int = FEWEST) -> Phrases:
    return count_phrases(
        cut_text(titles(texts)), np.array(years, dtype=np.int32), fewest_documents=fewest
    )


@dataclass
class Use:
    """A phrase in a document."""

    uses: int = 0
    ends: int = 0
    capitals: int = 0


@dataclass
class Counted:
    """The same, counted word by word."""

    rows: dict[str, dict[int, Use]]
    variants: dict[str, list[str]]
    variant_years: dict[tuple[str, int], int]
    containments: set[tuple[str, str, str]]
    written: dict[tuple[str, str, int], int] = field(default_factory=dict)


def by_brute_force(texts: list[str], years: list[int], fewest: int = FEWEST) -> Counted:
    uses: dict[str, dict[int, Use]] = defaultdict(lambda: defaultdict(Use))
    written: dict[tuple[str, str, int], int] = defaultdict(int)
    for document, text in enumerate(texts):
        small, capital = sum(map(str.islower, text)), sum(map(str.isupper, text))
        shouts = not small or (small + capital >= 20 and capital >= 0.85 * (small + capital))
        shouts &= not re.search("[a-z]{4}", text)
        calm = text.lower() if shouts else text
        spelt = [*calm.split(), words.TITLE_END]
        stem = [stem_of()[word] for word in spelt]
        for one, other in zip(stem, spelt, strict=True):
            written[one, other, years[document]] += 1
        for start in range(len(stem)):
            for end in range(start + 1, min(start + counting.LONGEST, len(stem)) + 1):
                if any(breaks(word) for word in stem[start:end]):
                    break
                use = uses[" ".join(stem[start:end])][document]
                use.uses += 1
                use.ends += end == len(stem) or breaks(stem[end]) or ends_before(stem[end])
                use.capitals += end == start + 1 and sum(map(str.isupper, spelt[start])) > 1
    frequent = {
        phrase: at for phrase, at in uses.items() if len(at) >= fewest and well_formed(phrase)
    }
    return joined_by_key(frequent, years, fewest, dict(written))


@cache
def stem_of() -> dict[str, str]:
    spelt = [*VOCABULARY, words.TITLE_END]
    return dict(zip(spelt, stems(pl.Series(spelt)), strict=True))


def joined_by_key(
    frequent: dict[str, dict[int, Use]],
    years: list[int],
    fewest: int,
    written: dict[tuple[str, str, int], int],
) -> Counted:
    known_from = {phrase: years[sorted(at)[fewest - 1]] for phrase, at in frequent.items()}
    variants: dict[str, list[str]] = defaultdict(list)
    for phrase in sorted(frequent):
        variants[key(phrase)].append(phrase)
    rows: dict[str, dict[int, Use]] = {}
    variant_years: dict[tuple[str, int], int] = defaultdict(int)
    for term, own in sorted(variants.items()):
        first = min(known_from[phrase] for phrase in own)
        rows[term] = defaultdict(Use)
        for phrase in own:
            for document, use in frequent[phrase].items():
                if known_from[phrase] > first and years[document] < known_from[phrase]:
                    continue
                total = rows[term][document]
                total.uses += use.uses
                total.ends += use.ends
                total.capitals += use.capitals
                variant_years[phrase, years[document]] += len(own) > 1
    containments = set()
    for phrase in frequent:
        split = phrase.split(" ")
        if len(split) > 1:
            beginning, ending = " ".join(split[:-1]), " ".join(split[1:])
            while beginning.endswith((" of", " to")):
                beginning = beginning[:-3]
            while ending.startswith(("of ", "to ")):
                ending = ending[3:]
            if well_formed(beginning) and well_formed(ending):
                containments.add((key(beginning), key(ending), phrase))
    return Counted(
        rows, variants, {place: n for place, n in variant_years.items() if n}, containments, written
    )


def breaks(stem: str) -> bool:
    return stem in (".", "the", "2016", words.TITLE_END)


def ends_before(stem: str) -> bool:
    return stem in ("of", "to") or stem in discourse()["uses"]


def well_formed(phrase: str) -> bool:
    split = phrase.split(" ")
    are_letters = len(split) > 1 and all(len(word) == 1 for word in split)
    return split[0] not in ("of", "to") and split[-1] not in ("of", "to") and not are_letters


def key(phrase: str) -> str:
    return phrase.replace(" ", "").replace("-", "").replace("'", "")


def as_counted(phrases: Phrases) -> Counted:
    """The arrays as dictionaries."""
    terms = phrases.terms.to_list()
    rows: dict[str, dict[int, Use]] = {}
    for term, start, end in zip(terms, phrases.starts, phrases.starts[1:], strict=False):
        columns = (phrases.documents, phrases.uses, phrases.ends, phrases.capitals)
        block = zip(*(column[start:end].tolist() for column in columns), strict=True)
        rows[term] = {document: Use(*use) for document, *use in block}
    variants: dict[str, list[str]] = defaultdict(list)
    for term, phrase in phrases.variants.select("key", "phrase").iter_rows():
        variants[term].append(phrase)
    names = phrases.variants["phrase"]
    years = {
        (names[row], year): count
        for row, year, count in phrases.variant_years.select(
            "row", "year", "documents_count"
        ).iter_rows()
    }
    containments = set()
    columns = (phrases.beginning, phrases.ending, phrases.longer, phrases.longer_variant)
    for beginning, ending, longer, variant in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        assert terms[longer] == phrases.variants["key"][variant]
        containments.add((terms[beginning], terms[ending], names[variant]))
    assert len(containments) == len(phrases.longer)
    written = phrases.written.select("stem", "spelling", "year", "count").rows()
    return Counted(
        rows, variants, years, containments, {(a, b, year): count for a, b, year, count in written}
    )


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[str], list[int]]:
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    size = int(rng.integers(4, 30))
    texts = [" ".join(rng.choice(VOCABULARY, int(rng.integers(1, 14)))) for _ in range(size)]
    years = np.sort(rng.integers(2001, 2001 + int(rng.integers(1, 6)), size)).tolist()
    return texts, years


def count_or_nothing(texts: list[str], years: list[int], fewest: int = FEWEST) -> Phrases | None:
    try:
        return counted(texts, years, fewest)
    except InputError:
        return None


@given(corpora(), st.integers(1, 4))
@settings(max_examples=40)
@pytest.mark.slow
def test_counts_equal_brute_force(corpus: tuple[list[str], list[int]], fewest: int) -> None:
    found = count_or_nothing(*corpus, fewest)
    if found is not None:
        expected = by_brute_force(*corpus, fewest)
        assert found.terms.to_list() == sorted(expected.variants)
        assert as_counted(found) == expected


@given(corpora())
@settings(max_examples=30)
def test_documents_of_each_variant(corpus: tuple[list[str], list[int]]) -> None:
    found = count_or_nothing(*corpus)
    if found is None:
        return
    year = corpus[1][-1]
    per_row = np.repeat(np.arange(len(found.terms)), np.diff(found.starts))
    inside = found.years[found.documents] >= year - 1
    of_terms = np.bincount(per_row[inside], minlength=len(found.terms)).astype(float)
    of_variants = found.documents_of_variants(of_terms, year - 1, year)
    expected = by_brute_force(*corpus)
    for row, (term, phrase) in enumerate(found.variants.select("key", "phrase").iter_rows()):
        own = sum(expected.variant_years.get((phrase, when), 0) for when in (year - 1, year))
        is_only = len(expected.variants[term]) == 1
        assert of_variants[row] == (of_terms[found.terms.to_list().index(term)] if is_only else own)


@given(corpora(), st.integers(0, 5))
@settings(max_examples=40)
@pytest.mark.slow
def test_later_documents_change_nothing_earlier(
    corpus: tuple[list[str], list[int]], cut: int
) -> None:
    """What was known by a year is the same, document by document, and it is told apart from the
    rest."""
    texts, years = corpus
    last = years[min(cut * 4, len(years) - 1)]
    early = [text for text, year in zip(texts, years, strict=True) if year <= last]
    before = count_or_nothing(early, years[: len(early)])
    after = count_or_nothing(texts, years)
    if before is None or after is None:
        return
    old, new = as_counted(before), as_counted(after)
    assert set(old.rows) <= set(new.rows)
    for term, rows in new.rows.items():
        known = {document: use for document, use in rows.items() if document < len(early)}
        assert known == old.rows.get(term, known)
    assert list(old.rows) == after.terms.filter(pl.Series(after.known_from <= last)).to_list()
    for term, phrases in old.variants.items():
        assert set(phrases) <= set(new.variants[term])
    of_known = {phrase for phrases in old.variants.values() for phrase in phrases}
    seen = {edge for edge in new.containments if edge[2] in of_known}
    assert seen == old.containments


@given(corpora(), st.integers(0, 1000))
@settings(max_examples=30)
@pytest.mark.slow
def test_the_order_within_a_year_is_no_matter(
    corpus: tuple[list[str], list[int]], seed: int
) -> None:
    texts, years = corpus
    order = np.lexsort((np.random.default_rng(seed).random(len(years)), years))
    one, other = (
        count_or_nothing(texts, years),
        count_or_nothing([texts[place] for place in order], years),
    )
    if one is None or other is None:
        assert one is other
        return
    before, after = as_counted(one), as_counted(other)
    moved = {
        term: {int(order[document]): use for document, use in rows.items()}
        for term, rows in after.rows.items()
    }
    assert moved == before.rows
    assert (after.variants, after.variant_years) == (before.variants, before.variant_years)
    assert (after.containments, after.written) == (before.containments, before.written)


@given(corpora(), st.integers(1, 5))
@settings(max_examples=8)
def test_batches_are_no_matter(corpus: tuple[list[str], list[int]], batch: int) -> None:
    texts, years = corpus
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "BATCH", batch)
        cut = joined(cut_batches(titles(texts)))
    whole = count_or_nothing(texts, years)
    if whole is not None:
        parts = count_phrases(cut, np.array(years, dtype=np.int32))
        for name in (
            "starts",
            "documents",
            "uses",
            "ends",
            "capitals",
            "beginning",
            "ending",
            "longer",
        ):
            assert getattr(parts, name).tobytes() == getattr(whole, name).tobytes()
        assert parts.terms.to_list() == whole.terms.to_list()
        assert parts.written.equals(whole.written) and parts.variants.equals(whole.variants)


def test_variants_are_one_term() -> None:
    texts = (
        ["neural network"] * 3
        + ["neural-networks"] * 3
        + ["neuralnetwork"] * 3
        + ["neural network. Neural-network"]
    )
    found = counted(texts, [2001] * 10)
    place = found.terms.to_list().index("neuralnetwork")
    counts, documents = found.documents_of(np.array([place]))
    assert counts.tolist() == [10] and documents.tolist() == list(range(10))
    assert found.uses[found.starts[place] : found.starts[place + 1]].tolist() == [1] * 9 + [2]
    spelt = found.variants.filter(pl.col("key") == "neuralnetwork")["phrase"].to_list()
    assert spelt == ["neural network", "neural-network", "neuralnetwork"]


def test_a_variant_that_is_known_later_counts_from_then_on() -> None:
    texts = ["neural network"] * 3 + ["neural-network"] * 2 + ["neural-network", "neural network"]
    found = counted(texts, [2001, 2001, 2001, 2001, 2002, 2003, 2003])
    place = found.terms.to_list().index("neuralnetwork")
    assert found.documents_of(np.array([place]))[1].tolist() == [0, 1, 2, 5, 6]


def test_a_document_uses_a_term_255_times_at_most() -> None:
    found = counted([" ".join(["the GAN"] * 300)] * 3, [2001] * 3)
    place = found.terms.to_list().index("gan")
    rows = slice(found.starts[place], found.starts[place + 1])
    assert set(found.uses[rows]) == set(found.ends[rows]) == set(found.capitals[rows]) == {255}


def test_keys_leave_out_spaces_hyphens_and_apostrophes() -> None:
    phrases = pl.Series(["neural network", "neural-network", "d'alembert", "r&d", "c++"])
    assert keys_of(phrases).to_list() == [
        "neuralnetwork",
        "neuralnetwork",
        "dalembert",
        "r&d",
        "c++",
    ]


def test_chinese_phrases() -> None:
    found = counted(["深度学习的应用", "基于深度学习", "深度学习"], [2001] * 3)
    assert "深度学习" in found.terms.to_list()


def test_nothing_frequent_leaves_no_terms() -> None:
    found = counted(["one", "two", "three"], [2001] * 3)
    assert len(found.terms) == 0 and len(found.documents) == 0 and found.starts.tolist() == [0]


@pytest.mark.parametrize("texts", [[], ["the of"], [". 2016"], ["", ""]])
def test_no_words_at_all(texts: list[str]) -> None:
    cut = joined(cut_batches(titles(texts)))
    with pytest.raises(InputError):
        count_phrases(cut, np.full(len(texts), 2001, dtype=np.int32))


def test_documents_out_of_order() -> None:
    with pytest.raises(InputError):
        counted(["deep learning"] * 3, [2002, 2001, 2003])


def test_cut_text_of_no_documents() -> None:
    empty = joined([])
    assert isinstance(empty, CutText) and len(empty.words) == len(empty.lengths) == 0
