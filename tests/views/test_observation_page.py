"""The page of an observation as text: what it holds, what it lets nobody do, its size and its
words."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import tomllib
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
import pytest
from hostile_take_off import TEXTS, hostile_observation
from invented_take_off import Observation, nothing, observation, seen_from_today, without_forecast

from firstlight.errors import InputError
from firstlight.texts import family_texts, leaves
from firstlight.views.observation_contract import first_lines
from firstlight.views.observation_data import embedded_json, observation_data
from firstlight.views.observation_page import SCRIPTS, STYLES, observation_page
from firstlight.views.observation_words import CHROME
from firstlight.views.packed_rows import BUDGETS

ASSETS = files("firstlight.views").joinpath("assets/observation")
SIZE_OF_PAGE = 3_000_000


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


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _unpacked(data: dict[str, Any], column: str) -> list[Any]:
    """A column of technologies as the page's script reads it."""
    packed = data["technologies"]
    values = packed["columns"][column]
    if column in packed["names"]:
        names = packed["names"][column]
        return [None if place is None else names[place] for place in values]
    if column not in packed["units"]:
        return list(values)
    return [None if value is None else value / packed["units"][column] for value in values]


def large_observation(count: int, scored: int) -> Observation:
    """As many technologies as the largest bundled corpus has, with names of usual length and twenty
    years."""
    tables, facts = observation()
    rng = np.random.default_rng(3)
    first = tables["technologies"]
    many = pl.concat([first] * (count // first.height + 1)).head(count)
    ids = pl.Series([f"technology-number-{place:05d}" for place in range(count)])
    words = [
        "sparse",
        "thermal",
        "optical",
        "layered",
        "quantum",
        "adaptive",
        "woven",
        "robust",
        "spectral",
        "elastic",
    ]
    names = [
        f"{words[place % 10]} {words[place // 10 % 10]} things {place:05d}"
        for place in range(count)
    ]
    is_scored = pl.int_range(pl.len()) < scored
    many = many.with_columns(
        technology_id=ids,
        name=pl.Series(names),
        status=pl.when(is_scored).then(pl.lit("scored")).otherwise(pl.lit("watched")),
        rank=pl.when(is_scored).then(pl.int_range(1, pl.len() + 1, dtype=pl.Int64)),
        documents_count=pl.Series(rng.integers(10, 900, count)),
        x=pl.Series(rng.random(count)),
        y=pl.Series(rng.random(count)),
    )
    tables["technologies"] = many
    for name in ("history", "fan", "forms", "links", "leaders", "documents"):
        own = first.select("technology_id").with_row_index("place")
        rows = own.join(tables[name], on="technology_id").drop("technology_id")
        place = (
            many.select("technology_id")
            .with_row_index()
            .with_columns(place=pl.col("index") % first.height)
        )
        spread = (
            place.drop("index").with_columns(pl.col("place").cast(pl.UInt32)).join(rows, on="place")
        )
        tables[name] = spread.select(tables[name].columns)
    return tables, facts


def test_the_policy_allows_this_script_and_style_and_images_made_here(
    take_off: Observation,
) -> None:
    text = observation_page(*take_off)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    styles = re.findall(r"<style>(.*?)</style>", text, re.S)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert len(scripts) == len(styles) == 1 and policy
    assert policy[1] == (
        f"default-src 'none'; script-src '{_hash(scripts[0])}'; style-src '{_hash(styles[0])}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script")


def test_nothing_is_loaded_and_nothing_is_parsed_as_markup(take_off: Observation) -> None:
    text = observation_page(*take_off)
    own = re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.S)
    # names of formats, none of which is an address that a browser asks
    hosts = set(re.findall(r"https?://([^/\s\"'`)]+)", own))
    assert hosts == {"www.w3.org", "schemas.openxmlformats.org"}
    parsed = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
    )
    loaded = (
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "sendBeacon",
        "import(",
        "@import",
        "url(",
        " src=",
    )
    for forbidden in (*parsed, *loaded):
        assert forbidden not in own, forbidden
    assert re.findall(r"<(?:link|iframe|img|object|embed|base|form)\b", own) == []
    assert re.findall(r'\sstyle="|\son\w+="', own) == []


def test_hostile_texts_stay_texts(take_off: Observation) -> None:
    text = observation_page(*hostile_observation())
    assert _Reader(text).tags == _Reader(observation_page(*take_off)).tags
    assert text.count("</script>") == 2 and "<!--" not in text
    assert not set("\x00\x07\x1b\u2028\u2029") & set(text)
    names = _unpacked(_data(text), "name")
    assert set(names) == set(TEXTS)


