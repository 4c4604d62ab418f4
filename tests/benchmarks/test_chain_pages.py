"""The pages on China's tables and on the chain of chips: figures again, from the published files by
definition."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.chains.china_tables import FILES, sectors_of
from benchmarks.chains.chips import chip_tables

ROOT = Path(__file__).resolve().parents[2]


def page(name: str) -> list[str]:
    path = ROOT / "docs" / "replications" / f"{name}.md"
    return path.read_text(encoding="utf-8").splitlines()


def test_every_code_of_a_table_has_a_sector_and_all_sectors_a_code() -> None:
    """Lists of 122, 42, 135, 41, 139, 42 and 42 codes, each of which counts from 1 without a
    gap."""
    for columns in dict.fromkeys(FILES[min(year, 2017)] for year in FILES):
        found = sectors_of(columns)
        count = int(columns.partition("_")[2])
        assert sorted(found) == [str(k).zfill(len(str(count))) for k in range(1, count + 1)]
        assert len(set(found.values())) == 25


def test_figures_of_2020_by_dense_matrices(shared: Path) -> None:
    """Backward linkages, and what exports hold of imports by the published table: from the file's
    numbers, with numpy alone."""
    with (shared / "data/io/china_2020_42.csv").open(encoding="utf-8-sig") as file:
        head, *body = list(csv.reader(file))
    named = dict(sorted(sectors_of("2017_42").items()))
    names = sorted(set(named.values()))
    adds = np.array([[name == own for own in named.values()] for name in names], float)
    flows = np.array([row[4:46] for row in body[:84]], float)
    exports = np.array([row[head.index("EX")] for row in body[:84]], float)
    used = np.array([row[head.index("TIU")] for row in body[:84]], float)
    final = np.array([row[head.index("TFU")] for row in body[:84]], float)
    output = adds @ np.array([row[head.index("GO")] for row in body[:42]], float)
    home, abroad = (adds @ flows[k : k + 42] @ adds.T for k in (0, 42))
    goods = adds @ exports[:42]
    content = (abroad / output).sum(axis=0) @ np.linalg.inv(np.eye(25) - home / output)
    bought = adds @ (used[42:] + final[42:])
    served = adds @ (used[:42] + used[42:] + final[:42] + final[42:]) - goods - adds @ exports[42:]
    share = bought / served
    inverse = np.linalg.inv(np.eye(25) - (1 - share)[:, None] * (home + abroad) / output)
    backward = inverse.sum(axis=0) / inverse.sum(axis=0).mean()
    lines = page("china_tables")
    for name, figure in zip(names, backward, strict=True):
        row = next(line for line in lines if line.startswith(f"| {name} |"))
        assert row.split(" | ")[5] == f"{figure:.2f}", name
    last = next(line for line in reversed(lines) if line.startswith("| 2020 |"))
    assert last.split(" | ")[2] == f"{content @ goods / goods.sum():.1%}"


def test_what_stops_without_a_country_by_walking_the_chain(shared: Path) -> None:
    """An input stops where the country's least share is the heading's or more; what it goes into
    stops, too, but for the finished chip, which stops with the last of its designs. No provider's
    name is on the page."""
    needs, held = chip_tables(shared / "data/chips")
    rows = needs.rows()
    least = held.filter(pl.col("provider").is_null()).group_by("input", "country")
    shares = {row[:2]: row[2] for row in least.agg(pl.col("share").max()).rows()}
    firms = held.drop_nulls("provider").group_by("input", "country").agg(pl.col("share").sum())
    for name, country, share in firms.rows():
        shares[name, country] = max(share, shares.get((name, country)) or 0)
    lines = page("chips")
    head = lines.index("| country | 50% | 75% | 90% | 100% |")
    designs = {one for one, _, other in rows if other}
    for line in lines[head + 2 : lines.index("", head)]:
        country, *told = (cell.strip() for cell in line.strip("|").split("|"))
        for share, said in zip((0.5, 0.75, 0.9, 1.0), told, strict=True):
            gone = {
                one
                for (one, of), part in shares.items()
                if of == country and part is not None and part >= share - 1e-9
            }
            stopped = set[str]()
            for _ in rows:
                at = gone | stopped
                stopped |= {other for one, other, mark in rows if one in at and not mark}
                stopped |= {rows[-1][1]} if designs <= at else set()
            is_final = rows[-1][1] in stopped
            assert said == (str(len(stopped)) if is_final else ""), (country, share)
    text = "\n".join(lines)
    names = [name for name in held["provider"].drop_nulls().unique() if len(name) > 2]
    assert len(names) > 150
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)]
