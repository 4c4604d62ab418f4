"""The record of take-off on a small invented corpus: blind to later outcomes, complete, and written
in parts."""

from __future__ import annotations

import datetime
import doctest
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import sparse

from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT
from firstlight.instruments.emergence.record.scores import JudgedYear
from firstlight.instruments.emergence.record.take_off import FIVE_YEARS, THREE_YEARS
from firstlight.instruments.emergence.record.universe import universe
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.run.counts_in import survey_of_counts

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.take_off import (  # noqa: E402
    kept_surveys,
    names,
    peer,
    printed,
    result_tables,
    scoring,
    skill,
)
from benchmarks.take_off.kept_surveys import Surveyed  # noqa: E402
from benchmarks.take_off.protocol import Plan, read_protocol  # noqa: E402

LAST = 2016
PLAN = Plan("planted", "counts", "test", "none", (2003, 2013), (2006, 2013))


def counts(rng: np.random.Generator) -> pl.DataFrame:
    """Sixty entities of which a dozen double at some time, and a large one that stands for the
    rest."""
    years = np.arange(1998, LAST + 1)
    rows = [("the rest", year, 200_000.0) for year in years]
    for entity in range(60):
        start = rng.integers(2003, 2014)
        rises = np.clip(years - start, 0, 5) * (0.35 if entity % 5 == 0 else 0.0)
        documents = rng.poisson(120 * np.exp(rises + rng.normal(0, 0.05, len(years))))
        rows += [
            (f"entity {entity}", year, float(count))
            for year, count in zip(years, documents, strict=True)
        ]
    return pl.DataFrame(
        rows, schema={"entity": pl.String, "year": pl.Int32, "count": pl.Float64}, orient="row"
    )


def read(frame: pl.DataFrame) -> Surveyed:
    known = from_counts(frame)
    years = [*range(2003, 2014), LAST]
    return Surveyed(
        {year: survey_of_counts(known.at(year), watched=True) for year in years}, {}, LAST
    )


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return counts(np.random.default_rng(5))


@pytest.fixture(scope="module")
def planted(frame: pl.DataFrame) -> scoring.Scoring:
    return scoring.Scoring(PLAN, read(frame), THREE_YEARS, None)


@pytest.fixture(scope="module")
def tables(planted: scoring.Scoring) -> dict[str, pl.DataFrame]:
    return skill.tables_of(
        planted, {"title": "planted", "kind": "counts", "use": "test", "text": None}
    )


def test_every_ranking_of_every_year_is_there(tables: dict[str, pl.DataFrame]) -> None:
    record = tables["record"]
    assert record.filter("is_used")["ranking"].unique().to_list() == [scoring.CHOSEN]
    years = record.filter(pl.col("ranking") == scoring.CHOSEN)["year"].to_list()
    assert years == [*range(2006, 2014), None]
    against = set(tables["gains"]["against"])
    assert {RULE_TO_BEAT, scoring.BEST_BEFORE, "size", "growth_last_year"} <= against
    assert tables["years"]["year"].to_list() == list(range(2006, 2014))
    assert tables["corpora"].row(0, named=True)["years_count"] == 8


def test_the_chosen_ranking_scores_as_the_rule_that_it_is_in_each_year(
    tables: dict[str, pl.DataFrame],
) -> None:
    record = tables["record"].filter(pl.col("year").is_not_null())
    used = tables["years"].select("year", pl.col("used").alias("ranking"))
    for figure in ("precision_20", "average_precision", "auc"):
        mine = record.filter(pl.col("ranking") == scoring.CHOSEN).sort("year")[figure].to_list()
        rule = record.join(used, on=["year", "ranking"]).sort("year")[figure].to_list()
        assert mine == rule


def test_later_outcomes_choose_nothing_and_change_no_chance(
    frame: pl.DataFrame, planted: scoring.Scoring
) -> None:
    """What lies after 2011 is turned upside down: forecasts from 2011 and before stay as they were."""
    turned = frame.with_columns(
        pl.when((pl.col("year") > 2011) & (pl.col("entity") != "the rest"))
        .then(400 - pl.col("count").clip(0, 400))
        .otherwise("count")
        .alias("count")
    )
    other = scoring.Scoring(PLAN, read(turned), THREE_YEARS, None)
    for year in range(2006, 2012):
        one, again = planted.outlooks[year], other.outlooks[year]
        assert one.used == again.used and planted.best_before[year] == other.best_before[year]
        np.testing.assert_array_equal(one.probability, again.probability)
        assert planted.listed(year) == other.listed(year)
    assert planted.judged(2010).is_take_off.tolist() != other.judged(2010).is_take_off.tolist()