def test_embedded_json_holds_no_character_that_ends_it() -> None:
    everything = "".join(map(chr, range(0x250))) + "\u2028\u2029\ufeff"
    text = embedded_json({everything: everything})
    assert not set("<>&\u2028\u2029\ufeff\x7f") & set(text) and all(
        letter >= " " for letter in text
    )
    assert json.loads(text) == {everything: everything}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_scripts_there_is_still_an_answer(take_off: Observation, lang: str) -> None:
    tables, facts = take_off
    text = observation_page(tables, facts, lang=lang)
    head = text[: text.index('<script type="application/json"')]
    assert f'<html lang="{"en" if lang == "en" else "zh-Hans"}">' in head
    for line in first_lines(facts):
        assert family_texts("emergence").sentence(lang, line) in head
    for name in tables["technologies"]["name"].head(10):
        assert name in head
    assert "<noscript>" in head


def test_what_travels_is_what_the_tables_hold(take_off: Observation) -> None:
    tables, facts = take_off
    data = observation_data(tables, facts)
    technologies = tables["technologies"]
    for column in ("technology_id", "area", "advice", "documents_count", "rank", "outcome"):
        assert _unpacked(data, column) == technologies[column].to_list()
    for column, within in (
        ("probability", 6e-7),
        ("share", 6e-8),
        ("threshold_share", 6e-8),
        ("x", 0.0006),
    ):
        for seen, true in zip(_unpacked(data, column), technologies[column], strict=True):
            assert (seen is None) == (true is None)
            assert seen is None or abs(seen - true) <= within
    for place, name in enumerate(technologies["technology_id"]):
        start, counts, shares = data["history"][place]
        own = tables["history"].filter(technology_id=name, year=data["span"][0] + start)
        assert own["documents_count"][0] == counts[0] > 0
        rows = (
            tables["history"].filter(pl.col("technology_id") == name).sort("year").tail(len(counts))
        )
        assert rows["documents_count"].to_list() == counts
        assert np.allclose(rows["share"], np.array(shares) / data["history_unit"], atol=6e-7)


def test_every_form_is_there_for_the_search(take_off: Observation) -> None:
    tables, facts = take_off
    data = observation_data(tables, facts)
    names = tables["technologies"]["name"].to_list()
    for place, name in enumerate(tables["technologies"]["technology_id"]):
        told = {names[place] if row[0] == 0 else row[0] for row in data["forms"][place]}
        assert told == set(tables["forms"].filter(technology_id=name)["form"])


def test_leaders_stand_recent_beside_before(take_off: Observation) -> None:
    tables, facts = take_off
    data = observation_data(tables, facts)
    name = tables["technologies"]["technology_id"][0]
    own = tables["leaders"].filter(technology_id=name, kind="country")
    told = {
        data["leader_names"][row[1]]: (row[3], row[5]) for row in data["leaders"][0] if row[0] == 0
    }
    assert told
    for country, (before, recent) in told.items():
        for period, share in (("before", before), ("recent", recent)):
            shares = own.filter(name=country, period=period)["share"].to_list()
            assert (share is None) == (not shares)
            assert share is None or share == pytest.approx(shares[0], rel=0.01)


@pytest.mark.slow
def test_five_thousand_technologies_stay_below_three_megabytes() -> None:
    tables, facts = large_observation(5000, 1500)  # scored; the others are watched
    text = observation_page(tables, facts)
    data = _data(text)
    assert len(text.encode()) < SIZE_OF_PAGE
    assert (
        len(data["technologies"]["columns"]["name"])
        == len(data["forms"])
        == 5000 - data["watched_left_out"]
    )
    statuses = data["technologies"]["names"]["status"], data["technologies"]["columns"]["status"]
    assert [statuses[1].count(statuses[0].index(name)) for name in ("scored", "watched")] == [
        1500,
        2000,
    ]
    assert len(data["history"]) >= 500 and len(data["documents"]) >= 100
    for name, budget in BUDGETS.items():
        kept = [
            json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
            for rows in data[name]
            if rows
        ]
        assert sum(len(text.encode()) for text in kept) <= budget


def test_the_order_of_rows_and_a_second_run_change_nothing(take_off: Observation) -> None:
    tables, facts = take_off
    text = observation_page(tables, facts)
    in_order = ("warnings",)  # whose order says what comes first
    mixed = {
        name: frame if name in in_order else frame.sample(fraction=1, shuffle=True, seed=5)
        for name, frame in tables.items()
    }
    assert text == observation_page(tables, facts)
    assert text == observation_page(mixed, dict(reversed(list(facts.items()))))


def test_without_a_forecast_what_has_gained_most_comes_first() -> None:
    tables, facts = without_forecast()
    frame = tables["technologies"]
    # the largest is the one that has lost most
    lost = pl.when(pl.col("documents_count") == pl.col("documents_count").max()).then(0.9)
    frame = frame.with_columns(share_before=lost.otherwise("share_before"))
    shown = _unpacked(_data(observation_page({**tables, "technologies": frame}, facts)), "name")
    gained = dict(frame.select("name", pl.col("share") - pl.col("share_before")).iter_rows())
    assert [gained[name] for name in shown] == sorted(gained.values(), reverse=True)
    assert shown[-1] == frame.sort("documents_count")["name"][-1]


