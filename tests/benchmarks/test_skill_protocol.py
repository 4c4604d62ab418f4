"""The protocol of forecast skill: frozen, complete outcome years only, and run whole on a small planted record."""

from __future__ import annotations

import doctest
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.sample.planted import planted_corpus

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.skill import page, protocol, records, run, scoring, tables  # noqa: E402
from benchmarks.skill.diagram import reliability_diagram  # noqa: E402

FROZEN = "f55b23b5f7db"
ENOUGH = 20  # take-offs, for the reliability of the planted corpus


def test_the_protocol_is_frozen() -> None:
    """A change of the protocol is a new protocol: write its hash here, make the pages anew, and say why in skill.md."""
    assert protocol.protocol_hash() == FROZEN


def test_any_constant_changes_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "PLANS", (replace(protocol.ARXIV, test=(2012, 2018)), *protocol.PLANS[1:]))
    assert protocol.protocol_hash() != FROZEN
    monkeypatch.undo()
    monkeypatch.setattr(protocol, "SEED", 1)
    assert protocol.protocol_hash() != FROZEN


def test_every_scored_year_has_a_complete_outcome_year_and_no_year_is_of_both_kinds() -> None:
    for plan in protocol.PLANS:
        for horizon in protocol.HORIZONS:
            validation, test = (plan.scored_years(period, horizon) for period in ("validation", "test"))
            assert not set(validation) & set(test)
            assert set(validation + test) <= set(plan.survey_years())
            ends = {year + horizon for year in validation + test}
            assert max(ends) <= plan.last and not ends & set(plan.absent)
    assert protocol.ROBOTICS.scored_years("test", 3) == (2010, 2011, 2012, 2014, 2015, 2017, 2018, 2019, 2020)
    five = [len(plan.scored_years("test", 3)) >= 5 for plan in (protocol.ROBOTICS, protocol.SUBFIELDS)]
    assert all(five) and len(protocol.ARXIV.scored_years("test", 1)) >= 5


def document_frame(categories: list[list[str]], years: list[int]) -> pl.DataFrame:
    dates = pl.Series(years).cast(pl.String) + "-06-01"
    return pl.DataFrame({"id": range(len(years)), "date": dates.str.to_date(), "categories": categories})


def test_a_document_known_only_by_a_late_category_is_left_out() -> None:
    """``old`` and ``late`` are collected for themselves, ``guest`` only where another brings it."""
    kinds = [["old"]] * 5 + [["late"]] * 5 + [["late", "guest"], ["late", "old"], ["guest", "old"]] + [["guest", "old"]]
    frame = document_frame(kinds, [2010] * 5 + [2018] * 5 + [2018, 2018, 2018, 2000])
    kept = records.without_late(frame, 2017)["id"].to_list()
    assert kept == [0, 1, 2, 3, 4, 11, 12, 13]
    assert records.without_late(frame, 2019).height == frame.height


PLAN = protocol.Plan(
    "planted", "a planted corpus", "documents/planted.parquet", "documents", first=2000, last=2019, absent=(2013,),
    surveyed=(2004, 2018), validation=(2009, 2010), test=(2011, 2018), granularities=(1.0,), left_out="2013",
)  # fmt: skip


@pytest.fixture(scope="module")
def shared_planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    (folder / "data" / "documents").mkdir(parents=True)
    corpus = planted_corpus(technologies=40, documents_per_year=(500, 1500), seed=4)
    corpus.documents.write_parquet(folder / "data" / PLAN.file)
    return folder


def silent(line: str) -> None:
    assert line


@pytest.fixture(scope="module")
def scores(shared_planted: Path, tmp_path_factory: pytest.TempPathFactory) -> scoring.Scores:
    """The small corpus has no hundred take-offs: reliability from 20 on, to see that it is drawn."""
    files = records.surveyed(PLAN, shared_planted, tmp_path_factory.mktemp("cache"), silent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "FEWEST_POSITIVES", ENOUGH)
        return scoring.together([scoring.score(PLAN, 1.0, records.load(files[1.0]), repeats=50)])


def test_a_record_goes_through_the_whole_protocol(scores: scoring.Scores) -> None:
    pooled = scores.pooled
    assert set(pooled["method"]) == {"firstlight", "everything", "past growth", "stage", "vitality", "vitality and stage",
                                     "emergence score"}  # fmt: skip
    keys = pooled.select("horizon", "target", "period").unique()
    assert keys.height == 3 * 2 * 2
    test = pooled.filter((pl.col("period") == "test") & (pl.col("horizon") == 3) & pl.col("is_ours"))
    assert (test["first_year"][0], test["last_year"][0], test["years"][0]) == (2011, 2016, 5)  # 2013 is absent
    years = scores.years.filter((pl.col("horizon") == 3) & pl.col("is_ours") & (pl.col("target") == "B"))
    assert sorted(years["forecast_year"].to_list()) == [
        2009,
        2011,
        2012,
        2014,
        2015,
        2016,
    ]  # of 2010, 2013 is not known
    every = pooled.filter(pl.col("method") == "everything")
    np.testing.assert_allclose(every["ets"].to_numpy(), 0.0, atol=1e-12)
    np.testing.assert_allclose(every["csi"].to_numpy(), every["base_rate"].to_numpy())
    assert (pooled["n"] == pooled.join(scores.years.group_by("horizon", "target", "period", "method").agg(
        pl.col("n").sum().alias("summed")), on=["horizon", "target", "period", "method"], how="left")["summed"]).all()  # fmt: skip


