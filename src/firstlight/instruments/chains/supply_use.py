"""Supply and use tables made symmetric: products by products, or industries by industries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError, check_choice
from firstlight.texts import Count, message

__all__ = ["SymmetricTable", "symmetric_table"]

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
SINGULAR = 1e-13
Model = Literal["A", "B", "C", "D"]


@dataclass(frozen=True)
class SymmetricTable:
    """A symmetric input-output table.

    Attributes
    ----------
    flows
        (n, n), of products (models A and B) or industries (C and D).
    final_demand
        (n, f)
    primary_inputs
        (p, n)
    output
        (n,)
    """

    flows: Floats
    final_demand: Floats
    primary_inputs: Floats
    output: Floats

    @property
    def coefficients(self) -> Floats:
        """(n, n), inputs for a unit of output; 0 where that is 0."""
        empty = np.zeros_like(self.flows)
        return np.asarray(np.divide(self.flows, self.output, out=empty, where=self.output != 0))


def symmetric_table(
    supply: ArrayLike,
    use: ArrayLike,
    final_demand: ArrayLike,
    primary_inputs: ArrayLike,
    model: Model = "B",
) -> SymmetricTable:
    """The symmetric table of a supply and a use table.

    A, product technology: a product is made in one way, in whatever industry. B, industry
    technology: an industry makes all its products in one way. C, fixed industry sales structure: an
    industry sells in one way, whatever it makes. D, fixed product sales structure: a product is
    sold in one way, whoever makes it. A and C ask for as many products as industries, and may give
    flows below 0, which are left as they are.

    Parameters
    ----------
    supply
        (products, industries), what each industry makes.
    use
        (products, industries), what it uses.
    final_demand
        (products, f)
    primary_inputs
        (p, industries)
    model
        One of the four.

    Returns
    -------
    SymmetricTable

    Raises
    ------
    InputError
        For another model, and for A or C where the supply table has no inverse.

    References
    ----------
    Eurostat 2008, Manual of Supply, Use and Input-Output Tables, chapter 11.

    Examples
    --------
    >>> found = symmetric_table([[8, 2], [0, 10]], [[1, 4], [3, 2]], [[5], [5]], [[4, 6]], "D")
    >>> found.flows.tolist(), found.output.tolist()
    ([[0.8, 3.2], [3.2, 2.8]], [8.0, 12.0])
    """
    check_choice("model", model, ("A", "B", "C", "D"))
    v, u = np.asarray(supply, float), np.asarray(use, float)
    y, w = np.asarray(final_demand, float), np.asarray(primary_inputs, float)
    of_product, of_industry = v.sum(axis=1), v.sum(axis=0)
    if model in ("A", "C"):
        inverse = _inverse(v)
        if model == "A":
            by_product = inverse * of_product
            return SymmetricTable(u @ by_product, y, w @ by_product, of_product)
        by_industry = of_industry[:, None] * inverse
        return SymmetricTable(by_industry @ u, by_industry @ y, w, of_industry)
    if model == "B":
        by_product = _over(v.T, of_industry)
        return SymmetricTable(u @ by_product, y, w @ by_product, of_product)
    by_industry = _over(v, of_product).T
    return SymmetricTable(by_industry @ u, by_industry @ y, w, of_industry)


def _over(rows: Floats, totals: Floats) -> Floats:
    """Rows in proportion to their totals; 0 where these are 0."""
    whole = totals[:, None]
    return np.asarray(np.divide(rows, whole, out=np.zeros_like(rows), where=whole != 0))


def _inverse(supply: Floats) -> Floats:
    products, industries = supply.shape
    if products != industries:
        sizes = {"products": Count(products), "industries": Count(industries)}
        raise InputError(message("supply_not_square", **sizes), FOLDER)
    if not 1 / np.linalg.cond(supply) > SINGULAR:
        raise InputError(message("supply_singular"), FOLDER)
    return np.asarray(np.linalg.solve(supply, np.eye(products)))
