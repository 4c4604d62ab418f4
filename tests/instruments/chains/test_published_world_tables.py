"""Two example tables of the world whose figures other programs print: a test for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from economies import CASES
from worlds import five_countries, leather

from firstlight.chains import (
    ProductionSystem,
    WorldTable,
    downstreamness,
    export_decomposition,
    koopman_wang_wei,
    trade_value_added,
    upstreamness,
    value_added_sources,
)

POSITIONS, LEATHER, FIVE = CASES["leather"], CASES["leather_trade"], CASES["five_countries"]


def test_figures_of_the_leather_table(shared: Path) -> None:
    """Three countries and three industries: nine terms of exports, value added in them, vertical
    specialisation, and positions."""
    table = leather(shared)
    _exports_of_leather(table)
    sources, exports = value_added_sources(table), table.by_country(table.exports).sum(axis=1)
    own = np.diag(sources)
    at = [table.countries.index(name) for name in LEATHER["countries"]]
    vs, vs1 = ((sources.sum(axis=axis) - own) / exports for axis in (0, 1))
    assert vs[at] == pytest.approx(LEATHER["vs"], abs=5e-9)
    assert vs1[at] == pytest.approx(LEATHER["vs1"], abs=5e-9)
    system = ProductionSystem(table.flows / table.output)
    listed = np.concatenate([np.flatnonzero(table.country == g) for g in at])
    up, down = upstreamness(system, table.output), downstreamness(system)
    assert up[listed] == pytest.approx(POSITIONS["upstreamness"], abs=5e-7)
    assert down[listed] == pytest.approx(POSITIONS["downstreamness"], abs=5e-7)


def _exports_of_leather(table: WorldTable) -> None:
    found = koopman_wang_wei(table)
    for country in ("turkey", "argentina"):
        own = table.countries.index(country.title())
        for term, value in LEATHER[country].items():
            assert found[term][own] == pytest.approx(value, abs=1e-7), term
    held = table.value_added_share[:, None] * table.system.inverse
    germany = table.sectors.index("Germany Transport_Equipment")
    for name, scale in (
        ("value_in_exports", table.exports.sum(axis=1)),
        ("value_in_output", table.output),
    ):
        inside = held * scale
        assert [inside[0, 0], inside[germany, germany]] == pytest.approx(LEATHER[name], abs=1e-5)


def test_figures_of_five_countries(shared: Path) -> None:
    """What Spain exports, by Borin and Mancini's terms on either basis and by Wang, Wei and Zhu's,
    and its part in chains. Parts of Mexico and China count as these countries; their own rows hold
    nothing."""
    rows = five_countries(shared)
    for options, published in (
        ({"basis": "source"}, FIVE["borin_mancini"]),
        ({"basis": "sink"}, FIVE["borin_mancini"]),
        ({"method": "wwz"}, FIVE["wwz"]),
    ):
        found = export_decomposition(rows, home="ESP", **options).tables["partners"]
        terms = found.filter(country="ESP").sum().row(0, named=True)
        assert terms["exports"] == pytest.approx(FIVE["exports"], abs=0.005)
        assert terms["dva_absorbed"] == pytest.approx(published["vax"], abs=0.005)
        assert terms["dva_returned"] == pytest.approx(published["returned"], abs=0.0051)
        assert terms["domestic_double"] == pytest.approx(published["domestic_double"], abs=0.0051)
        assert terms["foreign_value"] == pytest.approx(published["foreign_value"], abs=0.005)
        assert terms["foreign_double"] == pytest.approx(published["foreign_double"], abs=0.005)
        if "basis" in options:
            kept = terms["dva_absorbed"] + terms["dva_returned"] + terms["domestic_double"]
            assert kept == pytest.approx(FIVE["domestic_content"], abs=0.005)
    spain = trade_value_added(rows).table.filter(country="ESP").row(0, named=True)
    _participation_of_spain(spain)


def _participation_of_spain(spain: dict[str, Any]) -> None:
    """Borin and Mancini's and the OECD's figures."""
    for name, published in (
        ("vax_ratio", FIVE["borin_mancini"]["vax"]),
        ("returned_share", FIVE["borin_mancini"]["returned"]),
        ("domestic_share", FIVE["domestic_content"]),
        ("gvc_share", FIVE["gvc"]),
        ("backward_share", FIVE["gvc_backward"]),
        ("forward_share", FIVE["gvc_forward"]),
        ("foreign_share", FIVE["oecd_backward"]),
        ("forward_oecd_share", FIVE["oecd_forward"]),
    ):
        assert spain[name] * spain["exports"] == pytest.approx(published, abs=0.0051), name
