"""Terms of gross exports: plain formulas, deliveries followed round by round, and sums."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from benchmarks.chains.plain_exports import plain_wang_wei_zhu
from worlds import followed, made_up, wide, wiod, wiod_table

from firstlight.chains import (
    WorldTable,
    borin_mancini,
    export_decomposition,
    koopman_wang_wei,
    wang_wei_zhu,
    world_table,
)
from firstlight.errors import InputError

BASES: tuple[Literal["source", "sink"], ...] = ("source", "sink")
PERIMETERS: tuple[Literal["country", "bilateral"], ...] = ("country", "bilateral")
WIOD_TOLERANCE = 1e-9
FINER = {
    "vax": ("dva_final", "dva_inputs", "dva_third_inputs_home", "dva_third_final"),
    "returned": ("returned_final", "returned_final_third", "returned_inputs"),
    "domestic_double": ("domestic_double_final", "domestic_double_inputs"),
    "foreign_value": ("importer_final", "importer_inputs", "others_final", "others_inputs"),
    "foreign_double": ("importer_double", "others_double"),
}
FINER["vax"] += ("dva_third_inputs_on",)


@pytest.mark.parametrize("seed", range(3))
def test_wang_wei_zhu_is_what_the_plain_formulas_give(seed: int) -> None:
    table = made_up(seed, (3, 3, 3, 3))
    final = np.delete(table.final, 4, axis=1)  # the country without industries
    table = world_table(
        table.flows,
        final,
        [table.countries[g] for g in table.country],
        table.industries,
        table.countries[:4],
    )
    plain = plain_wang_wei_zhu(table.flows, table.final, 4)
    for (term, own), other in zip(wang_wei_zhu(table).items(), plain, strict=True):
        assert own == pytest.approx(other, rel=1e-11, abs=1e-12), term


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("perimeter", PERIMETERS)
def test_borin_mancini_is_what_following_every_delivery_gives(
    basis: Literal["source", "sink"], perimeter: Literal["country", "bilateral"]
) -> None:
    table = made_up()
    found = borin_mancini(table, basis, perimeter)
    for s in range(4):
        others = [r for r in range(5) if r != s]
        borders = [others] if perimeter == "country" else [[r] for r in others]
        for partners in borders:
            home, back, abroad = followed(table, s, partners, basis)
            at = np.ix_(table.country == s, partners)
            own = table.country == s
            kept = found["dva_absorbed"] + found["dva_returned"]
            assert kept[at] == pytest.approx(home[own], rel=1e-9)
            assert found["dva_returned"][at] == pytest.approx(back[own], rel=1e-9, abs=1e-12)
            assert found["foreign_value"][at] == pytest.approx(abroad[own], rel=1e-9)


def test_source_and_sink_agree_for_a_country_and_not_for_its_partners() -> None:
    table = made_up()
    source, sink = (borin_mancini(table, basis) for basis in BASES)
    for term, own in source.items():
        whole, other = (table.by_country(each).sum(axis=1) for each in (own, sink[term]))
        assert whole == pytest.approx(other, rel=1e-10), term
    assert np.abs(source["foreign_value"] - sink["foreign_value"]).max() > 0.01


def test_the_border_to_one_partner_counts_more_as_value_added() -> None:
    table = made_up()
    whole, each = (borin_mancini(table, "source", perimeter) for perimeter in PERIMETERS)
    for term in ("domestic_double", "foreign_double"):
        assert (each[term] <= whole[term] + 1e-12).all()
        assert each[term].sum() < whole[term].sum()


def terms_of(table: WorldTable) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        f"{basis} {perimeter}": borin_mancini(table, basis, perimeter)
        for basis in BASES
        for perimeter in PERIMETERS
    }
    return {**found, "wwz": wang_wei_zhu(table)}


def check_sums(table: WorldTable, tolerance: float) -> None:
    """Terms add up to what each industry exports to each country, and each country in all; those
    of three methods agree where they mean the same."""
    for name, terms in terms_of(table).items():
        gap = np.abs(sum(terms.values()) - table.exports)
        assert (gap <= tolerance * np.abs(table.exports)).all(), name
    whole = table.by_country(table.exports).sum(axis=1)
    kww = koopman_wang_wei(table)
    assert (np.abs(sum(kww.values()) - whole) <= tolerance * whole).all()
    wwz = {term: table.by_country(own).sum(axis=1) for term, own in wang_wei_zhu(table).items()}
    bm = {term: table.by_country(own).sum(axis=1) for term, own in borin_mancini(table).items()}
    parts = {part: sum(wwz[term] for term in terms) for part, terms in FINER.items()}
    vax = table.by_country(table.value_added_share[:, None] * table.absorbed)
    vax = vax.sum(axis=1) - np.diag(vax)
    nine = kww["dva_final"] + kww["dva_inputs"] + kww["dva_inputs_passed_on"]
    size = tolerance * np.maximum(whole, 1e-300)
    for own in (parts["vax"], bm["dva_absorbed"], nine):
        assert (np.abs(own - vax) <= size).all()
    for one, other in (
        (parts["returned"], bm["dva_returned"]),
        (parts["returned"], kww["returned_final"] + kww["returned_inputs"]),
        (parts["domestic_double"], bm["domestic_double"]),
        (parts["domestic_double"], kww["domestic_double"]),
        (parts["foreign_value"], kww["foreign_final"] + kww["foreign_inputs"]),
        (parts["foreign_double"], kww["foreign_double"]),
    ):
        assert (np.abs(one - other) <= size).all()


@pytest.mark.parametrize("seed", range(4))
def test_terms_add_up_and_methods_agree(seed: int) -> None:
    check_sums(made_up(seed), 1e-12)


def test_terms_add_up_where_an_industry_delivers_from_stock_or_buys_without_output() -> None:
    table = made_up()
    flows, final = table.flows.copy(), table.final.copy()
    flows[1], final[1] = 0, 0
    final[1, :2] = -3, 3  # what is exported was made before
    flows[4], final[4] = 0, 0  # nothing at all, but for what it buys
    names = [table.countries[g] for g in table.country]
    check_sums(world_table(flows, final, names, table.industries, table.countries), 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("year", [1995, 2008, 2011])
def test_terms_add_up_on_all_of_wiod(shared: Path, year: int) -> None:
    """41 countries, each industry, each partner; with the sums of rows and with stated outputs."""
    for is_stated in (False, True):
        check_sums(wiod_table(shared, year, is_stated=is_stated), WIOD_TOLERANCE)


@pytest.mark.slow
def test_all_of_wiod_as_a_file_of_flows(shared: Path) -> None:
    rows = wiod(shared, 2011).unpivot(index="supplier", variable_name="user")
    found = export_decomposition(rows, method="wwz", home="CHN", detail="flows").tables
    assert found["countries"].height == 41
    whole = found["industries"].group_by("country").agg(pl.sum("exports")).sort("country")
    flows = found["flows"].group_by("country").agg(pl.sum("value")).sort("country")
    assert flows["value"].to_numpy() == pytest.approx(whole["exports"].to_numpy(), rel=1e-9)


@pytest.mark.parametrize("method", ["kww", "wwz", "borin_mancini"])
def test_tables_agree_with_one_another(method: Literal["kww", "wwz", "borin_mancini"]) -> None:
    detail: Literal["totals", "flows"] = "totals" if method == "kww" else "flows"
    found = export_decomposition(wide(made_up()), method=method, detail=detail).tables
    terms = found["terms"].group_by("country", "part").agg(pl.sum("share"))
    for row in found["countries"].filter(pl.col("reason").is_null()).iter_rows(named=True):
        own = dict(terms.filter(country=row["country"]).select("part", "share").iter_rows())
        assert sum(own.values()) == pytest.approx(1, rel=1e-12)
        for part, share in own.items():
            assert row[f"{part}_share"] == pytest.approx(share, rel=1e-12)
    if method == "kww":
        assert set(found) == {"countries", "terms", "home_terms"}
        return
    for name in ("partners", "industries"):
        sums = found[name].group_by("country").agg(pl.sum("exports", "foreign_double"))
        whole = found["countries"].join(sums, on="country", suffix="_sum")
        assert whole["exports_sum"].to_list() == pytest.approx(whole["exports"].to_list())
    flows = found["flows"].group_by("country", "term").agg(pl.sum("value")).sort("country", "term")
    whole = found["terms"].sort("country", "term")
    assert flows["value"].to_list() == pytest.approx(whole["value"].to_list(), rel=1e-12, abs=1e-12)


def test_options_that_do_not_go_together() -> None:
    rows = wide(made_up())
    for options, code in (
        ({"method": "wwz", "basis": "sink"}, "not_of_method"),
        ({"method": "kww", "perimeter": "bilateral"}, "not_of_method"),
        ({"method": "kww", "detail": "flows"}, "by_country_only"),
        ({"home": "Atlantis"}, "no_home"),
        ({"home": "country  0"}, "no_home_but"),
    ):
        given: dict[str, Any] = dict(options)
        with pytest.raises(InputError) as raised:
            export_decomposition(rows, **given)
        assert raised.value.code == code
