"""The print and the report of an observation: the answer first, whole numbers, widths kept, deaf to
hostile texts."""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import invented_take_off
import polars as pl
import pytest
from hostile_texts import HOSTILE
from invented_take_off import Observation, with_second_name
from rich.cells import cell_len

from firstlight import texts
from firstlight.errors import InputError
from firstlight.message_json import message_from_json
from firstlight.sources.publisher import load_source
from firstlight.texts import ROOT, Code, Count, family_texts, leaves
from firstlight.views.observation_data import observation_data
from firstlight.views.observation_report import observation_report
from firstlight.views.observation_summary import base_rate, cases, scored, shown_name
from firstlight.views.observation_terminal import observation_terminal

KEYS_OF_RECORD = ("horizon", "ranking", "is_used", "year")
LANGUAGES = ["en", "zh"]
TEXTS = family_texts("emergence")
FILES = {"page": "observatory/index.html", "report": "observatory/report.md"}


def lines_of(made: Observation, lang: str, width: int) -> list[str]:
    return observation_terminal(*made, lang=lang, width=width, colour=False).splitlines()


def only(text: str, marks: str) -> str:
    """A text without what wrapping changes."""
    return re.sub(rf"[\s{marks}]", "", text)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [40, 56, 64, 72, 80, 100])