def test_calibration_needs_enough_positives(scores: scoring.Scores) -> None:
    assert scoring.FEWEST_POSITIVES == protocol.FEWEST_POSITIVES == 100
    ours = scores.pooled.filter("is_ours")
    assert (
        ours.filter(pl.col("positives") < 100)["calibration_slope"].null_count() == (ours["positives"] < 100).sum() > 0
    )
    keys = ["horizon", "target", "period"]
    binned = scores.bins.select(keys).unique().join(ours.select(*keys, "positives", "n"), on=keys)
    assert 0 < binned.height == (ours["positives"] >= ENOUGH).sum() < ours.height
    for row in binned.iter_rows(named=True):
        own = scores.bins.filter(*(pl.col(name) == row[name] for name in keys))
        assert own["n"].sum() == row["n"]
        assert (own["n"] * own["observed"]).sum() == pytest.approx(row["positives"])


def test_the_page_says_what_was_found(scores: scoring.Scores, tmp_path: Path) -> None:
    (tmp_path / "explanation").mkdir()
    (tmp_path / "images").mkdir()
    page.write(scores, [(PLAN, "0" * 64)], tmp_path)
    measured = (tmp_path / "explanation" / "skill_measured.md").read_text(encoding="utf-8")
    assert protocol.protocol_hash() in measured and "planted, test years" in measured
    assert "not measured" in measured  # the aims are of other records
    every = (tmp_path / "explanation" / "skill_methods.md").read_text(encoding="utf-8")
    assert every.count("| Predict everything |") == 12
    drawn = (tmp_path / "images" / "reliability.svg").read_text(encoding="utf-8")
    bins = scores.bins.filter((pl.col("horizon") == 3) & (pl.col("period") == "test"))
    assert drawn.count("<circle") == bins.height


def test_a_diagram_of_nothing_is_an_empty_picture(scores: scoring.Scores) -> None:
    assert "<circle" not in reliability_diagram(scores.bins.clear(), 3)


def test_a_difference_is_bold_where_its_interval_leaves_0_out() -> None:
    row = {"diff_csi": 0.05, "diff_csi_low": 0.01, "diff_csi_high": 0.09, "diff_csi_from": "stage"}
    assert tables.excludes_0(row, "csi") and tables._gain(row, "csi") == "**+.05** (+.01 to +.09) stage"
    row["diff_csi_low"] = -0.01
    assert not tables.excludes_0(row, "csi") and tables._gain(row, "csi").startswith("+.05 (")
    assert tables.excludes_0({"diff_csi_low": -0.2, "diff_csi_high": -0.1}, "csi")
    assert not tables.excludes_0({"diff_csi_low": None, "diff_csi_high": None}, "csi")


def test_figures_are_written_as_their_examples_say() -> None:
    found = doctest.testmod(tables)
    assert found.attempted >= 4 and found.failed == 0


def test_surveys_are_made_anew_when_data_or_plan_change(shared_planted: Path) -> None:
    path = shared_planted / "data" / PLAN.file
    key = records._key(PLAN, path)
    assert records._key(replace(PLAN, title="another title"), path) == key
    assert records._key(replace(PLAN, absent=()), path) != key
    other = path.with_name("other.parquet")
    pl.read_parquet(path).head(100).write_parquet(other)
    assert records._key(PLAN, other) != key


def test_all_code_that_makes_surveys_is_in_the_key_and_no_model() -> None:
    names = {path.stem for path in records._imported(records.MADE_BY)}
    assert {"survey", "terms", "vocabulary", "communities", "identity", "documents", "survey_counts"} <= names
    assert not {"forecasts", "features", "record", "skill"} & names


def test_absent_data_end_in_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--shared", str(tmp_path), "--cache", str(tmp_path)]) == 1
    assert "arxiv_tech.parquet" in capsys.readouterr().err
    with pytest.raises(InputError, match="absent"):
        records.digest(PLAN, tmp_path)


def test_real_records_are_read_as_planned(shared: Path) -> None:
    """Robotics by year, as the file counts them, without those that it holds in part."""
    frame = records.documents_of(protocol.ROBOTICS, shared / "data" / protocol.ROBOTICS.file)
    per_year = dict(frame["date"].dt.year().value_counts().iter_rows())
    assert (per_year[2015], per_year[2023], per_year.get(2016), per_year.get(2024)) == (2085, 3144, None, None)
