"""Bundled corpora: read as they were computed from documents, and each gives an observation that
keeps the contract."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import take_off_corpus
from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies.description import shares_and_growth, with_ids
from firstlight.instruments.emergence.technologies.survey import Survey, survey_tables
from firstlight.message_json import message_from_json
from firstlight.nouns import Result
from firstlight.run.bundled import bundled, of_statistics
from firstlight.run.corpus import Corpus
from firstlight.run.documents_in import from_documents
from firstlight.run.observation import ObservationRun
from firstlight.run.observed import Observation
from firstlight.sample import patents, text_corpora
from firstlight.sample.packed_surveys import pack
from firstlight.sources import read_documents
from firstlight.views.observation_contract import checked_facts, checked_tables

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.take_off import build_bundled  # noqa: E402
from benchmarks.take_off.text_corpora import TEXT_CORPORA  # noqa: E402

OBSERVED = 2014
ABOUT: Mapping[str, Any] = {
    "name": "planted",
    "title": "planted",
    "title_zh": "planted",
    "source": dict.fromkeys(("publisher", "title", "url", "licence", "citation"), "made up")
    | {"name": "planted"},
    "note_en": "",
    "note_zh": "",
    "thin": ["xx.YY"],
    "documents_ship": True,
}
NOT_SHIPPED = ("documents", "leaders", "warnings", "set_aside_rows")  # compared by themselves
AREAS = {"manufacturing", "information", "materials", "energy", "space", "health"}


def say(line: str) -> None:
    """Progress goes nowhere."""


@dataclass(frozen=True)
class Planted:
    """One corpus as documents and as the statistics that would ship of it."""

    documents: Corpus
    statistics: Corpus
    catalogues: tuple[Catalogue, Catalogue]
    folder: Path


def with_rare_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Twenty more names, each in a few documents of 2013 and 2014: too few to be scored, enough to
    be watched."""
    rare = take_off_corpus.names(50)[30:]
    recent = pl.col("date").dt.year().is_in([2013, 2014])
    number = recent.cum_sum() % 50  # six hundred documents, twelve of each number
    named = number.replace_strict(dict(enumerate(rare)), default=None, return_dtype=pl.String)
    text = pl.format("{} This is the {}, and the {}.", "abstract", named, named)
    is_named = recent & named.is_not_null()
    title = pl.when(is_named).then(pl.format("On the {}", named)).otherwise("title")
    return frame.with_columns(
        title.alias("title"), pl.when(is_named).then(text).otherwise("abstract").alias("abstract")
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    frame = with_rare_names(
        take_off_corpus.corpus(years=(2005, 2017), per_year=300, technologies=30, seed=5)
    )
    place = tmp_path_factory.mktemp("planted")
    one, other = Catalogue.open(place / "documents"), Catalogue.open(place / "statistics")
    documents = from_documents(one, frame, read_documents(frame), OBSERVED)
    build_bundled.ship(documents, one, OBSERVED, ABOUT, place / "shipped")
    return Planted(
        documents, of_statistics(other, place / "shipped"), (one, other), place / "shipped"
    )


def same_surveys(one: Survey, other: Survey) -> None:
    """Every table of two surveys is equal, to the last bit of every number."""
    (tables, facts), (others, other_facts) = survey_tables(one), survey_tables(other)
    assert facts == other_facts and set(tables) == set(others)
    for name in tables:
        assert_frame_equal(tables[name], others[name], check_exact=True)


def test_surveys_read_as_they_were_computed(planted: Planted) -> None:
    years = [*range(2007, 2012), OBSERVED]
    computed = planted.documents.surveys(years, OBSERVED, say)
    read = planted.statistics.surveys(years, OBSERVED, say)
    assert list(read) == years and len(computed[OBSERVED][0].labels) > 30
    assert not computed[OBSERVED][0].is_scored.all() and computed[OBSERVED][0].authors.sum() > 0
    for year in years:
        same_surveys(computed[year][0], read[year][0])


@pytest.mark.parametrize("horizon", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_the_observation_is_the_one_of_the_documents(planted: Planted, horizon: int) -> None:
    one, other = (
        ObservationRun(catalogue, corpus, OBSERVED, horizon, say).observation()
        for catalogue, corpus in zip(
            planted.catalogues, (planted.documents, planted.statistics), strict=True
        )
    )
    tables, others = (
        tables_of(*pair) for pair in zip(planted.catalogues, (one, other), strict=True)
    )
    assert tables["technologies"].filter(pl.col("status") == "scored").height > 10
    for name in sorted(set(tables) - set(NOT_SHIPPED)):
        assert_frame_equal(tables[name], others[name], check_exact=True)
    behind = tables["documents"].with_columns(
        pl.lit(None, pl.String).alias("title"), pl.lit(None, pl.String).alias("venue")
    )
    assert_frame_equal(behind, others["documents"], check_exact=True)
    countries = build_bundled.leading_countries(tables["leaders"])
    assert countries.height and set(countries["kind"]) == {"country"}
    assert_frame_equal(countries, others["leaders"], check_exact=True)
    known = set(tables["warnings"]["code"])
    assert set(others["warnings"]["code"]) == known | {"thin"}
    lines, before = (seen.facts["first_lines"] for seen in (other, one))
    assert [line["code"] for line in lines] == [line["code"] for line in before]


def tables_of(catalogue: Catalogue, kept: Result) -> dict[str, pl.DataFrame]:
    return {name: catalogue.table(kept, name) for name in kept.tables}


def test_the_same_statistics_give_the_same_bytes(planted: Planted, tmp_path: Path) -> None:
    text_corpora.write(text_corpora.read(planted.folder), tmp_path)
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (planted.folder / path.name).read_bytes()


def test_of_watched_technologies_those_that_gain_most_ship(
    planted: Planted, tmp_path: Path
) -> None:
    corpus, catalogue = planted.documents, planted.catalogues[0]
    few = build_bundled.statistics_of(
        corpus, catalogue, [OBSERVED], OBSERVED, with_documents=True, most_watched=7
    )
    text_corpora.write(few, tmp_path)
    (tmp_path / text_corpora.PROVENANCE).write_text("{}")
    read = text_corpora.read(tmp_path)
    shipped = read.surveys[OBSERVED]
    whole = corpus.surveys([OBSERVED], OBSERVED, say)[OBSERVED][0]
    same_surveys(shipped.scored(), whole.scored())
    described = shares_and_growth(whole.counts).with_columns(
        pl.Series("id", whole.counts.names), pl.Series("is_scored", whole.is_scored)
    )
    gain = pl.col("share") - pl.col("share_before").fill_null(0)
    best = described.filter(~pl.col("is_scored")).sort(-gain, "id").head(7)["id"]
    watched = {
        name
        for name, is_scored in zip(shipped.counts.names, shipped.is_scored, strict=True)
        if not is_scored
    }
    assert watched == set(best) and set(read.documents["technology_id"]) >= watched
    links = catalogue.table(corpus.surveys([OBSERVED], OBSERVED, say)[OBSERVED][1], "links")
    named, before = (
        with_ids(table, own.counts.names)
        for table, own in ((read.pairs["links"], shipped), (links, whole))
    )
    assert named.height and named.equals(before)


def test_years_that_do_not_ship_are_refused(planted: Planted) -> None:
    with pytest.raises(InputError, match="not counted for 2013"):
        planted.statistics.surveys([2005, 2013], 2013, say)
    with pytest.raises(InputError, match=f"not counted for {OBSERVED}"):
        planted.statistics.surveys([1901, OBSERVED], OBSERVED, say)


@pytest.mark.parametrize(
    ("year", "said"),
    [(2018, None), (2019, {"year": 2017, "count": 2}), (2030, {"year": 2017, "count": 13})],
)
def test_how_old_a_record_is_depends_on_the_year_it_is_read_in(
    planted: Planted, tmp_path: Path, year: int, said: Mapping[str, int] | None
) -> None:
    clock = datetime.datetime(year, 7, 1, tzinfo=datetime.UTC)
    catalogue = Catalogue.open(tmp_path, clock=lambda: clock)
    seen = ObservationRun(
        catalogue, of_statistics(catalogue, planted.folder), OBSERVED, 3, say
    ).observation()
    lines = [line for line in seen.facts["first_lines"] if line["code"] == "old"]
    values = [message_from_json(line).values for line in lines]
    assert [{name: value.value for name, value in one.items()} for one in values] == (
        [said] if said else []
    )


def test_surveys_of_two_records_are_not_packed_together(planted: Planted) -> None:
    survey = planted.statistics.surveys([2011], OBSERVED, say)[2011][0]
    other = Survey(**{**vars(survey), "counts": survey.counts.until(2013)})
    with pytest.raises(InputError, match="surveys of two records"):
        pack({2010: survey, 2011: other})
    with pytest.raises(InputError, match="otherwise than by their forms"):
        pack(
            {
                2011: Survey(
                    **{**vars(survey), "labels": tuple(f"{label}!" for label in survey.labels)}
                )
            }
        )


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="corpus = sky") as told:
        bundled(Catalogue.open(tmp_path), "sky")
    assert "arxiv, conferences and patents" in told.value.try_next


def test_an_installation_without_corpora_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no bundled corpora"):
        of_statistics(Catalogue.open(tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("name", "kind", "default_year", "complete_to"),
    [
        ("arxiv", "documents", 2016, 2019),
        ("conferences", "documents", 2024, 2024),
        ("patents", "counts", 2024, 2024),
    ],
)
def test_what_is_said_of_each(
    name: str, kind: str, default_year: int, complete_to: int, tmp_path: Path
) -> None:
    corpus = bundled(Catalogue.open(tmp_path), name)
    assert (corpus.name, corpus.kind, corpus.default_year, corpus.complete_to) == (
        name,
        kind,
        default_year,
        complete_to,
    )
    assert (
        corpus.title
        and corpus.facts["title_zh"]
        and corpus.facts["citation"]
        and corpus.origin.licence
    )
    assert (
        corpus.years.row(-1, named=True)["year"] == complete_to and corpus.years["is_complete"][-1]
    )
    assert corpus.cautions(default_year, 3)
    assert [one.code for one in corpus.ended(complete_to + 2)] == ["old"]
    assert corpus.ended(complete_to + 1) == []


@pytest.fixture(scope="module")
def patent_tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    catalogue = Catalogue.open(tmp_path_factory.mktemp("patents"))
    kept = ObservationRun(catalogue, bundled(catalogue, "patents"), 2024, 3, say).observation()
    opened = Observation.of(tables_of(catalogue, kept), kept.facts)
    checked_facts(opened.facts)
    return dict(checked_tables(opened.tables))


class TestPatents:
    def test_areas_names_and_themes_are_settled(
        self, patent_tables: dict[str, pl.DataFrame]
    ) -> None:
        technologies = patent_tables["technologies"]
        assert (
            set(technologies["area"]) == AREAS | {"none"}
            and technologies["area_probability"].eq(1).all()
        )
        assert technologies["name_zh"].str.contains(r"\p{Han}").all()
        listed = patents.names().select(pl.col("name_en").alias("technology_id"), "domain_en")
        assert (
            technologies.join(listed, on="technology_id")
            .select(pl.col("theme") == pl.col("domain_en"))["theme"]
            .all()
        )
        themes = patent_tables["themes"]
        assert set(themes["name"]) == set(technologies["theme"])
        assert themes["technologies_count"].is_sorted(descending=True)

    def test_every_area_has_an_answer(self, patent_tables: dict[str, pl.DataFrame]) -> None:
        summary = patent_tables["areas_summary"].filter(pl.col("area") != "none")
        assert set(summary["area"]) == AREAS and summary["best_name"].null_count() == 0

    def test_remainders_are_dropped(self, patent_tables: dict[str, pl.DataFrame]) -> None:
        assert (
            set(patent_tables["dropped"]["rule"]) == {"residual"}
            and patent_tables["dropped"].height == 12
        )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "year"), [("arxiv", 2010), ("conferences", 2021)])
def test_the_corpora_read_as_computed_from_the_documents(
    name: str, year: int, shared: Path, tmp_path: Path
) -> None:
    text = next(one for one in TEXT_CORPORA if one.name == name)
    catalogue = Catalogue.open(tmp_path)
    documents = build_bundled.opened(text, catalogue, shared, build_bundled.ABOUT[name]["known_to"])
    computed = documents.surveys([year], text.observed, say)[year][0]
    read = bundled(catalogue, name).surveys([year], text.observed, say)[year][0]
    same_surveys(computed, read)