def test_the_print_keeps_its_width_and_cuts_nothing(
    take_off: Observation, lang: str, width: int
) -> None:
    tables, facts = take_off
    lines = lines_of((tables, {**facts, "files": FILES}), lang, width)
    whole = [
        line for line in lines if "observatory/" in line or "firstlight explain" in line
    ]  # to be copied
    assert max(cell_len(line) for line in lines if line not in whole) <= width
    assert len(whole) == 3 and not [line for line in lines if "…" in line]
    said = only("".join(lines), "")
    for row in scored(tables, 15).iter_rows(named=True):
        assert (
            only(shown_name(row, lang), "") in said or width < 80
        )  # a name may be broken where it is narrow
        assert only(TEXTS.cell(lang, "technologies", "probability", row), "") in said
    assert not [line for line in lines if re.match(r"\s*[，。；：、？！）】》”]", line)]
    assert not [line for line in lines if re.search(r"[（【《“]$", line)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_lines_come_first_and_whole(take_off: Observation, lang: str) -> None:
    tables, facts = take_off
    told = [TEXTS.sentence(lang, message_from_json(line)) for line in facts["first_lines"]]
    for said in (
        "\n".join(lines_of(take_off, lang, 80)),
        observation_report(tables, facts, lang=lang),
    ):
        flat = only(said, "*\\\\")
        places = [flat.index(only(line, "*\\\\")) for line in told]
        assert places == sorted(places)
        assert places[-1] < flat.index(
            only(TEXTS.say(lang, "sections", "technologies"), ""), places[-1]
        )
    for name in tables["technologies"]["name"].head(5):
        assert name in told[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_says_what_the_contract_asks(take_off: Observation, lang: str) -> None:
    lines = lines_of(take_off, lang, 100)
    columns = (
        "first_year",
        "documents_count",
        "growth_last_year",
        "probability",
        "advice",
        "outcome",
    )
    for row in scored(take_off[0], 15).iter_rows(named=True):
        cells = [TEXTS.cell(lang, "technologies", column, row) for column in columns]
        place = next(
            number for number, line in enumerate(lines) if re.match(rf"\s+{row['rank']}  ", line)
        )
        assert lines[place].split()[-len(cells) :] == " ".join(cells).split()[-len(cells) :]
        assert TEXTS.say(lang, "areas", row["area"]) in lines[place + 1]
        assert row["theme"] is None or row["theme"] in lines[place + 1]
    assert sum(TEXTS.say(lang, "missing", "is_newborn") in line.split() for line in lines) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_outcome_stands_there_only_where_it_is_known(lang: str) -> None:
    today = invented_take_off.seen_from_today()
    title = TEXTS.column(lang, "technologies", "outcome")["title"]
    assert title not in "\n".join(lines_of(today, lang, 100)).split("\n\n")[5]
    table = re.search(r"\| .*\n\| --:", observation_report(*today, lang=lang))
    assert table is not None and title not in table[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_record_stands_beside_the_best_simple_rule(take_off: Observation, lang: str) -> None:
    pooled = (
        take_off[0]["record"]
        .filter(pl.col("year").is_null())
        .sort(~pl.col("is_used"), -pl.col("precision_20"))
    )
    used, best = (pooled.row(place, named=True) for place in (0, 1))
    assert (used["ranking"], best["ranking"]) == ("trend", "relative_gain")
    brief = observation_report(*take_off, lang=lang)
    for row in (used, best):
        cells = [
            TEXTS.cell(lang, "record", name, row)
            for name in ("ranking", "precision_20", "precision_50")
        ]
        assert f"| {' | '.join(cells)} |" in brief
    bare = "\n".join(lines_of(take_off, lang, 100))
    assert bare.index("46%", bare.index(TEXTS.say(lang, "sections", "record"))) < bare.rindex("39%")
    assert "2,460" in bare and "228" in bare and "14" in bare


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("longest", [7, 20, 30])
def test_the_record_counts_no_more_lines_than_lists_hold(
    take_off: Observation, lang: str, longest: int
) -> None:
    tables, facts = take_off
    past = tables["past_forecasts"].filter(pl.col("rank") <= longest)
    short = ({**tables, "past_forecasts": past}, facts)

    def head(count: int) -> str:
        return TEXTS.say(lang, "interface", "first_of", count=Count(count))

    # by hand: of 7 lines the first 7 alone; of 20 the first 20; of 30 the first 20 and the first 30
    heads = {7: [7], 20: [20], 30: [20, 30]}[longest]
    print_of_it = "\n".join(lines_of(short, lang, 100))
    hint = TEXTS.say(
        lang, "hints", "record" if longest > 20 else "record_short", count=Count(longest)
    )
    assert "".join(hint.split()) in "".join(print_of_it.split())
    row = next(line for line in print_of_it.splitlines() if head(heads[0]) in line)
    assert [count for count in (7, 20, 30, 50) if f" {head(count)} " in f"{row} "] == heads
    brief = observation_report(*short, lang=lang)
    for count in (7, 20, 30, 50):
        title = TEXTS.say(lang, "interface", "took_off_of", count=Count(count))
        assert (f"| {title} |" in brief) == (count in heads)


def test_what_is_dated_to_the_year_stands_under_its_year(take_off: Observation) -> None:
    tables, facts = take_off
    first, other = datetime.date(2015, 1, 1), datetime.date(2015, 3, 1)
    date = pl.when(pl.col("position") == 1).then(first).otherwise(other)
    dated = {**tables, "documents": tables["documents"].with_columns(date.alias("date"))}
    brief = observation_report(dated, facts)
    assert "2015-01-01" not in brief and re.search(r", 2015$", brief, re.MULTILINE)
    assert "2015-03-01" in brief
    packed = json.dumps(observation_data(dated, facts)["documents"])
    assert '"2015"' in packed and '"2015-03-01"' in packed and "2015-01-01" not in packed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_watched_leaders_areas_cautions_and_reading_are_told(
    take_off: Observation, lang: str
) -> None:
    tables, _ = take_off
    bare = only("".join(lines_of(take_off, lang, 80)), "")
    brief = observation_report(*take_off, lang=lang)
    watched = tables["technologies"].filter(pl.col("status") == "watched")
    for place, row in enumerate(watched.iter_rows(named=True)):
        name = shown_name(row, lang)
        assert (only(name, "") in bare) == (place < 10) and name in brief
    for area in ("manufacturing", "information", "materials", "energy", "space", "health"):
        assert TEXTS.say(lang, "areas", area) in bare and TEXTS.say(lang, "areas", area) in brief
    recent, before = (
        tables["leaders"].filter(pl.col("period") == period, pl.col("name") == "CN")
        for period in ("recent", "before")
    )
    first = tables["technologies"]["technology_id"][0]
    now, then = (
        frame.filter(pl.col("technology_id") == first)["share"][0] for frame in (recent, before)
    )
    assert (round(100 * now), round(100 * (now - then))) == (37, 6)
    assert "CN37%(+6)" in bare.replace("（", "(").replace("）", ")") and "37%" in brief
    for text in (bare, only(brief, "")):
        assert "31" in text and "412" in text and "494,492" in text and "372,417" in text
    assert f"technology_id={first}" in bare and f"technology_id={first}" in brief


@pytest.mark.parametrize("lang", LANGUAGES)
def test_technologies_of_the_same_documents_stand_on_a_line_of_their_own(
    take_off: Observation, lang: str
) -> None:
    """Behind the name they read as a part of it: "privacy with differential privacy"."""
    tables, facts = take_off
    first, other = tables["technologies"]["name"][:2]
    members = pl.when(pl.col("name") == first).then(pl.lit([other])).otherwise("members")
    made = {**tables, "technologies": tables["technologies"].with_columns(members=members)}
    lines = lines_of((made, facts), lang, 200)
    said = {"en": "also in this line: ", "zh": "同列一行："}[lang]
    assert [line.split("  ")[-1] for line in map(str.strip, lines) if said in line] == [
        f"{said}{other}"
    ]


def test_lines_are_numbered_without_gaps(take_off: Observation) -> None:
    """A list that began with 2 would look as if something were missing."""
    tables, facts = take_off
    made = with_second_name(tables)
    third = tables["technologies"]["name"][2]
    lines = lines_of((made, facts), "en", 100)
    numbered = [line for line in lines if re.match(r" +\d+  \S", line)]
    assert [int(line.split()[0]) for line in numbered] == list(range(1, len(numbered) + 1))
    assert third in numbered[1] and len(numbered) > 10


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_change_is_told_only_where_somebody_is_named_before(
    take_off: Observation, lang: str
) -> None:
    """Nothing before is no zero; a name that others had before it has risen from zero."""
    tables, facts = take_off
    own = tables["leaders"]
    is_before = pl.col("period") == "before"

    def told(leaders: pl.DataFrame) -> str:
        made = {**tables, "leaders": leaders}, facts
        said = only("".join(lines_of(made, lang, 100)), "")
        return said.replace("（", "(").replace("）", ")")

    assert "CN37%(+6)" in told(own)
    assert "CN37%(+37)" in told(own.filter(~(is_before & (pl.col("name") == "CN"))))
    unled = told(own.filter(~is_before))
    assert "CN37%" in unled and "CN37%(" not in unled


def test_colour_only_where_it_is_wanted(
    take_off: Observation, monkeypatch: pytest.MonkeyPatch
) -> None:
    coloured = observation_terminal(*take_off, width=100, colour=True)
    assert "\x1b[" in coloured and "\x1b" not in observation_terminal(
        *take_off, width=100
    )  # no terminal here
    plain = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == lines_of(take_off, "en", 100)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in observation_terminal(*take_off, width=100)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_case_whose_growth_is_unknown_is_told_as_such(lang: str, take_off: Observation) -> None:
    tables, _ = take_off
    ratio = pl.lit(None, pl.Float64).alias("outcome_ratio")
    without = {**tables, "cases": tables["cases"].with_columns(ratio)}
    known, unknown = (cases(some, 1, lang) for some in (tables, without))
    assert list(unknown) == list(known) != []
    for kind, (case,) in unknown.items():
        growth = case.value.values["growth"]
        assert growth == Code("interface.unknown") != known[kind][0].value.values["growth"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_to_show_is_said(lang: str) -> None:
    made = invented_take_off.nothing()
    for said in ("\n".join(lines_of(made, lang, 80)), observation_report(*made, lang=lang)):
        for name in ("technologies", "watched", "record", "leaders", "warnings", "read"):
            assert TEXTS.say(lang, "empty", name) in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_earlier_years_in_which_nothing_could_be_scored_are_told(
    lang: str, take_off: Observation
) -> None:
    tables, facts = take_off
    counts = ("scored_count", "take_off_count", "group_count")
    known = (*KEYS_OF_RECORD, *counts, "expected_by_chance")
    none = [pl.lit(None).alias(name) for name in tables["record"].columns if name not in known]
    nought = [pl.lit(0).alias(name) for name in counts]
    record = tables["record"].filter("is_used", pl.col("year").is_null())
    record = record.with_columns(*none, *nought, expected_by_chance=0.0)
    tables = {**tables, "record": record.cast(dict(tables["record"].schema))}
    assert base_rate(tables, facts) is None
    record_heading = TEXTS.say(lang, "sections", "record")
    assert record_heading in "\n".join(lines_of((tables, facts), lang, 100))
    assert record_heading in observation_report(tables, facts, lang=lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_has_no_forecast_shows_what_is_rising(lang: str) -> None:
    tables, facts = invented_take_off.without_forecast()
    chance = TEXTS.column(lang, "technologies", "probability")
    for said in (
        "\n".join(lines_of((tables, facts), lang, 100)),
        observation_report(tables, facts, lang=lang),
    ):
        assert "87" in said and TEXTS.say(lang, "sections", "rising") in said
        assert chance["title"] not in said and TEXTS.say(lang, "empty", "record") in said
        for row in tables["technologies"].head(10).iter_rows(named=True):
            assert shown_name(row, lang) in said and TEXTS.say(lang, "areas", row["area"]) in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hostile_text_moves_no_cursor_and_is_no_markup(take_off: Observation, lang: str) -> None:
    made = _hostile(*take_off)
    bare, brief = (
        observation_terminal(*made, lang=lang, width=80, colour=False),
        observation_report(*made, lang=lang),
    )
    for said in (bare, brief):
        assert not [
            letter for letter in said if unicodedata.category(letter) == "Cc" and letter != "\n"
        ]
        assert "\u202e" not in said
    escaped = re.sub(r"\]\(<https://[^<>\s]*>\)", "", brief)
    assert not re.search(r"(?<!\\)<", escaped) and not re.search(r"(?<!\\)\]\(", escaped)
    assert not re.search(r"^\|.*[^\\|]\|[^ \n]", brief, re.M)


def _hostile(tables: Any, facts: Any) -> Observation:
    """A hostile text in every column that documents or files can reach."""
    reached = {
        "technologies": ("name", "name_zh", "theme"),
        "themes": ("name",),
        "leaders": ("name",),
        "documents": ("title", "venue", "link", "document_id"),
        "cases": ("name",),
        "set_aside": ("reason", "reason_zh", "example"),
    }
    taken = dict(tables)
    for name, columns in reached.items():
        height = taken[name].height
        for column in columns:
            values = pl.Series(column, [HOSTILE[place % len(HOSTILE)] for place in range(height)])
            taken[name] = taken[name].with_columns(values)
    likely = facts["first_lines"][0]["values"]["likely"]["value"]
    phrase = {**likely[0]["value"], "values": {**likely[0]["value"]["values"]}}
    phrase["values"]["name"] = {"type": "Name", "value": HOSTILE[0] + HOSTILE[3]}
    line = {"code": "answer", "values": {**facts["first_lines"][0]["values"]}}
    line["values"]["likely"] = {
        "type": "List",
        "value": [{"type": "Phrase", "value": phrase}],
        "most": 5,
    }
    sources = [{"name": HOSTILE[0], "sha256": HOSTILE[2], "bytes_count": 1}]
    return taken, {
        **facts,
        "title": HOSTILE[1],
        "first_lines": [line],
        "sources": sources,
        "licence": HOSTILE[7],
    }


def test_that_files_state_no_licence_is_said_in_the_language(take_off: Observation) -> None:
    tables, facts = take_off
    unstated = [files_licence(lang) for lang in ("en", "zh")]
    own = {**facts, "licence": unstated[0]}
    for lang, told, other in (("en", *unstated), ("zh", *reversed(unstated))):
        report = observation_report(tables, own, lang=lang)
        assert told in report and other not in report
    shown = observation_data(tables, own)["facts"]
    assert [shown["licence"], shown["licence_zh"]] == unstated
    shown = observation_data(tables, {**facts, "licence": "CC0-1.0"})["facts"]
    assert shown["licence"] == shown["licence_zh"] == "CC0-1.0"


def files_licence(lang: str) -> str:
    return load_source("files", lang).licence


def test_what_is_absent_or_unknown_is_an_error(take_off: Observation) -> None:
    tables, facts = take_off
    for view in (observation_terminal, observation_report):
        with pytest.raises(InputError):
            view(tables, facts, lang="xx")
        with pytest.raises(InputError):
            view({**tables, "leaders": tables["leaders"].drop("period")}, facts)


def test_another_language_reaches_every_word(
    take_off: Observation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every letter that is printed comes from a text file, from the observation, or is a command to
    type."""
    english = texts.load

    @cache
    def pseudo(file: Path) -> dict[str, Any]:
        return english(file) if file.stem != "xx" else _masked(english(file.with_stem("en")))

    monkeypatch.setattr(texts, "load", pseudo)
    monkeypatch.setattr(texts.Texts, "_columns", property(lambda _: {}))  # none is kept
    for view in ("firstlight.views.observation_terminal", "firstlight.views.observation_report"):
        monkeypatch.setattr(f"{view}.checked_language", lambda lang: lang)
    tables, facts = take_off
    columns = {
        "technologies": ("name", "theme"),
        "documents": ("title", "venue", "link", "document_id"),
    }
    columns |= {
        "leaders": ("name",),
        "cases": ("name",),
        "themes": ("name",),
        "set_aside": ("reason",),
    }
    data = [
        value
        for name, own in columns.items()
        for column in own
        for value in tables[name][column].drop_nulls()
    ]
    data += [
        facts["title"],
        facts["licence"],
        facts["code_version"],
        "papers.csv",
        "ab" * 32,
        "Venue Nine",
        "B",
    ]
    allowed = set(re.findall(r"[A-Za-z]+", " ".join(data)))
    bare = observation_terminal(
        tables, {**facts, "files": FILES}, lang="xx", width=100, colour=False
    )
    for said in (bare, observation_report(tables, facts, lang="xx")):
        shown = re.sub(r"^ *(firstlight explain|☉+ +observatory/).*$", "", said, flags=re.M)
        assert not set(re.findall(r"[A-Za-z]+", shown)) - allowed


def _masked(told: Any) -> Any:
    """Texts whose letters are all another one, placeholders and what is no text aside."""
    if isinstance(told, dict):
        kept = ("kind", "missing_if", "singular", "marks")
        return {key: value if key in kept else _masked(value) for key, value in told.items()}
    if not isinstance(told, str):
        return told
    return "".join(
        part if part.startswith("{") else re.sub(r"[^\W\d_]", "☉", part)
        for part in re.split(r"(\{\w+\})", told)
    )


def test_every_text_of_the_views_is_plain_text() -> None:
    for lang in LANGUAGES:
        for path, text in leaves(texts.load(TEXTS.folder / f"{lang}.toml")):
            assert text == text.strip() and "\n" not in text and "  " not in text, f"{lang}: {path}"
    for path, text in leaves(texts.load(TEXTS.folder / "zh.toml")):
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff]\(", text), path
    assert (ROOT / "instruments" / "emergence" / "zh.toml").is_file()
