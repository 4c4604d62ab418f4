"""What changed since an earlier observation: carried over, told in a table, and shown in every view
and language; nothing where no earlier one is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from browser import Browser, chromium
from invented_take_off import AS_OF, Observation, observation

from firstlight.errors import InputError
from firstlight.observation_tables import SCHEMAS
from firstlight.run.changes import Earlier, carried, earlier_observation
from firstlight.run.observed import Observation as Seen
from firstlight.texts import family_texts
from firstlight.views.observation_page import observation_page
from firstlight.views.observation_report import observation_report
from firstlight.views.observation_summary import change_lines
from firstlight.views.observation_terminal import observation_terminal
from firstlight.views.publish import publish

TEXTS = family_texts("emergence")
LANGUAGES = ("en", "zh")


def earlier_of(made: Observation) -> Earlier:
    return earlier_observation(Seen.of(*made), ".", print)


def ids_of(made: Observation) -> list[str]:
    """Identifiers by rank, then of the watched."""
    return made[0]["technologies"]["technology_id"].to_list()


def row_of(tables: Any, id_: str) -> dict[str, Any]:
    return tables["technologies"].row(by_predicate=pl.col("technology_id") == id_, named=True)


def without(tables: dict[str, pl.DataFrame], *gone: str) -> dict[str, pl.DataFrame]:
    """The tables without some technologies, the others ranked anew."""
    kept = {
        name: frame.filter(~pl.col("technology_id").is_in(gone))
        if name in ("technologies", "forms", "history")
        else frame
        for name, frame in tables.items()
    }
    ranked = kept["technologies"].filter(pl.col("rank").is_not_null()).sort("rank")
    new = dict(zip(ranked["technology_id"], range(1, ranked.height + 1), strict=True))
    rank = pl.col("technology_id").replace_strict(new, default=None, return_dtype=pl.Int64)
    kept["technologies"] = kept["technologies"].with_columns(rank=rank)
    return kept


def moved(tables: dict[str, pl.DataFrame], form_of: str, to: str) -> dict[str, pl.DataFrame]:
    """The tables with the forms of one technology given to another, as forms that aren't its name."""
    of = pl.col("technology_id") == form_of
    kind = pl.when(of).then(pl.lit("variant")).otherwise("kind")
    owner = pl.when(of).then(pl.lit(to)).otherwise("technology_id")
    return {**tables, "forms": tables["forms"].with_columns(kind=kind, technology_id=owner)}


def called(
    tables: dict[str, pl.DataFrame], id_: str, new: str, name: str
) -> dict[str, pl.DataFrame]:
    """The tables with a technology under another identifier, name and head."""
    is_it = pl.col("technology_id") == id_
    other = pl.col("technology_id").replace({id_: new})
    tables = {
        table: frame.with_columns(other) if "technology_id" in frame.columns else frame
        for table, frame in tables.items()
    }
    head = pl.DataFrame(
        [(new, name, "name", 40, "name", None)],
        schema=tables["forms"].schema,
        orient="row",
    )
    was_head = (pl.col("technology_id") == new) & (pl.col("kind") == "name")
    kind = pl.when(was_head).then(pl.lit("variant")).otherwise("kind")
    forms = pl.concat([tables["forms"].with_columns(kind=kind), head])
    is_it = pl.col("technology_id") == new
    named = pl.when(is_it).then(pl.lit(name)).otherwise("name")
    technologies = tables["technologies"].with_columns(name=named)
    return {**tables, "technologies": technologies, "forms": forms}


def changes(before: Observation, tables: dict[str, pl.DataFrame], **facts: Any) -> pl.DataFrame:
    return carried(tables, {**before[1], **facts}, earlier_of(before))[0]["changes"]


def told(found: pl.DataFrame, *kinds: str) -> list[tuple[str, str, str | None, str]]:
    chosen = found.filter(pl.col("kind").is_in(kinds))
    return chosen.select("kind", "technology_id", "other_name", "reason").rows()


# ---- carried over


def test_an_observation_has_no_changes_against_itself(take_off: Observation) -> None:
    tables, facts = take_off
    found, said, ids = carried(tables, facts, earlier_of(take_off))
    assert found["changes"].is_empty() and ids == {}
    for name, frame in tables.items():
        assert found[name].equals(frame), name
    assert said["since"]["as_of"] == AS_OF


def test_without_an_earlier_one_nothing_is_told(take_off: Observation) -> None:
    found, said, _ = carried(*take_off, None)
    assert found["changes"].schema == pl.Schema(SCHEMAS["changes"]) and said == take_off[1]


