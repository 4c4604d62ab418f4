"""The page on gaps between China's provinces: figures again, from the published files by
definition."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import numpy as np
from benchmarks.disparity.province_tables import REGIONS, links

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "replications" / "province_gaps.md"


def amounts(folder: Path, file: str, variable: str, year: str) -> dict[str, float]:
    """Province, by its Chinese name -> amount."""
    with (folder / f"techme_{file}.csv").open(encoding="utf-8") as lines:
        return {
            row["province"]: float(row["value"])
            for row in csv.DictReader(lines)
            if (row["variables"], row["year"]) == (variable, year) and row["province"] != "全国"
        }


def test_provinces_have_the_neighbours_and_regions_that_they_have() -> None:
    """Inner Mongolia and Shaanxi have eight neighbours each, the most of all; all 31 hang
    together, and each is in one region."""
    near: dict[str, set[str]] = {}
    for place, other in links().rows():
        near.setdefault(place, set()).add(other)
    counts = {place: len(others) for place, others in near.items()}
    assert {place for place, count in counts.items() if count == max(counts.values())} == {
        *("Inner Mongolia", "Shaanxi"),
    }
    assert max(counts.values()) == 8 and near["Hainan"] == {"Guangdong"} and len(near) == 31
    reached = {"Beijing"}
    for _ in near:
        reached |= {other for place in reached for other in near[place]}
    assert reached == set(near)
    codes = " ".join(REGIONS.values()).split()
    assert len(codes) == len(set(codes)) == 31


def test_gini_and_moran_of_2023_by_their_definitions(reference: Path) -> None:
    """The budget's share for science and technology, over all pairs of provinces."""
    folder = reference / "data" / "provinces"
    science = amounts(folder, "PublicBudget", "v6_cz_yszc_kxjs", "2023")
    whole = amounts(folder, "PublicBudget", "v6_cz_yszc_hj", "2023")
    with (ROOT / "src/firstlight/classifications/provinces.csv").open(encoding="utf-8") as lines:
        named = {row["name_zh"]: row["name_en"] for row in csv.DictReader(lines)}
    shares = {named[name]: science[name] / whole[name] for name in science}
    values = list(shares.values())
    mean = sum(values) / 31
    gini = sum(abs(a - b) for a, b in product(values, values)) / (2 * 31**2 * mean)
    near = set(links().rows())
    count = {place: sum(one == place for one, _ in near) for place in shares}
    crossed = sum((shares[one] - mean) * (shares[other] - mean) / count[one] for one, other in near)
    moran = crossed / np.sum((np.array(values) - mean) ** 2)
    text = PAGE.read_text(encoding="utf-8")
    label = "| share of science and technology in the public budget | "
    part = text.partition("Share of science and technology in the public budget:")[2]
    row = next(line for line in part.splitlines() if line.startswith("| 2023 |"))
    assert row.split(" | ")[1] == f"{gini:.3f}"
    lines = text.partition("## Neighbours")[2].splitlines()
    row = next(line for line in lines if line.startswith(label))
    assert row.split(" | ")[4].split()[0] == f"{moran:.2f}"
