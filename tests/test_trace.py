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
import take_off_corpus as made
from firstlight.catalogue import Catalogue
from firstlight.cli import main
from firstlight.errors import InputError
from firstlight.run import instruments
from firstlight.run.following import Followed, _chosen, follow
from firstlight.views.followed_page import publish_followed

LATER, AS_OF, SIZE = 2, 2014, 30
PAIRS = pl.DataFrame({"code_from": ["laser"], "code_to": ["goods"]})
Frames = dict[str, pl.DataFrame]


@cache
def records() -> Frames:
    """Invented papers, and patents on the same technologies two years later; trade counts three classes."""
    papers = made.corpus(years=(2000, 2014), technologies=SIZE, seed=4)
    patents = made.corpus(years=(2000, 2014), technologies=SIZE, seed=5)
    patents = patents.with_columns(pl.col("date").dt.offset_by(f"{LATER}y"))
    years = range(2000, 2017)
    trade = pl.DataFrame(
        {
            "product": [
                name
                for name in ("goods", f"{made.names(SIZE)[0]}s, wares", "things")
                for _ in years
            ],
            "year": [*years] * 3,
            "count": [50] * 17 + [int(20 * 1.3 ** (y - 2000)) for y in years] + [400] * 17,
        }
    )
    columns = ("id", "date", "title", "abstract")
    return {"science": papers.select(columns), "invention": patents.select(columns), "trade": trade}


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    given = records()
    return follow(given, as_of=AS_OF, top=100, project=tmp_path_factory.mktemp("followed"))


def test_named_technologies_are_confirmed_in_the_other_record(followed: Followed) -> None:
    """Every invented name is found, and beside them only their last words: form and acronym count as one."""
    found = followed.table("technologies")["technology"]
    assert {name.rsplit(" (", 1)[0] for name in found if " " in name} == set(made.names(SIZE))
    assert {name for name in found if " " not in name} <= set(made.KINDS)
    presence = followed.table("presence").filter(pl.col("kind") == "invention")
    assert presence.filter(pl.col("technology").str.contains(" "))["is_confirmed"].all()
    steps = {row["kind"]: row for row in followed.table("steps").iter_rows(named=True)}
    assert steps["invention"]["confirmed_count"] == SIZE and steps["science"]["furthest_count"] == 0
    assert [name.rsplit(" (", 1)[0] for name in steps["trade"]["examples"]] == [made.names(SIZE)[0]]
    assert followed.facts["technologies_count"] == SIZE
    ranked = followed.table("technologies").sort("rank")
    assert ranked["is_plain_word"].to_list() == sorted(ranked["is_plain_word"])


def test_documents_are_counted_by_any_form(followed: Followed) -> None:
    """An acronym that stands alone counts as the long form does."""
    name = made.names(SIZE)[3]
    text = pl.concat_str("title", "abstract", separator=" ")
    patents = records()["invention"].filter(pl.col("date").dt.year() <= AS_OF)
    uses = patents.filter(text.str.contains(rf"{name}|\b{made.acronym(name)}\b")).height
    alone = patents.filter(
        text.str.contains(name).not_() & text.str.contains(rf"\b{made.acronym(name)}\b")
    ).height
    row = followed.table("presence").filter(
        pl.col("technology").str.starts_with(name) & (pl.col("kind") == "invention")
    )
    assert row["documents_count"].to_list() == [uses] and alone > 0


def test_planted_lags_come_out(followed: Followed) -> None:
    """Both records follow the same curve; the second is dated two years later."""
    lags = followed.table("lags").filter(
        (pl.col("event") == "take_off") & (pl.col("to_kind") == "invention")
    )
    known = lags.filter(pl.col("years").is_not_null())
    assert known.height >= 3
    held = known.filter(
        (pl.col("low").fill_null(-99) <= LATER) & (pl.col("high").fill_null(99) >= LATER)
    )
    assert held.height >= 0.75 * known.height
    pooled = followed.table("pooled").filter(pl.col("to_kind") == "invention").row(0, named=True)
    assert pooled["technologies_count"] == SIZE


