"""Conversion between classifications: values are kept, splits and their bounds, codes as people
write them, wholes beside their parts, chains, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.concordance import conversion, match_codes, whole_codes
from firstlight.errors import InputError
from firstlight.result import Result
from firstlight.texts import Count, Share, Year

LINKS = pl.DataFrame(
    {
        "code_from": ["0111", "0112", "0112", "0113"],
        "code_to": ["A", "A", "B", "C"],
        "weight": [1.0, 0.75, 0.25, 1.0],
    }
)


def table(**codes: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"code": list(codes), "value": list(codes.values())}, schema_overrides={"value": pl.Float64}
    )


def rows(found: Result, name: str, *columns: str) -> list[tuple[Any, ...]]:
    return found.tables[name].select(columns).rows()


def said(found: Result) -> dict[str, dict[str, Any]]:
    return {message.code: dict(message.values) for message in found.said}


def test_a_code_of_four_digits_is_no_part_of_one_with_a_nought_before_them() -> None:
    """Medical instruments, 9018, went to 0901, coffee, and 5505 to chapter 05."""
    for known, written in ((["0901", "8542"], "9018"), (["05", "85"], "5505")):
        assert match_codes([written], known)[written].kind == "no_link"


def test_a_value_is_split_by_weights_and_bounded_by_what_leads_there_alone_and_at_all() -> None:
    found = conversion(table(**{"0111": 10, "0112": 8, "0113": 3}), LINKS)
    columns = ("code_to", "value", "least_value", "most_value", "codes_count")
    assert rows(found, "converted", *columns) == [
        ("A", 16.0, 10.0, 18.0, 2),
        ("C", 3.0, 3.0, 3.0, 1),
        ("B", 2.0, 0.0, 8.0, 1),
    ]
    split = said(found)["split"]
    assert (split["alone"].value, split["split"]) == (pytest.approx(13 / 21), Share(8 / 21))


def test_links_without_weights_split_in_equal_parts_and_weights_are_scaled() -> None:
    equal = conversion(table(**{"0112": 8}), LINKS.drop("weight"))
    assert rows(equal, "converted", "code_to", "value") == [("A", 4.0), ("B", 4.0)]
    tenfold = conversion(table(**{"0112": 8}), LINKS.with_columns(pl.col("weight") * 10))
    assert rows(tenfold, "converted", "code_to", "value") == [("A", 6.0), ("B", 2.0)]


def test_a_code_without_weights_is_split_in_equal_parts_and_one_that_lacks_some_is_refused() -> (
    None
):
    rows_of_links = [("0111", "A", None), ("0112", "A", 0.75), ("0112", "B", 0.25)]
    links = pl.DataFrame(rows_of_links, schema=["code_from", "code_to", "weight"], orient="row")
    found = conversion(table(**{"0111": 10, "0112": 8}), links)
    assert rows(found, "converted", "code_to", "value") == [("A", 16.0), ("B", 2.0)]
    gap = pl.concat([links, pl.DataFrame([("0112", "C", None)], links.schema, orient="row")])
    with pytest.raises(InputError) as refused:
        conversion(table(**{"0111": 10}), gap)
    assert refused.value.code == "weight_lacking"
    assert "0112" in str(refused.value) and "C" in str(refused.value)


@pytest.mark.parametrize(
    ("written", "kind", "codes"),
    [
        ("01.11", "exact", ("0111",)),
        ("111", "nought_restored", ("0111",)),
        ("01119", "from_parent", ("0111",)),
        ("11190", "from_parent", ("0111",)),
        ("1119", "no_link", ()),
        ("01", "from_children", ("0111", "0112", "0113")),
        ("7", "no_link", ()),
    ],
)
def test_codes_are_found_as_people_write_them(
    written: str, kind: str, codes: tuple[str, ...]
) -> None:
    found = match_codes([written], LINKS["code_from"])[written]
    assert (found.kind, found.codes) == (kind, codes)


def test_letters_and_digits_alone_find_nothing_where_two_codes_share_them() -> None:
    known = ["A61K9/11", "A61K91/1"]
    assert match_codes(["a61k9/11"], known)["a61k9/11"].codes == ("A61K9/11",)
    assert match_codes(["A61K911"], known)["A61K911"].kind == "no_link"


def test_a_range_holds_the_codes_of_its_numbers() -> None:
    held = whole_codes(["31-33", "31", "3111", "332", "34", "44-45", "451"])
    assert held == {"31": ("3111",), "31-33": ("31", "332"), "44-45": ("451",)}


def test_a_range_is_never_the_code_of_its_digits_and_holds_and_is_held_as_its_numbers_are() -> None:
    # 3133 of NAICS is the finishing of textiles, and 31-33 all of manufacturing
    known = ["3111", "3133", "3211", "4411"]
    assert match_codes(["31-33"], known)["31-33"].codes == ("3111", "3133", "3211")
    assert match_codes(["C10-C12"], ["C10", "C11", "C13"])["C10-C12"].codes == ("C10", "C11")
    found = match_codes(["32", "3133", "31–33", "3"], ["31-33", "3133"])
    assert {code: (match.kind, match.codes) for code, match in found.items()} == {
        "32": ("from_parent", ("31-33",)),
        "3133": ("exact", ("3133",)),
        "31–33": ("exact", ("31-33",)),
        "3": ("from_children", ("31-33",)),
    }
    held = whole_codes(["C", "C10-C12", "C10", "C11", "C13"])
    assert held == {"C": ("C10-C12", "C13"), "C10-C12": ("C10", "C11")}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([1.0, 2.0, 10.0], ["01", "02", "10"]),  # as a table of numbers that lacks one somewhere
        (["1.0", "2.0", "10.0"], ["01", "02", "10"]),  # the same, written to a file of texts
        ([26.0, 30.3], ["26", "30.3"]),
        (["10.0", "30.3"], ["10.0", "30.3"]),  # 10.0 is a group of its own
    ],
)
def test_codes_that_a_program_took_for_numbers_are_the_same_codes(
    codes: list[float] | list[str], expected: list[str]
) -> None:
    known = ["01", "02", "10", "10.0", "20", "26", "30.3"]
    links = pl.DataFrame({"code_from": known, "code_to": known})
    table_of_codes = pl.DataFrame({"code": codes, "value": [5.0, 6.0, 7.0][: len(codes)]})
    found = conversion(table_of_codes, links)
    assert found.table["code_to"].sort().to_list() == expected
    by_file = pl.DataFrame({"code_from": codes, "code_to": expected})
    back = conversion(table_of_codes.with_columns(code=pl.Series(expected)), by_file)
    assert back.table["code_to"].sort().to_list() == expected


def test_links_that_lost_their_leading_noughts_are_found_by_whole_codes() -> None:
    known = ["111", "112", *(str(code) for code in range(2610, 2620))]  # as in some official files
    found = match_codes(["0111", "01.12", "111", "01", "2610", "011101"], known)
    assert [(match.kind, match.codes) for match in found.values()] == [
        ("nought_restored", ("111",)),
        ("nought_restored", ("112",)),
        ("exact", ("111",)),
        ("from_children", ("111", "112")),
        ("exact", ("2610",)),
        ("from_parent", ("111",)),
    ]
    numbers = [str(number) for number in range(1, 20)]  # sectors that are simply counted
    assert {match.kind for match in match_codes(numbers, numbers).values()} == {"exact"}


def test_a_table_that_keeps_its_noughts_has_none_to_put_back_before_a_finer_or_coarser_code() -> (
    None
):
    found = match_codes(["0111", "332"], ["0111", "033"])
    assert found["332"].kind == "no_link"  # and not a part of 033
    assert match_codes(["332"], ["0111", "033"])["332"].codes == ("033",)


def test_words_are_found_as_they_are_written_and_hold_no_code() -> None:
    known = ["2611", "2620", "未知", "computer"]
    found = match_codes(["其他", "…", "未知", "Computer", "computer chips"], known)
    assert [match.codes for match in found.values()] == [(), (), ("未知",), ("computer",), ()]
    words = ["制造业", "26", "2611", "C", "C26", "Chemicals", "computer", "computer chips"]
    assert whole_codes(words) == {"26": ("2611",), "C": ("C26",)}
    frame = table(**{"2611": 10, "2620": 8, "其他": 3})
    links = pl.DataFrame({"code_from": ["2611", "2620"], "code_to": ["A", "B"]})
    unknown = conversion(frame, links).tables["unconverted"]
    assert unknown.select("code", "value", "reason").rows() == [("其他", 3.0, "no_link")]


def test_a_code_that_links_know_by_several_levels_goes_to_those_directly_below() -> None:
    known = ["11", "111", "1111", "1112", "112", "12"]
    assert match_codes(["1"], known)["1"].codes == ("11", "12")


def test_where_a_level_in_between_is_missing_the_finer_codes_are_parts_of_the_coarser() -> None:
    rows_of_years = [
        (2000, "01", 20.0), (2000, "011", 15.0), (2000, "0111", 10.0),
        (2001, "01", 20.0), (2001, "0111", 10.0),
        (2002, "01", 20.0), (2002, "011", None), (2002, "0111", 10.0),
    ]  # fmt: skip
    frame = pl.DataFrame(rows_of_years, schema=["year", "code", "value"], orient="row")
    found = conversion(frame, LINKS)
    sums = found.table.group_by("year").agg(pl.col("value").sum()).sort("year")
    # what 01 has beyond 011 in 2000 is no part of the three codes of the links, which are all 011
    assert sums["value"].to_list() == pytest.approx([15, 20, 20])
    lost = rows(found, "unconverted", "code", "year", "value", "reason")
    assert lost == [("01", 2000, 5.0, "parts_fall_short"), ("011", 2002, None, "value_missing")]
    least = found.table.filter(code_to="A").sort("year")["least_value"]
    assert least.to_list() == [10.0, 10.0, 10.0]


def test_a_whole_beside_its_parts_gives_only_what_they_leave() -> None:
    found = conversion(table(**{"01": 20, "0111": 10, "0112": 8}), LINKS)
    # 2 are left, of the one code below that has no row of its own
    assert dict(rows(found, "converted", "code_to", "value")) == {"A": 16.0, "B": 2.0, "C": 2.0}
    assert said(found)["wholes"] == {"count": Count(1)}
    whole = conversion(table(**{"01": 18, "0111": 10, "0112": 8}), LINKS)
    assert dict(rows(whole, "converted", "code_to", "value")) == {"A": 16.0, "B": 2.0}
    apart = conversion(table(**{"01": 18, "0111": 10, "0112": 8}), LINKS, nested=False)
    assert sum(value for (value,) in rows(apart, "converted", "value")) == pytest.approx(36)


def test_groups_of_occupations_hold_their_occupations_though_noughts_fill_them_up() -> None:
    links = pl.DataFrame({"code_from": ["15-1251", "15-1252", "17-2141"], "code_to": list("ABC")})
    jobs = {"00-0000": 150, "15-0000": 100, "15-1251": 60, "15-1252": 30, "17-2141": 50}
    found = conversion(table(**jobs), links)
    assert dict(rows(found, "converted", "code_to", "value")) == {"A": 60.0, "B": 30.0, "C": 50.0}
    lost = rows(found, "unconverted", "code", "value", "reason")
    assert lost == [("00-0000", 150.0, "sum_of_all"), ("15-0000", 10.0, "parts_fall_short")]


def test_parts_that_exceed_their_whole_are_converted_and_the_whole_is_listed() -> None:
    found = conversion(table(**{"01": 5, "0111": 10, "0113": 3}), LINKS)
    assert dict(rows(found, "converted", "code_to", "value")) == {"A": 10.0, "C": 3.0}
    assert rows(found, "unconverted", "code", "value", "reason") == [("01", 5.0, "parts_exceed")]


def test_what_leads_nowhere_is_listed_with_its_reason() -> None:
    found = conversion(table(**{"0111": 10, "99": 2, "0113": None, "98": 12}), LINKS)
    assert rows(found, "unconverted", "code", "value", "reason") == [
        ("98", 12.0, "sum_of_all"),
        ("99", 2.0, "no_link"),
        ("0113", None, "value_missing"),
    ]
    assert said(found)["no_link"]["share"] == Share(2 / 12)


def test_concordances_are_chained_and_what_is_lost_on_the_way_is_told() -> None:
    then = pl.DataFrame({"code_from": ["A", "A", "C"], "code_to": ["x", "y", "y"]})
    found = conversion(table(**{"0111": 10, "0112": 8, "0113": 3}), LINKS, then=then)
    assert dict(rows(found, "converted", "code_to", "value")) == {"x": 8.0, "y": 11.0}
    assert rows(found, "unconverted", "code", "value", "reason") == [
        ("0112", 2.0, "lost_on_the_way")
    ]


def test_a_millionth_that_is_lost_on_the_way_is_listed() -> None:
    links = pl.DataFrame(
        {"code_from": ["01", "01"], "code_to": ["A1", "B1"], "weight": [1.0, 1e-7]}
    )
    then = pl.DataFrame({"code_from": ["A1"], "code_to": ["x"]})
    found = conversion(table(**{"01": 1e12}), links, then=then)
    whole = found.table["value"].sum() + found.tables["unconverted"]["value"].sum()
    assert whole == pytest.approx(1e12, rel=1e-12)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 4), st.floats(0.01, 5)), min_size=1, max_size=30
    ),
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 3), st.floats(0.01, 5)), min_size=1, max_size=12
    ),
    st.lists(st.floats(0, 1e6), min_size=10, max_size=10),
)
def test_values_are_kept_and_a_chain_is_the_product_of_its_matrices(
    first: list[tuple[int, int, float]],
    second: list[tuple[int, int, float]],
    values: list[float],
) -> None:
    one = np.zeros((10, 5))
    two = np.zeros((5, 4))
    for matrix, links in ((one, first), (two, second)):
        for row, column, weight in links:
            matrix[row, column] = weight
    if not (one.sum(axis=0) > 0) @ (two.sum(axis=1) > 0):
        return
    frames = [
        pl.DataFrame(
            [
                (f"{start}{row}", f"{end}{column}", float(matrix[row, column]))
                for row, column in zip(*np.nonzero(matrix), strict=True)
            ],
            schema=["code_from", "code_to", "weight"],
            orient="row",
        )
        for matrix, start, end in ((one, "a", "b"), (two, "b", "c"))
    ]
    frame = pl.DataFrame({"code": [f"a{row}" for row in range(10)], "value": values})
    found = conversion(frame, frames[0], then=frames[1])

    def scaled(matrix: np.ndarray) -> np.ndarray:
        total = matrix.sum(axis=1, keepdims=True)
        return np.divide(matrix, total, out=np.zeros_like(matrix), where=total > 0)

    expected = np.array(values) @ scaled(one) @ scaled(two)
    got = dict(rows(found, "converted", "code_to", "value"))
    for column, value in enumerate(expected):
        assert got.get(f"c{column}", 0.0) == pytest.approx(value, rel=1e-9, abs=1e-9)
    left = sum(value for (value,) in rows(found, "unconverted", "value"))
    assert sum(got.values()) + left == pytest.approx(sum(values), rel=1e-9, abs=1e-9)
    for least, value, most in rows(found, "converted", "least_value", "value", "most_value"):
        assert least <= value * (1 + 1e-9) and value <= most * (1 + 1e-9)


def test_places_and_years_are_kept_apart() -> None:
    frame = pl.DataFrame(
        {
            "place": ["n", "n", "s", "s"],
            "year": [2020, 2021, 2020, 2021],
            "code": ["0111", "0111", "0111", "0113"],
            "value": [1.0, 2.0, 3.0, 4.0],
        }
    )
    found = conversion(frame, LINKS)
    assert rows(found, "converted", "place", "year", "code_to", "value", "total_share") == [
        ("s", 2021, "C", 4.0, 1.0),
        ("n", 2021, "A", 2.0, 1.0),
        ("s", 2020, "A", 3.0, 1.0),
        ("n", 2020, "A", 1.0, 1.0),
    ]


def test_the_answer_is_of_the_last_year_in_which_anything_was_converted() -> None:
    frame = pl.DataFrame({"year": [2020, 2021], "code": ["0111", "0111"], "value": [3.0, 0.0]})
    found = conversion(frame, LINKS)
    assert found.said[0].code == "largest_in"
    assert found.said[0].values["year"] == Year(2020)


@pytest.mark.parametrize(
    ("frame", "then", "code"),
    [
        (table(**{"77": 1.0}), None, "nothing_links"),
        (
            table(**{"0111": 1.0}),
            pl.DataFrame({"code_from": ["Z9"], "code_to": ["x"]}),
            "chain_breaks",
        ),
    ],
)
def test_what_leads_nowhere_at_all_is_refused(
    frame: pl.DataFrame, then: pl.DataFrame | None, code: str
) -> None:
    with pytest.raises(InputError) as refused:
        conversion(frame, LINKS, then=then)
    assert refused.value.code == code


def test_metropolitan_jobs_by_naics_become_jobs_by_isic_and_none_is_lost(reference: Path) -> None:
    """Six levels in one table, sectors written as ranges, a total, and a newer revision's codes."""
    data = reference / "data"
    jobs = pl.read_csv(data / "places/new_york_industry_2018.csv.gz", infer_schema=False)
    metro = jobs.select(code="naics_code", value=pl.col("EMP").cast(pl.Float64))
    file = data / "classifications/official/NAICS2012_to_ISIC4.csv.gz"
    links = pl.read_csv(file, infer_schema=False).select(code_from="NAICS2012", code_to="ISIC4")
    found = conversion(metro, links)
    whole = dict(metro.iter_rows())["00"]
    reasons = found.tables["unconverted"]
    assert reasons.filter(pl.col("reason") == "sum_of_all")["code"].to_list() == ["00"]
    unlinked = reasons.filter(pl.col("reason") == "no_link")["value"].sum()
    assert found.table["value"].sum() + unlinked == pytest.approx(whole, rel=1e-12)
    assert 0 < unlinked / whole < 0.06