def test_under_the_label_of_take_off_the_peers_table_is_the_record(
    planted: scoring.Scoring, tables: dict[str, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    same = ["ranking", "is_used", "scored_count", "base_rate", *peer.MEASURES]
    pooled = tables["record"].filter(pl.col("year").is_null() & pl.col("auc").is_not_null())
    record = pooled.filter(pl.col("ranking") != scoring.BEST_BEFORE).select(same)
    other = tables["peer"].filter(pl.col("scored_count") > 0).select(same)
    assert other["ranking"].to_list() == record["ranking"].to_list()
    assert other["base_rate"].to_list() != record["base_rate"].to_list()
    monkeypatch.setattr(peer, "judged", lambda own, year: own.judged(year))
    by_take_off = peer.peer_table(planted).filter(pl.col("scored_count") > 0)
    assert_frame_equal(by_take_off.select(same), record, check_dtypes=False)
    for percent in (70, 79):
        lift = pl.col(f"precision_at_recall_{percent}") / pl.col("base_rate")
        assert_frame_equal(
            by_take_off.select(lift.alias(f"lift_at_recall_{percent}")),
            by_take_off.select(f"lift_at_recall_{percent}"),
        )


def test_the_peers_label_is_of_three_years_alone(planted: scoring.Scoring) -> None:
    of_five = scoring.Scoring(PLAN, planted.read, FIVE_YEARS, None)
    assert "peer" not in skill.tables_of(of_five, {"title": "planted"})


def test_bands_count_every_forecast_once(
    planted: scoring.Scoring, tables: dict[str, pl.DataFrame]
) -> None:
    bands = tables["bands"]
    pooled = bands.filter(pl.col("year").is_null() & (pl.col("group") == "all")).row(0, named=True)
    assert pooled["n"] == sum(len(planted.scored[year].labels) for year in planted.years)
    assert pooled["coverage"] + pooled["share_below"] + pooled["share_above"] == pytest.approx(1)
    by_hand = 0
    for year in planted.years:
        outlook, share = planted.outlooks[year], planted._outcome(year)
        assert outlook.chances is not None
        low, high = outlook.chances.quantiles[:, -1, 0], outlook.chances.quantiles[:, -1, -1]
        by_hand += int(((share >= low - 1e-9) & (share <= high + 1e-9)).sum())
    assert pooled["coverage"] == pytest.approx(by_hand / pooled["n"])
    assert bands.filter(pl.col("group") == "first_20")["n"].max() == 20 * len(planted.years)


def test_the_outcome_of_bands_is_the_share_ahead(planted: scoring.Scoring) -> None:
    """In one stratum the share at FY+h is documents over all documents."""
    survey = planted.scored[2010]
    later = survey.counts.documents_of((2012, 2013)) / survey.counts.totals_of((2012, 2013)).sum()
    np.testing.assert_allclose(planted._outcome(2010), later)


def test_calibration_beside_the_record(
    planted: scoring.Scoring, tables: dict[str, pl.DataFrame]
) -> None:
    whole = tables["calibration"].row(by_predicate=pl.col("group") == "all", named=True)
    used = tables["record"].filter(pl.col("is_used") & pl.col("year").is_null()).row(0, named=True)
    assert whole["take_off_count"] == used["take_off_count"]
    assert whole["share_that_took_off"] == pytest.approx(used["base_rate"])
    probability = np.concatenate([planted.outlooks[year].probability for year in planted.years])
    assert whole["mean_chance"] == pytest.approx(probability.mean())


def test_a_slope_has_an_interval_that_holds_it() -> None:
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 5, 3_000)
    outcome = rng.random(3_000) < probability
    n, hits, *_, slope, low, high = scoring._calibration(probability, outcome, np.arange(3_000))
    assert (n, hits) == (3_000, int(outcome.sum()))
    assert low < slope < high and low < 1 < high and high - low < 0.4


def test_an_earlier_name_counts_under_its_later_one(planted: scoring.Scoring) -> None:
    """In the last year "entity 3" is a form of "entity 5": whichever stood first counts."""
    joins = pl.DataFrame(
        {"form": ["entity 3"], "technology": ["entity 5"], "rule": ["part"], "documents_count": [9]}
    )
    joined = scoring.Scoring(PLAN, replace(planted.read, joins={LAST: joins}), THREE_YEARS, None)
    plain, listed = planted.listed(2010), joined.listed(2010)
    assert "entity 3" not in listed
    assert listed["entity 5"] == min(plain["entity 3"], plain["entity 5"])
    assert {
        name: rank for name, rank in listed.items() if name != "entity 5"
    }.items() <= plain.items()


def test_watched_technologies_are_listed_apart_by_what_they_gained(
    planted: scoring.Scoring,
) -> None:
    survey = planted.read.surveys[2010]
    tiny = replace(survey, is_scored=np.arange(len(survey.labels)) >= 50)
    first = scoring.watched_first(tiny)
    assert len(first) == scoring.WATCHED_LISTED and set(first) <= set(survey.labels[:50])
    assert scoring.watched_first(survey.scored()) == []


def test_a_rise_beyond_chance_is_told_from_one_of_few_documents() -> None:
    """Both rise from 0 to .2%: of 500 documents that is one, of 50,000 a hundred."""
    small, large = (
        YearlyCounts(
            2016,
            ("a",),
            np.arange(2010, 2017),
            sparse.csr_matrix(np.array([[0, 0, 0, 0, 0, 0, total / 500]])),
            np.full((1, 7), float(total)),
        )
        for total in (500, 50_000)
    )
    for counts, is_risen in ((small, False), (large, True)):
        passed = universe(counts, [2015, 2016])
        assert passed.names == ("a",)
        assert (scoring.beyond_chance(counts, passed, 2.5).names == ("a",)) == is_risen


def test_leads_of_every_group(planted: scoring.Scoring, tables: dict[str, pl.DataFrame]) -> None:
    leads = tables["leads"]
    assert leads["group"].n_unique() == 8 and leads.height == 8 * 4
    plain = leads.filter(pl.col("group") == "universe").drop("group")
    record = planted.track_record().leads.filter(pl.col("group") == "universe").drop("group")
    assert_frame_equal(plain.sort("measure"), record.sort("measure"))


def test_the_best_rule_needs_three_years_with_a_take_off() -> None:
    def year(row: int) -> tuple[JudgedYear, dict[str, np.ndarray]]:
        came = np.arange(6) == 2
        one = JudgedYear(
            2000 + row, tuple("abcdef"), np.full(6, 20.0), came, *[np.arange(6)] * 2, np.zeros(6)
        )
        scores = {name: -came.astype(float) for name, _ in scoring.RULES}
        return one, scores | {"size": came.astype(float), "gain": np.full(6, np.nan)}

    assert scoring.best_rule([year(0), year(1)]) == RULE_TO_BEAT
    assert scoring.best_rule([year(0), year(1), year(2)]) == "size"


def test_a_run_on_one_corpus_leaves_the_others(
    tables: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    protocol = read_protocol()
    for corpus, horizon in (("robotics", 3), ("arxiv", 3), ("robotics", 5), ("robotics", 3)):
        result_tables.write(tables, tmp_path, protocol, corpus, horizon)
    record = result_tables.read(tmp_path, "record")
    size = tables["record"].height
    assert record.group_by("corpus", "horizon", maintain_order=True).len().rows() == [
        ("arxiv", 3, size),
        ("robotics", 3, size),
        ("robotics", 5, size),
    ]
    assert set(record["protocol"]) == {protocol.sha256[:12]}
    assert record["year"].dtype == pl.Int64 and record["is_used"].dtype == pl.Boolean
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    result_tables.write(tables, tmp_path, protocol, "arxiv", 3)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_reading_of_test_years_is_noted_once_for_each_code(tmp_path: Path) -> None:
    about = {
        "protocol_sha256": "a",
        "code_version": "1",
        "earlier_forecasts_sha256": "b",
        "title": "robotics",
    }
    for day, code in ((1, "1"), (2, "1"), (3, "2")):
        today = datetime.date(2026, 1, day)
        result_tables.note_reading(tmp_path, {**about, "code_version": code}, "robotics", today)
    noted = pl.read_csv(tmp_path / "take_off_test_readings.csv", infer_schema=False)
    assert noted.select("date", "corpus", "code_version").rows() == [
        ("2026-01-01", "robotics", "1"),
        ("2026-01-03", "robotics", "2"),
    ]


def test_the_printed_record_has_every_ranking(tables: dict[str, pl.DataFrame]) -> None:
    lines = printed.printed("planted", PLAN, 3, tables)
    assert all(f"  {name} " in lines for name in tables["record"]["ranking"].unique())
    assert "nan" not in lines and "None" not in lines


def test_figures_are_written_as_their_examples_say() -> None:
    found = doctest.testmod(printed)
    assert found.attempted >= 1 and found.failed == 0


def test_absent_data_and_unknown_corpora_end_in_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [
        "--shared",
        str(tmp_path),
        "--cache",
        str(tmp_path),
        "--results",
        str(tmp_path / "results"),
    ]
    assert skill.main(["arxiv", *folders]) == 1
    assert "arxiv_tech.parquet" in capsys.readouterr().err
    assert skill.main(["patents", *folders]) == 1
    assert not (tmp_path / "results").exists()


def test_surveys_are_made_anew_when_data_plan_or_code_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = read_protocol().plans["robotics"]
    path = tmp_path / "data" / plan.file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"one")
    key = kept_surveys.key_of(plan, tmp_path)
    assert kept_surveys.key_of(replace(plan, scored=(2010, 2012)), tmp_path) == key
    assert kept_surveys.key_of(replace(plan, surveyed=(2004, 2020)), tmp_path) != key
    path.write_bytes(b"two")
    assert kept_surveys.key_of(plan, tmp_path) != key
    path.write_bytes(b"one")
    monkeypatch.setattr(kept_surveys, "MADE_BY", kept_surveys.MADE_BY[:-1])
    assert kept_surveys.key_of(plan, tmp_path) != key


def labelled(scored: scoring.Scoring, years: range, say: Callable[[str], int]) -> pl.DataFrame:
    keys = sorted({key for year in years for key in names.first_lines(scored, year)})
    halves = [names.HALVES[place % 2] for place in range(len(keys))]
    return pl.DataFrame({"key": keys, "label": [say(key) for key in keys], "half": halves})


def test_names_are_counted_by_label_and_half(
    planted: scoring.Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "NAMED", {"planted": range(2010, 2012)})
    labels = labelled(planted, range(2010, 2012), lambda key: int(key.endswith(("0", "1", "2"))))
    table = names.names_table({"planted": planted}, labels.head(40))
    year = table.filter(pl.col("year") == 2010)
    whole = year.row(by_predicate=pl.col("half") == "all", named=True)
    parts = year.filter(pl.col("half") != "all")
    assert whole["shown"] == 50 and whole["labelled"] == parts["labelled"].sum() <= 40
    shown = set(names.first_lines(planted, 2010)) & set(labels.head(40)["key"])
    assert whole["names"] == sum(key.endswith(("0", "1", "2")) for key in shown)
    hits = names.hits_table({"planted": planted}, labels)
    of_20 = hits.filter((pl.col("year") == 2010) & (pl.col("first") == 20)).row(0, named=True)
    first = names.first_lines(planted, 2010, 20)
    came = dict(zip(planted.judged(2010).names, planted.judged(2010).is_take_off, strict=True))
    assert of_20["hits"] == sum(came[key] for key in first) == of_20["labelled"]


def test_joins_are_counted_by_rule_and_those_no_longer_made(
    planted: scoring.Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "NAMED", {"planted": range(2010, 2011)})
    made = pl.DataFrame(
        {
            "form": ["a", "b", "c", "rare"],
            "technology": ["x", "x", "y", "y"],
            "rule": ["part", "part", "acronym", "part"],
            "documents_count": [9, 20, 8, 7],
        }
    )
    scored = scoring.Scoring(PLAN, replace(planted.read, joins={2010: made}), THREE_YEARS, None)
    labels = pl.DataFrame(
        {
            "form": ["a", "b", "c", "gone"],
            "technology": ["x", "x", "y", "y"],
            "label": [1, 0, 1, 0],
            "half": ["other"] * 4,
        }
    )
    table = names.joins_table({"planted": scored}, labels)
    found = {row["rule"]: (row["made"], row["labelled"], row["right"]) for row in table.to_dicts()}
    assert found == {
        "part": (2, 2, 1),
        "acronym": (1, 1, 1),
        "none": (None, 1, 0),
        "all": (3, 3, 2),
    }


def test_labels_are_halves_of_blind_labels_with_decoys() -> None:
    given = pl.read_csv(names.NAMES)
    assert dict(given["half"].value_counts().rows()) == {"tuned": 381, "other": 600, "decoy": 278}
    assert given["term"].is_unique().all() and set(given["label"]) == {0, 1}
    joins = pl.read_csv(names.JOINS, separator=";")
    assert dict(joins["half"].value_counts().rows()) == {"tuned": 315, "other": 331}