def test_the_same_thing_under_another_head_keeps_identifier_and_name(take_off: Observation) -> None:
    id_ = ids_of(take_off)[4]
    before = row_of(take_off[0], id_)
    tables = called(take_off[0], id_, "newhead", "new heads")
    found, said, ids = carried(tables, take_off[1], earlier_of(take_off))
    assert ids == {"newhead": id_}
    assert row_of(found, id_)["name"] == before["name"]
    for name in ("history", "forms", "fan", "documents", "leaders"):
        there = found[name]["technology_id"]
        assert "newhead" not in there and id_ in there, name
    assert found["changes"].height == 1
    assert told(found["changes"], "renamed") == [("renamed", id_, "new heads", "kept_name")]
    # and what is compared with that has it so from the start
    assert changes((found, said), found).is_empty()


def test_a_name_that_is_corrected_is_known_by_its_documents_of_each_year(
    take_off: Observation,
) -> None:
    """No form is left, as of an entity of counts; another with the same course is nobody."""
    id_, other = ids_of(take_off)[4], ids_of(take_off)[6]
    tables = called(take_off[0], id_, "corected", "corected name")
    is_it = pl.col("technology_id") == "corected"
    tables["forms"] = tables["forms"].filter(~is_it | (pl.col("kind") == "name"))
    found, _, ids = carried(tables, take_off[1], earlier_of(take_off))
    assert ids == {"corected": id_}
    assert told(found["changes"], "renamed") == [("renamed", id_, "corected name", "kept_name")]
    own, its = pl.col("technology_id") == other, tables["history"].filter(is_it)
    twin = its.with_columns(technology_id=pl.lit(other))
    tables["history"] = pl.concat([tables["history"].filter(~own), twin])
    found, _, ids = carried(tables, take_off[1], earlier_of(take_off))
    assert ids == {}
    assert told(found["changes"], "new", "gone") == [
        ("new", "corected", None, "first_found"),
        ("gone", id_, None, "not_found"),
    ]


def test_what_somebody_decides_is_not_carried_over(take_off: Observation) -> None:
    id_ = ids_of(take_off)[4]
    tables = called(take_off[0], id_, id_, "my own name")
    row = (9, "x", "rename", "my own name", id_)
    own = pl.DataFrame([row], schema=tables["own_names"].schema, orient="row")
    tables["own_names"] = pl.concat([tables["own_names"], own])
    found, _, _ = carried(tables, take_off[1], earlier_of(take_off))
    assert row_of(found, id_)["name"] == "my own name"
    before = row_of(take_off[0], id_)["name"]
    assert told(found["changes"], "renamed") == [("renamed", id_, before, "another_name")]


def test_a_merge_is_told_with_what_it_merged_into(take_off: Observation) -> None:
    gone, into = ids_of(take_off)[2], ids_of(take_off)[7]
    found = changes(take_off, without(moved(take_off[0], gone, into), gone))
    other = row_of(take_off[0], into)["name"]
    assert told(found, "merged", "gone") == [("merged", gone, other, "merged")]
    # those behind it moved up, and nothing of their own changed
    risen = found.filter(pl.col("kind") == "risen")
    assert risen.height == 37 and set(risen["reason"]) == {"others_moved"}


def test_a_split_is_told_with_what_it_was_split_off(take_off: Observation) -> None:
    part, whole = ids_of(take_off)[2], ids_of(take_off)[7]
    one = without(moved(take_off[0], part, whole), part), take_off[1]
    found = changes(one, take_off[0])
    other = row_of(take_off[0], whole)["name"]
    assert told(found, "split", "new") == [("split", part, other, "split")]


def test_who_comes_and_goes_is_told_with_the_reason(take_off: Observation) -> None:
    ids = ids_of(take_off)
    lost, came, watched = ids[1], ids[3], ids[-1]
    before = without(take_off[0], came), take_off[1]
    now = without(take_off[0], lost)
    is_watched = pl.col("technology_id") == watched
    ranked = pl.when(is_watched).then(pl.lit(40)).otherwise("rank")
    now["technologies"] = now["technologies"].with_columns(rank=ranked)
    found = changes(before, now)
    expected = {
        ("gone", lost, None, "not_found"),
        ("new", came, None, "first_found"),
        ("new", watched, None, "crossed_least"),
    }
    assert set(told(found, "new", "gone")) == expected


