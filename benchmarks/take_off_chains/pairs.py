"""Draws the pairs of the record: python -m benchmarks.take_off_chains.pairs CHIPS TABLE FOLDER

CHIPS  : the folder of the advanced-chip chain (Emerging Technology Observatory, CC BY-NC)
TABLE  : China's input-output table of 2020 with 42 sectors
FOLDER : where pairs.csv (names alone, shuffled), order.csv and scores.csv are written

Technologies are the first fifty of the two corpora that ship, at the end of 2016 (arXiv) and of
2024 (conferences). Half of the pairs are with inputs of the chain, half with sectors of the table;
of each half a third has a probability of .5 or more, a third of .1 to .5, and a third below, among
which decoys are. Whoever labels sees names alone.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import polars as pl

import firstlight
from firstlight.instruments.chains.io_table import IOTable, table_of
from firstlight.instruments.concordance.plan_check.written_names import written
from firstlight.instruments.concordance.technology_codes.coded_technologies import technology_codes
from firstlight.joins.sector_codes import sector_codes
from firstlight.joins.table_requirements import requirements_of
from firstlight.joins.take_offs_by_chain.technology_needs import (
    input_needs,
    inputs_of_sectors,
    names_alike,
)
from firstlight.schema import Data

MAPPING = Path(__file__).with_name("china_42_gbt4754.csv")
FIRST, SEED, LEAST_NEED = 50, 2024, 0.02
STRATA = ((0.5, 1.01), (0.1, 0.5), (-0.01, 0.1))
OBSERVED = {"arxiv": 2016, "conferences": 2024}


def technologies(folder: Path) -> tuple[list[str], dict[str, list[str]]]:
    """The first fifty names of each corpus, and their forms."""
    names, forms = [], {}
    for corpus, year in OBSERVED.items():
        seen = firstlight.observe(corpus=corpus, as_of=year, project=folder / corpus)
        table = seen.table.filter(pl.col("probability").is_not_null(), pl.col("same_as").is_null())
        own = table.sort("rank").head(FIRST).select("technology_id", "name")
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


def main(chips: Path, file: Path, folder: Path) -> None:
    """Write the pairs, their order and their scores."""
    folder.mkdir(parents=True, exist_ok=True)
    names, forms = technologies(folder)
    table, titles = cells(file)
    mapping = pl.read_csv(MAPPING, infer_schema=False)
    mapping = mapping.with_columns(share=pl.lit(None, pl.Float64))
    coded = sector_codes(table.sectors, {}, {"sectors": Data(mapping)})
    needs = requirements_of(table).direct_all >= LEAST_NEED
    links = codes(names, forms)
    q = inputs_of_sectors(links, coded, names, table.sectors)
    inputs = (
        pl.read_csv(chips / "inputs.csv", encoding="utf8")["input_name"].unique().sort().to_list()
    )
    r = inputs_of_sectors(codes(inputs, {}), coded, inputs, table.sectors)
    of_inputs, _ = input_needs(q, r, needs, names_alike(names, forms, inputs))
    of_sectors, _ = input_needs(q, np.eye(len(titles)), needs, np.zeros((len(names), len(titles))))
    unknown = q.sum(axis=1) == 0
    random = np.random.default_rng(SEED)
    rows = []
    for kind, score, others in (("input", of_inputs, inputs), ("sector", of_sectors, titles)):
        for (low, high), count in zip(STRATA, (17, 17, 16), strict=True):
            at = np.argwhere((score >= low) & (score < high) & ~unknown[:, None])
            for one, other in at[random.permutation(len(at))[:count]].tolist():
                word = shared_words(names[one], forms.get(names[one], []), others[other])
                rows.append((kind, names[one], others[other], float(score[one, other]), word))
    order = random.permutation(len(rows))
    pairs = pl.DataFrame(
        [rows[at] for at in order],
        schema=["kind", "technology", "needed", "probability", "shares_word"],
        orient="row",
    ).with_row_index("pair", offset=1)
    pairs.select("pair", "kind", "technology", "needed").write_csv(folder / "pairs.csv")
    pairs.select("pair", "probability", "shares_word").write_csv(folder / "scores.csv")
    again = pairs.select("pair", "kind", "technology", "needed")
    again[random.permutation(len(rows)).tolist()].write_csv(folder / "order.csv")
    shares = {"unknown": int(unknown.sum()), "technologies": len(names), "inputs": len(inputs)}
    sys.stdout.write(f"{shares}\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
