"""Trace, end to end: planted lags come out, nothing later moves anything, faults are named, every
step is kept."""

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
from firstlight.result import Result
from firstlight.run.listing import instruments
from firstlight.run.tracing.tracing import _chosen, open_trace, trace
from firstlight.texts import LANGUAGES
from firstlight.views.publish import publish_result
from firstlight.views.result_terminal import result_terminal

LATER, AS_OF, SIZE = 2, 2014, 30
PAIRS = pl.DataFrame({"code_from": ["laser"], "code_to": ["goods"]})
Frames = dict[str, pl.DataFrame]


@cache
def records() -> Frames:
    """Invented papers, and patents on the same technologies two years later; trade counts three
    classes."""
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
def traced(tmp_path_factory: pytest.TempPathFactory) -> Result:
    given = records()
    return trace(given, as_of=AS_OF, top=100, project=tmp_path_factory.mktemp("traced"))


def test_named_technologies_are_confirmed_in_the_other_record(traced: Result) -> None:
    """Every invented name is found, and beside them only their last words: form and acronym count
    as one."""
    found = traced.tables["technologies"]["technology"]
    assert {name.rsplit(" (", 1)[0] for name in found if " " in name} == set(made.names(SIZE))
    assert {name for name in found if " " not in name} <= set(made.KINDS)
    presence = traced.tables["presence"].filter(pl.col("kind") == "invention")
    assert presence.filter(pl.col("technology").str.contains(" "))["is_confirmed"].all()
    steps = {row["kind"]: row for row in traced.tables["steps"].iter_rows(named=True)}
    assert steps["invention"]["confirmed_count"] == SIZE and steps["science"]["furthest_count"] == 0
    assert [name.rsplit(" (", 1)[0] for name in steps["trade"]["examples"]] == [made.names(SIZE)[0]]
    assert traced.facts["technologies_count"] == SIZE
    ranked = traced.tables["technologies"].sort("rank")
    assert ranked["is_plain_word"].to_list() == sorted(ranked["is_plain_word"])


def test_documents_are_counted_by_any_form(traced: Result) -> None:
    """An acronym that stands alone counts as the long form does."""
    name = made.names(SIZE)[3]
    text = pl.concat_str("title", "abstract", separator=" ")
    patents = records()["invention"].filter(pl.col("date").dt.year() <= AS_OF)
    uses = patents.filter(text.str.contains(rf"{name}|\b{made.acronym(name)}\b")).height
    alone = patents.filter(
        text.str.contains(name).not_() & text.str.contains(rf"\b{made.acronym(name)}\b")
    ).height
    row = traced.tables["presence"].filter(
        pl.col("technology").str.starts_with(name) & (pl.col("kind") == "invention")
    )
    assert row["documents_count"].to_list() == [uses] and alone > 0


def test_planted_lags_come_out(traced: Result) -> None:
    """Both records follow the same curve; the second is dated two years later."""
    lags = traced.tables["lags"].filter(
        (pl.col("event") == "take_off") & (pl.col("to_kind") == "invention")
    )
    known = lags.filter(pl.col("years").is_not_null())
    assert known.height >= 3
    held = known.filter(
        (pl.col("low").fill_null(-99) <= LATER) & (pl.col("high").fill_null(99) >= LATER)
    )
    assert held.height >= 0.75 * known.height
    pooled = traced.tables["pooled"].filter(pl.col("to_kind") == "invention").row(0, named=True)
    assert pooled["technologies_count"] == SIZE


def test_tables_agree_with_each_other(traced: Result) -> None:
    names = set(traced.tables["technologies"]["technology"])
    for name in ("presence", "timeline", "events", "lags", "lead_lag", "evidence"):
        assert set(traced.tables[name]["technology"]) == names, name
    timeline = (
        traced.tables["timeline"]
        .group_by("technology", "kind")
        .agg(pl.col("documents_count").sum())
    )
    presence = traced.tables["presence"].select("technology", "kind", whole="documents_count")
    joined = timeline.join(presence, on=["technology", "kind"])
    assert joined.height == presence.height
    assert np.allclose(joined["documents_count"], joined["whole"])
    assert traced.tables["timeline"]["year"].max() == AS_OF
    assert traced.tables["technologies"]["rank"].to_list() == list(range(1, len(names) + 1))


def test_a_class_is_matched_by_its_name(traced: Result) -> None:
    trade = traced.tables["presence"].filter(pl.col("kind") == "trade")
    matched = trade.filter("is_confirmed")["technology"].to_list()
    assert [name.rsplit(" (", 1)[0] for name in matched] == [made.names(SIZE)[0]] and trade[
        "is_by_class"
    ].all()
    stages = traced.tables["technologies"].filter(~pl.col("technology").is_in(matched))
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
def test_nothing_later_changes_anything(traced: Result, tmp_path: Path) -> None:
    """Science has nothing after the year here; what is added after it, and changed patents and
    counts, move no figure."""
    given = {kind: later_changed(frame) for kind, frame in records().items()}
    again = trace(given, as_of=AS_OF, top=100, project=tmp_path)
    for name in set(traced.tables) - {"records"}:  # titles of frames are those of their files
        assert again.tables[name].equals(traced.tables[name]), name
    assert again.tables["records"].drop("title").equals(traced.tables["records"].drop("title"))


