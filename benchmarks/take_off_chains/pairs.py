"""Draws the pairs of the record: python -m benchmarks.take_off_chains.pairs TABLE FOLDER

TABLE  : China's input-output table of 2020 with 42 sectors
FOLDER : where pairs.csv (names alone, shuffled) is written

Technologies are the 121st to 190th of the two corpora that ship, at the end of 2016 (arXiv) and of
2024 (conferences); those before had been drawn for the fit. Inputs are those of `goods_chain.csv`
that no pair of the fit has. 45 pairs with inputs and 45 with sectors are drawn by strata of how
surely the technology belongs to an industry that buys the good at all (2% of its output): .5 or
more, .1 to .5, and below; 30 of the inputs are such that a chain ends with. Ten more pairs are with
a sector to which the technology belongs with .4 or more. Whoever labels sees names alone.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

import firstlight
from firstlight.instruments.chains.io_table import IOTable, table_of
from firstlight.instruments.concordance.plan_check.written_names import written
from firstlight.instruments.concordance.technology_codes.coded_technologies import technology_codes
from firstlight.joins.sector_codes import sector_codes
from firstlight.joins.table_requirements import requirements_of
from firstlight.joins.take_offs_by_chain.technology_needs import inputs_of_sectors, names_alike
from firstlight.schema import Data

MAPPING = Path(__file__).with_name("china_42_gbt4754.csv")
GOODS = Path(__file__).with_name("goods_chain.csv")
BEFORE, DRAWN, LEAST_BOUGHT = 120, 70, 0.02
SEED, SEED_OF_OWN, OWN, OWN_COUNT = 2027, 2028, 0.4, 10
STRATA = ((0.5, 1.01), (0.1, 0.5), (-0.01, 0.1))
OF_STRATA = {"last": (12, 12, 6), "earlier": (5, 5, 5), "sector": (15, 15, 15)}
OBSERVED = {"arxiv": 2016, "conferences": 2024}
Floats = NDArray[np.float64]


def technologies(folder: Path, first: int, count: int) -> tuple[list[str], dict[str, list[str]]]:
    """Names of each corpus from a rank on, and their forms."""
    names, forms = [], {}
    for corpus, year in OBSERVED.items():
        seen = firstlight.observe(corpus=corpus, as_of=year, project=folder / corpus)
        table = seen.table.filter(pl.col("probability").is_not_null(), pl.col("same_as").is_null())
        own = table.sort("rank").slice(first, count).select("technology_id", "name")
        names += own["name"].to_list()
        spoken = own.join(seen.tables["forms"], on="technology_id").select("name", "form")
        for name, form in spoken.sort("name", "form").iter_rows():
            forms.setdefault(name, []).append(form)
    return list(dict.fromkeys(names)), forms


def cells(file: Path) -> tuple[IOTable, list[str]]:
    """The table, and the names of its sectors."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        head, *rows = csv.reader(opened)
    parts = [
        (row[0], user, row[3], float(value))
        for row in rows
        for user, value in zip(head[4:], row[4:], strict=True)
        if value not in ("", "NA")
    ]
    schema = ["supplier", "user", "origin", "value"]
    table = table_of(pl.DataFrame(parts, schema=schema, orient="row"))
    named = {row[0]: row[1] for row in rows}
    return table, [named[code] for code in table.sectors]


def codes(names: list[str], forms: dict[str, list[str]]) -> pl.DataFrame:
    """technology, code, probability, in GB/T 4754."""
    asked = pl.DataFrame({"technology": names, "forms": [forms.get(name, []) for name in names]})
    return technology_codes(asked, "gbt4754")


def shared_words(name: str, forms: list[str], other: str) -> bool:
    """Whether a name or form shares a word with another: the simplest rule."""
    own = {word for each in (name, *forms) for word in written(each).core}
    return bool(own & set(written(other).core))


def coded_sectors(table: IOTable) -> pl.DataFrame:
    """sector, code, share: which classes of GB/T 4754 the sectors hold."""
    mapping = pl.read_csv(MAPPING, infer_schema=False)
    mapping = mapping.with_columns(share=pl.lit(None, pl.Float64))
    return sector_codes(table.sectors, {}, {"sectors": Data(mapping)})


def bought_at_all(of_technologies: Floats, direct: Floats) -> Floats:
    """(technologies, sectors), how surely a technology belongs to an industry that is the sector or
    buys of it: what was stated as the need before."""
    buys = (direct >= LEAST_BOUGHT) | np.eye(len(direct), dtype=np.bool_)
    return np.asarray(np.clip(of_technologies @ buys.T.astype(float), 0, 1))


def main(file: Path, folder: Path) -> None:
    """Write the pairs."""
    folder.mkdir(parents=True, exist_ok=True)
    earlier, _ = technologies(folder, 0, BEFORE)
    names, forms = technologies(folder, BEFORE, DRAWN)
    names = [name for name in names if name not in set(earlier)]
    table, titles = cells(file)
    coded = coded_sectors(table)
    chain = pl.read_csv(GOODS).filter(part="read")
    inputs = pl.concat([chain["input"], chain["product"]]).unique().sort().to_list()
    is_last = ~np.isin(inputs, chain["input"].to_list())
    q = inputs_of_sectors(codes(names, forms), coded, names, table.sectors)
    r = inputs_of_sectors(codes(inputs, {}), coded, inputs, table.sectors)
    of_sectors = bought_at_all(q, requirements_of(table).direct_all)
    alike = names_alike(names, forms, inputs)
    of_inputs = 1 - (1 - np.clip(of_sectors @ r.T, 0, 1)) * (1 - alike)
    known = q.sum(axis=1, keepdims=True) > 0
    every = np.ones(len(titles), np.bool_)
    groups = (
        ("last", "input", of_inputs, inputs, is_last),
        ("earlier", "input", of_inputs, inputs, ~is_last),
        ("sector", "sector", of_sectors, titles, every),
    )
    random = np.random.default_rng(SEED)
    rows = []
    for group, kind, score, others, is_of in groups:
        for (low, high), count in zip(STRATA, OF_STRATA[group], strict=True):
            at = np.argwhere((score >= low) & (score < high) & known & is_of)
            for one, other in at[random.permutation(len(at))[:count]].tolist():
                rows.append((kind, names[one], others[other]))
    drawn = [rows[at] for at in random.permutation(len(rows))]
    own = [("sector", names[one], titles[at]) for one, at in np.argwhere(q >= OWN).tolist()]
    fresh = [row for row in own if row not in set(rows)]
    order = np.random.default_rng(SEED_OF_OWN).permutation(len(fresh))
    drawn += [fresh[at] for at in order[:OWN_COUNT]]
    pairs = pl.DataFrame(drawn, schema=["kind", "technology", "needed"], orient="row")
    pairs.with_row_index("pair", offset=309).write_csv(folder / "pairs.csv")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
