"""China's provinces: who is recognised, and who is next to whom."""

from __future__ import annotations

from collections import Counter

import pytest

from firstlight.classifications.provinces import (
    NEIGHBOURS,
    province_links,
    provinces,
    provinces_of,
)

CHINESE = [province.name["zh"] for province in provinces().values()]
# land borders of each, as atlases and handbooks count them; islands have none
LAND = """北京 2 天津 2 河北 7 山西 4 内蒙古 8 辽宁 3 吉林 3 黑龙江 2 上海 2 江苏 4 浙江 5 安徽 6 福建 3 江西 6 山东 4
河南 6 湖北 6 湖南 6 广东 6 广西 4 海南 0 重庆 5 四川 7 贵州 5 云南 4 西藏 4 陕西 8 甘肃 6 青海 4 宁夏 3 新疆 3 台湾 0
香港 1 澳门 1"""
TIES = {frozenset(("广东", "海南")), frozenset(("福建", "台湾"))}


def pairs() -> list[frozenset[str]]:
    return [frozenset(pair) for pair in province_links(CHINESE) or []]


@pytest.mark.parametrize(
    "written",
    [
        [
            "北京市",
            "内蒙古自治区",
            "广西壮族自治区",
            "香港特别行政区",
            "台湾",
            "河北省",
            "西藏",
            "新疆",
        ],
        [
            "beijing",
            "Nei Mongol",
            "Guangxi",
            "Hongkong",
            "Taiwan",
            "Hebei Province",
            "Xizang",
            "新疆",
        ],
        ["11", "15", "45", "81", "71", "13", "54", "65"],
        ["110000", "150000", "450000", "810000", "710000", "130000", "540000", "650000"],
    ],
)
def test_names_in_two_languages_and_codes_are_the_same_provinces(written: list[str]) -> None:
    found = provinces_of(written)
    assert found is not None
    assert list(found.values()) == ["11", "15", "45", "81", "71", "13", "54", "65"]


def test_other_places_are_not_taken_for_provinces() -> None:
    assert provinces_of([*CHINESE[:10], "广州"]) is None
    assert provinces_of([*CHINESE[:10], "Beijing"]) is None  # one province twice
    assert provinces_of(CHINESE[:7]) is None
    assert province_links([*CHINESE[:10], "广州"]) is None


def test_each_province_has_as_many_land_borders_as_atlases_count() -> None:
    words = LAND.split()
    counted = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    assert list(counted) == CHINESE
    found = Counter(place for pair in pairs() if pair not in TIES for place in pair)
    assert {place: found[place] for place in CHINESE} == counted


def test_each_pair_stands_once_of_two_and_all_provinces_hang_together() -> None:
    assert len(pairs()) == len(set(pairs())) == len(set(pairs()) | TIES)
    assert all(len(pair) == 2 for pair in pairs())
    reached = {"北京"}
    while more := {place for pair in pairs() if pair & reached for place in pair} - reached:
        reached |= more
    assert reached == set(CHINESE)


def test_only_the_two_islands_are_tied_across_a_strait() -> None:
    letters = {province.letters: province.name["zh"] for province in provinces().values()}
    lines = [line.split(",") for line in NEIGHBOURS.read_text(encoding="utf-8").splitlines()[1:]]
    tied = {frozenset((letters[one], letters[other])) for one, other, by in lines if by != "land"}
    assert tied == TIES


def test_some_provinces_have_the_links_among_themselves_under_the_names_of_the_table() -> None:
    written = ["北京市", "Tianjin", "130000", "14", "内蒙古", "辽宁", "吉林", "海南省"]
    places = {frozenset(pair) for pair in province_links(written) or []}
    assert frozenset(("北京市", "Tianjin")) in places and frozenset(("14", "内蒙古")) in places
    assert not any("海南省" in pair for pair in places) and len(places) == 10
