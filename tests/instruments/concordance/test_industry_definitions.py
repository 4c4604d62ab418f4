"""Definitions of the new: shares and bounds against sums made by hand, codes as people write them,
wholes beside parts, what a file is refused for and at which line, and what ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.concordance import definition_share, read_definition
from firstlight.errors import InputError
from firstlight.instruments.concordance.code_lists import code_list
from firstlight.instruments.concordance.industry_definitions.definition_codes import (
    LISTS,
    codes_of_others,
)
from firstlight.instruments.concordance.industry_definitions.definition_files import (
    definition_names,
)
from firstlight.measurement import measurement
from firstlight.result import Result

CODES = pl.DataFrame(
    {
        "code": ["21", "26", "303", "72"],
        "status": ["verified", "verified", "doubtful", "verified"],
        "least_share": [1.0, 1.0, 1.0, 0.2],
        "most_share": [1.0, 1.0, 1.0, 0.6],
    }
)


def table(**codes: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"code": [code.strip("_") for code in codes], "value": list(codes.values())},
        schema_overrides={"value": pl.Float64},
    )


def shares(found: Result) -> tuple[Any, ...]:
    return found.table.select("stated_share", "least_share", "most_share", "doubtful_share").row(0)


def said(found: Result) -> dict[str, dict[str, Any]]:
    return {message.code: dict(message.values) for message in found.said}


def test_shares_and_bounds_are_the_sums_of_the_definition() -> None:
    found = definition_share(table(_10=50, _21=10, _26=20, _303=5, _72=15), codes=CODES)
    assert shares(found) == pytest.approx((0.41, 0.33, 0.44, 0.05))
    assert said(found)["doubtful"]["points"].value == pytest.approx(5)


def test_a_share_of_ones_own_is_what_is_stated_and_the_bounds_stay() -> None:
    stated = CODES.with_columns(share=pl.Series([None, None, 0.1, 0.5]))
    found = definition_share(table(_10=50, _21=10, _26=20, _303=5, _72=15), codes=stated)
    assert shares(found) == pytest.approx((0.10 + 0.20 + 0.005 + 0.075, 0.33, 0.44, 0.05))


def test_a_code_that_lost_its_nought_is_no_part_of_the_new_and_holds_nothing() -> None:
    codes = CODES.head(2)
    written = definition_share(table(_01=30, _02=5, _10=20, _21=10, _26=35), codes=codes)
    lost = definition_share(table(_1=30, _2=5, _10=20, _21=10, _26=35), codes=codes)
    assert shares(written) == shares(lost) == pytest.approx((0.45, 0.45, 0.45, 0.0))
    assert not lost.tables["left_out"].height
    sections = definition_share(table(_1=20, _2=45, _10=20, _21=10, _26=35), codes=codes)
    assert shares(sections)[0] == pytest.approx(45 / 65)


def test_without_doubt_and_parts_the_bounds_meet() -> None:
    found = definition_share(table(_10=50, _21=10, _26=40), codes=CODES.head(2))
    assert shares(found) == pytest.approx((0.5, 0.5, 0.5, 0.0))
    assert "no_doubt" in said(found)
    assert said(found)["whole"]["ends"].value.code == "phrases.no_ends"
    unsaid = definition_share(table(_10=50, _21=10), codes=CODES.select("code"))
    assert "taken_as_given" in said(unsaid)


def test_bounds_hold_the_share_in_every_place_and_year_and_scale_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    keys = [(c, p, y) for c in ("10", "21", "26", "303", "72") for p in "AB" for y in (1, 2)]
    rows = pl.DataFrame(
        {
            "code": [key[0] for key in keys],
            "place": [key[1] for key in keys],
            "year": [2000 + key[2] for key in keys],
            "value": rng.uniform(1, 9, len(keys)),
        }
    )
    one = definition_share(rows, codes=CODES).table
    assert (
        (one["least_share"] <= one["stated_share"]) & (one["stated_share"] <= one["most_share"])
    ).all()
    tenfold = definition_share(rows.with_columns(pl.col("value") * 10), codes=CODES).table
    assert np.allclose(one["stated_share"], tenfold["stated_share"])
    assert np.allclose(one["total"] * 10, tenfold["total"])


def test_a_whole_beside_its_parts_counts_once() -> None:
    parts = definition_share(table(_10=70, _261=10, _262=20), codes=CODES)
    both = definition_share(table(_10=70, _26=30, _261=10, _262=20), codes=CODES)
    rest = definition_share(table(_10=70, _26=30, _261=10), codes=CODES)
    assert shares(parts) == shares(both) == shares(rest) == pytest.approx((0.3, 0.3, 0.3, 0))
    assert both.table["total"][0] == 100


def test_codes_that_are_not_nested_all_count() -> None:
    found = definition_share(table(_10=70, _26=30, _261=10, _262=20), codes=CODES, nested=False)
    assert found.table["total"][0] == 70 + 30 + 10 + 20
    assert found.table["stated_share"][0] == pytest.approx(60 / 130)


def test_a_total_of_all_others_is_left_out() -> None:
    found = definition_share(table(_10=70, _26=30, TOTAL=100), codes=CODES)
    assert shares(found) == pytest.approx((0.3, 0.3, 0.3, 0))
    assert found.tables["left_out"].select("code", "reason").rows() == [("TOTAL", "sum_of_all")]


def test_a_code_that_holds_more_than_is_named_counts_in_the_upper_bound_alone() -> None:
    coarse = definition_share(table(_10=60, _26=30, _30=10), codes=CODES)
    assert shares(coarse) == pytest.approx((0.3, 0.3, 0.4, 0.1))
    assert "coarse" in said(coarse)
    settled = definition_share(table(_10=60, _26=30, _30=10, _303=4), codes=CODES)
    assert shares(settled) == pytest.approx((0.34, 0.3, 0.34, 0.04))


def test_a_part_of_a_code_that_belongs_in_part_may_be_all_or_nothing() -> None:
    found = definition_share(table(_10=60, _721=40), codes=CODES)
    assert shares(found) == pytest.approx((0.16, 0.0, 0.4, 0.0))


def test_missing_values_leave_no_share_and_say_why() -> None:
    found = definition_share(table(_10=50, _26=None), codes=CODES)
    assert found.table.select("stated_share", "total", "reason").rows() == [
        (None, None, "value_missing")
    ]
    nothing = definition_share(table(_10=0, _26=0), codes=CODES)
    assert nothing.table["reason"].to_list() == ["nothing_there"]


def test_places_without_a_row_that_others_have_are_counted() -> None:
    rows = pl.DataFrame(
        {"code": ["10", "21", "26", "10", "26"], "place": list("AAABB"), "value": [1.0] * 5}
    )
    found = definition_share(rows, codes=CODES).table.sort("place")
    assert found["absent_count"].to_list() == [0, 1]


def test_every_definition_that_ships_is_a_choice_and_can_be_read() -> None:
    choices = measurement("definition_share").parameters["definition"].schema["enum"]
    assert sorted(choices) == definition_names()
    folder = measurement("definition_share").folder / "definitions"
    assert sorted(file.stem for file in folder.iterdir()) == definition_names()
    for name in definition_names():
        assert read_definition(name).name == name


@pytest.mark.parametrize(
    "name", [name for name in definition_names() if read_definition(name).codes.is_empty()]
)
def test_a_definition_without_codes_asks_for_them(name: str) -> None:
    with pytest.raises(InputError) as refused:
        definition_share(table(_10=1), definition=name)
    assert refused.value.code == "no_codes"
    assert shares(definition_share(table(_10=1, _26=1), definition=name, codes=CODES))[0] == 0.5


def test_codes_that_ship_stand_in_their_classification(reference: Path) -> None:
    files = {
        "NACE": "official/NACE2.csv.gz",
        "ISIC": "official/ISIC4.csv.gz",
        "HS": "hs2022.csv.gz",
        "CPC": "cpc_green_y02_y04s.csv.gz",
        "GB/T 4754": "gbt4754_2017.csv.gz",
    }
    for name in definition_names():
        found = read_definition(name)
        if found.codes.height:
            file = reference / "data/classifications" / files[found.classification]
            known = set(pl.read_csv(file, infer_schema=False)["code"])
            assert set(found.codes["code"]) <= known, name


GOOD = """name = "mine"
title = { en = "Mine", zh = "我的" }
classification = "NACE"
revision = "Rev. 2"
publisher = "I"
publication = "A page"
year = 2020
licence = "open"
note = { en = "None.", zh = "无。" }