@pytest.mark.slow
def test_the_leakage_test_can_fail(traced: Result, tmp_path: Path) -> None:
    given = records()
    given = given | {
        "invention": given["invention"].with_columns(pl.col("date").dt.offset_by("-1y"))
    }
    again = trace(given, as_of=AS_OF, top=100, project=tmp_path)
    assert not again.tables["events"].equals(traced.tables["events"])


@pytest.mark.slow
def test_order_of_rows_does_not_matter(traced: Result, tmp_path: Path) -> None:
    given = {
        kind: frame.sample(fraction=1, shuffle=True, seed=2) for kind, frame in records().items()
    }
    again = trace(given, as_of=AS_OF, top=100, project=tmp_path)
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
        assert again.tables[name].equals(traced.tables[name]), name


def test_every_step_is_kept_and_read_back(traced: Result) -> None:
    catalogue = Catalogue.open(traced.facts["project"], reading=True)
    lines = "\n".join(catalogue.explain("trace", instruments=instruments()).lines("en"))
    for name in (
        "trace_science",
        "trace_invention",
        f"technologies_{AS_OF}",
        "documents",
        "counts",
    ):
        assert name in lines, name
    assert catalogue.units(catalogue.find("trace"), "events")["low"] == "year"
    before = catalogue.find("trace").key
    again = trace(records(), as_of=AS_OF, top=100, project=traced.facts["project"])
    assert again.facts["results"]["trace"] == before
    assert all(again.tables[name].equals(own) for name, own in traced.tables.items())


def test_a_technology_is_chosen_by_any_form_of_its_name(traced: Result) -> None:
    name = made.names(SIZE)[0]
    short = made.acronym(name)

    def chosen(asked: str) -> list[str]:
        return _chosen(traced.tables, asked, 20, "science")

    for asked in (name, f"{name.upper()}S", short, f"{name} ({short})"):
        assert chosen(asked) == [f"{name} ({short})"], asked
    plain = traced.tables["technologies"].filter("is_plain_word")["technology"][0]
    assert chosen(plain) == [plain], "a whole name before parts of names"
    assert chosen(name[4:-4]) == [f"{name} ({short})"]
    with pytest.raises(InputError) as raised:
        chosen("nothing of the kind")
    assert raised.value.code == "not_traced"


@pytest.mark.slow
def test_a_concordance_brings_a_class_and_a_growth_driver(traced: Result) -> None:
    name = made.names(SIZE)[1]
    wares = f"{made.names(SIZE)[0]}s, wares"
    own = pl.DataFrame({"code_from": [name.upper()], "code_to": [wares]})
    found = trace(
        records(),
        as_of=AS_OF,
        technology=name,
        project=traced.facts["project"],
        concordances={"trade": own},
    )
    stage = found.tables["technologies"].row(0, named=True)
    assert (stage["stage"], stage["is_by_class"]) == ("growth_driver", True)
    assert found.tables["matches"].filter(pl.col("method") == "concordance")["other"].to_list() == [
        wares
    ]
    wrong = own.with_columns(code_to=pl.lit("nothing"))
    with pytest.raises(InputError, match="nothing"):
        trace(
            records(), as_of=AS_OF, project=traced.facts["project"], concordances={"trade": wrong}
        )
    nobody = own.with_columns(code_from=pl.lit("nobody's technology"))
    with pytest.raises(InputError, match="nobody"):
        trace(
            records(), as_of=AS_OF, project=traced.facts["project"], concordances={"trade": nobody}
        )


@pytest.mark.parametrize(
    ("given", "options", "code"),
    [
        ({"science": 0}, {}, "few_records"),
        ({"science": 0, "patents": 1}, {}, "no_kind"),
        ({"science": 0, "inventions": 1}, {}, "no_kind_but"),
        ({"science": 0, "invention": 1}, {"top": 0}, "out_of_bounds"),
        (
            {"science": 0, "invention": 1},
            {"concordances": {"invention": PAIRS}},
            "useless_concordance",
        ),
        ({"science": 0, "invention": 1}, {"as_of": 1990}, "begins_after"),
        ({"science": 0, "invention": 1}, {"as_of": 2030}, "not_complete_of"),
        ({"trade": 2, "product": 2}, {}, "no_documents"),
        ({"science": 0, "invention": 3}, {}, "no_text_column_of"),
    ],
)
def test_faults_are_named(
    given: dict[str, int], options: dict[str, Any], code: str, tmp_path: Path
) -> None:
    frames = [*records().values(), pl.DataFrame({"nothing": ["known"]})]
    with pytest.raises(InputError) as raised:
        trace({kind: frames[place] for kind, place in given.items()}, project=tmp_path, **options)
    assert raised.value.code == code


