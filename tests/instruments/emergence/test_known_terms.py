"""Known terms: counted as when terms are found, cut anyhow, with chance that is chance."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.emergence.known_terms import look_up, terms_of_names
from firstlight.instruments.emergence.terms import count_terms
from firstlight.sample.planted import planted_corpus


def documents(texts: list[str], year: int = 2001) -> pl.DataFrame:
    date = [datetime.date(year, 6, 1)] * len(texts)
    return pl.DataFrame(
        {"date": date, "title": texts, "abstract": [None] * len(texts)}, schema_overrides={"abstract": pl.String}
    )


def terms(**of: list[str]) -> pl.DataFrame:
    rows = [(name, term, 1.0) for name, own in of.items() for term in own]
    return pl.DataFrame(rows, schema=["technology", "term", "weight"], orient="row")


def test_every_term_is_counted_as_when_terms_are_found() -> None:
    corpus = planted_corpus(technologies=8, years=(2000, 2007), documents_per_year=(40, 60), seed=3)
    frame = corpus.documents.sort("date", "id")
    counted = count_terms([frame], minimum_documents=4)
    chosen = counted.terms[::7]
    found = look_up(terms(x=list(chosen)), frame.iter_slices(37))
    expected = {t: int((counted.incidence[:, i] > 0).sum()) for i, t in enumerate(counted.terms) if t in set(chosen)}
    assert dict(found.uses.select("term", "documents_count").iter_rows()) == expected
    used = (counted.incidence[:, ::7] > 0).sum(axis=1)
    assert found.counts.sum() == (np.asarray(used).ravel() >= 2).sum()


def test_two_different_terms_make_a_member() -> None:
    texts = ["solar cell, solar cells", "solar cells of perovskite", "Solar. Cell perovskite", "perovskites"]
    own = terms(pv=["solar cell", "perovskite"])
    assert look_up(own, [documents(texts)]).counts.tolist() == [[1.0]]
    assert look_up(own, [documents(texts)], needed=1).counts.tolist() == [[4.0]]


def test_phrases_do_not_span_marks_or_documents() -> None:
    own = terms(a=["deep learning", "learning machine"])
    assert look_up(own, [documents(["deep. learning machine", "so deep", "learning"])]).counts.sum() == 0


def test_years_are_apart_and_batches_do_not_matter() -> None:
    own = terms(a=["x ray", "detector"])
    frame = pl.concat([documents(["x ray detector"], 2003), documents(["x rays and detectors", "none"], 2005)])
    found = look_up(own, [frame])
    assert found.years.tolist() == [2003, 2004, 2005]
    assert found.counts.tolist() == [[1.0, 0.0, 1.0]] and found.totals.tolist() == [1.0, 0.0, 2.0]
    cut = look_up(own, [frame[i : i + 1] for i in range(3)])
    assert np.array_equal(cut.counts, found.counts) and cut.uses.equals(found.uses)


def test_chance_is_what_independent_words_give() -> None:
    rng = np.random.default_rng(4)
    words = [f"word{chr(97 + i)}" for i in range(8)]
    frame = documents([" . ".join(w for w in words if rng.random() < 0.2) for _ in range(4000)])
    found = look_up(terms(a=words), [frame])
    assert found.counts.sum() == pytest.approx(found.by_chance.sum(), rel=0.06)


def test_company_holds_own_terms_and_those_of_others() -> None:
    own = terms(a=["apple", "pear"], b=["iron", "steel"])
    found = look_up(own, [documents(["apple. pear. iron", "iron. steel", "apple"])])
    company = dict(zip(found.terms, found.company[0].tolist(), strict=True))
    assert company == {"apple": 1.0, "iron": 1.0, "pear": 1.0, "steel": 0.0}
    assert dict(zip(found.terms, found.documents.tolist(), strict=True)) == {
        "apple": 2,
        "iron": 2,
        "pear": 1,
        "steel": 1,
    }


def test_names_become_phrases_without_empty_words() -> None:
    found = terms_of_names(["Methods of X-ray analysis", "Games"])
    assert set(found.filter(pl.col("unit") == "Games")["term"]) == {"game"}
    assert "ray analysis" in set(found["term"]) and "of" not in set(found["term"])


def test_nothing_to_look_up_or_to_look_in_is_named() -> None:
    with pytest.raises(InputError, match="no terms"):
        look_up(terms(), [documents(["x"])])
    with pytest.raises(InputError, match="no documents"):
        look_up(terms(a=["x"]), [])
    with pytest.raises(InputError, match="3 terms"):
        look_up(terms(a=["x"]), [documents(["x"])], needed=3)
