"""Names that ship: technologies in English and Chinese, and industries by their classification."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

from firstlight.instruments.concordance.code_lists import code_list

NAMES = "classifications/technology_names.csv"
# written for the concordance of technologies and codes; no pair stands in both
LABELLED = "instruments/concordance/technology_codes/labelled.csv"


@cache
def known_pairs() -> pl.DataFrame:
    """English names with their Chinese ones: name_en, name_zh, is_technology.

    Labelled acronyms are left out: there FDA is an agency, elsewhere functional data analysis.
    """
    package = files("firstlight")
    names, labelled = (
        pl.read_csv(package.joinpath(table).read_bytes(), infer_schema=False)
        for table in (NAMES, LABELLED)
    )
    name = pl.col("name_en")
    is_acronym = ~name.str.contains(r"\s") & (
        name.str.count_matches(r"[A-Z0-9]") >= name.str.count_matches(r"[a-z]")
    )
    is_technology = pl.col("subject") == "technology"
    columns = ["name_en", "name_zh", "is_technology"]
    both = (
        names.with_columns(is_technology=pl.lit(True)).select(columns),
        labelled.filter(~is_acronym).with_columns(is_technology=is_technology).select(columns),
    )
    return pl.concat(both).filter(pl.col("name_zh").str.contains(r"\p{Han}"))


@cache
def industries() -> pl.DataFrame:
    """English names of industries with their Chinese ones: name_en, name_zh (GB/T 4754)."""
    return code_list("gbt4754").select("name_en", "name_zh")
