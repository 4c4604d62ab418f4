"""Tables of China's 31 provinces: sizes, intensities, indicators of an index, land borders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from firstlight.classifications.provinces import province_links, provinces

REGIONS: Mapping[str, str] = {
    "East": "BJ TJ HE SH JS ZJ FJ SD GD HI",
    "Centre": "SX AH JX HA HB HN",
    "West": "NM GX CQ SC GZ YN XZ SN GS QH NX XJ",
    "Northeast": "LN JL HL",
}
NO_FIGURES = ("Taiwan", "Hong Kong", "Macao")  # in the tables that are measured
# indicator of the declarations -> file, variable
FILLED: Mapping[str, tuple[str, str]] = {
    "rd_expenditure_firms": ("IndustryRD", "v4_cy_RDhd_nbzc"),
    "invention_patents": ("IndustryRD", "v4_cy_qyzl_yxs"),
    "basic_research": ("RDActivity", "v4_zh_nbzc_jcyj"),
    "rd_expenditure": ("RDActivity", "v4_zh_nbzc_hj"),
    "rd_total": ("RDActivity", "v4_zh_nbzc_hj"),
    "technology_sold": ("MarketPush", "v4_cg_jssc_je"),
    "technology_bought": ("MarketPull", "v4_cg_jssr_je"),
    "high_technology_revenue": ("IndustryOperation", "v4_cy_scjy_zyyw"),
    "high_technology_firms": ("IndustryOperation", "v4_cy_scjy_qys"),
    "high_technology_profit": ("IndustryOperation", "v4_cy_scjy_lrze"),
    "new_product_sales": ("IndustryRD", "v4_cy_xcp_xssr"),
    "science_budget": ("PublicBudget", "v6_cz_yszc_kxjs"),
    "education_budget": ("PublicBudget", "v6_cz_yszc_jy"),
    "budget": ("PublicBudget", "v6_cz_yszc_hj"),
    "high_technology_investment": ("IndustryRD", "v4_cy_cytz_tzze"),
    "rd_personnel_firms": ("IndustryRD", "v4_cy_RDhd_qsdl"),
}


def published(folder: Path) -> pl.DataFrame:
    """A row for each unit (province), year and indicator: its value in the published unit."""
    named, parts = {own.name["zh"]: own.name["en"] for own in provinces().values()}, []
    for code, (file, variable) in FILLED.items():
        rows = pl.read_csv(
            folder / f"techme_{file}.csv", null_values="NA", infer_schema_length=None
        )
        own = rows.filter(pl.col("variables") == variable, pl.col("province").is_in(list(named)))
        parts.append(
            own.select(
                unit=pl.col("province").replace_strict(named),
                year="year",
                indicator=pl.lit(code),
                value=pl.col("value").cast(pl.Float64),
            )
        )
    return pl.concat(parts).drop_nulls("value").sort("unit", "year", "indicator")


def intensities(folder: Path) -> pl.DataFrame:
    """A row for each province and year from 2010 to 2023, with its group: R&D expenditure per yuan
    of the public budget, and the budget's share for science and technology."""
    letters = {own.letters: own.name["en"] for own in provinces().values()}
    group = {letters[code]: region for region, codes in REGIONS.items() for code in codes.split()}
    return (
        published(folder)
        .pivot(on="indicator", index=["unit", "year"], values="value")
        .sort("unit", "year")
        .drop_nulls(["rd_expenditure", "budget"])
        .select(
            "unit",
            "year",
            pl.col("unit").replace_strict(group).alias("group"),
            "rd_expenditure",
            "technology_sold",
            rd_per_budget=pl.col("rd_expenditure") / 1e4 / pl.col("budget"),
            science_share=pl.col("science_budget") / pl.col("budget"),
        )
    )


def links() -> pl.DataFrame:
    """A row for each province and neighbour, both ways."""
    names = [own.name["en"] for own in provinces().values() if own.name["en"] not in NO_FIGURES]
    pairs = province_links(names) or []
    both = [*pairs, *(pair[::-1] for pair in pairs)]
    return pl.DataFrame(both, ["place", "neighbour"], orient="row")
