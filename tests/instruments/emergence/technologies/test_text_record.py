"""Technologies of a record of texts: what was planted is found, nothing is read after the year,
same bytes always."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from planted_names import JOINS, LAST, Planted, Technology, planted
from tables_of_a_year import read, tables, written

from firstlight.errors import InputError
from firstlight.instruments.emergence.record.take_off import (
    FEWEST_DOCUMENTS,
    FEWEST_TITLES,
    take_offs,
)
from firstlight.instruments.emergence.technologies import text_record
from firstlight.instruments.emergence.technologies.names import TITLES
from firstlight.instruments.emergence.technologies.text_record import Found, TextRecord, read_text
from firstlight.instruments.emergence.text import phrases

YEAR = 2011
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)))


@cache
def corpus(seed: int) -> Planted:
    return planted(seed)


@cache
def small() -> Planted:
    """Few technologies, and strata that are just large enough to be compared."""
    return planted(7, per_kind=2, documents_per_year=130)


@cache
def found(seed: int) -> Found:
    return read(corpus(seed).documents).at(YEAR)


def truth(seed: int) -> dict[str, Technology]:
    """Planted technologies with enough documents to be scored, by name."""
    years = dict(corpus(seed).documents.select("id", "year").iter_rows())
    return {
        name: corpus(seed).technologies[name]
        for name, ids in corpus(seed).of.items()
        if sum(YEAR - 1 <= years[one] <= YEAR for one in ids) >= FEWEST_DOCUMENTS
    }


def owners(seed: int) -> list[str | None]:
    """The planted technology that each scored one stands for."""
    owner = {form: one.name for one in corpus(seed).technologies.values() for form in one.forms}
    return [owner.get(key) for key in found(seed).survey.counts.names]


def documents_of(seed: int, row: int) -> set[str]:
    ids = corpus(seed).documents["id"]
    return set(ids.gather(found(seed).belongs[row].indices).to_list())


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_planted_is_found_and_little_else(seed: int) -> None:
    scored, planted_names = owners(seed), set(truth(seed))
    assert np.mean([owner is not None for owner in scored]) >= 0.97
    assert len(planted_names & set(scored)) >= 0.93 * len(planted_names)
    assert len(planted_names) >= 20


@pytest.mark.parametrize("seed", SEEDS)
def test_each_is_found_once_in_all_its_forms(seed: int) -> None:
    """Acronym and long form, with and without hyphen, part and whole are one; a family's members
    are three."""
    scored = [owner for owner in owners(seed) if owner]
    assert len(scored) - len(set(scored)) <= 1
    forms = found(seed).survey.forms
    by_kind = {"acronym": "acronym", "hyphen": "spelling", "part": "part"}
    joined = [
        by_kind[corpus(seed).technologies[owner].kind]
        in forms.filter(pl.col("technology") == row)["kind"].to_list()
        for row, owner in enumerate(owners(seed))
        if owner and corpus(seed).technologies[owner].kind in by_kind
    ]
    assert np.mean(joined) >= 0.8


def test_a_phrase_with_an_acronym_inside_is_the_one_that_spells_it_out() -> None:
    """Sixty documents more, a third of which write the acronym of a planted technology."""
    whole = next(one for one in corpus(0).technologies.values() if one.kind == "acronym")
    short = "".join(word[0] for word in whole.words).upper()
    spelt = f"neuromorphic {' '.join(whole.words)}"
    of_year = corpus(0).documents.filter(pl.col("year") == YEAR).head(60)
    mention = pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit(f"neuromorphic {short}"))
    mention = pl.format(" The {}. Each {}.", *[mention.otherwise(pl.lit(spelt))] * 2)
    more = of_year.with_columns(
        pl.format("{}-more", "id").alias("id"), pl.col("abstract") + mention, title=pl.lit(spelt)
    )
    survey = read(pl.concat([corpus(0).documents, more]).sort("date", "id")).at(YEAR).survey
    row = survey.counts.names.index(spelt.replace(" ", ""))
    assert survey.counts.documents_of((YEAR, YEAR))[row] == 60
    kinds = survey.forms.filter(pl.col("technology") == row).select("form", "kind").rows()
    assert (f"neuromorphic {short}", "abbreviated") in kinds


@pytest.mark.parametrize("seed", SEEDS)
def test_documents_are_those_of_the_truth(seed: int) -> None:
    exact = []
    for row, owner in enumerate(owners(seed)):
        if owner:
            mine, true = documents_of(seed, row), corpus(seed).of[owner]
            assert mine <= true
            exact.append(len(mine) / len(true))
    assert np.mean(exact) >= 0.98 and np.mean(np.array(exact) == 1) >= 0.85


@pytest.mark.parametrize("seed", SEEDS)
def test_births_are_dated(seed: int) -> None:
    late = []
    for row, owner in enumerate(owners(seed)):
        if owner and corpus(seed).technologies[owner].birth > 2003:
            late.append(
                found(seed).survey.first_years[row] - corpus(seed).technologies[owner].birth
            )
    assert len(late) >= 4 and min(late) >= 0 and np.mean(late) <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_families_stay_apart_and_count_once(seed: int) -> None:
    survey, place = (
        found(seed).survey,
        {owner: row for row, owner in enumerate(owners(seed)) if owner},
    )
    children = [
        one for one in truth(seed).values() if one.parent and {one.name, one.parent} <= set(place)
    ]
    assert children
    for child in children:
        row, parent = place[child.name], place[str(child.parent)]
        assert documents_of(seed, row) < documents_of(seed, parent)
        assert survey.groups[row] != row


@pytest.mark.parametrize("seed", SEEDS)
def test_a_venue_that_joins_moves_no_standardised_share(seed: int) -> None:
    """Technologies of which the new venue holds six times the share grow by its joining, and only
    by it."""
    survey = read(corpus(seed).documents).at(JOINS - 1).survey
    owner = {form: one for one in corpus(seed).technologies.values() for form in one.forms}
    rows = [
        row
        for row, key in enumerate(survey.counts.names)
        if key in owner and owner[key].venue == "c" and survey.is_scored[row]
    ]
    assert rows
    pooled = replace(
        survey.counts,
        strata=("all",),
        totals=survey.counts.totals.sum(axis=0, keepdims=True),
        cells=type(survey.counts.cells)(survey.counts.counts),
    )
    assert take_offs(pooled).is_take_off[rows].all()
    assert not take_offs(survey.counts).is_take_off[rows].any()


# Nothing is read after the forecast year.


def removed(documents: pl.DataFrame, year: int) -> pl.DataFrame:
    return documents.filter(pl.col("year") <= year)


def changed(documents: pl.DataFrame, year: int) -> pl.DataFrame:
    """Later documents say other things of the same words: hyphens, capitals, definitions, other
    company."""
    text = pl.col("abstract")
    other = (
        text.str.replace_all(r"\b(\w+) (\w+)s?\b", "$1-$2")
        + " The "
        + text.shuffle(seed=1)
        + " "
        + pl.concat_str([text.str.to_uppercase()] * 3, separator=" ")
    )
    redefined = other.str.replace_all(r"\((\w)(\w)(\w)\)", ". The ${1}olo ${2}olo ${3}olo ($1$2$3)")
    late = pl.col("year") > year
    return documents.with_columns(
        abstract=pl.when(late).then(redefined).otherwise(text),
        title=pl.when(late).then(pl.lit("On something else")).otherwise("title"),
        authors=pl.when(late).then(pl.lit(["Somebody Else"])).otherwise("authors"),
    )


def added(documents: pl.DataFrame, year: int) -> pl.DataFrame:
    """Ten more of each later document, each early text once more after the year, and others in a
    new venue."""
    late = documents.filter(pl.col("year") > year)
    early = documents.filter(pl.col("year") <= year).with_columns(
        year=pl.lit(year + 1, pl.Int32),
        date=pl.lit(f"{year + 1}-06-01").str.to_date(),
        id="again-" + pl.col("id"),
    )
    more = [
        late.with_columns(id=pl.format("{}-{}", pl.lit(copy), "id"), source=pl.lit("z"))
        for copy in range(3)
    ]
    return pl.concat([documents, early, *more]).sort("date", "id")


CHANGES: dict[str, Callable[[pl.DataFrame, int], pl.DataFrame]] = {
    "removed": removed,
    "changed": changed,
    "added": added,
}


def as_bytes(documents: pl.DataFrame, year: int) -> dict[str, bytes]:
    return written(tables(read(documents), documents, year))


@cache
def as_it_is(year: int) -> dict[str, bytes]:
    return as_bytes(small().documents, year)


def moved(year: int, change: Callable[[pl.DataFrame, int], pl.DataFrame]) -> list[str]:
    """Tables of which a byte differs once later documents are different."""
    documents = small().documents
    before, after = as_bytes(documents, year), as_bytes(change(documents, year), year)
    return [name for name in before if before[name] != after[name]]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("year", [pytest.param(2007, marks=pytest.mark.slow), YEAR])
def test_nothing_moves_when_later_documents_are_different(
    year: int, change: Callable[[pl.DataFrame, int], pl.DataFrame]
) -> None:
    after = as_bytes(change(small().documents, year), year)
    assert [name for name, of in as_it_is(year).items() if of != after[name]] == []


@pytest.mark.slow
def test_nothing_moves_in_real_abstracts_either(shared: Path) -> None:
    """Real texts have rare spellings, definitions and rivals that no invented ones have."""
    kept = pl.scan_parquet(shared / "data/documents/arxiv_tech.parquet").filter(
        pl.col("id").hash(seed=1) % 28 == 0
    )
    documents = kept.select("id", "date", "title", "abstract").collect().sort("date", "id")
    documents = documents.with_columns(
        date_precision=pl.lit("day"),
        year=pl.col("date").dt.year(),
        source=pl.lit("arxiv"),
        authors=pl.lit(["A"]),
    )
    assert 8_000 < documents.height < 12_000
    assert as_bytes(removed(documents, 2014), 2014) == as_bytes(documents, 2014)


def test_a_name_that_reads_the_year_after_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    window = text_record.TermYears.window
    monkeypatch.setattr(
        text_record.TermYears,
        "window",
        lambda years, first, last, size: window(years, first, last + 1, size),
    )
    assert "names" in moved(YEAR, removed)


def test_an_acronym_that_is_defined_later_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    at = TextRecord.at

    def leaking(record: TextRecord, year: int, *, watched: bool = False) -> Found:
        timeless = record.definitions.with_columns(year=pl.lit(0, pl.Int32))
        return at(replace(record, definitions=timeless), year, watched=watched)

    monkeypatch.setattr(TextRecord, "at", leaking)
    assert "joins" in moved(2007, changed)


def test_a_spelling_that_is_known_later_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "_known", lambda rows, *years: rows)
    assert "names" in moved(YEAR, changed)


def test_a_word_that_is_spelt_otherwise_later_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    at = TextRecord.at

    def leaking(record: TextRecord, year: int, *, watched: bool = False) -> Found:
        timeless = record.phrases.written.with_columns(year=pl.lit(0, pl.Int32))
        return at(
            replace(record, phrases=replace(record.phrases, written=timeless)),
            year,
            watched=watched,
        )

    monkeypatch.setattr(TextRecord, "at", leaking)
    assert "forms" in moved(YEAR, changed)


# Same inputs give the same bytes.


def digest() -> str:
    of = as_it_is(YEAR)
    return hashlib.sha256(b"".join(of[name] for name in sorted(of))).hexdigest()


@pytest.mark.slow
def test_hash_seed_and_threads_are_no_matter() -> None:
    """Another process with one thread and a seed of its own writes what this one does."""
    folder = Path(__file__).parent
    paths = os.pathsep.join([str(folder), *filter(None, sys.path)])
    environment = os.environ | {
        "PYTHONHASHSEED": "1",
        "POLARS_MAX_THREADS": "1",
        "PYTHONPATH": paths,
    }
    script = f"from {Path(__file__).stem} import digest; print(digest())"
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == digest()


def test_order_upstream_is_no_matter() -> None:
    documents = small().documents
    shuffled = documents.sample(fraction=1.0, shuffle=True, seed=3).sort("date", "id")
    assert as_bytes(shuffled, YEAR) == as_it_is(YEAR)


def test_small_batches_are_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = as_it_is(YEAR)
    monkeypatch.setattr("firstlight.instruments.emergence.text.words.BATCH", 97)
    assert as_bytes(small().documents, YEAR) == before


@pytest.mark.parametrize("most_parts", [2, 150])
def test_small_parts_are_no_matter(monkeypatch: pytest.MonkeyPatch, most_parts: int) -> None:
    before = as_it_is(YEAR)
    levels = "firstlight.instruments.emergence.text.phrase_levels"
    monkeypatch.setattr(f"{levels}.PART", 1)
    monkeypatch.setattr(f"{levels}.EVERY", 1)
    monkeypatch.setattr(f"{levels}.MOST_PARTS", most_parts)
    assert as_bytes(small().documents, YEAR) == before


# What is read.


def test_titles_alone_have_their_rule_and_their_least_number() -> None:
    documents = small().documents.with_columns(title=pl.col("abstract"))
    record = read_text(documents, documents["source"], text="title", say=lambda message: None)
    assert (record.rule, record.fewest_documents) == (TITLES, FEWEST_TITLES)
    assert replace(record, rule=replace(TITLES)).fewest_documents == FEWEST_TITLES
    assert read(small().documents).fewest_documents == FEWEST_DOCUMENTS


def test_names_that_texts_say_once_are_found_where_texts_are_short() -> None:
    texts = [f"a server for model context protocol in place {number}." for number in range(40)]
    frame = pl.DataFrame(
        {"year": [2015] * 40, "title": [f"p{number}" for number in range(40)], "abstract": texts},
        schema_overrides={"year": pl.Int32},
    )
    found = {}
    for says_once in (False, True):
        strata = pl.Series(["all"] * 40)
        record = read_text(frame, strata, says_once=says_once, say=lambda message: None)
        found[says_once] = set(record.at(2015, watched=True).survey.labels)
    assert "model context protocol" in found[True] - found[False]


def test_authors_are_new_in_the_first_year_in_which_they_write() -> None:
    names = [["A", "B"], ["A", "A"], [], None, ["B", "C"], ["C"]]
    frame = pl.DataFrame(
        {
            "year": [2001, 2001, 2001, 2002, 2002, 2003],
            "title": ["fog computing"] * 6,
            "abstract": None,
            "authors": names,
        },
        schema_overrides={"year": pl.Int32, "abstract": pl.String},
    )
    record = read_text(frame, pl.Series(["all"] * 6), say=lambda message: None)
    assert record.authors.tolist() == [2, 1, 0, 0, 2, 1]
    assert record.new_authors.tolist() == [2, 1, 0, 0, 1, 0]
    without = read_text(frame.drop("authors"), pl.Series(["all"] * 6), say=lambda message: None)
    assert without.authors.sum() == without.new_authors.sum() == 0


def test_watched_ones_are_listed_on_request_and_group_by_themselves() -> None:
    record = read(small().documents)
    scored, watched = record.at(YEAR).survey, record.at(YEAR, watched=True).survey
    assert scored.is_scored.all() and not watched.is_scored.all()
    rows = np.flatnonzero(watched.is_scored)
    assert [watched.counts.names[row] for row in rows] == list(scored.counts.names)
    others = np.flatnonzero(~watched.is_scored)
    assert (watched.groups[others] == others).all()
    documents = watched.counts.documents_of((YEAR - 1, YEAR))
    assert (documents[others] >= 3).all() and (documents[rows] >= FEWEST_DOCUMENTS).all()


def test_coverage_is_the_share_of_documents_with_a_scored_technology() -> None:
    seen = {one for row in range(len(owners(0))) for one in documents_of(0, row)}
    now = corpus(0).documents.filter(pl.col("year") == YEAR)["id"]
    assert found(0).survey.coverage == pytest.approx(now.is_in(list(seen)).mean())


@pytest.mark.parametrize("year", [1990, LAST + 9])
def test_a_year_without_documents_has_no_technologies(year: int) -> None:
    survey = read(small().documents).at(year, watched=True).survey
    assert survey.labels == () and survey.forms.height == 0


def test_no_documents_at_all() -> None:
    empty = small().documents.clear()
    with pytest.raises(InputError):
        read(empty)
