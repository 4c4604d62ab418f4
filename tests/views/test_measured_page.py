"""The page of a measurement in a real browser and as text: both languages, sorting, policy, paper, and the empty case."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from browser import Browser, chromium
from hostile_texts import HOSTILE

from firstlight.errors import InputError
from firstlight.views.measured_cells import as_shown, cells, headings
from firstlight.views.measured_page import measured_page
from firstlight.views.measured_terminal import measured_terminal

in_browser = pytest.mark.skipif(
    chromium() is None, reason="Chromium isn't installed (Debian: apt install chromium)"
)

COLUMNS = pl.DataFrame(
    [
        ("technology", "name", "Technology", "技术"),
        ("lag_median", "years", "Median lag", "中位滞后"),
        ("state", "code", "State", "状态"),
        ("state=not_yet", "", "not yet", "尚未达到"),
        ("table=lags", "", "Lags", "滞后"),
        ("unit=years", "", "years", "年"),
    ],
    schema=["column", "unit", "title_en", "title_zh"],
    orient="row",
)


def invented(
    names: tuple[str, ...] = ("sail", "wheel", "zinc"), rows: int | None = None
) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    lags = pl.DataFrame(
        {
            "technology": names,
            "lag_median": [9.5, None, 12.25][: len(names)],
            "lag_low": [8.0, None, 11.0][: len(names)],
            "lag_high": [None, None, 14.0][: len(names)],
            "state": ["not_yet"] * len(names),
        }
    ).head(len(names) if rows is None else rows)
    curves = [
        (name, "seen", "观测", "points", 2000.0 + n, 2.0 * n + 1, None, None)
        for name in names
        for n in range(5)
    ]
    curves += [
        (name, "ahead", "预测", "dash", 2005.0 + n, 9.0 + n, 8.0, 20.0)
        for name in names
        for n in range(3)
    ]
    order = ["panel", "line_en", "line_zh", "style", "x", "value", "low", "high"]
    text = {"code": ["a"], "text_en": [f"{names[0]} leads"], "text_zh": [f"{names[0]}领先"]}
    tables = {
        "sentences": pl.DataFrame(text),
        "curves": pl.DataFrame(curves, schema=order, orient="row"),
        "lags": lags,
        "conventions": pl.DataFrame({"text_en": ["one"], "text_zh": ["一"]}),
        "notes": pl.DataFrame(
            {
                "code": ["reading"],
                "severity": ["note"],
                "text_en": [names[0]],
                "text_zh": [names[0]],
            }
        ),
        "set_aside": pl.DataFrame(
            {
                "reason": ["no"],
                "reason_zh": ["否"],
                "documents_count": [2],
                "example": [f"{names[-1]}, row 3"],
            }
        ),
        "columns": COLUMNS,
    }
    facts = {
        **{
            "measurement": "adoption",
            "title_en": "Adoption",
            "title_zh": "采用",
            "title": f"{names[0]}.csv",
        },
        **{
            "shown": ["lags"],
            "brief": [],
            "is_log": True,
            "formula": "a < b",
            "instrument_citation": "Nobody 1900",
        },
        **{
            "rows": 3,
            "first_year": 2000,
            "last_year": 2007,
            "options": {"gaps": "zero"},
            "mapping": {"place": names[-1]},
        },
        **{
            "inputs": [{"name": names[0], "sha256": "ab12", "bytes_count": 3}],
            "licence": "none",
            "code_version": "0",
        },
    }
    return tables, facts


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


def opened(browser: Browser, folder: Path, width: int = 1200, **options: Any) -> None:
    tables, facts = invented(**options)
    path = folder / "adoption.html"
    path.write_text(measured_page(tables, facts), encoding="utf-8")
    browser.open(path.as_uri(), width=width)


@in_browser
def test_it_loads_nothing_complains_of_nothing_and_fits(browser: Browser, tmp_path: Path) -> None:
    for width in (1200, 390, 320):
        opened(browser, tmp_path, width)
        assert (
            browser.requests == [(tmp_path / "adoption.html").as_uri()] and browser.messages == []
        )
        assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.querySelectorAll('svg.curves').length") == 3


@in_browser
def test_languages_change_in_place(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    assert "Median lag" in browser.run("document.body.innerText") and "中位滞后" not in browser.run(
        "document.body.innerText"
    )
    browser.click("#language")
    said = browser.run("document.body.innerText")
    assert "中位滞后" in said and "Median lag" not in said and "尚未达到" in said
    assert browser.run("document.documentElement.lang") == "zh-Hans"


def test_the_title_of_a_chart_is_in_both_languages_where_it_is_no_name() -> None:
    tables, facts = invented()
    panel = tables["curves"]["panel"][0]
    text = measured_page(
        tables, facts | {"panels": {panel: {"title_en": "All works", "title_zh": "全部成果"}}}
    )
    one = '<figcaption><span class="en" lang="en">All works</span><span class="zh" lang="zh-Hans">全部成果</span></figcaption>'
    assert text.count(one) == 1 and 'aria-label="All works / 全部成果"' in text


@in_browser
def test_a_heading_sorts_and_what_is_missing_stays_last(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    names = (
        "[...document.querySelectorAll('#tables tbody tr')].map((row) => row.cells[0].innerText)"
    )
    assert browser.run(names) == ["sail", "wheel", "zinc"]
    browser.click("#tables th:nth-child(2) button")
    assert browser.run(names) == ["sail", "zinc", "wheel"]
    browser.click("#tables th:nth-child(2) button")
    assert browser.run(names) == ["zinc", "sail", "wheel"]
    assert (
        browser.run("document.querySelector('#tables th:nth-child(2)').getAttribute('aria-sort')")
        == "descending"
    )


@in_browser
def test_dark_and_paper(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = browser.run(ground)
    browser.click("#theme")
    assert browser.run(ground) != light
    browser.paper(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").stat().st_size > 10_000


@in_browser
def test_a_table_of_many_columns_is_not_cut_off_on_paper(browser: Browser, tmp_path: Path) -> None:
    """A browser makes a page for paper smaller, but no more than to two thirds, and cuts what is wider still."""
    tables, facts = invented()
    numbers = {
        f"quantity_{k}{end}": [0.1234] * 3 for k in range(14) for end in ("", "_low", "_high")
    }
    tables["lags"] = (
        tables["lags"]
        .select("technology")
        .with_columns(**{k: pl.Series(v) for k, v in numbers.items()})
    )
    (tmp_path / "wide.html").write_text(measured_page(tables, facts), encoding="utf-8")
    browser.open((tmp_path / "wide.html").as_uri(), width=718)
    browser.call("Emulation.setEmulatedMedia", media="print")
    width = browser.run("document.documentElement.scrollWidth")
    browser.call("Emulation.setEmulatedMedia", media="")
    assert width < 718 * 1.5


@in_browser
def test_hostile_names_reach_the_reader_as_text(browser: Browser, tmp_path: Path) -> None:
    names = (
        "<script>document.title='got'</script>",
        '"><img src=x onerror="document.title=1">',
        "@@SCRIPT@@ &lt;b&gt; </main>",
    )
    opened(browser, tmp_path, names=names)
    assert browser.messages == [] and browser.requests == [(tmp_path / "adoption.html").as_uri()]
    assert (
        "got" not in browser.run("document.title").split("'")[0]
        and browser.run("document.querySelectorAll('img').length") == 0
    )
    shown = browser.run(
        "[...document.querySelectorAll('figcaption')].map((each) => each.innerText)"
    )
    assert shown == list(names)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_as_text(name: str) -> None:
    tables, facts = invented((name, "b", "c"))
    text = measured_page(tables, facts)
    assert text.count("<script") == 2 and "<img" not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)
    printed = measured_terminal(tables, facts, {"page": "a.html"}, width=80)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", printed)


def test_the_empty_case_says_so() -> None:
    tables, facts = invented(rows=0)
    tables |= {"curves": tables["curves"].clear(), "set_aside": tables["set_aside"].clear()}
    text = html.unescape(measured_page(tables, facts))
    assert (
        "Nothing is forecast here" in text
        and "No row was set aside." in text
        and '<svg class="curves"' not in text
    )
    tables["record"] = pl.DataFrame({"method": []})
    assert "The record is too short" in measured_page(tables, facts)
    assert "Adoption" in measured_terminal(tables, facts, {"page": "a.html"})


def test_ends_stand_beside_values_and_open_ends_are_open() -> None:
    tables, _ = invented()
    assert [h.column for h in headings(tables["lags"], COLUMNS)] == [
        "technology",
        "lag_median",
        "state",
    ]
    text = measured_page(*invented())
    assert "(8–…)" in text and "(11–14)" in text
    assert as_shown(float("inf"), "years") == "∞" and as_shown(0.5, "share of places") == "50%"


def test_a_long_table_is_cut_on_the_page_and_the_file_named() -> None:
    tables, facts = invented()
    tables["lags"] = pl.concat([tables["lags"]] * 100)
    text = measured_page(tables, facts)
    assert (
        text.count("<tr>") == 201 and "100 more rows" in text and 'href="adoption/lags.csv"' in text
    )


def test_another_language_is_refused() -> None:
    with pytest.raises(InputError, match="language 'fr'"):
        measured_page(*invented(), lang="fr")


def test_of_two_patterns_for_a_column_the_more_particular_names_it() -> None:
    words = [
        ("*_share", "share", "{}, share", "{}份额"),
        ("hits_at_*_share", "share", "Hits in the first {}", "前{}个命中率"),
    ]
    frame = pl.DataFrame({"hits_at_10_share": [0.5], "new_share": [0.5]})
    found = headings(
        frame, pl.DataFrame(words, schema=["column", "unit", "title_en", "title_zh"], orient="row")
    )
    assert [own.title[0] for own in found] == ["Hits in the first 10", "new, share"]


def test_rounding_is_shown_as_zero_and_a_column_that_says_nothing_is_left_out() -> None:
    words = pl.DataFrame(
        [
            ("*_slack", "as handed in", "{}, slack", "{}松弛量"),
            ("change", "0 = no change", "Change", "变化"),
        ],
        schema=["column", "unit", "title_en", "title_zh"],
        orient="row",
    )
    frame = pl.DataFrame(
        {
            "K_slack": [7.9e-17, 2e-9],
            "K_target": [1e-6, 3e-7],
            "L_slack": [1e-4, 5.0],
            "L_target": [1e12, 1e12],
            "change": [-7.1e-15, 1e-4],
            "value": [7.9e-17, 1.0],
            "reason_en": ["", None],
            "efficiency_share": [0.5, 0.6],
            "efficiency_low_share": [0.4, 0.5],
            "efficiency_high_share": [0.6, 0.7],
        }
    )
    shown = headings(frame, words)
    assert [own.column for own in shown][-2:] == ["value", "efficiency_share"]
    rows = [[cell.text[0] for cell in cells(row, shown, {})] for row in frame.iter_rows(named=True)]
    by_column = {
        own.column: values for own, values in zip(shown, zip(*rows, strict=True), strict=True)
    }
    assert by_column["K_slack"] == ("0", "2e−9") and by_column["L_slack"] == ("0", "0")
    assert by_column["change"] == ("0", "0.0001") and by_column["value"] == ("7.9e−17", "1")
    assert [cells(row, shown, {})[-1].ends for row in frame.iter_rows(named=True)] == [
        "(0.4–0.6)",
        "(0.5–0.7)",
    ]