@pytest.mark.parametrize(
    ("column", "by", "facts", "code"),
    [
        ("share", 1.2, {}, "share_grew"),
        ("documents_count", 2, {}, "more_documents"),
        ("documents_count", 1, {"as_of": AS_OF + 1}, "year_moved"),
        ("documents_count", 1, {"ranking": "share"}, "another_ranking"),
        ("documents_count", 1, {}, "others_moved"),
    ],
)
def test_reasons_are_true(
    take_off: Observation, column: str, by: float, facts: dict[str, Any], code: str
) -> None:
    """The fifth rises to the first rank."""
    rank = pl.col("rank")
    up = pl.when(rank == 5).then(1).when(rank < 5).then(rank + 1).otherwise(rank)
    figure = pl.when(rank == 5).then(pl.col(column) * by).otherwise(pl.col(column))
    kind = take_off[0]["technologies"].schema[column]
    technologies = take_off[0]["technologies"].with_columns(figure.cast(kind), rank=up)
    found = changes(take_off, {**take_off[0], "technologies": technologies}, **facts)
    risen = found.filter(pl.col("kind") == "risen")
    assert risen.select("technology_id", "earlier_rank", "rank", "reason").rows() == [
        (ids_of(take_off)[4], 5, 1, code)
    ]
    assert found.filter(pl.col("kind") == "fallen").height == 4


def test_a_larger_record_is_a_reason(take_off: Observation) -> None:
    rank = pl.col("rank")
    swapped = rank.replace({1: 2, 2: 1})
    tables = {**take_off[0], "technologies": take_off[0]["technologies"].with_columns(rank=swapped)}
    tables["years"] = tables["years"].with_columns(pl.col("documents_count") + 1)
    assert set(changes(take_off, tables)["reason"]) == {"larger_record"}


def test_what_is_no_observation_is_refused(tmp_path: Path) -> None:
    for given in (tmp_path, tmp_path / "nothing.json", 7):
        with pytest.raises(InputError) as error:
            earlier_observation(given, tmp_path, print)
        assert error.value.code == "no_observation"


def test_an_earlier_one_is_read_from_its_file_alike(take_off: Observation, tmp_path: Path) -> None:
    publish(*changed(), tmp_path)
    read = earlier_observation(tmp_path, tmp_path, print)
    assert read.sha256 == earlier_of(changed()).sha256


# ---- shown


def changed() -> Observation:
    """The invented observation beside one in which two technologies are merged and another is
    unknown."""
    made = observation()
    ids = ids_of(made)
    before = without(moved(made[0], ids[2], ids[7]), ids[2], ids[9]), made[1]
    tables, facts, _ = carried(*made, earlier_of(before))
    return tables, facts


@pytest.mark.parametrize("lang", LANGUAGES)
def test_print_and_report_tell_what_changed_only_where_there_is_something_to_compare(
    take_off: Observation, lang: str
) -> None:
    heading = TEXTS.say(lang, "sections", "changes")
    for view in (observation_terminal, observation_report):
        assert heading not in view(*take_off, lang=lang)  # type: ignore[operator]
        said = view(*changed(), lang=lang)  # type: ignore[operator]
        assert heading in said
        for reason in ("first_found", "split"):
            words = TEXTS.say(lang, "change_reasons", reason)
            assert "".join(words.split()) in "".join(said.split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lines_name_who_came_into_the_first_twenty_and_who_left_them(lang: str) -> None:
    tables, facts = changed()
    came, left = (
        tables["changes"].filter(pl.col(here) <= 20, ~(pl.col(there) <= 20).fill_null(False))
        for here, there in (("rank", "earlier_rank"), ("earlier_rank", "rank"))
    )
    assert came.height == left.height == 2
    lines = change_lines(tables, facts, lang)
    for rows, line in ((came, lines[1]), (left, lines[2])):
        shown = tables["technologies"].filter(pl.col("name").is_in(rows["name"].implode()))
        for row in shown.iter_rows(named=True):
            assert TEXTS.cell(lang, "technologies", "name", row) in line
    every = tables["changes"]["kind"].value_counts()["count"].to_list()
    assert all(str(count) in lines[-1] for count in every)
    assert change_lines(*observation(), lang) == []


@pytest.mark.skipif(chromium() is None, reason="Chromium isn't installed")
def test_the_page_shows_what_changed_in_both_languages(tmp_path: Path) -> None:
    tables, facts = changed()
    browser = Browser(tmp_path / "profile")
    try:
        for lang in LANGUAGES:
            file = tmp_path / f"{lang}.html"
            file.write_text(observation_page(tables, facts, lang=lang), encoding="utf-8")
            browser.open(file.as_uri())
            shown = "document.querySelector('#changes')"
            heading = browser.run(f"{shown}.querySelector('h2').textContent")
            assert heading == TEXTS.say(lang, "sections", "changes")
            rows = browser.run(f"{shown}.querySelectorAll('tbody tr').length")
            assert rows == tables["changes"].height
            text = str(browser.run(f"{shown}.textContent"))
            assert TEXTS.say(lang, "change_reasons", "split") in text
            assert TEXTS.say(lang, "change_kinds", "new") in text
        assert browser.messages == []
    finally:
        browser.close()
