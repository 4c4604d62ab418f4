"""Follow, end to end: planted lags come out, nothing later moves anything, faults are named, every step is kept."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import firstlight as fl
from firstlight.catalogue import Catalogue
from firstlight.cli import main
from firstlight.errors import InputError
from firstlight.observe import instruments
from firstlight.observe.following import Followed, follow
from firstlight.sample.planted import planted_corpus
from firstlight.views.followed_page import publish_followed

LATER, AS_OF = 2, 2014
Frames = dict[str, pl.DataFrame]


@cache
def records() -> Frames:
    """A planted corpus in two: papers, and patents that come two years later; trade counts three classes."""
    corpus = planted_corpus(technologies=24, years=(2000, 2014), documents_per_year=(500, 1000), seed=4)
    half = pl.Series(np.random.default_rng(1).random(corpus.documents.height) < 0.5)
    whole = corpus.documents.select("id", "date", "title", "abstract")
    patents = whole.filter(~half).with_columns(pl.col("date").dt.offset_by(f"{LATER}y"))
    years = range(2000, 2017)
    trade = pl.DataFrame(
        {
            "product": [name for name in ("goods", "wares", "things") for _ in years],
            "year": [*years] * 3,
            "count": [50] * 17 + [int(20 * 1.3 ** (y - 2000)) for y in years] + [400] * 17,
        }
    )
    return {"science": whole.filter(half), "invention": patents, "trade": trade}


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    given = records()
    return follow(given, as_of=AS_OF, top=100, project=tmp_path_factory.mktemp("followed"), granularity=3)


@pytest.mark.slow
def test_planted_technologies_are_confirmed_in_the_other_record(followed: Followed) -> None:
    presence = followed.table("presence").filter(pl.col("kind") == "invention")
    assert presence.height >= 5
    assert presence["is_confirmed"].mean() > 0.8
    assert (presence["documents_count"] > presence["chance_count"]).all()


def test_planted_lags_come_out(followed: Followed) -> None:
    """Both halves have the same text; the second is dated two years later."""
    lags = followed.table("lags").filter((pl.col("event") == "take_off") & (pl.col("to_kind") == "invention"))
    known = lags.filter(pl.col("years").is_not_null())
    assert known.height >= 1  # few of a small corpus take off; many are planted in test_following
    held = known.filter((pl.col("low").fill_null(-99) <= LATER) & (pl.col("high").fill_null(99) >= LATER))
    assert held.height >= 0.75 * known.height
    firsts = followed.table("lags").filter((pl.col("event") == "sustained") & (pl.col("reason") == ""))
    assert firsts["years"].to_list() == [] or abs(float(firsts["years"].median()) - LATER) <= 1  # type: ignore[arg-type]


def test_tables_agree_with_each_other(followed: Followed) -> None:
    names = set(followed.table("technologies")["technology"])
    for name in ("presence", "timeline", "events", "lags", "lead_lag", "evidence"):
        assert set(followed.table(name)["technology"]) == names, name
    timeline = followed.table("timeline").group_by("technology", "kind").agg(pl.col("documents_count").sum())
    presence = followed.table("presence").select("technology", "kind", whole="documents_count")
    joined = timeline.join(presence, on=["technology", "kind"])
    assert joined.height == presence.height
    assert np.allclose(joined["documents_count"], joined["whole"])
    assert followed.table("timeline")["year"].max() == AS_OF
    assert followed.table("technologies")["rank"].to_list() == list(range(1, len(names) + 1))


def test_names_that_fit_no_class_are_matched_with_none(followed: Followed) -> None:
    trade = followed.table("presence").filter(pl.col("kind") == "trade")
    assert not trade["is_confirmed"].any() and trade["is_by_class"].all()
    assert set(followed.table("technologies")["stage"]) <= {"science", "invention"}
    stages = followed.table("technologies")["not_observed"].to_list()
    assert all("product" in own and "industry" not in own for own in stages)


def later_changed(frame: pl.DataFrame) -> pl.DataFrame:
    """Documents after the year say something else, and there are three times as many."""
    if "product" in frame.columns:
        late = pl.col("year") > AS_OF
        more = pl.DataFrame({"product": ["goods beyond"], "year": [AS_OF + 1], "count": [9000]})
        return pl.concat([frame.with_columns(count=pl.when(late).then(pl.col("count") * 50).otherwise("count")), more])
    early, late = (frame.filter(test) for test in (pl.col("date").dt.year() <= AS_OF, pl.col("date").dt.year() > AS_OF))
    end = pl.DataFrame(
        {"id": ["last"], "date": [datetime.date(AS_OF + 2, 12, 31)], "title": ["entirely new words"], "abstract": ["x"]}
    )
    texts = early["abstract"].to_list()
    others = [late.with_columns(id=pl.col("id") + mark, abstract=pl.lit(texts[i])) for i, mark in enumerate("abc")]
    return pl.concat([early, *others, end.cast(dict(frame.schema))])  # type: ignore[arg-type]


@pytest.mark.slow
def test_nothing_later_changes_anything(followed: Followed, tmp_path: Path) -> None:
    """Science has nothing after the year here; what is added after it, and changed patents and counts, move no figure."""
    given = {kind: later_changed(frame) for kind, frame in records().items()}
    again = follow(given, as_of=AS_OF, top=100, project=tmp_path, granularity=3)
    for name in set(followed.tables) - {"records"}:  # titles of frames are those of their files
        assert again.table(name).equals(followed.table(name)), name
    assert again.table("records").drop("title").equals(followed.table("records").drop("title"))


@pytest.mark.slow
def test_the_leakage_test_can_fail(followed: Followed, tmp_path: Path) -> None:
    given = records()
    given = given | {"invention": given["invention"].with_columns(pl.col("date").dt.offset_by("-1y"))}
    again = follow(given, as_of=AS_OF, top=100, project=tmp_path, granularity=3)
    assert not again.table("events").equals(followed.table("events"))


@pytest.mark.slow
def test_order_of_rows_does_not_matter(followed: Followed, tmp_path: Path) -> None:
    given = {kind: frame.sample(fraction=1, shuffle=True, seed=2) for kind, frame in records().items()}
    again = follow(given, as_of=AS_OF, top=100, project=tmp_path, granularity=3)
    for name in ("technologies", "presence", "events", "lags", "lead_lag", "pooled", "matches"):
        assert again.table(name).equals(followed.table(name)), name


def test_every_step_is_kept_and_read_back(followed: Followed) -> None:
    catalogue = Catalogue.open(followed.project, reading=True)
    lines = "\n".join(catalogue.explain("followed", instruments=instruments()).lines("en"))
    for name in (
        "followed_science",
        "followed_invention",
        f"survey_{AS_OF}",
        "documents",
        "counts",
    ):
        assert name in lines, name
    assert catalogue.units(catalogue.find("followed"), "events")["low"] == "year"
    before = catalogue.find("followed").key
    again = follow(records(), as_of=AS_OF, top=100, project=followed.project, granularity=3)
    assert again.facts["results"]["followed"] == before
    assert all(again.table(name).equals(own) for name, own in followed.tables.items())


def test_a_technology_is_chosen_by_its_name_or_a_term(followed: Followed) -> None:
    name = followed.table("technologies")["technology"][0]
    term = followed.table("terms").filter(pl.col("technology") == name)["shown"][0]
    for asked in (name.split(" · ")[0], term.upper()):
        chosen = follow(records(), as_of=AS_OF, technology=asked, project=followed.project, granularity=3)
        assert name in chosen.table("technologies")["technology"].to_list()
        assert chosen.facts["shown_count"] < chosen.facts["technologies_count"]
    with pytest.raises(InputError, match="no technology"):
        follow(records(), as_of=AS_OF, technology="nothing of the kind", project=followed.project, granularity=3)
    few = follow(records(), as_of=AS_OF, top=2, project=followed.project, granularity=3)
    assert few.table("technologies")["rank"].to_list() == [1, 2]


def test_a_concordance_brings_a_class_and_a_growth_driver(followed: Followed) -> None:
    name = followed.table("technologies")["technology"][0]
    own = pl.DataFrame({"code_from": [name], "code_to": ["wares"]})
    found = follow(
        records(), as_of=AS_OF, technology=name, project=followed.project, granularity=3, concordances={"trade": own}
    )
    stage = found.table("technologies").row(0, named=True)
    assert (stage["stage"], stage["is_by_class"]) == ("growth_driver", True)
    assert found.table("matches").filter(pl.col("method") == "concordance")["other"].to_list() == ["wares"]
    wrong = own.with_columns(code_to=pl.lit("nothing"))
    with pytest.raises(InputError, match="no class 'nothing'"):
        follow(records(), as_of=AS_OF, project=followed.project, granularity=3, concordances={"trade": wrong})


@pytest.mark.parametrize(
    ("given", "options", "word"),
    [
        ({"science": 0}, {}, "two records"),
        ({"science": 0, "patents": 1}, {}, "unknown kind of record 'patents'"),
        ({"science": 0, "inventions": 1}, {}, "did you mean invention"),
        ({"science": 0, "invention": 1}, {"top": 0}, "0 technologies"),
        ({"science": 0, "invention": 1}, {"as_of": 1990}, "begins after 1990"),
        ({"science": 0, "invention": 1}, {"as_of": 2030}, "not a complete year"),
        ({"trade": 2, "product": 2}, {}, "no record holds documents"),
        ({"science": 0, "invention": 3}, {}, "invention"),
    ],
)
def test_faults_are_named(given: dict[str, int], options: dict[str, Any], word: str, tmp_path: Path) -> None:
    frames = [*records().values(), pl.DataFrame({"nothing": ["known"]})]
    with pytest.raises(InputError, match=word):
        follow({kind: frames[place] for kind, place in given.items()}, project=tmp_path, **options)


def test_the_library_and_the_files(followed: Followed, tmp_path: Path) -> None:
    assert fl.follow is follow
    files = publish_followed(followed.tables, followed.facts, tmp_path)
    assert files["page"].read_text(encoding="utf-8").startswith("<!doctype html>")
    written = pl.read_csv(files["tables"] / "events.csv")
    assert written.height == followed.table("events").height
    with pytest.raises(InputError, match="no table"):
        followed.table("nothing")


@pytest.mark.slow
def test_the_command_prints_and_writes_or_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = []
    for kind in ("science", "invention"):
        path = tmp_path / f"{kind}.parquet"
        records()[kind].write_parquet(path)
        given.append(f"{kind}={path}")
    asked = [
        "follow",
        *given,
        "--project",
        str(tmp_path / "own"),
        "--as-of",
        str(AS_OF),
        "--granularity",
        "3",
        "--quiet",
    ]
    assert main([*asked, "--lang", "zh"]) == 0
    printed = capsys.readouterr().out
    assert "从发现到产业" in printed and "followed.html" in printed
    assert (tmp_path / "own" / "followed.html").is_file() and (tmp_path / "own" / "followed" / "lags.csv").is_file()
    assert main(["follow", given[0], f"patents={tmp_path}", "--project", str(tmp_path / "own")]) == 2
    assert "unknown kind of record 'patents'" in capsys.readouterr().err
    assert main(["follow", *given, "--column", "title=Name", "--project", str(tmp_path / "own")]) == 2