def test_a_column_of_one_record_is_named_as_the_error_says(tmp_path: Path) -> None:
    strange = pl.DataFrame({"w1": ["Solar cells"], "w2": [2016]})
    both = {"science": next(iter(records().values())), "invention": strange}
    with pytest.raises(InputError) as raised:
        trace(both, project=tmp_path)
    assert "--column invention.title=" in raised.value.parts("en")[2]
    hands = {"invention.title": "w1"}
    for columns in (hands, {"invention": {"title": "w1"}}):
        with pytest.raises(InputError) as raised:
            trace(both, columns=columns, project=tmp_path)
        assert "--column invention.date=" in raised.value.parts("en")[2]


def test_every_table_has_words_and_every_sentence_is_said_in_both_languages(traced: Result) -> None:
    aside = {"set_aside", "set_aside_rows"}
    for name in set(traced.tables) - aside:
        for column in traced.tables[name].columns:
            english, chinese = (traced.texts.column(lang, name, column) for lang in LANGUAGES)
            assert english["title"] and chinese["title"], (name, column)
    codes = [given.code for given in traced.said]
    assert codes[:4] == ["named", "arrival_unknown", "arrival_unknown", "furthest"]
    named = traced.said[0].values
    counts = [phrase.value.values["count"].value for phrase in named["where"].value]
    assert (named["count"].value, named["year"].value, counts) == (SIZE, AS_OF, [SIZE, 1])
    for lang in LANGUAGES:
        assert len(traced.summary(lang).splitlines()) == len(traced.said)
        assert result_terminal(traced, {"page": "p"}, lang=lang, width=90)
    shown = traced.table.columns
    assert {"science_since_year", "invention_take_off_year"} <= set(shown)


def test_a_trace_that_is_kept_opens_with_the_first_of_its_technologies(traced: Result) -> None:
    project = traced.facts["project"]
    trace(records(), as_of=AS_OF, project=project)  # the last one that was asked for
    opened = open_trace(project)
    assert opened is not None and opened.said == traced.said
    assert opened.table["technology"].equals(traced.table["technology"].head(20))
    drawn = traced.plot("courses").to_dict()
    assert drawn["facet"]["row"]["field"] == "kind" and len(drawn["spec"]["layer"]) == 2


def test_one_technology_is_told_in_full_and_several_by_their_stage(traced: Result) -> None:
    project, name = traced.facts["project"], made.names(SIZE)[0]
    one = trace(records(), as_of=AS_OF, technology=name, project=project)
    own = [given.code for given in one.said[: -len(traced.said)]]
    assert own[0] == "stage_since" and one.said[0].values["stage"].value.startswith("codes.stage.")
    assert own.count("in_record_from_start") == 3 and "of_class" in own
    several = trace(records(), as_of=AS_OF, technology=name[:3], project=project)
    codes = [given.code for given in several.said[: -len(traced.said)]]
    assert set(codes) == {"stage_since"} and 1 < len(codes) <= 5


def test_the_library_and_the_files(traced: Result, tmp_path: Path) -> None:
    assert fl.trace is trace
    files = publish_result(traced, tmp_path)
    assert files["page"].read_text(encoding="utf-8").startswith("<!doctype html>")
    for name in ("events", "arrivals", "forms"):
        assert pl.read_csv(files["tables"] / f"{name}.csv").height == traced.tables[name].height


@pytest.mark.slow
def test_the_command_prints_and_writes_or_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, own = [], tmp_path / "own"
    for kind in ("science", "invention"):
        path = tmp_path / f"{kind}.parquet"
        records()[kind].write_parquet(path)
        given.append(f"{kind}={path}")
    asked = [*given, "--project", str(own), "--as-of", str(AS_OF), "--quiet"]
    assert main(["trace", *asked, "--lang", "zh"]) == 0
    printed = capsys.readouterr().out
    assert "trace.html" in printed and "firstlight explain trace" in printed
    assert (own / "trace.html").is_file() and (own / "trace" / "lags.csv").is_file()
    assert main(["follow", *asked]) == 0, "the name of the version before"
    said = capsys.readouterr()
    assert "is now trace" in said.err and f" {SIZE} " in said.out
    assert main(["report", "--project", str(own), "--to", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "trace.html").is_file()
    capsys.readouterr()
    assert main(["trace", given[0], f"patents={tmp_path}", "--project", str(own)]) == 2
    assert "'patents'" in capsys.readouterr().err
    assert main(["trace", *given, "--column", "title=Name", "--project", str(own)]) == 2
