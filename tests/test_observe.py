"""Observing end to end: the bundled sky, documents and counts in every form, what is stale, and where numbers come from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from firstlight.catalogue import Catalogue, Explanation
from firstlight.errors import InputError, NotKeptError, StoreError
from firstlight.observe import Sky, counting, instruments, observe, open_sky
from firstlight.sample.planted import planted_corpus, planted_counts
from firstlight.sample.sky import load
from firstlight.store.lineage import SNAPSHOT
from firstlight.views.contract import checked

FIRST, AS_OF = 2004, 2014
SURVEYED = list(range(FIRST + 1, AS_OF + 1))  # a first year has no past to forecast from


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sky")


@pytest.fixture(scope="module")
def sky(project: Path) -> Sky:
    return observe(project=project)


@pytest.fixture(scope="module")
def corpus() -> pl.DataFrame:
    """8,400 documents of twelve years."""
    made = planted_corpus(technologies=12, years=(FIRST, 2015), documents_per_year=(700, 700), seed=2)
    return made.documents.drop("year")


@pytest.fixture(scope="module")
def counts() -> pl.DataFrame:
    return planted_counts(technologies=60, years=(2006, 2016), documents_per_year=(5000, 5000), seed=3)


def same(one: Sky, other: Sky) -> None:
    """Every table of two observations is equal, to the last bit of every number; notes on how a file was read aside."""
    assert set(one.tables) == set(other.tables)
    for name in one.tables:
        left, right = (_without_notes(name, sky.tables[name]) for sky in (one, other))
        assert_frame_equal(left, right, check_exact=True)


def _without_notes(name: str, table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("code") != "reading") if name == "warnings" else table


def files(project: Path) -> dict[str, tuple[int, bytes]]:
    """Every kept file with the time it was written and its bytes."""
    return {
        str(path.relative_to(project)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted((project / "catalogue").rglob("*"))
        if path.is_file()
    }


class TestBundledSky:
    def test_it_is_whole(self, sky: Sky) -> None:
        tables = checked(sky.tables)
        assert [name for name, own in tables.items() if own.is_empty()] == [
            "convergence",
            "convergence_record",
            "set_aside",
        ]
        assert "statistics only" in sky.facts["convergence_note_en"]
        technologies = sky.technologies
        listed = load()["technologies"].filter(pl.col("forecast_year") == 2016)
        size = listed.height  # each year's list is shipped, so its length does not depend on what runs after counting
        assert sky.facts["as_of"] == 2016 and technologies.height == sky.facts["technologies_count"] == size > 400
        assert technologies["rank"].to_list() == list(range(1, size + 1))
        assert technologies["technology_id"].n_unique() == size
        assert set(technologies["label"]) == set(listed["label"])
        assert technologies["probability"].is_sorted(descending=True)
        assert (technologies["documents_count"] >= 20).all()
        assert technologies["outcome"].null_count() == 0  # 2019 is in the record
        for target in ("", "_since_peak"):
            low, middle, high = (technologies[f"probability{target}{end}"] for end in ("_low", "", "_high"))
            assert ((low <= middle) & (middle <= high)).all()
        assert sky.facts["is_sample"] and sky.facts["coverage"] > 0.6

    def test_its_record_is_beside_the_baselines(self, sky: Sky) -> None:
        pooled = sky.record.filter(pl.col("forecast_year").is_null() & (pl.col("target") == "B"))
        assert pooled["method"].n_unique() == pooled.height == 7
        ours = pooled.row(by_predicate=pl.col("is_ours"), named=True)
        assert ours["auc_low"] < ours["auc"] < ours["auc_high"] and ours["auc"] > 0.55
        assert ours["brier_skill"] > 0  # better than its own base rate, out of time
        years = sky.record["forecast_year"].drop_nulls().unique()
        assert 5 <= len(years) <= 10 and years.max() == 2013

    def test_reasons_add_up_to_the_probability(self, sky: Sky) -> None:
        odds = sky.technologies.select(
            "technology_id", (pl.col("probability") / (1 - pl.col("probability"))).log().alias("odds")
        )
        both = (
            sky.tables["reasons"]
            .group_by("technology_id")
            .agg(pl.col("contribution").sum())
            .join(odds, on="technology_id")
        )
        rest = both["odds"] - both["contribution"]  # the baseline, the same for all
        assert rest.max() - rest.min() < 3e-4  # tables are rounded to six places

    @pytest.mark.parametrize(
        ("options", "last_year", "fan"),
        [
            ({"as_of": 2012}, 2009, 3),
            ({"horizon": 5}, 2011, 5),
            pytest.param({"horizon": 1}, 2015, 1, marks=pytest.mark.slow),
            pytest.param({"as_of": 2019}, 2016, 3, marks=pytest.mark.slow),
        ],
        ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
    )
    def test_other_years_and_horizons(self, options: dict[str, int], last_year: int, fan: int, project: Path) -> None:
        other = observe(project=project, **options)
        checked(other.tables)
        assert other.record["forecast_year"].max() == last_year
        assert other.tables["fan"].height == fan * other.technologies.height > 0
        is_known = options.get("as_of") != 2019 and options.get("horizon", 3) <= 3
        assert (other.technologies["outcome"].null_count() == 0) == is_known

    @pytest.mark.parametrize("options", [{"as_of": 1999}, {"as_of": 2020}, {"granularity": 2.0}, {"horizon": 0}])
    def test_what_was_not_counted_is_refused(self, options: dict[str, Any], project: Path) -> None:
        with pytest.raises(InputError):
            observe(project=project, **options)

    def test_every_number_walks_back_to_bytes(self, sky: Sky, project: Path) -> None:
        told = Catalogue.open(project, reading=True).explain(
            sky.facts["results"]["observation"], {"technology_id": sky.technologies["technology_id"][0]},
            table="technologies", instruments=instruments(),
        )  # fmt: skip
        steps = list(walked(told))
        assert {"observation", "record", "identity", "bundled_sky"} <= {step.name for step in steps}
        assert any(check.path.endswith("counts.parquet") and check.state == "unchanged" for check in told.files())
        assert told.row is not None and told.row["rank"] == 1


def walked(told: Explanation) -> Iterator[Explanation]:
    yield told
    for step in told.inputs:
        if step.explanation is not None:
            yield from walked(step.explanation)


@pytest.mark.parametrize("kind", ["documents", "counts"])
def test_explain_names_each_instrument_with_formula_and_citation(
    kind: str, corpus: pl.DataFrame, counts: pl.DataFrame, tmp_path: Path
) -> None:
    given = tmp_path / f"{kind}.csv"
    flat = corpus.with_columns(pl.col("authors", "categories", "country").list.join("; "))
    (flat if kind == "documents" else counts).write_csv(given)
    observe(given, as_of=AS_OF, project=tmp_path / "kept")
    catalogue = Catalogue.open(tmp_path / "kept", reading=True)
    told = catalogue.explain("observation", instruments=instruments())
    steps = list(walked(told))
    used = set(catalogue.results()["instrument"].to_list()) - {SNAPSHOT}
    assert used <= set(instruments()) and "sources.tidy" in used
    for step in steps:
        if step.instrument != SNAPSHOT:
            assert len(step.formula.split()) > 5 and step.citation, step.name
    read = [check for check in told.files() if check.name == given.name or check.path.endswith(given.name)]
    assert read and read[0].sha256 == hashlib.sha256(given.read_bytes()).hexdigest()
    assert read[0].state == "unchanged"


FRAMES: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "lazy": lambda frame: frame.lazy(),
    "pandas": lambda frame: frame.to_pandas(),
    "pyarrow": lambda frame: frame.to_arrow(),
    "duckdb": lambda frame: duckdb.from_arrow(frame.to_arrow()),
}
KINDS = {"polars": pl.DataFrame, "lazy": pl.DataFrame, "pandas": pd.DataFrame, "pyarrow": pa.Table, "duckdb": duckdb.DuckDBPyRelation}  # fmt: skip


@pytest.fixture(scope="module")
def counted(counts: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Sky:
    return observe(counts, as_of=AS_OF, project=tmp_path_factory.mktemp("counted"))


def test_counts_are_observed(counted: Sky, counts: pl.DataFrame) -> None:
    checked(counted.tables)
    scored = counts.filter((pl.col("year") == AS_OF) & (pl.col("count") >= 20))
    assert set(counted.technologies["label"]) == set(scored["entity"])
    history = counted.tables["history"].join(counted.technologies.select("technology_id", "label"), on="technology_id")
    both = history.join(counts, left_on=["label", "year"], right_on=["entity", "year"])
    assert both.height == history.height and (both["documents_count"] == both["count"]).all()
    assert counted.facts["technologies_count"] > 20 and counted.record.height > 0


def test_a_kept_observation_opens_again(counted: Sky, tmp_path: Path) -> None:
    again = open_sky(counted.project)
    same(counted, again)
    assert again.facts["is_stale"] is False
    assert {**again.facts, "is_stale": None} == {**counted.facts, "is_stale": None}
    with pytest.raises(InputError, match="no table 'growth'"):
        again.table("growth")
    with pytest.raises(StoreError):
        open_sky(tmp_path / "absent")


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_comes_back_as_the_kind_it_was(kind: str, counts: pl.DataFrame, counted: Sky, tmp_path: Path) -> None:
    found = observe(FRAMES[kind](counts), as_of=AS_OF, project=tmp_path)
    assert isinstance(found.technologies, KINDS[kind])
    same(counted, found)
    back = found.technologies if kind in ("polars", "lazy") else pl.from_arrow(_arrow(found.technologies))
    assert back["probability"].to_list() == counted.technologies["probability"].to_list()


def _arrow(frame: Any) -> pa.Table:
    if isinstance(frame, pd.DataFrame):
        return pa.Table.from_pandas(frame, preserve_index=False)
    return frame if isinstance(frame, pa.Table) else frame.to_arrow_table()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_documents_say_the_same_from_any_format(
    ending: str, corpus: pl.DataFrame, observed: Sky, tmp_path: Path
) -> None:
    path = tmp_path / f"papers.{ending}"
    if ending == "csv":
        corpus.with_columns(pl.col("authors", "categories", "country").list.join("; ")).write_csv(path)
    elif ending == "jsonl":
        corpus.write_ndjson(path)
    else:
        corpus.write_parquet(path)
    same(observed, observe(path, as_of=AS_OF, project=tmp_path / "kept"))


@pytest.fixture(scope="module")
def observed(corpus: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Sky:
    return observe(corpus, as_of=AS_OF, project=tmp_path_factory.mktemp("observed"))


def test_the_documents_observed_are_enough(observed: Sky) -> None:
    checked(observed.tables)
    assert observed.technologies.height >= 5
    assert observed.record.height > 0


@pytest.fixture
def surveyed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Forecast years whose survey was counted."""
    years: list[int] = []
    count = counting.survey_and_membership

    def noting(*given: Any, **options: Any) -> Any:
        years.append(given[3])
        return count(*given, **options)

    monkeypatch.setattr(counting, "survey_and_membership", noting)
    return years