def test_tables_agree_with_each_other(followed: Followed) -> None:
    names = set(followed.table("technologies")["technology"])
    for name in ("presence", "timeline", "events", "lags", "lead_lag", "evidence"):
        assert set(followed.table(name)["technology"]) == names, name
    timeline = (
        followed.table("timeline")
        .group_by("technology", "kind")
        .agg(pl.col("documents_count").sum())
    )
    presence = followed.table("presence").select("technology", "kind", whole="documents_count")
    joined = timeline.join(presence, on=["technology", "kind"])
    assert joined.height == presence.height
    assert np.allclose(joined["documents_count"], joined["whole"])
    assert followed.table("timeline")["year"].max() == AS_OF
    assert followed.table("technologies")["rank"].to_list() == list(range(1, len(names) + 1))


def test_a_class_is_matched_by_its_name(followed: Followed) -> None:
    trade = followed.table("presence").filter(pl.col("kind") == "trade")
    matched = trade.filter("is_confirmed")["technology"].to_list()
    assert [name.rsplit(" (", 1)[0] for name in matched] == [made.names(SIZE)[0]] and trade[
        "is_by_class"
    ].all()
    stages = followed.table("technologies").filter(~pl.col("technology").is_in(matched))
    assert set(stages["stage"]) <= {"science", "invention"}
    assert all("product" in own and "industry" not in own for own in stages["not_observed"])


def later_changed(frame: pl.DataFrame) -> pl.DataFrame:
    """Documents after the year say something else, and there are three times as many."""
    if "product" in frame.columns:
        late = pl.col("year") > AS_OF
        more = pl.DataFrame({"product": ["goods beyond"], "year": [AS_OF + 1], "count": [9000]})
        return pl.concat(
            [
                frame.with_columns(
                    count=pl.when(late).then(pl.col("count") * 50).otherwise("count")
                ),
                more,
            ]
        )
    early, late = (
        frame.filter(test)
        for test in (pl.col("date").dt.year() <= AS_OF, pl.col("date").dt.year() > AS_OF)
    )
    end = pl.DataFrame(
        {
            "id": ["last"],
            "date": [datetime.date(AS_OF + 2, 12, 31)],
            "title": ["entirely new words"],
            "abstract": ["x"],
        }
    )
    texts = early["abstract"].to_list()
    others = [
        late.with_columns(id=pl.col("id") + mark, abstract=pl.lit(texts[i]))
        for i, mark in enumerate("abc")
    ]
    return pl.concat([early, *others, end.cast(dict(frame.schema))])  # type: ignore[arg-type]


@pytest.mark.slow
def test_nothing_later_changes_anything(followed: Followed, tmp_path: Path) -> None:
    """Science has nothing after the year here; what is added after it, and changed patents and counts, move no figure."""
    given = {kind: later_changed(frame) for kind, frame in records().items()}
    again = follow(given, as_of=AS_OF, top=100, project=tmp_path)
    for name in set(followed.tables) - {"records"}:  # titles of frames are those of their files
        assert again.table(name).equals(followed.table(name)), name
    assert again.table("records").drop("title").equals(followed.table("records").drop("title"))


@pytest.mark.slow
def test_the_leakage_test_can_fail(followed: Followed, tmp_path: Path) -> None:
    given = records()
    given = given | {
        "invention": given["invention"].with_columns(pl.col("date").dt.offset_by("-1y"))
    }
    again = follow(given, as_of=AS_OF, top=100, project=tmp_path)
    assert not again.table("events").equals(followed.table("events"))


@pytest.mark.slow
def test_order_of_rows_does_not_matter(followed: Followed, tmp_path: Path) -> None:
    given = {
        kind: frame.sample(fraction=1, shuffle=True, seed=2) for kind, frame in records().items()
    }
    again = follow(given, as_of=AS_OF, top=100, project=tmp_path)
    for name in (
        "technologies",
        "presence",
        "events",
        "lags",
        "lead_lag",
        "pooled",
        "matches",
        "steps",
    ):
        assert again.table(name).equals(followed.table(name)), name


