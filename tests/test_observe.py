"""Observing end to end: documents, counts and bundled corpora, in every form, and where each number
comes from."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

import take_off_corpus as made
from firstlight.catalogue import Catalogue, Explanation
from firstlight.classifications import countries
from firstlight.errors import InputError, NotKeptError, StoreError
from firstlight.run.listing import instruments
from firstlight.run.observed import Observation
from firstlight.run.observing import observe, open_observation
from firstlight.store.lineage import SNAPSHOT
from firstlight.views.observation_contract import checked_facts, checked_tables, first_lines

AS_OF = 2014
FEW_AS_OF = 2015
FEW_COUNTS = made.counts(years=(2007, 2016), entities=20)
NAMES = made.names(30)
STEPS = {
    "files_read",
    "documents",
    "technologies_2010",
    "technologies_2011",
    "technologies_2014",
    "new_links",
    "record",
    "observation",
}
# A forecast as seen from a year that is past: the answer, how many should take off and how many bets
# they are, whether to believe it, what came.
IN_THE_PAST = ["answer_none_likely", "expected", "bets", "believe", "verdict"]


@pytest.fixture(scope="module")
def documents() -> pl.DataFrame:
    return made.corpus()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("observed")


@pytest.fixture(scope="module")
def observed(documents: pl.DataFrame, project: Path) -> Observation:
    return observe(documents, as_of=AS_OF, project=project)


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return observe(made.counts(), as_of=2013, project=tmp_path_factory.mktemp("counted"))


@pytest.fixture(scope="module")
def few() -> pl.DataFrame:
    """Documents that are observed in half the time, for what no number of them changes."""
    return made.corpus(years=(2010, 2016), per_year=150, technologies=10)


@pytest.fixture(scope="module")
def few_observed(few: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return observe(few, as_of=FEW_AS_OF, project=tmp_path_factory.mktemp("few"))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the results that were computed, not found."""
    names: list[str] = []
    keep = Catalogue.keep

    def noting(self: Catalogue, name: str, *, compute: Callable[[], Any], **options: Any) -> Any:
        def noted() -> Any:
            names.append(name)
            return compute()

        return keep(self, name, compute=noted, **options)

    monkeypatch.setattr(Catalogue, "keep", noting)
    return names


def codes(found: Observation) -> list[str]:
    """What the first lines say, but for how long ago the made-up documents end."""
    return [line.code for line in first_lines(found.facts) if line.code != "old"]


def values(found: Observation, code: str) -> dict[str, Any]:
    """The numbers of one of the first lines."""
    (line,) = (line for line in first_lines(found.facts) if line.code == code)
    return {name: getattr(value, "value", None) for name, value in line.values.items()}


def same(one: Observation, other: Observation) -> None:
    """Every table of two observations is equal, to the last bit of every number; notes on how a
    file was read aside."""
    assert set(one.tables) == set(other.tables)
    for name in one.tables:
        left, right = (without_notes(name, found.tables[name]) for found in (one, other))
        assert_frame_equal(left, right, check_exact=True)


def without_notes(name: str, table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("code") != "reading") if name == "warnings" else table


def checked(found: Observation) -> pl.DataFrame:
    """The technologies of an observation that keeps the contract of views."""
    checked_tables(found.tables)
    checked_facts(found.facts)
    frame = found.tables["technologies"]
    assert frame["technology_id"].is_unique().all()
    scored = frame.filter(pl.col("status") == "scored")
    assert scored["rank"].to_list() == list(range(1, scored.height + 1))
    assert frame["rank"].null_count() == frame.height - scored.height
    for name in ("en", "zh"):
        assert found.summary(name)
    return frame


