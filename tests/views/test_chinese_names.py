"""Technologies that have Chinese names are called by them in Chinese, with the English beside, and by
the English in English; where the names are from is told."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from browser import Browser, chromium
from invented_take_off import Observation

from firstlight.texts import family_texts
from firstlight.views.observation_page import observation_page
from firstlight.views.observation_report import observation_report
from firstlight.views.observation_terminal import observation_terminal

PHONE = 390
LONG = "基于人类反馈与检索增强生成的多模态大语言模型"
NOTE = {
    lang: family_texts("emergence").column(lang, "technologies", "name_zh")["note"]
    for lang in ("en", "zh")
}


@pytest.fixture(scope="module")
def named(take_off: Observation) -> Observation:
    """Every technology has a long Chinese name; the first has the second with it; the record's last
    year has a case of the third."""
    tables, facts = take_off
    technologies = tables["technologies"]
    numbers = pl.int_range(pl.len()).cast(pl.String)
    second = technologies["name"][1]
    members = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit([second]))
    technologies = technologies.with_columns(name_zh=LONG + numbers, members=members)
    last = pl.col("forecast_year") == pl.col("forecast_year").max()
    case = pl.when(last).then(pl.lit(technologies["name"][2])).otherwise("name")
    cases = tables["cases"].with_columns(name=case)
    return {**tables, "technologies": technologies, "cases": cases}, facts


def test_print_and_report_lead_with_the_chinese_name(named: Observation) -> None:
    names = named[0]["technologies"]["name"]
    printed = observation_terminal(*named, lang="zh", width=100, colour=False)
    whole = "".join(printed.split())
    assert f"同列一行：{LONG}1（{names[1]}）".replace(" ", "") in whole
    report = observation_report(*named, lang="zh")
    assert f"- {LONG}2（{names[2]}），" in report, "cases of earlier years"
    assert NOTE["zh"] in report.replace("\\", "")


def test_in_english_the_names_stay(named: Observation) -> None:
    printed = observation_terminal(*named, width=100, colour=False)
    report = observation_report(*named)
    assert LONG not in printed and LONG not in report
    assert NOTE["en"] in report.replace("\\", "")


def test_without_chinese_names_nothing_is_said_of_them(take_off: Observation) -> None:
    tables, facts = take_off
    bare = tables["technologies"].with_columns(name_zh=pl.lit(None, pl.String))
    report = observation_report({**tables, "technologies": bare}, facts, lang="zh")
    assert NOTE["zh"] not in report.replace("\\", "")


@pytest.mark.skipif(chromium() is None, reason="Chromium isn't installed")
def test_the_page_leads_with_the_name_of_its_language(named: Observation, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(observation_page(*named), encoding="utf-8")
    names = named[0]["technologies"]["name"]
    outside = (
        "[...document.querySelectorAll('body *')].filter(e => e.getClientRects().length"
        " && !e.closest('.wide') && e.getBoundingClientRect().right > innerWidth + 1).length"
    )
    browser = Browser(tmp_path / "profile")
    try:
        for lang, first, other in (("zh", f"{LONG}0", names[0]), ("en", names[0], f"{LONG}0")):
            browser.open(f"{file.as_uri()}#lang={lang}", width=PHONE, height=844)
            row = browser.run("document.querySelector('.answer li').innerText")
            assert row.index(first) < row.index(other)
            assert {"zh": f"同列一行：{LONG}1", "en": f"also in this line: {names[1]}"}[lang] in row
            cases = browser.run("document.querySelector('.case-name').innerText")
            assert cases == {"zh": f"{LONG}2", "en": names[2]}[lang]
            said = browser.run("document.getElementById('sources').innerText")
            assert NOTE[lang] in said
            assert browser.run("document.documentElement.scrollWidth") == PHONE
            assert browser.run(outside) == 0
        assert browser.messages == []
    finally:
        browser.close()
