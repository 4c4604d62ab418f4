"""Tables of China's 31 provinces: sizes, intensities, indicators of an index, land borders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

TILES = Path(__file__).resolve().parents[2] / "src" / "firstlight" / "views" / "province_tiles.csv"
REGIONS: Mapping[str, str] = {
    "East": "BJ TJ HE SH JS ZJ FJ SD GD HI",
    "Centre": "SX AH JX HA HB HN",
    "West": "NM GX CQ SC GZ YN XZ SN GS QH NX XJ",
    "Northeast": "LN JL HL",
}
# each border once; Hainan, an island, is tied to the coast across the strait
BORDERS = """BJ TJ HE; TJ HE; HE NM LN SX HA SD; SX NM SN HA; NM HL JL LN SN NX GS; LN JL; JL HL; SH JS ZJ;
JS ZJ AH SD; ZJ AH FJ JX; AH JX HB HA SD; FJ JX GD; JX HB HN GD; SD HA; HA HB SN; HB HN CQ SN;
HN GD GX GZ CQ; GD GX HI; GX GZ YN; CQ SC GZ SN; SC GZ YN XZ QH GS SN; GZ YN; YN XZ; XZ XJ QH;
SN GS NX; GS QH XJ NX; QH XJ"""
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


def _tiles(column: str) -> dict[str, str]:
    """Chinese name, or letters, of a province -> what stands in a column of the list of them."""
    tiles = pl.read_csv(TILES, infer_schema=False)
    return dict(tiles.select(column, "name_en").rows())


def published(folder: Path) -> pl.DataFrame:
    """A row for each unit (province), year and indicator: its value in the published unit."""
    named, parts = _tiles("name_zh"), []
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
    letters = _tiles("letters")
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
    letters, rows = _tiles("letters"), []
    for line in BORDERS.split(";"):
        first, *others = line.split()
        for other in others:
            pair = letters[first], letters[other]
            rows += [pair, pair[::-1]]
    return pl.DataFrame(rows, ["place", "neighbour"], orient="row")