class TestDocuments:
    def test_planted_technologies_are_found_under_their_names(self, observed: Observation) -> None:
        frame = checked(observed)
        forms = observed.tables["forms"].with_columns(pl.col("form").str.to_lowercase())
        has_form = {
            name: forms.filter(pl.col("form") == name)["technology_id"].to_list() for name in NAMES
        }
        assert all(len(ids) == 1 for ids in has_form.values())
        with_acronym = NAMES[:: made.WITH_ACRONYM]
        for name in with_acronym:
            (own,) = forms.filter(pl.col("form") == made.acronym(name).lower())[
                "technology_id"
            ].unique()
            assert own == has_form[name][0], "an acronym stands for its long form"
        assert set(frame["technology_id"]) >= {own for ids in has_form.values() for own in ids}

    def test_counts_of_a_technology_are_those_of_the_documents(
        self, observed: Observation, documents: pl.DataFrame
    ) -> None:
        name = NAMES[1]
        is_written = (pl.col("title") + " " + pl.col("abstract")).str.contains(name)
        years = (
            documents.filter(is_written)
            .group_by(pl.col("date").dt.year().cast(pl.Int64).alias("year"))
            .len("n")
        )
        row = observed.tables["technologies"].row(by_predicate=pl.col("name") == name, named=True)
        history = observed.tables["history"].filter(pl.col("technology_id") == row["technology_id"])
        both = history.join(years, on="year", how="left").with_columns(
            pl.col("n").fill_null(0).cast(pl.Int64)
        )
        assert both["documents_count"].to_list() == both["n"].to_list()
        assert both.filter("is_future")["year"].to_list() == [2015, 2016, 2017]
        recent = both.filter(pl.col("year").is_between(AS_OF - 1, AS_OF))["n"].sum()
        assert row["documents_count"] == recent and row["share"] == pytest.approx(
            recent / 600, rel=0.02
        )

    def test_what_the_first_two_years_hold_has_no_beginning(self, observed: Observation) -> None:
        frame, past = observed.tables["technologies"], pl.col("year") <= AS_OF
        first = observed.tables["history"].filter(past)["year"].min()
        third = pl.col("documents_count").cum_sum().over("technology_id", order_by="year") >= 3
        began = (
            observed.tables["history"]
            .filter(past & third)
            .group_by("technology_id")
            .agg(pl.col("year").min())
        )
        joined = frame.join(began, on="technology_id", how="left")
        is_old = joined["year"] <= first + 1  # type: ignore[operator]
        assert is_old.sum() > 5 and joined["first_year"].is_null().equals(is_old.fill_null(False))
        assert joined.filter(~is_old).select((pl.col("first_year") == pl.col("year")).all()).item()

    def test_what_took_off_is_what_was_planted(self, observed: Observation) -> None:
        frame = observed.tables["technologies"]
        took_off = set(frame.filter("outcome")["name"].str.replace(r" \(.*\)$", ""))
        assert len(took_off & set(NAMES)) >= 3
        assert took_off & set(NAMES) <= set(NAMES[: made.TAKES_OFF])
        assert frame.filter(pl.col("status") == "scored")["outcome"].null_count() == 0

    def test_chances_stand_between_their_bounds_with_an_advice(self, observed: Observation) -> None:
        scored = observed.tables["technologies"].filter(pl.col("status") == "scored")
        low, middle, high = (scored[f"probability{end}"] for end in ("_low", "", "_high"))
        assert ((low <= middle) & (middle <= high)).all() and middle.is_between(0, 1).all()
        assert (
            scored["advice"].null_count() == 0
            and observed.tables["fan"].height == 3 * scored.height
        )

    def test_its_record_is_of_earlier_years_beside_every_rule(self, observed: Observation) -> None:
        record = observed.tables["record"]
        assert record["year"].drop_nulls().unique().sort().to_list() == [2010, 2011]
        pooled = record.filter(pl.col("year").is_null())
        assert pooled["ranking"].is_unique().all() and pooled["is_used"].sum() == 1
        used = pooled.row(by_predicate=pl.col("is_used"), named=True)
        assert used["ranking"] == observed.facts["ranking"]
        assert 0 < used["take_off_count"] < used["scored_count"]
        assert used["base_rate"] == pytest.approx(
            used["take_off_count"] / used["scored_count"], abs=1e-6
        )
        past = observed.tables["past_forecasts"]
        assert past.group_by("forecast_year").agg(pl.col("rank").max() == pl.len())["rank"].all()

    def test_the_first_lines_answer_believe_and_judge(self, observed: Observation) -> None:
        assert codes(observed) == IN_THE_PAST
        frame = observed.tables["technologies"]
        assert values(observed, "verdict")["count"] == frame.head(20)["outcome"].sum()
        said = values(observed, "expected")
        assert said["expected"] == pytest.approx(frame.head(20)["probability"].sum())
        assert said["low"] <= said["expected"] <= said["high"] and said["held"] <= said["lists"]
        assert values(observed, "bets")["count"] == frame["bet"].drop_nulls().n_unique() < 20
        assert frame["bet"].is_not_null().sum() == 20
        english, chinese = observed.summary("en"), observed.summary("zh")
        first = frame["name"][0]
        assert first in english and first in chinese
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in english)
        assert "{" not in english + chinese

    def test_the_documents_behind_are_those_that_use_it(
        self, observed: Observation, documents: pl.DataFrame
    ) -> None:
        name = NAMES[1]
        row = observed.tables["technologies"].row(by_predicate=pl.col("name") == name, named=True)
        behind = observed.tables["documents"].filter(
            pl.col("technology_id") == row["technology_id"]
        )
        text = documents.select("id", (pl.col("title") + " " + pl.col("abstract")).alias("text"))
        read = behind.join(text, left_on="document_id", right_on="id")
        assert read.height == behind.height > 0 and read["text"].str.contains(name).all()
        assert (behind["date"].dt.year() <= AS_OF).all()
        assert set(behind["role"]) == {"typical", "first", "newest"}

    def test_a_forecast_from_the_last_year_has_no_outcome(
        self, documents: pl.DataFrame, tmp_path: Path
    ) -> None:
        now = observe(documents, project=tmp_path)
        assert now.facts["as_of"] == made.LAST and not now.facts["is_future_known"]
        assert checked(now)["outcome"].null_count() == now.tables["technologies"].height
        assert codes(now)[0].startswith("answer") and not [
            code for code in codes(now) if code.startswith("verdict")
        ]

    def test_five_years_ahead(self, documents: pl.DataFrame, tmp_path: Path) -> None:
        far = observe(documents, horizon=5, project=tmp_path)
        checked(far)
        assert far.facts["horizon"] == 5 and far.tables["record"]["year"].max() == made.LAST - 5
        assert far.tables["fan"]["year"].max() == made.LAST + 5

    def test_titles_alone_are_enough(self, documents: pl.DataFrame, tmp_path: Path) -> None:
        frame = checked(observe(documents.drop("abstract"), as_of=AS_OF, project=tmp_path))
        assert len(set(frame["name"].str.replace(r" \(.*\)$", "")) & set(NAMES)) >= 10
        assert frame.filter(pl.col("status") == "scored").height >= 5