def test_a_second_run_computes_and_writes_nothing(corpus: pl.DataFrame, surveyed: list[int], tmp_path: Path) -> None:
    path = tmp_path / "papers.parquet"
    corpus.write_parquet(path)
    first = observe(path, as_of=AS_OF, project=tmp_path / "kept")
    assert sorted(surveyed) == SURVEYED
    before = files(tmp_path / "kept")
    same(first, observe(path, as_of=AS_OF, project=tmp_path / "kept"))
    assert sorted(surveyed) == SURVEYED and files(tmp_path / "kept") == before


def test_only_what_is_stale_is_computed(corpus: pl.DataFrame, surveyed: list[int], tmp_path: Path) -> None:
    """Another horizon or forecast year needs no counting of years already counted; another file needs it all."""
    path, kept = tmp_path / "papers.parquet", tmp_path / "kept"
    corpus.write_parquet(path)
    first = observe(path, as_of=AS_OF - 1, project=kept)
    observe(path, as_of=AS_OF - 1, horizon=2, project=kept)
    assert sorted(surveyed) == SURVEYED[:-1]
    observe(path, as_of=AS_OF, project=kept)
    assert sorted(surveyed) == SURVEYED
    corpus.filter(pl.col("id") != corpus["id"][0]).write_parquet(path)
    changed = observe(path, as_of=AS_OF - 1, project=kept)
    assert sorted(surveyed) == sorted(SURVEYED + SURVEYED[:-1])
    assert changed.facts["documents_count"] == first.facts["documents_count"] - 1
    corpus.write_parquet(path)  # the old file again: everything is still there
    same(first, observe(path, as_of=AS_OF - 1, project=kept))
    assert sorted(surveyed) == sorted(SURVEYED + SURVEYED[:-1])


def test_a_catalogue_without_an_observation_says_so(tmp_path: Path) -> None:
    Catalogue.open(tmp_path)
    with pytest.raises(NotKeptError):
        open_sky(tmp_path)
