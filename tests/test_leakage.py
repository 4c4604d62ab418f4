"""No forecast moves when documents dated after the forecast year are changed, added or removed; and this test can fail.

The corpus is small, so technologies are scored from 5 documents a year instead of 20: enough of them for the trained
forecast. Tables are compared byte for byte as they are written.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.emergence import verification
from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.membership import Membership
from firstlight.instruments.emergence.survey import Survey, survey_and_membership
from firstlight.instruments.emergence.survey_tables import survey_of
from firstlight.observe import Sky, counting, observe
from firstlight.sample.planted import PlantedCorpus, planted_corpus, planted_counts

AS_OF, EARLIER, END = 2012, 2008, 2015
OUTCOMES = ("outcome", "outcome_growth")
MAY_DIFFER = {"years", "set_aside", "duplicates", "warnings"}  # they describe the whole record, the later part too
Change = Callable[[pl.DataFrame, int], pl.DataFrame]


@dataclass(frozen=True)
class Corpora:
    """The corpus as it is, and others that differ from it after a year."""

    whole: pl.DataFrame
    other: pl.DataFrame  # invented apart: other words, other authors, ten times as many a year
    redefined: str  # every acronym of the corpus, said to be short for another of its terms


def changed(corpora: Corpora, after: int) -> pl.DataFrame:
    """Later documents have others' texts in capitals, new meanings of acronyms, other authors, categories and countries."""
    early, late = parted(corpora.whole, after)
    order = np.random.default_rng(5).permutation(late.height)
    rest = late.drop("id", "date")[order].with_columns(
        pl.col("title").str.to_uppercase(),
        pl.col("abstract") + corpora.redefined + pl.col("title").reverse(),
        authors=pl.concat_list(pl.lit("A. Newcomer"), pl.lit("B. Newcomer")),
        categories=pl.concat_list(pl.lit("new.category")),
        country=pl.concat_list(pl.lit("NZ")),
    )
    return pl.concat([early, pl.concat([late.select("id", "date"), rest], how="horizontal")])


def added(corpora: Corpora, after: int) -> pl.DataFrame:
    """Ten times as many later documents, on other topics, by other authors, besides the ones there were."""
    _, more = parted(corpora.other, after)
    return pl.concat([corpora.whole, more.with_columns(id="other-" + pl.col("id"))])


def removed(corpora: Corpora, after: int) -> pl.DataFrame:
    """Nothing after the year."""
    return parted(corpora.whole, after)[0]


def parted(frame: pl.DataFrame, after: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    late = pl.col("date").dt.year() > after
    return frame.filter(~late), frame.filter(late)


@pytest.fixture(scope="module")
def corpora() -> Corpora:
    def corpus(first: int, per_year: int, seed: int) -> PlantedCorpus:
        return planted_corpus(
            technologies=24, years=(first, END), documents_per_year=(per_year, per_year), seed=seed, shuffled=True
        )

    own = corpus(1999, 330, 1)
    short = own.terms.drop_nulls("acronym")
    pairs = zip(short["term"].reverse().to_list(), short["acronym"].to_list(), strict=True)
    redefined = "".join(f" We use {term} ({acronym})." for term, acronym in pairs)
    assert short.height > 5
    return Corpora(own.documents.drop("year"), corpus(2008, 3300, 77).documents.drop("year"), redefined)


@pytest.fixture(scope="module")
def small_technologies() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "survey_and_membership", partial(survey_and_membership, least_documents=5))
        yield


@pytest.fixture(scope="module")
def as_is(corpora: Corpora, small_technologies: None, tmp_path_factory: pytest.TempPathFactory) -> Sky:
    return observe(corpora.whole, as_of=AS_OF, project=tmp_path_factory.mktemp("as_is"))


@pytest.fixture(scope="module")
def with_later_changed(corpora: Corpora, small_technologies: None, tmp_path_factory: pytest.TempPathFactory) -> Sky:
    return observe(changed(corpora, AS_OF), as_of=AS_OF, project=tmp_path_factory.mktemp("changed"))


