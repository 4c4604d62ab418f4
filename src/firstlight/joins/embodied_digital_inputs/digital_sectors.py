"""How much of each sector of a table is digital, by the codes of a definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.concordance.industry_definitions.definition_codes import memberships

Floats = NDArray[np.float64]
TOLERANCE = 1e-6  # of a share, below which its ends are one


@dataclass(frozen=True)
class Bounds:
    """Digital shares of the sectors, each (n,): as stated, at least, at most."""

    stated: Floats
    least: Floats
    most: Floats

    def through(self, weights: Floats) -> Bounds:
        """What they add up to, each column of ``weights`` (n, m) a sum of its own.

        The ends hold whatever the sign of a weight.

        >>> ends = Bounds(np.array([0.5]), np.array([0.0]), np.array([1.0]))
        >>> through = ends.through(np.array([[2.0, -2.0]]))
        >>> through.least.tolist(), through.most.tolist()
        ([0.0, -2.0], [2.0, 0.0])
        """
        up, down = np.maximum(weights, 0), np.minimum(weights, 0)
        least = self.least @ up + self.most @ down
        most = self.most @ up + self.least @ down
        return Bounds(self.stated @ weights, least, most)


def digital_sectors(
    sectors: Sequence[str], coded: pl.DataFrame, wanted: pl.DataFrame
) -> pl.DataFrame:
    """How much of each sector is digital: sector, codes, stated_share, least_share, most_share,
    is_doubtful; in the order of the sectors.

    A sector of several codes with unknown shares is at least what the least of them is, at most
    what the most of them is, and stated as their mean. One without a code is not digital, and its
    ``codes`` are null.

    coded  : sector, code, share
    wanted : the codes of the definition

    >>> coded = pl.DataFrame({"sector": ["chips", "shops", "shops"], "code": ["261", "4651", "47"],
    ...     "share": [1.0, None, None]})
    >>> wanted = pl.DataFrame({"code": ["26", "4651"], "status": ["verified"] * 2,
    ...     "least_share": [1.0, 1.0], "most_share": [1.0, 1.0]})
    >>> found = digital_sectors(["chips", "shops", "farms"], coded, wanted)
    >>> found.select("sector", "stated_share", "least_share", "most_share").rows()
    [('chips', 1.0, 1.0, 1.0), ('shops', 0.5, 0.0, 1.0), ('farms', 0.0, 0.0, 0.0)]
    """
    of_code = memberships(coded["code"].unique().sort().to_list(), wanted)
    ends = ("stated_share", "least_share", "most_share")
    joined = (
        coded.join(of_code.select("code", *ends), on="code", how="left")
        .with_columns(pl.col(end).fill_null(0.0) for end in ends)
        .sort("sector", "code")
    )
    is_known = pl.col("share").is_not_null().all()
    weighed = {end: (pl.col("share") * pl.col(end)).sum() for end in ends}
    unweighed = {
        "stated_share": pl.col("stated_share").mean(),
        "least_share": pl.col("least_share").min(),
        "most_share": pl.col("most_share").max(),
    }
    found = joined.group_by("sector", maintain_order=True).agg(
        codes=pl.col("code").str.join(", "),
        **{end: pl.when(is_known).then(weighed[end]).otherwise(unweighed[end]) for end in ends},
    )
    order = pl.DataFrame({"sector": list(sectors)}, schema={"sector": pl.String})
    return (
        order.join(found, on="sector", how="left", maintain_order="left")
        .with_columns(pl.col(end).fill_null(0.0) for end in ends)
        .with_columns(is_doubtful=pl.col("most_share") - pl.col("least_share") > TOLERANCE)
    )
