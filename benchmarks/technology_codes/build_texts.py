"""Writes what speaks for each code of the lists that ship, from the official publications:
python -m benchmarks.technology_codes.build_texts [FOLDER]

FOLDER holds the classifications, as the data beside the repository do.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from firstlight.instruments.concordance.technology_codes.coded_texts import (
    LISTS,
    TEXTS,
    own_titles,
)

FOLDER = Path("../shared/data/classifications")
LEAST = 4  # letters of a text
MOST = 25  # texts of a code, besides its titles
CROSS_REFERENCE = r"\([^()]*[A-H]\d\d[A-Z][^()]*\)"


def build(folder: Path) -> pl.DataFrame:
    """The texts: classification, code, text."""
    parts = {
        "isic4": _industries(folder),
        "cpc": _patents(folder),
        "hs2022": _products(folder),
        "soc": _occupations(folder),
    }
    texts = [
        frame.select(classification=pl.lit(name), code="code", text="text")
        for name, frame in parts.items()
    ]
    own = pl.concat(own_titles(name) for name in LISTS).select("classification", "code", "text")
    listed = own.select("classification", "code").unique()
    cleaned = pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars(" -–•")
    return (
        pl.concat(texts)
        .with_columns(cleaned)
        .filter(pl.col("text").str.len_chars() >= LEAST)
        .unique(maintain_order=True)
        .join(own, on=["classification", "code", "text"], how="anti", maintain_order="left")
        .join(listed, on=["classification", "code"], how="semi", maintain_order="left")
        .group_by("classification", "code", maintain_order=True)
        .head(MOST)
        .sort("classification", "code", maintain_order=True)
    )


def _industries(folder: Path) -> pl.DataFrame:
    official = folder / "official"
    to_isic = pl.read_parquet(official / "NACE2_to_ISIC4.parquet").select(
        nace="NACE2", code="ISIC4"
    )
    nace = pl.read_parquet(official / "NACE2.parquet").rename({"code": "nace"})
    classes = to_isic.filter(pl.col("code").str.len_chars() == 4)
    named = classes.join(nace, on="nace", maintain_order="left")
    notes = named.select("code", text=pl.col("notes").str.split("\n")).explode("text")
    products = [
        pl.read_parquet(official / f"{name}.parquet").select(
            nace=pl.col("code").str.slice(0, 5), text="title"
        )
        for name in ("CPA2.1", "PRODCOM2015")
    ]
    by_product = classes.join(pl.concat(products), on="nace", maintain_order="left_right")
    central = pl.read_parquet(official / "CPC2.1.parquet").select(product="code", text="title")
    by_central = (
        pl.read_parquet(official / "ISIC4_to_CPC2.1.parquet")
        .select(code="ISIC4", product="CPC2.1")
        .filter(pl.col("code").str.len_chars() == 4)
        .join(central, on="product", maintain_order="left")
    )
    naics = pl.read_parquet(official / "NAICS2012.parquet").select(naics="code", text="title")
    by_naics = (
        pl.read_parquet(official / "NAICS2012_to_ISIC4.parquet")
        .select(naics="NAICS2012", code="ISIC4")
        .filter((pl.col("code").str.len_chars() == 4) & (pl.col("naics").str.len_chars() == 6))
        .join(naics, on="naics", maintain_order="left")
    )
    said = notes.filter(~pl.col("text").str.starts_with("This class"))
    frames = (named.select("code", text="title"), said, by_naics, by_central, by_product)
    return pl.concat(frame.select("code", "text") for frame in frames).drop_nulls()


def _patents(folder: Path) -> pl.DataFrame:
    scheme = pl.read_parquet(folder / "cpc_to_main_group.parquet")
    green = pl.read_parquet(folder / "cpc_green_y02_y04s.parquet")
    kinds = ["subclass", "main_group", "group"]
    return (
        pl.concat([scheme, green], how="diagonal")
        .filter(pl.col("kind").is_in(kinds))
        .select(
            code=pl.col("symbol").str.slice(0, 4),
            text=pl.col("title")
            .str.replace_all(CROSS_REFERENCE, "")
            .str.replace_all(r"[{}]", " ")
            .str.to_lowercase(),
        )
    )


def _products(folder: Path) -> pl.DataFrame:
    goods = pl.read_parquet(folder / "hs2022.parquet")
    return goods.filter(pl.col("hscode").str.contains(r"^(\d{4}|\d{6})$")).select(
        code=pl.col("hscode").str.slice(0, 4), text="description"
    )


def _occupations(folder: Path) -> pl.DataFrame:
    occupations = folder / "occupations"
    described = pl.read_parquet(occupations / "occupation_data.parquet")
    tools = [
        pl.read_parquet(occupations / f"{name}.parquet").select(
            code="O*NET-SOC Code", text="Commodity Title"
        )
        for name in ("technology_skills", "tools_used")
    ]
    own = described.select(code="O*NET-SOC Code", text="Description")
    return pl.concat([own, *tools])


if __name__ == "__main__":
    found = build(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    found.write_parquet(TEXTS, compression="zstd", compression_level=19, statistics=False)
    print(found.group_by("classification").len().sort("classification"))
