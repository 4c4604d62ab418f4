"""Wang, Wei and Zhu: sixteen terms of what an industry exports to a country."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.chains.world_table import WorldTable

Floats = NDArray[np.float64]
WWZ_TERMS = (
    "dva_final",
    "dva_inputs",
    "dva_third_inputs_home",
    "dva_third_final",
    "dva_third_inputs_on",
    "returned_final",
    "returned_final_third",
    "returned_inputs",
    "domestic_double_final",
    "domestic_double_inputs",
    "importer_final",
    "importer_inputs",
    "importer_double",
    "others_final",
    "others_inputs",
    "others_double",
)
# of what the importer makes of inputs, or others make of them, in the order of `_becomes`
OF_INPUTS = WWZ_TERMS[1:9]


def wang_wei_zhu(table: WorldTable) -> dict[str, Floats]:
    """Sixteen terms of what each industry exports to each country, which add up to it.

    From an industry of s to r, with # for products cell by cell, and t, u other than s and r:
    (V_s B_ss) # Y_sr; (V_s L_ss) # A_sr z for z = B_rr Y_rr, B_rt Y_tt, B_rr Y_rt, B_rt Y_tu, B_rr
    Y_rs, B_rt Y_ts, B_rs Y_ss, B_rs Y_st; (V_s B_ss - V_s L_ss) # A_sr X_r; and for the value added
    of r, then of t, W = V_r B_rs or V_t B_ts: W # Y_sr; W # A_sr L_rr Y_rr; W # A_sr L_rr E_r.

    Parameters
    ----------
    table
        Of the world.

    Returns
    -------
    Term -> (n, G): domestic value added absorbed by the importer in final goods, in inputs; by
    third countries in three ways; that returns in three; domestic double counting in two; value
    added of the importer, and of others, in final goods, in inputs, counted twice.

    References
    ----------
    Wang, Wei and Zhu 2013, NBER Working Paper 19677, equation 37.

    Examples
    --------
    >>> from firstlight.chains import world_table
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> sum(wang_wei_zhu(table).values()).round(9).tolist()
    [[0.0, 3.0], [5.0, 0.0]]
    """
    goods = table.exported_goods
    inputs = table.exported_inputs
    local = table.local_content[:, None]
    whole = table.own_content()[:, None]
    shape = goods.shape
    becomes = _becomes(table)
    terms = {"dva_final": whole * goods}
    terms |= {term: local * route for term, route in zip(OF_INPUTS, becomes, strict=True)}
    terms["domestic_double_inputs"] = (whole - local) * inputs
    importer = np.where(table.of_country > 0, 0.0, table.content.T)
    others = np.where(table.of_country > 0, 0.0, table.content.sum(axis=0)[:, None] - whole)
    others = others - importer
    exports = table.exports.sum(axis=1)
    of_local = table.locally_required(np.column_stack([table.final_at_home, exports]))
    for name, used in (
        ("final", goods),
        ("inputs", table.needed_abroad(of_local[:, 0])),
        ("double", table.needed_abroad(of_local[:, 1])),
    ):
        terms[f"importer_{name}"] = importer * used
        terms[f"others_{name}"] = others * used
    return {term: np.broadcast_to(terms[term], shape) for term in WWZ_TERMS}


def _becomes(table: WorldTable) -> Floats:
    """(8, n, G), A_sr z: the inputs that s delivers to r, by what becomes of r's output."""
    b = table.system.inverse
    country = table.of_country
    size = len(table.countries)
    to_own = b @ (country * table.final)  # (n, G): B_rt Y_tt
    to_others = b @ (country * table.exported_goods.sum(axis=1)[:, None])  # B_rt Y_t., abroad
    routes = np.zeros((8, *table.final.shape))
    all_own = to_own.sum(axis=1)
    all_others = to_others.sum(axis=1)
    for r, of_r in enumerate(table.blocks):
        direct = b[of_r, of_r] @ table.final[of_r]  # (N, G): B_rr Y_rs
        final_of_s = table.absorbed[of_r] - to_own[of_r] - direct  # B_rt Y_ts, t not s, r
        home = to_own[of_r]
        on = to_others[of_r]
        z = np.empty((8, of_r.stop - of_r.start, size))
        z[0] = home[:, [r]]
        z[1] = all_own[of_r, None] - home - home[:, [r]]
        z[2] = on[:, [r]] - direct
        z[4] = direct
        z[5] = final_of_s
        z[6] = home
        z[7] = on
        z[3] = all_others[of_r, None] - on - on[:, [r]] - final_of_s
        for s, of_s in enumerate(table.blocks):
            if s != r:
                routes[:, of_s, r] = z[:, :, s] @ table.coefficients[of_s, of_r].T
    return routes