class TestWalkingBack:
    def test_a_row_walks_back_to_the_bytes(self, documents: pl.DataFrame, tmp_path: Path) -> None:
        given = tmp_path / "papers.csv"
        made.flat(documents).write_csv(given)
        found = observe(given, as_of=AS_OF, project=tmp_path / "kept")
        catalogue = Catalogue.open(tmp_path / "kept", reading=True)
        first = found.frame["technology_id"][0]
        told = catalogue.explain(
            "observation", {"technology_id": first}, table="technologies", instruments=instruments()
        )
        steps = list(walked(told))
        assert told.row is not None and told.row["rank"] == 1
        assert {step.name for step in steps} >= STEPS
        used = set(catalogue.results()["instrument"].to_list()) - {SNAPSHOT}
        assert used <= set(instruments())
        for step in steps:
            if step.instrument != SNAPSHOT:
                assert len(step.formula["en"].split()) > 5 and step.citation, step.name
        read = [check for check in told.files() if check.path.endswith(given.name)]
        assert read and read[0].sha256 == hashlib.sha256(given.read_bytes()).hexdigest()
        assert read[0].state == "unchanged"

    def test_a_kept_observation_opens_again(
        self, observed: Observation, project: Path, tmp_path: Path
    ) -> None:
        again = open_observation(project)
        same(observed, again)
        assert (
            again.facts == json.loads(json.dumps(observed.facts)) or again.facts == observed.facts
        )
        with pytest.raises(InputError):
            again.as_given("growth")
        with pytest.raises(StoreError):
            open_observation(tmp_path / "absent")
        Catalogue.open(tmp_path / "empty")
        with pytest.raises(NotKeptError):
            open_observation(tmp_path / "empty")