@pytest.mark.parametrize("made", [nothing, seen_from_today])
def test_nothing_and_an_unknown_future_are_pages_too(made: Any) -> None:
    tables, facts = made()
    data = _data(observation_page(tables, facts))
    assert len(_unpacked(data, "name")) == tables["technologies"].height
    assert set(_unpacked(data, "outcome")) <= {None}
    assert data["span"][1] == facts["as_of"]


def test_what_is_absent_is_named(take_off: Observation) -> None:
    tables, facts = take_off
    with pytest.raises(InputError, match="horizon"):
        observation_page(tables, {name: fact for name, fact in facts.items() if name != "horizon"})
    with pytest.raises(InputError, match="language fr"):
        observation_page(tables, facts, lang="fr")
    with pytest.raises(InputError, match="probability_low"):
        observation_page(
            {**tables, "technologies": tables["technologies"].drop("probability_low")}, facts
        )


# ---- words


def _chrome(lang: str) -> dict[str, str]:
    file = CHROME.folder / f"{lang}.toml"
    return {".".join(path): text for path, text in leaves(tomllib.loads(file.read_text("utf-8")))}


def test_both_languages_say_the_same_with_the_same_values() -> None:
    english, chinese = _chrome("en"), _chrome("zh")
    assert {key for key in english if not key.endswith(".one")} == set(chinese)
    for key, text in chinese.items():
        assert text and set(re.findall(r"\{\w+\}", text)) == set(
            re.findall(r"\{\w+\}", english[key])
        ), key


def test_every_text_that_scripts_ask_for_is_there_and_none_is_unused(take_off: Observation) -> None:
    script = "\n".join(
        file.read_text("utf-8") for file in ASSETS.iterdir() if file.name.endswith(".js")
    )
    texts = observation_data(*take_off)["words"]["en"]
    known = {re.sub(r"\.(one|other)$", "", key) for key in texts}
    asked = set(re.findall(r'"([a-z_]+\.[a-z_.]+)"', script)) - {"styles.xml"}
    asked |= {key for key in re.findall(r"`([a-z_]+\.[a-z_.]*)\$\{", script)}
    for key in asked:
        is_known = key in known or (
            key.endswith(".") and any(each.startswith(key) for each in known)
        )
        assert is_known, key
    for key in _chrome("en"):
        plain = re.sub(r"\.(one|other)$", "", key)
        is_asked = plain in asked or f"{plain.rsplit('.', 1)[0]}." in asked
        assert is_asked or plain == "head.noscript", key


def test_codes_without_words_stand_for_themselves(take_off: Observation) -> None:
    tables, facts = take_off
    odd = tables["technologies"].with_columns(advice_reason=pl.lit("a_new_reason"))
    words = observation_data({**tables, "technologies": odd}, facts)["words"]
    assert (
        words["zh"]["advice_reasons.a_new_reason"]
        == words["en"]["advice_reasons.a_new_reason"]
        == "a new reason"
    )


# ---- assets


def test_assets_are_all_used_short_and_narrow() -> None:
    kept = {f"observation/{file.name}" for file in ASSETS.iterdir()}
    assert kept == {f"{name}.js" for name in SCRIPTS} | {f"{name}.css" for name in STYLES}
    for file in ASSETS.iterdir():
        lines = file.read_text("utf-8").splitlines()
        assert len(lines) <= 600 and max(map(len, lines)) <= 100, file.name


# linear light as eyes without one kind of cones see it (Machado, Oliveira and Fernandes 2009,
# severity 1)
EYES = {
    "all": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# OKLab (Ottosson 2020)
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
AREAS = ("information", "space", "health", "energy", "manufacturing", "materials")


def _light(colour: str) -> np.ndarray:
    value = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    low, high = sorted(float(_light(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_the_six_areas_are_told_apart_by_every_reader_in_light_and_dark() -> None:
    style = ASSETS.joinpath("ground.css").read_text("utf-8")
    blocks = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in style.split("color-scheme: ")[1:]
    ]
    light, dark, chosen = (block for block in blocks if "paper" in block)
    assert dark == chosen
    for colours in (light, dark):
        for eye in EYES.values():
            labs = [
                TO_LAB
                @ np.cbrt(np.clip(TO_CONES @ np.clip(eye @ _light(colours[area]), 0, 1), 0, 1))
                for area in AREAS
            ]
            assert (
                min(
                    float(np.linalg.norm(one - other))
                    for one, other in itertools.combinations(labs, 2)
                )
                > 0.08
            )
        assert min(_contrast(colours[area], colours["paper"]) for area in AREAS) >= 3
        for text in ("ink", "soft", "quiet", "warn"):
            assert _contrast(colours[text], colours["paper"]) >= 4.5