def written(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_ndjson(stream)  # values in full; a buffer that only says that nothing is null is no difference
    stream.write(repr(frame.schema).encode())
    return stream.getvalue()


def told_beforehand(sky: Sky) -> dict[str, bytes]:
    """Everything that an observation says of its forecast year and of earlier ones, as bytes by table."""
    tables: dict[str, pl.DataFrame] = {name: own for name, own in sky.tables.items() if name not in MAY_DIFFER}
    tables["technologies"] = tables["technologies"].drop(OUTCOMES)
    tables["convergence"] = tables["convergence"].drop("outcome", "outcome_documents_count")
    tables["history"] = tables["history"].filter(~pl.col("is_after"))
    names = ("as_of", "documents_count", "technologies_count", "coverage", "base_rate")
    tables["facts"] = pl.DataFrame([{name: sky.facts[name] for name in names}])
    return {name: written(own) for name, own in tables.items()}


def moved(one: Sky, other: Sky) -> list[str]:
    """Tables of which a byte differs."""
    before, after = told_beforehand(one), told_beforehand(other)
    return [name for name in before if before[name] != after[name]]


def forecaster_of(sky: Sky, horizon: int = 3) -> Forecaster:
    """The surveys and ids that an observation kept."""
    catalogue = Catalogue.open(sky.project, reading=True)
    surveys: dict[int, Survey] = {}
    for name in sky.facts["results"]:
        if name.startswith("survey_"):
            kept = catalogue.find(name)
            surveys[int(name[-4:])] = survey_of({own: catalogue.table(kept, own) for own in kept.tables}, kept.facts)
    ids = catalogue.table(catalogue.find("identity"), "ids").sort("forecast_year", "technology")
    lineage = {
        year: ids.filter(pl.col("forecast_year") == year)["technology_id"].to_list()
        for year in sorted(set(ids["forecast_year"].to_list()))
    }
    return Forecaster(surveys, lineage, horizon)


def told_at(forecaster: Forecaster, year: int) -> list[Any]:
    """The forecasts of both targets at a year, who is listed, and the cut-off of every baseline."""
    found: list[Any] = [forecaster.lineage[year], forecaster.surveys[year].labels]
    for target in ("A", "B"):
        own = forecaster.forecast(year, target, resamples=5)
        parts = [(name, part.tobytes()) for name, part in sorted(own.contributions.items())]
        found += [own.probability.tobytes(), own.low.tobytes(), own.high.tobytes(), own.baseline, own.trained_on, parts]
        learnt = verification._learnt(forecaster, target, year)
        for name in verification.METHODS[1:]:
            scores = verification._Scores(forecaster, name, target)
            found += [(name, verification.best_cut(scores, learnt)), scores.of(year).tobytes()]
    return found


def test_the_observation_compared_is_a_full_one(as_is: Sky) -> None:
    """A comparison of empty tables would prove nothing."""
    assert as_is.technologies.height >= 8
    assert as_is.technologies["outcome"].null_count() == 0
    read = set(as_is.tables["reasons"]["indicator"].to_list())
    assert read == {"chance", "new_authors_share", "spread", "need_language", "category_age"}
    assert (as_is.technologies["probability_low"] < as_is.technologies["probability"]).all()
    drawn = ("history", "fan", "terms", "shares", "indicators", "record", "reliability", "cases", "findings")
    for name in (
        *drawn,
        "precedents",
        "precedent_outcomes",
        "standing",
        "rank_record",
        "case_reasons",
        "past_forecasts",
    ):
        assert as_is.tables[name].height > 0
    assert as_is.tables["record"]["forecast_year"].max() == AS_OF - 3


def test_nothing_told_moves_when_later_documents_are_changed(as_is: Sky, with_later_changed: Sky) -> None:
    assert moved(as_is, with_later_changed) == []
    # What really happened did change, so the later documents were read.
    growth = with_later_changed.technologies["outcome_growth"]
    assert growth.null_count() == 0
    assert as_is.technologies["outcome_growth"].to_list() != growth.to_list()


def test_nothing_told_moves_when_later_documents_are_added(corpora: Corpora, as_is: Sky, tmp_path: Path) -> None:
    more = added(corpora, AS_OF)
    assert parted(more, AS_OF)[1].height > 10 * parted(corpora.whole, AS_OF)[1].height
    other = observe(more, as_of=AS_OF, project=tmp_path)
    assert moved(as_is, other) == []
    assert as_is.technologies["outcome_growth"].to_list() != other.technologies["outcome_growth"].to_list()


def test_nothing_told_moves_when_later_documents_are_removed(corpora: Corpora, as_is: Sky, tmp_path: Path) -> None:
    other = observe(removed(corpora, AS_OF), as_of=AS_OF, project=tmp_path)
    assert moved(as_is, other) == []
    assert other.technologies["outcome"].null_count() == other.technologies.height
    assert not other.tables["history"]["is_after"].any()


@pytest.mark.parametrize("change", [changed, removed], ids=lambda change: change.__name__)
def test_no_forecast_inside_the_record_moves_when_documents_after_its_year_do(
    change: Callable[[Corpora, int], pl.DataFrame], corpora: Corpora, as_is: Sky, tmp_path: Path
) -> None:
    """A record is out of time: at 2008, in the observation of 2012, nothing is known of 2009 and later."""
    as_of = EARLIER if change is removed else AS_OF
    other = observe(change(corpora, EARLIER), as_of=as_of, project=tmp_path)
    ours, theirs = forecaster_of(as_is), forecaster_of(other)
    scored = as_is.tables["record"].filter(pl.col("forecast_year") == EARLIER)
    assert scored.height == 14  # two targets, our method and six baselines
    for year in range(EARLIER - 4, EARLIER + 1):
        assert told_at(ours, year) == told_at(theirs, year)
    assert ours.forecast(EARLIER).method == "logistic"
    if change is changed:
        assert told_at(ours, EARLIER + 3) != told_at(theirs, EARLIER + 3)


class TestTheTestCanFail:
    """Deliberate leaks, each of which the comparison above finds."""

    def test_a_forecast_handed_later_years_refuses(self, as_is: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
        forecaster = forecaster_of(as_is)
        monkeypatch.setattr(Survey, "until", lambda self, year: self)
        with pytest.raises(InputError, match="must not read later years"):
            forecaster.forecast(EARLIER)

    def test_training_on_outcomes_of_the_future_is_found(
        self, as_is: Sky, with_later_changed: Sky, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ours, theirs = forecaster_of(as_is), forecaster_of(with_later_changed)
        assert told_at(ours, AS_OF) == told_at(theirs, AS_OF)
        known = Forecaster.outcomes
        monkeypatch.setattr(Forecaster, "outcomes", lambda self, year, target, known_at: known(self, year, target, END))
        assert told_at(ours, AS_OF) != told_at(theirs, AS_OF)

    def test_terms_chosen_with_later_documents_are_found(
        self, corpora: Corpora, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def leaky_survey(
            counts: Any, terms_of: Any, company: Any, year: int, **options: Any
        ) -> tuple[Survey, Membership]:
            seen_from = min(year + 2, int(counts.years.max()))
            found, rule = survey_and_membership(counts, terms_of, company, seen_from, least_documents=5, **options)
            return replace(found, forecast_year=year), rule

        monkeypatch.setattr(counting, "survey_and_membership", leaky_survey)
        leaky = [
            observe(corpus, as_of=AS_OF, project=tmp_path / name)
            for name, corpus in (("one", corpora.whole), ("two", changed(corpora, AS_OF)))
        ]
        assert {"technologies", "terms"} <= set(moved(*leaky))


def late_counts(counts: pl.DataFrame, kind: str) -> pl.DataFrame:
    late = pl.col("year") > AS_OF
    if kind == "removed":
        return counts.filter(~late)
    if kind == "changed":
        return counts.with_columns(pl.when(late).then(pl.col("total") // 7).otherwise("count").alias("count"))
    more = counts.filter(late).with_columns(
        pl.col("count") * 10 + 50, pl.col("total") * 10 + 9000, entity="new-" + pl.col("entity")
    )
    return pl.concat([counts, more])


@pytest.mark.parametrize("kind", ["changed", "added", "removed"])
def test_nothing_told_moves_when_later_counts_do(
    kind: str, counts_as_is: tuple[pl.DataFrame, Mapping[int, Sky]], tmp_path: Path
) -> None:
    counts, skies = counts_as_is
    other = observe(late_counts(counts, kind), as_of=AS_OF, project=tmp_path)
    assert skies[AS_OF].technologies.height > 50
    assert moved(skies[AS_OF], other) == []
    assert skies[AS_OF].technologies["outcome_growth"].to_list() != other.technologies["outcome_growth"].to_list()


@pytest.fixture(scope="module")
def counts_as_is(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, Mapping[int, Sky]]:
    counts = planted_counts(technologies=160, years=(1999, END), documents_per_year=(16_000, 16_000), seed=4)
    return counts, {AS_OF: observe(counts, as_of=AS_OF, project=tmp_path_factory.mktemp("counts"))}
