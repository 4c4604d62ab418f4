"""No reading of a code is silently wrong: 1,000 made-up tables with known values, with lost noughts,
points or none, ranges, several levels, totals, letters and codes that were taken for numbers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from made_up_codes import WARNINGS, classifications, made_up_table, outcome

from firstlight.concordance import conversion
from firstlight.errors import InputError
from firstlight.instruments.concordance.code_conversion.code_matching import match_codes
from firstlight.instruments.concordance.code_lists import code_list

ISIC = code_list("isic4")["code"].to_list()
LONG = ["2610", "2620", "2630", "2640", "2651", "2652", "2660", "2670", "2680", "2710"]


def outcomes(reference: Path, seeds: range) -> Counter[str]:
    known = classifications(reference)
    found = Counter[str]()
    for seed in seeds:
        of = known[list(known)[seed % len(known)]]
        found[outcome(of, made_up_table(of, seed))] += 1
    return found


def test_none_of_150_made_up_tables_is_silently_wrong(reference: Path) -> None:
    found = outcomes(reference, range(150))
    assert found.keys() <= {"right", "told", "refused"}
    assert found["right"] > 90  # and those that are right are most of them


@pytest.mark.slow
def test_none_of_1000_made_up_tables_is_silently_wrong(reference: Path) -> None:
    found = outcomes(reference, range(1000))
    assert found.keys() <= {"right", "told", "refused"}
    assert found["right"] > 650


@pytest.mark.parametrize("others", [[], LONG[:1], LONG[:9], LONG, ["0112"]])
def test_one_code_restored_means_all_and_how_many_are_long_decides_nothing(
    others: list[str],
) -> None:
    codes = ["111", "141", "142", "161", "810", *others]
    frame = pl.DataFrame({"code": codes, "value": [1.0] * len(codes)})
    found = conversion(frame, pl.DataFrame({"code_from": ISIC, "code_to": ISIC}))
    read = dict(found.tables["routes"].select("code", "code_to").iter_rows())
    first = found.said[0]
    assert read == {code: code.zfill(4) for code in codes}
    assert first.code == "noughts_assumed"
    assert [item.value for item in dict(first.values)["codes"].value] == [
        "0141 (141)",
        "0142 (142)",
        "0161 (161)",
    ]


def test_codes_of_two_levels_with_lost_noughts_are_set_aside_by_name() -> None:
    codes = ["111", "141", "261", "2610"]
    frame = pl.DataFrame({"code": codes, "value": [1.0, 2.0, 9.0, 4.0]})
    found = conversion(frame, pl.DataFrame({"code_from": ISIC, "code_to": ISIC}))
    assert found.tables["unconverted"].rows() == [("141", 2.0, "two_readings")]
    assert dict(found.table.select("code_to", "value").iter_rows()) == {
        "0111": 1.0,
        "261": 5.0,
        "2610": 4.0,
    }
    assert found.said[0].code == "two_readings"


def test_a_column_that_keeps_its_noughts_or_shows_no_loss_is_read_as_written() -> None:
    kept = match_codes(["011", "141", "0111"], ISIC)
    assert (kept["141"].codes, kept["141"].other) == (("141",), "")
    groups = match_codes(["14", "141", "261", "2610"], ISIC)
    assert (groups["141"].codes, groups["141"].other) == (("141",), "0141")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1.41", "01.41"),
        ("14.1", "14.1"),
        ("1-3", "01-03"),
        ("9–12", "9–12"),
        ("10-33", "10-33"),
        ("10T12", "10T12"),
        ("10+11", "10+11"),
    ],
)
def test_points_ranges_and_lists_are_never_other_codes(written: str, read: str) -> None:
    """10-33, all of manufacturing, went to 10.3, fruit; 10+11 to 10.11, meat; 1.41 to 14.1."""
    nace = ["01", "01.1", "01.11", "01.4", "01.41", "02", "03", "09", "10", "10.1", "10.11", "10.3"]
    nace += ["10.33", "11", "12", "14", "14.1", "14.11", "26", "26.1", "26.11", "33"]
    match = match_codes([written, "26", "26.11", "2.9"], nace)[written]
    assert match.read_as == read
    assert match.kind in ("exact", "nought_restored") or set(match.codes) <= {
        *("01", "02", "03"),
        *("09", "10", "11", "12", "14", "26", "33"),
    }


def test_a_total_that_is_a_code_as_well_is_left_out_by_its_sum_or_by_its_name() -> None:
    links = pl.DataFrame({"code_from": ISIC, "code_to": ISIC})
    codes, values = ["A", "C", "T", "26"], [3.0, 7.0, 10.0, 5.0]
    by_sum = conversion(pl.DataFrame({"code": codes[:3], "value": values[:3]}), links)
    assert by_sum.tables["unconverted"].rows() == [("T", 10.0, "sum_of_all")]
    for sign in ("0", "T"):
        frame = pl.DataFrame({"code": [sign, "01", "26"], "value": [99.0, 3.0, 7.0]})
        by_name = conversion(frame, links)
        assert by_name.tables["unconverted"].rows() == [(sign, 99.0, "two_readings")]
    beside = conversion(pl.DataFrame({"code": codes, "value": [3.0, 7.0, 1.0, 5.0]}), links)
    assert beside.said[0].code == "sections_beside"


def test_a_remainder_goes_to_the_parts_that_have_no_row_in_its_place() -> None:
    links = pl.DataFrame({"code_from": ["0111", "0112", "0113"], "code_to": ["A", "B", "C"]})
    cells = [("n", "01", 20.0), ("n", "0111", 12.0), ("s", "01", 9.0), ("s", "0112", 3.0)]
    frame = pl.DataFrame(cells, schema=["place", "code", "value"], orient="row")
    found = conversion(frame, links).table.sort("place", "code_to")
    assert found.select("place", "code_to", "value", "least_value", "most_value").rows() == [
        ("n", "A", 12.0, 12.0, 12.0),
        ("n", "B", 4.0, 0.0, 8.0),
        ("n", "C", 4.0, 0.0, 8.0),
        ("s", "A", 3.0, 0.0, 6.0),
        ("s", "B", 3.0, 3.0, 3.0),
        ("s", "C", 3.0, 0.0, 6.0),
    ]


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_an_unlinked_code_beside_zeros_is_told_in_words(value: float) -> None:
    links = pl.DataFrame({"code_from": ["01"], "code_to": ["A"]})
    frame = pl.DataFrame({"code": ["01", "77", "78"], "value": [0.0, 0.0, value]})
    found = conversion(frame, links)
    assert "77" in found.summary() and "77" in found.summary("zh")
    assert "no_link" in {message.code for message in found.said}


def test_a_column_of_which_nothing_can_be_read_is_told_and_a_share_of_it_refused() -> None:
    from firstlight.concordance import definition_share

    frame = pl.DataFrame({"code": ["111", "210", "261", "2610"], "value": [1.0, 2.0, 3.0, 1.0]})
    with pytest.raises(InputError) as refused:  # 210 is 0210, forestry, or 21.0, medicines
        definition_share(frame)
    assert refused.value.code == "two_readings"
    assert {"two_readings"} <= WARNINGS
