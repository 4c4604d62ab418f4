"""The page as text: what it holds, what it lets nobody do, and the cases at the edge."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import polars as pl
import pytest
from invented_observation import HOSTILE, Observation, nothing, observation

from firstlight.errors import InputError
from firstlight.views import followed_page, measured_page
from firstlight.views.contract import KEYS
from firstlight.views.page import SCRIPTS, STYLES, page
from firstlight.views.page_data import embedded_json


class _Reader(HTMLParser):
    """The elements that a browser would make."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def _data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found
    return dict(json.loads(found[1]))


def _policy(text: str) -> str:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert found
    return found[1]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_allows_this_script_and_style_and_nothing_else(sky: Observation) -> None:
    text = page(*sky)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    styles = re.findall(r"<style>(.*?)</style>", text, re.S)
    assert len(scripts) == len(styles) == 1
    assert _policy(text) == (
        f"default-src 'none'; script-src '{_hash(scripts[0])}'; style-src '{_hash(styles[0])}'; "
        "base-uri 'none'; form-action 'none'"
    )
    # the policy stands before everything that it governs
    assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script")


def test_nothing_is_loaded_and_nothing_is_parsed_as_markup(sky: Observation) -> None:
    text = page(*sky)
    own = re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.S)
    assert re.findall(r"https?://[^\s\"')]+", own) == ["http://www.w3.org/2000/svg"]
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttpRequest",
        "@import",
        "url(http",
        " src=",
        "WebSocket",
        "sendBeacon",
        "import(",
    ):
        assert forbidden not in own, forbidden
    assert re.findall(r"<(?:link|iframe|img|object|embed|base|form)\b", own) == []
    assert re.findall(r'\sstyle="|\son\w+="', own) == []


def test_hostile_texts_stay_texts(hostile: Observation) -> None:
    text = page(*hostile)
    assert _Reader(text).tags == _Reader(page(*observation(20))).tags
    assert text.count("</script>") == 2 and "<!--" not in text
    assert not set("\x00\x07\x1b\u2028\u2029") & set(text)
    data = _data(text)
    assert data["tech"]["label"] == list(HOSTILE) * 2
    assert data["facts"]["title"] == HOSTILE[0]


def test_embedded_json_holds_no_character_that_ends_it() -> None:
    everything = "".join(map(chr, range(0x250))) + "\u2028\u2029\ufeff"
    text = embedded_json({everything: everything})
    assert not set("<>&\u2028\u2029\ufeff\x7f") & set(text) and all(letter >= " " for letter in text)
    assert json.loads(text) == {everything: everything}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_scripts_there_is_still_an_answer(sky: Observation, lang: str) -> None:
    text = page(*sky, lang=lang)
    head = text[: text.index('<script type="application/json"')]
    assert f'<html lang="{"en" if lang == "en" else "zh-Hans"}">' in head
    for row in sky[0]["findings"].iter_rows(named=True):
        assert row[f"text_{lang}"] in head and row[f"sureness_{lang}"] in head
    assert "<noscript>" in head


def test_both_languages_and_every_technology_are_inside(sky: Observation) -> None:
    data = _data(page(*sky))
    assert set(data["words"]) == {"en", "zh"} == set(data["answer"])
    assert len(data["detail"]) == 60 == len(data["tech"]["label"])
    assert data["tech"]["rank"] == list(range(1, 61))
    first = data["detail"][0]
    assert len(first["shares"]) == len(first["counts"]) == len(data["span"]) == 24
    assert len(first["fan"]) == 3 and len(first["terms"]) == 8 and first["links"][0][1] >= first["links"][-1][1]
    contributions = [row[1] for row in first["reasons"]]
    assert contributions == sorted(contributions, reverse=True)
    assert [row["is_ours"] for row in data["record"]["B"]["pooled"]] == [True] + [False] * 6


def test_a_precedent_is_kept_once_however_many_technologies_it_is_like(sky: Observation) -> None:
    data, tables = _data(page(*sky)), sky[0]
    rows = tables["precedents"]
    assert len(data["past"]) == rows.unique(["precedent_id", "precedent_year"]).height < rows.height
    for place, name in enumerate(tables["technologies"]["technology_id"]):
        told = [data["past"][order][:5] for order, _ in data["detail"][place]["alike"]]
        own = rows.filter(technology_id=name).sort("rank")
        columns = ("precedent_label", "precedent_year", "documents_count", "growth", "is_exceptional")
        assert told == [list(row) for row in own.select(columns).iter_rows()]
        assert data["detail"][place]["became"][:3] == ([3 + place % 9, 20, 6] if place != 4 else [7, 0, 0])
    assert data["past_base"] == {"known_count": 2585, "base_rate": 0.117}
    assert data["past"][0][6] == [11, 22, 33, 44, 55, 66, 77, 88, 99]