def walked(told: Explanation) -> Iterator[Explanation]:
    yield told
    for step in told.inputs:
        if step.explanation is not None:
            yield from walked(step.explanation)


class TestWhatIsComputed:
    def test_a_second_run_computes_nothing(
        self, few: pl.DataFrame, computed: list[str], tmp_path: Path
    ) -> None:
        first = observe(few, as_of=FEW_AS_OF, project=tmp_path)
        years = {"technologies_2012", "technologies_2015"}
        assert set(computed) == years | {step for step in STEPS if "technologies" not in step}
        assert len(computed) == len(set(computed))
        again = observe(few, as_of=FEW_AS_OF, project=tmp_path)
        assert len(computed) == len(set(computed))
        assert again.facts["results"] == first.facts["results"]
        same(first, again)

    @pytest.mark.slow
    def test_another_year_computes_what_it_needs(
        self, documents: pl.DataFrame, computed: list[str], tmp_path: Path
    ) -> None:
        observe(documents, as_of=AS_OF, project=tmp_path)
        computed.clear()
        observe(documents, as_of=AS_OF + 1, project=tmp_path)
        assert "documents" not in computed, "what was read is used again"
        assert {"technologies_2015", "record", "observation"} <= set(computed)


FRAMES: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "lazy": lambda frame: frame.lazy(),
    "pandas": lambda frame: frame.to_pandas(),
    "pyarrow": lambda frame: frame.to_arrow(),
    "duckdb": lambda frame: duckdb.from_arrow(frame.to_arrow()),
}
FRAME_KINDS = {
    "polars": pl.DataFrame,
    "lazy": pl.DataFrame,
    "pandas": pd.DataFrame,
    "pyarrow": pa.Table,
    "duckdb": duckdb.DuckDBPyRelation,
}


@pytest.fixture(scope="module")
def few_counted(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return observe(FEW_COUNTS, as_of=2013, project=tmp_path_factory.mktemp("few_counted"))


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_comes_back_as_the_kind_it_was(
    kind: str, few_counted: Observation, tmp_path: Path
) -> None:
    found = observe(FRAMES[kind](FEW_COUNTS), as_of=2013, project=tmp_path)
    assert isinstance(found.frame, FRAME_KINDS[kind]) and isinstance(
        found.as_given("record"), FRAME_KINDS[kind]
    )
    assert found.tables["record"].height > 0
    same(few_counted, found)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "pandas"])
def test_documents_say_the_same_from_any_format(
    ending: str, few: pl.DataFrame, few_observed: Observation, tmp_path: Path
) -> None:
    path: Any = tmp_path / f"papers.{ending}"
    if ending == "csv":
        made.flat(few).write_csv(path)
    elif ending == "jsonl":
        few.write_ndjson(path)
    elif ending == "parquet":
        few.write_parquet(path)
    else:
        path = few.to_pandas()
    assert few_observed.tables["record"].height > 0
    same(few_observed, observe(path, as_of=FEW_AS_OF, project=tmp_path / "kept"))