def test_every_step_is_kept_and_read_back(followed: Followed) -> None:
    catalogue = Catalogue.open(followed.project, reading=True)
    lines = "\n".join(catalogue.explain("followed", instruments=instruments()).lines("en"))
    for name in (
        "followed_science",
        "followed_invention",
        f"technologies_{AS_OF}",
        "documents",
        "counts",
    ):
        assert name in lines, name
    assert catalogue.units(catalogue.find("followed"), "events")["low"] == "year"
    before = catalogue.find("followed").key
    again = follow(records(), as_of=AS_OF, top=100, project=followed.project)
    assert again.facts["results"]["followed"] == before
    assert all(again.table(name).equals(own) for name, own in followed.tables.items())


def test_a_technology_is_chosen_by_any_form_of_its_name(followed: Followed) -> None:
    name = made.names(SIZE)[0]
    short = made.acronym(name)

    def chosen(asked: str) -> list[str]:
        return _chosen(followed.tables, asked, 20, records())

    for asked in (name, f"{name.upper()}S", short, f"{name} ({short})"):
        assert chosen(asked) == [f"{name} ({short})"], asked
    kind = name.split()[-1]
    assert chosen(kind) == [kind], "a whole name before parts of names"
    assert chosen(name[4:-4]) == [f"{name} ({short})"]
    with pytest.raises(InputError, match="no technology"):
        chosen("nothing of the kind")


@pytest.mark.slow
def test_a_concordance_brings_a_class_and_a_growth_driver(followed: Followed) -> None:
    name = made.names(SIZE)[1]
    wares = f"{made.names(SIZE)[0]}s, wares"
    own = pl.DataFrame({"code_from": [name.upper()], "code_to": [wares]})
    found = follow(
        records(),
        as_of=AS_OF,
        technology=name,
        project=followed.project,
        concordances={"trade": own},
    )
    stage = found.table("technologies").row(0, named=True)
    assert (stage["stage"], stage["is_by_class"]) == ("growth_driver", True)
    assert found.table("matches").filter(pl.col("method") == "concordance")["other"].to_list() == [
        wares
    ]
    wrong = own.with_columns(code_to=pl.lit("nothing"))
    with pytest.raises(InputError, match="no class nothing"):
        follow(records(), as_of=AS_OF, project=followed.project, concordances={"trade": wrong})
    nobody = own.with_columns(code_from=pl.lit("nobody's technology"))
    with pytest.raises(InputError, match="no technology nobody"):
        follow(records(), as_of=AS_OF, project=followed.project, concordances={"trade": nobody})


@pytest.mark.parametrize(
    ("given", "options", "word"),
    [
        ({"science": 0}, {}, "two records"),
        ({"science": 0, "patents": 1}, {}, "unknown kind of record patents"),
        ({"science": 0, "inventions": 1}, {}, "did you mean invention"),
        ({"science": 0, "invention": 1}, {"top": 0}, "top = 0"),
        ({"science": 0, "invention": 1}, {"granularity": 2}, "granularity is gone"),
        (
            {"science": 0, "invention": 1},
            {"concordances": {"invention": PAIRS}},
            "of which no counts",
        ),
        ({"science": 0, "invention": 1}, {"as_of": 1990}, "begins after 1990"),
        ({"science": 0, "invention": 1}, {"as_of": 2030}, "not a complete year"),
        ({"trade": 2, "product": 2}, {}, "no record holds documents"),
        ({"science": 0, "invention": 3}, {}, "invention"),
    ],
)
def test_faults_are_named(
    given: dict[str, int], options: dict[str, Any], word: str, tmp_path: Path
) -> None:
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
        "--quiet",
    ]
    assert main([*asked, "--lang", "zh"]) == 0
    printed = capsys.readouterr().out
    assert "从发现到产业" in printed and "followed.html" in printed
    assert (tmp_path / "own" / "followed.html").is_file() and (
        tmp_path / "own" / "followed" / "lags.csv"
    ).is_file()
    assert (
        main(["follow", given[0], f"patents={tmp_path}", "--project", str(tmp_path / "own")]) == 2
    )
    assert "unknown kind of record patents" in capsys.readouterr().err
    assert (
        main(["follow", *given, "--column", "title=Name", "--project", str(tmp_path / "own")]) == 2
    )