def test_the_largest_parts_are_kept_with_how_many_there_are(sky: Observation) -> None:
    tables = dict(sky[0])
    more = pl.DataFrame({"name": [f"cat.{i:02d}" for i in range(30)], "share": [0.001 * i for i in range(30)]})
    first = tables["technologies"]["technology_id"][0]
    more = more.with_columns(technology_id=pl.lit(first), kind=pl.lit("category"), documents_count=1, whole_share=0.01)
    tables["shares"] = more.select(tables["shares"].columns)
    data = _data(page(tables, sky[1]))
    count, largest = data["detail"][0]["parts"]["category"]
    assert count == 30 and [share for _, share in largest] == [0.029, 0.028, 0.027, 0.026, 0.025, 0.024, 0.023, 0.022]
    assert [data["groups"][order] for order, _ in largest] == [[f"cat.{i}", 0.01] for i in range(29, 21, -1)]
    assert data["detail"][1]["parts"] == {}


@pytest.mark.parametrize("name", ["precedents", "precedent_outcomes", "standing", "rank_record", "case_reasons"])
def test_an_observation_kept_before_these_tables_is_to_be_observed_again(sky: Observation, name: str) -> None:
    with pytest.raises(InputError, match=name) as told:
        page({table: frame for table, frame in sky[0].items() if table != name}, sky[1])
    assert "run firstlight observe again" in str(told.value)
    with pytest.raises(InputError, match="why_en"):
        page({**sky[0], "cases": sky[0]["cases"].drop("why_en")}, sky[1])


def test_shares_of_thin_years_are_left_out_and_said_to_be(sky: Observation) -> None:
    tables = dict(sky[0])
    thin = pl.when(pl.col("year") < 1998).then(150).otherwise(pl.col("documents_count"))
    tables["years"] = tables["years"].with_columns(documents_count=thin)
    data = _data(page(tables, sky[1]))
    assert data["thin_years"] == [1996, 1997]
    for detail in data["detail"]:
        assert detail["shares"][:2] == [None, None] and None not in detail["shares"][2:] + detail["counts"]


def test_numbers_that_are_missing_are_null(sky: Observation) -> None:
    tables = dict(sky[0])
    tables["technologies"] = tables["technologies"].with_columns(outcome=None, outcome_growth=pl.lit(float("nan")))
    data = _data(page(tables, sky[1]))
    assert set(data["tech"]["outcome"]) == set(data["tech"]["outcome_growth"]) == {None}
    assert data["tech"]["first_year"][5] is None


def test_the_order_of_rows_and_a_second_run_change_nothing(sky: Observation) -> None:
    tables, facts = sky
    mixed = {n: f.sample(fraction=1, shuffle=True, seed=5) if KEYS[n] else f for n, f in tables.items()}
    assert page(tables, facts) == page(tables, facts) == page(mixed, dict(reversed(list(facts.items()))))


def test_nothing_found_is_a_page_too() -> None:
    for lang in ("en", "zh"):
        assert _data(page(*nothing(), lang=lang))["tech"]["label"] == []
    bare = {name: pl.DataFrame() for name in nothing()[0]}
    assert "No technology was found" in page(
        bare, {"title": "t", "as_of": 2016, "horizon": 3, "threshold_growth": 0.08}
    )


def test_what_is_absent_is_named(sky: Observation) -> None:
    with pytest.raises(InputError, match="horizon"):
        page(sky[0], {name: fact for name, fact in sky[1].items() if name != "horizon"})
    with pytest.raises(InputError, match="'fr'"):
        page(*sky, lang="fr")
    with pytest.raises(InputError, match="probability_low"):
        page({**sky[0], "technologies": sky[0]["technologies"].drop("probability_low")}, sky[1])


def test_two_thousand_technologies_stay_small() -> None:
    assert len(page(*observation(2000)).encode()) < 6_000_000


def test_assets_are_all_used_and_short() -> None:
    folder = files("firstlight.views").joinpath("assets")
    kept = {file.name for file in folder.iterdir() if file.is_file()}
    scripts = {*SCRIPTS, *measured_page.SCRIPTS, *followed_page.SCRIPTS}
    styles = {*STYLES, *measured_page.STYLES, *followed_page.STYLES}
    assert kept == {f"{n}.js" for n in scripts} | {f"{n}.css" for n in styles} | {"page.html"}
    for file in filter(lambda each: each.is_file(), folder.iterdir()):
        assert len(file.read_text("utf-8").splitlines()) < 400