[[codes]]
code = "26"
status = "verified"
source = "read"

[[codes]]
code = "30.3"
status = "doubtful"
share = [0.2, 0.6]
source = "not read"
"""


def test_a_file_of_your_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8")
    found = read_definition(file)
    assert found.codes.select("code", "status", "least_share", "most_share").rows() == [
        ("26", "verified", 1.0, 1.0),
        ("30.3", "doubtful", 0.2, 0.6),
    ]
    result = definition_share(table(_10=50, _26=40, _303=10), codes=found.codes)
    assert shares(result) == pytest.approx((0.44, 0.4, 0.46, 0.06))


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ('publisher = "I"', 'publisher = ""', "not_quoted", 5),
        ('publisher = "I"\n', "", "key_lacking", 1),
        ("year = 2020", 'year = "2020"', "not_a_year", 7),
        ('licence = "open"', 'licence = "open"\ncolour = "red"', "unknown_key", 9),
        ('title = { en = "Mine", zh = "我的" }', 'title = "Mine"', "both_languages", 2),
        ('status = "doubtful"', 'status = "perhaps"', "unknown_status", 18),
        ("share = [0.2, 0.6]", "share = [0.6, 0.2]", "bad_share", 19),
        ("share = [0.2, 0.6]", "share = 1.5", "bad_share", 19),
        ('code = "30.3"', "code = 30.3", "not_quoted", 17),
        ('code = "30.3"', 'code = "26"', "code_twice", 17),
        ('code = "30.3"', 'code = "26.1"', "code_within", 17),
        ('source = "not read"', "", "key_lacking", 16),
        ("year = 2020", "year = ", "not_toml", 7),
    ],
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, code: str, line: int
) -> None:
    assert before in GOOD
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(before, after), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_definition(file)
    assert (refused.value.code, refused.value.values["line"].value) == (code, line)
    assert all("{" not in refused.value.told(lang) for lang in ("en", "zh"))


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("nothing_matches", {"frame": table(_10=1), "codes": CODES}),
        ("bad_status", {"codes": CODES.with_columns(status=pl.lit("sure"))}),
        ("crossed_shares", {"codes": CODES.with_columns(most_share=pl.lit(0.1))}),
        ("crossed_shares", {"codes": CODES.with_columns(share=pl.lit(0.9))}),
    ],
)
def test_what_is_refused(code: str, call: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        definition_share(**{"frame": table(_10=1, _26=1), **call})
    assert refused.value.code == code


def test_a_name_or_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for given, code in (("mine", "no_definition"), (tmp_path / "no.toml", "toml_unreadable")):
        with pytest.raises(InputError) as refused:
            read_definition(given)
        assert refused.value.code == code
    (tmp_path / "list.toml").write_text(
        GOOD[: GOOD.index("[[codes]]")] + 'codes = [{ code = "1" }]\n', encoding="utf-8"
    )
    with pytest.raises(InputError) as refused:
        read_definition(tmp_path / "list.toml")
    assert refused.value.code == "codes_form"


def test_a_table_of_another_classification_is_refused_or_told_before_it_is_believed() -> None:
    codes = ["11", "21", "237110", "334413", "445110", "522110", "541511", "621111"]
    naics = pl.DataFrame({"code": codes, "value": [5.0, 9, 2, 7, 4, 6, 3, 6]})
    with pytest.raises(InputError) as refused:  # 21 is mining there, and pharmaceuticals in ISIC
        definition_share(naics)
    assert refused.value.code == "other_classification"
    assert "NACE Rev. 2" in str(refused.value) and "237110" in str(refused.value)
    mixed = table(_10=5, _21=9, _26=3, _541511=6, _445110=8)
    assert definition_share(mixed).said[1].code == "foreign"
    own = pl.DataFrame({"code": ["334413"]})
    found = definition_share(naics, codes=own, title="chips")
    assert shares(found)[0] == pytest.approx(7 / 42)


def test_sections_hold_their_divisions_though_these_do_not_begin_with_their_letter() -> None:
    whole = definition_share(table(C=100, _10=60, _21=10, _26=30, D=20, _35=20))
    assert whole.table.select("total", "stated_share", "most_share").row(0) == (120.0, 1 / 3, 1 / 3)
    # of what 26 leaves of manufacturing, 21 and 30.3 may be a part
    partly = definition_share(table(C=100, _26=30, D=20, _35=20))
    assert shares(partly)[:3] == (0.25, 0.25, pytest.approx(100 / 120))
    assert partly.table["total"].to_list() == [120.0]
    lettered = pl.DataFrame({"code": ["C", "C10", "C26"], "value": [100.0, 70.0, 30.0]})
    found = definition_share(lettered, codes=pl.DataFrame({"code": ["C26"]}))
    assert found.table.select("total", "stated_share").row(0) == (100.0, 0.3)


def test_each_classification_that_ships_is_of_its_own_definitions() -> None:
    for classification, name in LISTS.items():
        codes = code_list(name)["code"].to_list()
        assert codes_of_others(codes, classification) == (
            [],
            sum(any(map(str.isdigit, code)) for code in codes),
        )
