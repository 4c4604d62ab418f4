"""A second record beside the one that is observed: it moves places, never chances; it is kept and
told; one that ends too early is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import take_off_corpus as made
from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.run.observing import observe
from firstlight.run.project import open_project, source_beside

AS_OF = 2013
YEARS = (2010, 2014)


def preprints() -> pl.DataFrame:
    return made.corpus(years=YEARS, per_year=200, technologies=20, seed=2)


def papers() -> pl.DataFrame:
    return made.corpus(years=YEARS, per_year=150, technologies=20)


@pytest.mark.slow
def test_places_move_chances_stay_and_the_second_record_is_told(tmp_path: Path) -> None:
    alone = observe(papers(), as_of=AS_OF, project=tmp_path / "alone")
    both = observe(papers(), as_of=AS_OF, beside=preprints(), project=tmp_path / "both")
    columns = ["technology_id", "probability", "threshold_share", "share"]
    one, other = (seen.tables["technologies"].sort("technology_id") for seen in (alone, both))
    assert one.select(columns).equals(other.select(columns))
    assert not one["score"].equals(other["score"])
    said = both.tables["warnings"].filter(pl.col("code") == "leans_elsewhere")
    assert (
        said.height == 1 and '"title": {"type": "Name", "value": "frame"}' in said["values"].item()
    )
    assert "leans_elsewhere" not in alone.tables["warnings"]["code"]
    catalogue = Catalogue.open(tmp_path / "both", reading=True)
    kept = catalogue.find("elsewhere")
    assert both.facts["results"]["elsewhere"] == kept.key
    assert "beside_documents" in kept.inputs
    table = catalogue.table(kept, "elsewhere")
    of_year = table.filter(pl.col("forecast_year") == AS_OF)
    scored = set(one.filter(pl.col("rank").is_not_null())["technology_id"])
    assert of_year.height > 5 and set(of_year["technology_id"]) <= scored
    # The score is raised by half a standard deviation for each unit of the place.
    pairs = one.join(other, on="technology_id", suffix="_both").drop_nulls("score")
    pairs = pairs.join(of_year, on="technology_id", how="left").fill_null(0)
    raised = pairs["score"] + 0.5 * pairs["score"].std(ddof=0) * pairs["place"]
    assert (raised - pairs["score_both"]).abs().max() < 1e-5


def test_a_second_record_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    early = preprints().filter(pl.col("date").dt.year() < AS_OF)
    with pytest.raises(InputError, match="ends in 2012 and says nothing of 2013") as refused:
        observe(papers(), as_of=AS_OF, beside=early, project=tmp_path)
    what, _, try_next = refused.value.parts("zh")
    assert "止于2012年，" in what and "--as-of 2012）" in try_next


def test_columns_of_the_second_record_are_named_as_its_error_says(tmp_path: Path) -> None:
    strange = preprints().rename({"title": "w1", "abstract": "w2", "date": "w3"})
    hands: dict[str, str] = {}
    for wanted in ("title", "date"):
        with pytest.raises(InputError) as refused:
            observe(papers(), beside=strange, columns=hands, project=tmp_path)
        _, _, try_next = refused.value.parts("en")
        assert f"--column beside.{wanted}=" in try_next and "entity" not in try_next
        hands |= {"beside.title": "w1"}
    # With both the record is read: what is said next is that it ends too early.
    early = strange.filter(pl.col("w3").dt.year() < AS_OF)
    hands |= {"beside.date": "w3"}
    with pytest.raises(InputError, match="ends in 2012"):
        observe(papers(), as_of=AS_OF, beside=early, columns=hands, project=tmp_path)


@pytest.mark.parametrize("line", ['beside.title = "w1"', '"beside.title" = "w1"'])
def test_a_project_names_columns_of_the_second_record(line: str, tmp_path: Path) -> None:
    (tmp_path / "observatory.toml").write_text(f"[columns]\n{line}\n", encoding="utf-8")
    assert open_project(tmp_path).columns == {"beside.title": "w1"}


def test_a_file_that_is_named_as_the_second_record_is_not_the_source(tmp_path: Path) -> None:
    for name in ("papers.csv", "preprints.csv"):
        (tmp_path / name).write_text("title,year\n", encoding="utf-8")
    settings = '[observe]\nbeside = "preprints.csv"\n'
    (tmp_path / "observatory.toml").write_text(settings, encoding="utf-8")
    project = open_project(tmp_path)
    assert project.beside == tmp_path / "preprints.csv"
    assert source_beside(project) == tmp_path / "papers.csv"