def test_counts_are_observed(counted: Observation) -> None:
    frame, given = checked(counted), made.counts()
    assert set(frame["technology_id"]) == set(given["entity"]) and counted.facts["kind"] == "counts"
    history = counted.tables["history"].join(
        given, left_on=["technology_id", "year"], right_on=["entity", "year"]
    )
    assert history.height == given.height and (history["documents_count"] == history["count"]).all()
    assert counted.tables["record"]["year"].drop_nulls().max() == 2010
    assert codes(counted) == ["answer_none_likely", "expected", "believe", "verdict"]
    assert counted.tables["technologies"]["bet"].is_null().all()
    assert values(counted, "believe")["named"] == 6, (
        "a tenth of those scored, as the record judges them"
    )


def test_places_are_forecast_as_technologies_are_and_get_no_advice(
    few_counted: Observation, tmp_path: Path
) -> None:
    """The same counts under the names of countries: all is the same but the advice."""
    entities = FEW_COUNTS["entity"].unique().sort()
    codes_of_three = pl.read_csv(countries.LIST)["iso3"].sort().head(len(entities))
    called = dict(zip(entities, codes_of_three, strict=True))
    given = FEW_COUNTS.with_columns(pl.col("entity").replace_strict(called))
    found = observe(given, as_of=2013, project=tmp_path)
    frame, plain = checked(found), few_counted.tables["technologies"]
    figures = ["rank", "documents_count", "probability", "score", "outcome"]
    assert_frame_equal(frame[figures], plain[figures])
    assert plain["advice"].null_count() == 0
    assert frame["advice"].null_count() == frame.height
    assert [*codes(few_counted), "entities_are_places"] == codes(found)
    told = found.tables["warnings"].filter(pl.col("code") == "entities_are_places")
    assert told["severity"].to_list() == ["yellow"]


class TestBundledCorpora:
    @pytest.mark.slow  # tests/run/test_bundled.py observes them too
    def test_patents(self, tmp_path: Path) -> None:
        frame = checked(observe(corpus="patents", project=tmp_path))
        assert frame.height > 50 and frame["name_zh"].null_count() == 0

    def test_a_corpus_that_does_not_ship(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="sky"):
            observe(corpus="sky", project=tmp_path / "kept")


class TestWhatIsRefused:
    @pytest.mark.parametrize("year", [1950, 2007, 2018, 2050])
    def test_a_year_outside_the_record(
        self, year: int, documents: pl.DataFrame, tmp_path: Path
    ) -> None:
        with pytest.raises(InputError) as refused:
            observe(documents, as_of=year, project=tmp_path)
        nearest = made.FIRST + 1 if year < made.FIRST else made.LAST
        assert str(year) in str(refused.value)
        assert str(made.FIRST) in str(refused.value) and str(made.LAST) in str(refused.value)
        assert refused.value.try_next == f"--as-of {nearest}"

    def test_a_year_without_documents(self, documents: pl.DataFrame, tmp_path: Path) -> None:
        gap = documents.filter(pl.col("date").dt.year() != AS_OF)
        with pytest.raises(InputError) as refused:
            observe(gap, as_of=AS_OF, project=tmp_path)
        assert str(AS_OF) in str(refused.value) and refused.value.try_next == f"--as-of {AS_OF - 1}"

    @pytest.mark.parametrize("horizon", [0, 1, 4, 10])
    def test_a_horizon_without_a_target(
        self, horizon: int, documents: pl.DataFrame, tmp_path: Path
    ) -> None:
        with pytest.raises(InputError) as refused:
            observe(documents, horizon=horizon, project=tmp_path / "kept")
        assert refused.value.what == f"horizon = {horizon}"
        assert refused.value.try_next == "one of 3 and 5"
        assert not (tmp_path / "kept").exists()


