"""Koopman, Wang and Wei: nine terms of a country's gross exports."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.chains.world_table import WorldTable

Floats = NDArray[np.float64]
KWW_TERMS = (
    "dva_final",
    "dva_inputs",
    "dva_inputs_passed_on",
    "returned_final",
    "returned_inputs",
    "domestic_double",
    "foreign_final",
    "foreign_inputs",
    "foreign_double",
)


def koopman_wang_wei(table: WorldTable) -> dict[str, Floats]:
    """Nine terms of each country's gross exports, which add up to them.

    With B = (I - A)^-1, L_ss = (I - A_ss)^-1, E_s gross exports, sums over r, t other than s (and
    each other): V_s B_ss Y_sr; V_s B_sr Y_rr; V_s B_sr Y_rt; V_s B_sr Y_rs; V_s B_sr A_rs L_ss
    Y_ss; V_s B_sr A_rs L_ss E_s; V_t B_ts Y_sr; V_t B_ts A_sr L_rr Y_rr; V_t B_ts A_sr L_rr E_r.

    Parameters
    ----------
    table
        Of the world.

    Returns
    -------
    Term -> (G,): value added in final goods; in inputs that the importer turns into its own final
    goods; that it passes on to third countries; that come back in final goods; in inputs; domestic
    value added counted twice; foreign value added in final goods; in inputs; counted twice.

    References
    ----------
    Koopman, Wang and Wei 2014, American Economic Review 104(2), 459-494, equation 36.

    Examples
    --------
    >>> from firstlight.chains import world_table
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> sum(koopman_wang_wei(table).values()).round(9).tolist()
    [3.0, 5.0]
    """
    content = table.content
    a = table.coefficients
    number = np.arange(len(table.countries))
    is_home = table.of_country.T > 0  # (G, n)
    elsewhere = np.where(is_home, 0.0, content)  # V_s B_sr of other countries r
    # (G, G): V_s B_sr, r not s, times what goes to final users of u, and to those of r itself
    used = elsewhere @ table.final
    at_home = elsewhere @ (table.final * table.of_country)
    back = used[number, number]
    in_r = at_home.sum(axis=1)
    local_final = table.locally_required(table.final_at_home)
    local_exports = table.locally_required(table.exports.sum(axis=1))
    goods = table.exported_goods.sum(axis=1)
    back_in_inputs = elsewhere @ a  # V_s B_sr A_rk, of which k = s is kept
    back_in_inputs = np.where(is_home, back_in_inputs, 0.0)
    # A_sr L_rr f_r, r not s
    inputs_final = table.needed_abroad(local_final).sum(axis=1)
    inputs_exports = table.needed_abroad(local_exports).sum(axis=1)
    foreign = np.where(is_home, content.sum(axis=0) - table.own_content(), 0.0)
    domestic = np.where(is_home, content, 0.0)
    terms = (
        domestic @ goods,
        in_r,
        used.sum(axis=1) - back - in_r,
        back,
        back_in_inputs @ local_final,
        back_in_inputs @ local_exports,
        foreign @ goods,
        foreign @ inputs_final,
        foreign @ inputs_exports,
    )
    return dict(zip(KWW_TERMS, terms, strict=True))
