"""The page of a result in a real browser and as text: both languages, charts on shared axes,
sorting, saving, paper."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from browser import Browser, chromium
from files_saved import saved
from hostile_texts import HOSTILE

from firstlight.chart import Chart, Drawing, Mark
from firstlight.errors import InputError
from firstlight.message_json import message_to_json
from firstlight.result import Result
from firstlight.sources.publisher import load_source
from firstlight.texts import WORDS, Count, Name, Remark, Texts, message
from firstlight.views.bilingual import both
from firstlight.views.publish import publish_result
from firstlight.views.result_cells import Heading, headings, written
from firstlight.views.result_page import STYLES, read_span, result_page
from firstlight.views.result_terminal import result_terminal

in_browser = pytest.mark.skipif(
    chromium() is None, reason="Chromium isn't installed (Debian: apt install chromium)"
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]")

ENGLISH = """
title = "Adoption"
question = "who adopts first"
formula = "a < b"
[says]
leads = "{name} leads by {count} years."
[conventions]
one = "one convention"
[codes.state]
not_yet = "not yet"
[tables.lags]
title = "Lags"
[tables.lags.columns]
technology = { title = "Technology" }
lag_median = { title = "Median lag", unit = "years" }
state = { title = "State", kind = "code.codes.state" }
[tables.shares.columns]
technology = { title = "Technology" }
year = { title = "Year" }
seen = { title = "seen", unit = "share of places" }
ahead = { title = "ahead", unit = "share of places" }
[charts.shares]
title = "Share of places"
[charts.spots]
title = "Spots"
"""
CHINESE = """
title = "采用"
question = "谁先采用"
formula = "a < b"
[says]
leads = "{name}领先{count}年。"
[conventions]
one = "一项约定"
[codes.state]
not_yet = "尚未达到"
[tables.lags]
title = "滞后"
[tables.lags.columns]
technology = { title = "技术" }
lag_median = { title = "中位滞后", unit = "年" }
state = { title = "状态" }
[tables.shares.columns]
technology = { title = "技术" }
year = { title = "年份" }
seen = { title = "观测", unit = "占地区的比重" }
ahead = { title = "预测", unit = "占地区的比重" }
[charts.shares]
title = "地区占比"
[charts.spots]
title = "位置"
"""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    folder = tmp_path_factory.mktemp("words")
    (folder / "en.toml").write_text(ENGLISH, encoding="utf-8")
    (folder / "zh.toml").write_text(CHINESE, encoding="utf-8")
    return Texts(folder)


def invented(texts: Texts, names: tuple[str, ...] = ("sail", "wheel", "zinc")) -> Result:
    lags = pl.DataFrame(
        {
            "technology": names,
            "lag_median": [9.5, None, 12.25],
            "lag_low": [8.0, None, 11.0],
            "lag_high": [None, None, 14.0],
            "state": ["not_yet"] * 3,
            "reason": [None, None, None],
        },
        schema_overrides={"reason": pl.String},
    )
    rows = [
        (name, 2000 + n, (1 + n) / 100 * (1 + place), None)
        for place, name in enumerate(names)
        for n in range(5)
    ]
    rows += [(name, 2005 + n, None, (6 + n) / 100) for name in names for n in range(3)]
    shares = pl.DataFrame(rows, schema=["technology", "year", "seen", "ahead"], orient="row")
    spots = pl.DataFrame({"node": names, "x": [0.0, 1.0, 2.0], "y": [0.0, 2.0, 1.0]})
    aside = {"reason": ["no"], "reason_zh": ["否"], "documents_count": [2]}
    marks = (Mark("seen", "points"), Mark("ahead", "dash"))
    return Result(
        {
            "lags": lags,
            "shares": shares,
            "spots": spots,
            "set_aside": pl.DataFrame({**aside, "example": [f"{names[-1]}, row 3"]}),
        },
        (message("leads", name=Name(names[0]), count=Count(3)),),
        texts,
        (message("one"),),
        (
            Chart("shares", "shares", "year", marks, panel="technology"),
            Drawing("spots", "scatter", "spots"),
        ),
        facts={
            "measurement": "adoption",
            "title": f"{names[0]}.csv",
            "is_sample": False,
            "brief": [],
            "rows": 3,
            "first_year": 2000,
            "last_year": 2007,
            "notes": [message_to_json(message("note", text=Remark({"en": names[0]})))],
            "formula": "a < b",
            "formula_zh": "a < b",
            "instrument_citation": "Nobody 1900",
            "inputs": [{"name": names[0], "sha256": "ab12", "bytes_count": 3}],
            "mapping": {"place": names[-1]},
            "options": {"gaps": "zero"},
            "licence": "none",
            "code_version": "0",
        },
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


def opened(browser: Browser, folder: Path, result: Result, width: int = 1200) -> None:
    path = folder / "adoption.html"
    path.write_text(result_page(result), encoding="utf-8")
    browser.open(path.as_uri(), width=width)


@in_browser
def test_it_loads_nothing_complains_of_nothing_and_fits(
    browser: Browser, tmp_path: Path, texts: Texts
) -> None:
    for width in (1200, 390, 320):
        opened(browser, tmp_path, invented(texts), width)
        assert browser.requests == [(tmp_path / "adoption.html").as_uri()]
        assert browser.messages == []
        assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.querySelectorAll('svg.curves').length") == 3


@in_browser
def test_languages_change_in_place(browser: Browser, tmp_path: Path, texts: Texts) -> None:
    opened(browser, tmp_path, invented(texts))
    english = browser.run("document.body.innerText")
    assert "Median lag" in english
    assert "中位滞后" not in english
    browser.click("#language")
    chinese = browser.run("document.body.innerText")
    assert "Median lag" not in chinese
    assert {"中位滞后", "尚未达到", "地区占比"} <= set(re.findall(r"\w+", chinese))


@in_browser
def test_a_heading_sorts_and_what_is_missing_stays_last(
    browser: Browser, tmp_path: Path, texts: Texts
) -> None:
    opened(browser, tmp_path, invented(texts))
    names = "[...document.querySelectorAll('.table tbody tr')].map((row) => row.cells[0].innerText)"
    orders = [browser.run(names)]
    for _ in range(2):
        browser.click(".table th:nth-child(2) button")
        orders.append(browser.run(names))
    assert orders == [
        ["sail", "wheel", "zinc"],
        ["sail", "zinc", "wheel"],
        ["zinc", "sail", "wheel"],
    ]


@in_browser
def test_a_chart_and_a_table_are_saved(browser: Browser, tmp_path: Path, texts: Texts) -> None:
    opened(browser, tmp_path, invented(texts))
    folder = tmp_path / "saved"
    folder.mkdir()
    svg = saved(browser, folder, ".chart [data-save=svg]")
    assert svg.name == "share-of-places-sail.svg"
    whole = ElementTree.parse(svg).getroot()
    assert "Share of places · sail" in "".join(whole.itertext())
    png = saved(browser, folder, ".chart [data-save=png]")
    assert png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    lines = saved(browser, folder, ".table [data-save=csv]").read_text("utf-8-sig").splitlines()
    assert lines[0] == "Technology,Median lag years,State"
    assert lines[1] == "sail,9.5,not yet"


@in_browser
@pytest.mark.parametrize("width", [1200, 390])
def test_long_names_break_after_underscores_spaces_and_hyphens_alone(
    browser: Browser, tmp_path: Path, texts: Texts, width: int
) -> None:
    names = ("research_spending_per_employee_of_firms", "semi-conductor manufacturing", "zinc")
    opened(browser, tmp_path, invented(texts, names), width)
    broken = """[...document.querySelectorAll('.measured :is(th, td)')].flatMap((cell) => {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode())
        for (const word of node.data.matchAll(/[A-Za-z]+/g)) {
          const range = document.createRange();
          range.setStart(node, word.index);
          range.setEnd(node, word.index + word[0].length);
          const tops = [...range.getClientRects()].map((each) => each.top);
          if (new Set(tops).size > 1) found.push(word[0]);
        }
      return found;
    })"""
    assert browser.run(broken) == []
    assert browser.run("document.documentElement.scrollWidth") <= width
    shown = "[...document.querySelectorAll('.measured tbody th')].map((each) => each.innerText)"
    assert set(browser.run(shown)) >= set(names)


@in_browser
def test_dark_and_paper(browser: Browser, tmp_path: Path, texts: Texts) -> None:
    opened(browser, tmp_path, invented(texts))
    ground = "getComputedStyle(document.body).backgroundColor"
    light = browser.run(ground)
    browser.click("#theme")
    assert browser.run(ground) != light
    browser.paper(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").stat().st_size > 10_000


@in_browser
def test_paper_holds_every_sentence(browser: Browser, tmp_path: Path, texts: Texts) -> None:
    """What stands below the drawings was hidden on paper, by a style of another page."""
    said = tuple(message("leads", name=Name(f"sail{at}."), count=Count(3)) for at in range(16))
    opened(browser, tmp_path, replace(invented(texts), said=said))
    shown = (
        "[...document.querySelectorAll('li')].filter(own => own.getClientRects().length"
        " && /^sail[0-9]/.test(own.innerText)).length"
    )
    assert browser.run(shown) == 16
    browser.call("Emulation.setEmulatedMedia", media="print")
    try:
        assert browser.run(shown) == 16
    finally:
        browser.call("Emulation.setEmulatedMedia", media="")


def test_that_files_state_no_licence_is_said_in_both_languages(texts: Texts) -> None:
    given = invented(texts)
    unstated = [load_source("files", lang).licence for lang in ("en", "zh")]
    page = result_page(replace(given, facts={**given.facts, "licence": unstated[0]}))
    assert both(*unstated) in page


def test_styles_speak_of_what_views_draw() -> None:
    """Every class and id of the styles of a result and of a document stands in the code that draws
    them, the numbers at the end of some aside."""
    views = Path(str(resources.files("firstlight.views")))
    assets = views / "assets"
    drawn = [own for own in views.glob("*.py") if not own.name.startswith("observation")]
    code = "\n".join(own.read_text("utf-8") for own in (*drawn, *assets.glob("*.js")))
    words = set(re.findall(r"[a-z][a-z-]*", code))
    style = "\n".join((assets / f"{name}.css").read_text("utf-8") for name in (*STYLES, "document"))
    selectors = re.sub(r"\{[^{}]*\}", " ", re.sub(r"(?s)/\*.*?\*/", "", style))
    named = {own.strip("0123456789") for own in re.findall(r"[.#]([a-z][a-z0-9-]*)", selectors)}
    assert len(named) > 40
    assert sorted(named - words) == []


@in_browser
def test_hostile_names_reach_the_reader_as_text(
    browser: Browser, tmp_path: Path, texts: Texts
) -> None:
    names = (
        "<script>document.title='got'</script>",
        '"><img src=x onerror="document.title=1">',
        "@@SCRIPT@@ &lt;b&gt; </main>",
    )
    opened(browser, tmp_path, invented(texts, names))
    assert browser.messages == []
    assert browser.requests == [(tmp_path / "adoption.html").as_uri()]
    assert browser.run("document.querySelectorAll('img').length") == 0
    captions = "[...document.querySelectorAll('.chart figcaption')].map((each) => each.innerText)"
    assert browser.run(captions) == list(names)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_as_text(name: str, texts: Texts) -> None:
    result = invented(texts, (name, "b", "c"))
    text = result_page(result)
    assert text.count("<script") == 2
    assert "<img" not in text
    assert not CONTROLS.search(text)
    assert not CONTROLS.search(result_terminal(result, {"page": "a.html"}, width=80))


def test_all_panels_of_a_chart_share_their_axes(texts: Texts) -> None:
    text = result_page(invented(texts))
    charts = re.findall(r'<svg class="curves".*?</svg>', text)
    ticks = [re.findall(r'<text class="tick[^>]*>([^<]*)</text>', chart) for chart in charts]
    assert len(ticks) == 3
    assert ticks[0] == ticks[1] == ticks[2]
    # the largest share, .15 of zinc, is above the highest tick of the small ones
    assert "15%" in ticks[0]


def test_ends_stand_beside_values_and_open_ends_are_open(texts: Texts) -> None:
    frame = invented(texts).tables["lags"]
    shown = headings(texts, "lags", frame)
    assert [heading.column for heading in shown] == ["technology", "lag_median", "state"]
    cells = [written(texts, "lags", shown[1], row) for row in frame.iter_rows(named=True)]
    assert cells == [("9.5 (8–…)", "9.5（8–…）"), ("–", "–"), ("12.2 (11–14)", "12.2（11–14）")]


def test_nothing_to_draw_and_nothing_set_aside(texts: Texts) -> None:
    result = invented(texts)
    tables = {name: frame.clear() for name, frame in result.tables.items()}
    empty = replace(result, tables={**tables, "record": pl.DataFrame({"method": []})})
    text = html.unescape(result_page(empty))
    assert '<svg class="curves"' not in text
    assert "No row was set aside." in text
    assert "The record is too short" in text
    assert "Adoption" in result_terminal(empty, {"page": "a.html"})


def test_a_long_table_is_cut_on_the_page_and_the_file_named(texts: Texts, tmp_path: Path) -> None:
    result = invented(texts)
    long = replace(
        result, tables={**result.tables, "lags": pl.concat([result.tables["lags"]] * 100)}
    )
    text = result_page(long)
    assert text.count("<tr>") == 201
    assert "100 more rows" in text
    assert 'href="adoption/lags.csv"' in text
    files = publish_result(long, tmp_path)
    assert pl.read_csv(files["tables"] / "lags.csv").height == 300


def test_another_language_is_refused(texts: Texts) -> None:
    for view in (result_page, lambda result, lang: result_terminal(result, {}, lang=lang)):
        with pytest.raises(InputError):
            view(invented(texts), lang="fr")


def test_the_terminal_says_units_and_the_answer_first(texts: Texts) -> None:
    lines = result_terminal(invented(texts), {"page": "a.html"}, width=80).splitlines()
    assert lines[2] == "sail leads by 3 years."
    assert lines[4].split() == ["Median", "lag"]
    assert lines[5].split() == ["Technology", "years", "State"]
    assert lines[7].split() == ["sail", "9.5", "(8–…)", "not", "yet"]
    chinese = result_terminal(invented(texts), {"page": "a.html"}, lang="zh", width=80)
    assert "sail领先3年。" in chinese


def test_a_terminal_that_no_file_was_written_for_names_none(texts: Texts) -> None:
    with_files = result_terminal(invented(texts), {"page": "a.html"}, width=80).splitlines()
    without = result_terminal(invented(texts), {}, width=80).splitlines()
    at = with_files.index("Files")
    assert without == with_files[: at - 1] + with_files[at + 2 :]


@pytest.mark.parametrize("year", ["year", "to_year"])
def test_the_terminal_shows_the_last_year_of_a_ranking_the_highest_first(
    texts: Texts, year: str
) -> None:
    result = invented(texts)
    rows = [
        (name, when, score)
        for name, scores in (("a", (9.0, 2.0)), ("b", (8.0, None)), ("c", (7.0, 3.0)))
        for when, score in zip((2019, 2020), scores, strict=True)
    ]
    lags = pl.DataFrame(rows, schema=["technology", year, "lag_median"], orient="row")
    facts = {**result.facts, "brief": ["technology"]}
    given = replace(result, tables={"lags": lags}, facts=facts)
    ranked = replace(given, facts={**facts, "ranked_by": ["absent", "lag_median"]})

    def shown(one: Result) -> list[str]:
        lines = result_terminal(one, {"page": "a.html"}, width=80).splitlines()
        return [line.strip() for line in lines if line.strip() in ("a", "b", "c")]

    assert shown(given) == ["a", "a", "b", "b", "c", "c"]
    assert shown(ranked) == ["c", "a", "b"]
    printed = result_terminal(ranked, {"page": "a.html"}, width=80)
    assert "rows of 2020" in printed and "3 more rows" in printed
    assert "rows of" not in result_terminal(given, {"page": "a.html"}, width=80)


def test_a_result_is_a_table_a_frame_a_summary_and_a_chart(texts: Texts) -> None:
    pandas = pytest.importorskip("pandas")
    result = replace(invented(texts), given=pandas.DataFrame({"a": [1]}))
    assert result.table.equals(result.tables["lags"])
    assert isinstance(result.frame, pandas.DataFrame)
    assert result.as_given("shares").shape == (24, 4)
    first, note, *aside = result.summary("zh").splitlines()
    assert (first, note) == ("sail领先3年。", "sail") and aside == result.set_aside("zh") != []
    spec: dict[str, Any] = result.plot(lang="zh").to_dict()
    assert spec["title"] == "地区占比"
    with pytest.raises(InputError):
        result.plot("nothing")
    with pytest.raises(InputError):
        result.as_given("nothing")
    assert (
        "&lt;b&gt;"
        in replace(result, said=(message("leads", name=Name("<b>"), count=Count(1)),))._repr_html_()
    )


@pytest.mark.parametrize(
    ("low", "high", "english", "chinese"),
    [
        (2.0, 4.0, "3 (2–4)", "3（2–4）"),
        (-2.0, 4.0, "3 (−2 to 4)", "3（−2至4）"),
        (None, 4.0, "3 (…–4)", "3（…–4）"),
        (3.0, 3.0, "3", "3"),
        (None, None, "3", "3"),
    ],
)
def test_an_interval_is_written_as_it_can_be_read(
    low: float | None, high: float | None, english: str, chinese: str
) -> None:
    columns = {"lag_years": 3.0, "lag_low": low, "lag_high": high}
    frame = pl.DataFrame(
        {name: pl.Series([own], dtype=pl.Float64) for name, own in columns.items()}
    )
    texts = Texts(WORDS)
    heading = Heading("lag_years", ("Lag", "时滞"), ("", ""), True, "lag_low", "lag_high")
    assert written(texts, "any", heading, frame.row(0, named=True)) == (english, chinese)


def test_codes_of_a_list_are_written_in_words(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text(
        '[codes.kind]\na = "papers"\nb = "patents"\n'
        '[tables.seen.columns]\nkinds = { title = "Records", kind = "code.codes.kind" }\n'
    )
    assert Texts(tmp_path).cell("en", "seen", "kinds", {"kinds": ["a", "b"]}) == "papers, patents"


def test_one_year_is_written_once() -> None:
    frame = pl.DataFrame({"name": ["a"]})

    def span(first: int, last: int) -> Any:
        given = {"rows": 3, "first_year": first, "last_year": last}
        result = Result({"t": frame}, (), Texts(WORDS), facts=given)
        return read_span(result)[1]["span"]

    assert span(2020, 2020) == Name("2020")
    assert span(2018, 2020) == Name("2018–2020")


def test_the_answer_then_the_chart_then_whatever_else_is_said(texts: Texts) -> None:
    """Of sixteen sentences three stand above the first drawing; a few all do, and so do all where
    nothing is drawn."""

    def places(count: int, **changes: Any) -> tuple[int, int]:
        said = tuple(
            message("leads", name=Name(f"sail{at}."), count=Count(3)) for at in range(count)
        )
        page = result_page(replace(invented(texts), said=said, **changes))
        body = page[page.index("<h1") :]
        at = [body.index(f"sail{own}.") for own in range(count)]
        assert at == sorted(at)
        drawn = body.find('<svg class="curves') if "charts" not in changes else len(body)
        assert drawn > 0
        return sum(own < drawn for own in at), sum(own > drawn for own in at)

    assert places(16) == (3, 13)
    assert places(6) == (6, 0)
    assert places(16, charts=()) == (16, 0)
