"""Two published panels, of which each index gives what is printed: US states and their farms, and
thirty provinces with carbon dioxide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from measured import hicks_moorsteen, malmquist, nonradial_luenberger

from firstlight.productivity import productivity_change
from firstlight.texts import Name

INPUTS = ["q.capital", "q.land", "q.labor", "q.materials"]
OUTPUTS = ["q.livestock", "q.crop", "q.other"]
PROVINCES: dict[str, Any] = {"inputs": ["K", "L"], "outputs": ["Y"], "bad": ["CO2"]}


def test_alabama_1996_as_the_r_package_productivity(shared: Path) -> None:
    """48 states, constant returns. Hicks and Moorsteen's index is printed with aggregates at shadow
    prices; the definition gives another number, in which efficiency change times technical change
    is Malmquist's index."""
    states = pl.read_csv(shared / "data" / "productivity" / "usagri.csv").rename(
        {"States": "unit", "Years": "year"}
    )

    def alabama(table: pl.DataFrame) -> dict[str, float]:
        return table.filter(unit="AL", to_year=1996).row(0, named=True)

    own = malmquist(states, INPUTS, OUTPUTS).table
    assert own.height == 48 * 9
    assert alabama(own)["productivity_index"] == pytest.approx(1.00672132, abs=5e-9)
    states = states.filter(pl.col("year") < 1998)
    priced = hicks_moorsteen(states, INPUTS, OUTPUTS, returns="crs", aggregator="shadow_prices")
    assert alabama(priced.table)["tfp_change_index"] == pytest.approx(0.99013746, abs=5e-9)
    defined = alabama(hicks_moorsteen(states, INPUTS, OUTPUTS, returns="crs").table)
    assert defined["tfp_change_index"] == pytest.approx(1.0159438945, abs=5e-10)
    product = defined["output_technical_efficiency_change_index"]
    product *= defined["output_technical_change_index"]
    assert product == pytest.approx(1.00672132, abs=5e-9)


def test_thirty_provinces_as_in_the_stata_journal(shared: Path, reference: Path) -> None:
    """Constant returns, K and L alone, CO2 by an equation; the radial index in direction
    (0, Y, -CO2), the non-radial indicator with a weight of 1 for each. Sixty changes of each, and
    who gains most and least."""
    file = reference / "wang_du_zhang_2022.json"
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    published = np.array([row[1:] for row in rows])
    panel = pd.read_stata(shared / "data" / "productivity" / "china_provinces_2013_2015.dta")
    measured = productivity_change(
        panel,
        **PROVINCES,
        unit="Province",
        index="malmquist_luenberger",
        frontier="global",
    )
    radial = measured.table
    assert radial["unit"].unique().sort().to_list() == [row[0] for row in rows]
    found = radial.select("productivity_index", "efficiency_change_index").to_numpy()
    np.testing.assert_allclose(found.reshape(30, 4), published[:, :4], rtol=0, atol=5e-5)
    changes = nonradial_luenberger(
        pl.from_pandas(panel), *PROVINCES.values(), unit="Province", weights={"Y": 1, "CO2": 1}
    ).table.sort("unit", "to_year")
    found = changes["productivity_indicator"].to_numpy().reshape(30, 2)
    np.testing.assert_allclose(found, published[:, 4:], rtol=0, atol=5e-5)
    assert isinstance(measured.frame, pd.DataFrame)
    extremes = {one.code: one.values for one in measured.said}["extremes"]
    assert (extremes["most"], extremes["least"]) == (Name("Tianjin"), Name("Hainan"))
    assert extremes["most_change"].value == pytest.approx(0.143, abs=5e-4)
    assert extremes["least_change"].value == pytest.approx(-0.049, abs=5e-4)