class TestTooLittleForAForecast:
    """There is a page all the same: it says why there is no forecast, and what is rising."""

    def test_too_few_years(self, documents: pl.DataFrame, tmp_path: Path) -> None:
        found = observe(documents, as_of=made.FIRST + 1, project=tmp_path)
        frame = checked(found)
        assert codes(found) == ["answer_too_few_years", "answer_rising"]
        assert values(found, "answer_too_few_years") == {"count": 2, "least": 3}
        assert (
            set(frame["status"]) == {"watched"}
            and frame["probability"].null_count() == frame.height > 20
        )

    def test_one_year(self, documents: pl.DataFrame, tmp_path: Path) -> None:
        found = observe(documents, as_of=made.FIRST, project=tmp_path)
        frame = checked(found)
        assert codes(found) == ["answer_too_few_years"], "nothing is known to rise"
        assert frame.height > 20 and frame["growth_last_year"].null_count() == frame.height

    def test_too_few_documents(self, documents: pl.DataFrame, tmp_path: Path) -> None:
        found = observe(documents[::6], project=tmp_path)
        frame = checked(found)
        assert codes(found) == ["answer_too_few_documents", "answer_rising"]
        recent = documents[::6].filter(pl.col("date").dt.year() >= made.LAST - 1).height
        assert values(found, "answer_too_few_documents") == {
            "first": made.LAST - 1,
            "last": made.LAST,
            "count": recent,
            "least": 100,
        }
        assert set(frame["status"]) == {"watched"} and frame["rank"].null_count() == frame.height
        rising = frame.row(0, named=True)
        assert rising["share"] > rising["share_before"]
        assert found.tables["documents"].height > 0

    @pytest.mark.parametrize("size", [1, 10])
    def test_a_handful_of_documents(
        self, size: int, documents: pl.DataFrame, tmp_path: Path
    ) -> None:
        found = observe(documents[:: documents.height // size][:size], project=tmp_path)
        assert checked(found).height == 0
        assert codes(found)[0] in ("answer_too_few_documents", "answer_too_few_years")

    def test_periods_of_several_years(self, tmp_path: Path) -> None:
        counts = made.counts()
        every_fifth = counts.filter(pl.col("year") % 5 == 3)
        found = observe(every_fifth, project=tmp_path / "fifth")
        assert codes(found)[0] == "answer_years_apart"
        assert values(found, "answer_years_apart") == {"before": 2008, "year": 2013}
        assert set(checked(found)["status"]) == {"watched"}
        every_other = counts.filter(pl.col("year") % 2 == 1)
        assert "answer_years_apart" not in codes(observe(every_other, project=tmp_path / "other"))

    def test_nothing_is_named(self, documents: pl.DataFrame, tmp_path: Path) -> None:
        found = observe(
            documents.with_columns(title=pl.col("id"), abstract=pl.lit("")), project=tmp_path
        )
        assert checked(found).height == 0 and codes(found) == ["answer_nothing"]

    def test_counts_too_small_to_score(self, tmp_path: Path) -> None:
        found = observe(made.counts().with_columns(pl.col("count") // 30), project=tmp_path)
        assert set(checked(found)["status"]) == {"watched"} and codes(found) == ["answer_watched"]

    def test_no_earlier_forecast_gives_a_ranking_without_chances(self, tmp_path: Path) -> None:
        found = observe(made.corpus(years=(1931, 1935)), project=tmp_path)
        frame = checked(found)
        assert codes(found) == ["answer_unscored", "believe_nothing"]
        assert (
            frame["rank"].is_not_null().any() and frame["probability"].null_count() == frame.height
        )
        assert found.tables["fan"].height == found.tables["record"].height == 0

    def test_an_export_under_tags_with_rows_twice(
        self, documents: pl.DataFrame, tmp_path: Path
    ) -> None:
        few = documents[::6]
        rows = pl.concat([few, few[:4]]).select(
            AU=pl.col("authors").list.join("; "),
            TI="title",
            SO="source",
            AB="abstract",
            PY=pl.col("date").dt.year(),
            UT="id",
        )
        export = tmp_path / "export.csv.gz"
        export.write_bytes(gzip.compress(rows.write_csv().encode()))
        found = observe(export, project=tmp_path)
        frame = checked(found)
        assert codes(found)[:2] == ["answer_too_few_documents", "answer_rising"]
        assert found.tables["set_aside"]["documents_count"].sum() == 4
        assert found.tables["years"]["documents_count"].sum() == few.height
        assert frame.height > 5 and set(frame["status"]) == {"watched"}
