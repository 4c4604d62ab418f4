"""What of an index lies within groups and what between them, year by year; the Gini index by Dagum's
decomposition, in one sort of all units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.instruments.disparity.inequality_indices.inequality_measures import (
    FOLDER,
    coded,
    gini,
    theil,
    theil_levels,
    weighed,
)
from firstlight.numerics.long_frames import nan_to_null
from firstlight.texts import Name, message

__all__ = ["group_tables"]

Rows = list[dict[str, Any]]
PARTS = {
    "year": pl.Int32,
    "gini_index": pl.Float64,
    "gini_within_index": pl.Float64,
    "gini_between_index": pl.Float64,
    "gini_transvariation_index": pl.Float64,
    "gini_within_share": pl.Float64,
    "gini_between_share": pl.Float64,
    "gini_transvariation_share": pl.Float64,
    "theil_index": pl.Float64,
    "theil_between_index": pl.Float64,
    "theil_subgroups_index": pl.Float64,
    "theil_within_index": pl.Float64,
    "theil_between_share": pl.Float64,
    "theil_l_between_index": pl.Float64,
    "theil_l_subgroups_index": pl.Float64,
    "theil_l_within_index": pl.Float64,
}
SUBGROUPS = ("theil_subgroups_index", "theil_l_subgroups_index")
GROUPS = {
    "year": pl.Int32,
    "group": pl.String,
    "units_count": pl.Int64,
    "mean_value": pl.Float64,
    "weight_share": pl.Float64,
    "value_share": pl.Float64,
    "gini_index": pl.Float64,
    "gini_within_index": pl.Float64,
    "theil_index": pl.Float64,
    "theil_within_index": pl.Float64,
}
PAIRS = {
    "year": pl.Int32,
    "group": pl.String,
    "other_group": pl.String,
    "mean_ratio": pl.Float64,
    "gini_index": pl.Float64,
    "affluence_index": pl.Float64,
    "gini_between_index": pl.Float64,
    "gini_transvariation_index": pl.Float64,
    "gini_share": pl.Float64,
}

Floats = NDArray[np.float64]
ROUNDING = 1e-12


@dataclass(frozen=True)
class DagumParts:
    """Parts of the Gini index, for k groups in the order of their labels.

    Attributes
    ----------
    groups
        The k labels, sorted.
    within
        Inequality within groups.
    net_between
        Differences between groups, net of their overlap: by how much one mean is above the other.
    transvariation
        What is left of the differences between groups: units of the poorer that are above those
        of the richer. The three add up to the index.
    within_parts
        (k,), each group's part of ``within``.
    net_parts, transvariation_parts
        (k, k), each pair's part, symmetric, half of it on each side.
    ginis
        (k, k), the Gini index within a group (diagonal) and between two, the mean difference over
        the sum of means; nan where that is not above 0.
    affluence
        (k, k), the relative economic affluence of two groups, 0 where their means are equal and 1
        where they do not overlap; nan where they do not differ at all.
    shares
        (k,), of all weights.
    value_shares
        (k,), of all values.
    means
        (k,), of each group.
    """

    groups: list[str]
    within: float
    net_between: float
    transvariation: float
    within_parts: Floats
    net_parts: Floats
    transvariation_parts: Floats
    ginis: Floats
    affluence: Floats
    shares: Floats
    value_shares: Floats
    means: Floats


def dagum(x: ArrayLike, groups: Sequence[Any], weights: ArrayLike | None = None) -> DagumParts:
    """The Gini index in three parts: within groups, net between them, and transvariation.

    With p_j the weight of a group and D_jh the mean difference of one unit of each group, a pair's
    whole part is p_j p_h D_jh / mu, its net part p_j p_h |mu_j - mu_h| / mu; the rest is
    transvariation. All D_jh come from one sort and running sums by group, in O(n (log n + k)).

    Parameters
    ----------
    x
        (n,), a value for each unit.
    groups
        The label of each unit's group.
    weights
        (n,), such as the population of each unit; all alike where left out.

    Returns
    -------
    The parts, by group and by pair; nan where the mean is not above 0.

    Raises
    ------
    InputError
        For labels of another length, and for values and weights that do not fit.

    References
    ----------
    Dagum 1997, Empirical Economics 22(4), 515-531.

    Examples
    --------
    >>> parts = dagum([1, 3, 2, 6], ["a", "a", "b", "b"])
    >>> [round(float(p), 6) for p in (parts.within, parts.net_between, parts.transvariation)]
    [0.125, 0.166667, 0.041667]
    """
    values, p = weighed(x, weights)
    if len(groups) != values.size:
        sizes = {"shape": Name(str(len(groups))), "values": Name(str(values.size))}
        raise InputError(message("unfit_labels", **sizes), FOLDER)
    labels, code = coded(groups)
    share = np.asarray(np.bincount(code, p), float)
    mean = float(p @ values)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(code, p * values) / share
        apart = _summed_differences(values - mean, p, code, len(labels))
        whole = apart / (mean if mean > 0 else np.nan)
        outer = np.outer(share, share)
        net = outer * np.abs(means[:, None] - means) / (mean if mean > 0 else np.nan)
        net[outer == 0] = 0.0
        # what is left of a pair that does not overlap is rounding
        rest = np.where(whole - net > ROUNDING * whole, whole - net, 0.0)
        net = whole - rest
        np.fill_diagonal(net, 0.0)
        np.fill_diagonal(rest, 0.0)
        sums = means[:, None] + means
        ginis = np.where(sums > 0, apart / outer / sums, np.nan)
        affluence = np.where(whole > 0, net / whole, np.nan)
    within = np.diag(whole) / 2
    return DagumParts(
        labels,
        float(within.sum()),
        float(net.sum() / 2),
        float(rest.sum() / 2),
        within,
        net / 2,
        rest / 2,
        ginis,
        affluence,
        share,
        share * means / mean if mean > 0 else np.full(len(labels), np.nan),
        means,
    )


def _summed_differences(x: Floats, p: Floats, code: NDArray[np.intp], k: int) -> Floats:
    """(k, k), the sum over units i of one group and j of another of p_i p_j |x_i - x_j|."""
    order = np.argsort(x, kind="stable")
    x, p, code = x[order], p[order], code[order]
    sums = np.empty((k, k))
    for group in range(k):
        own = np.where(code == group, p, 0.0)
        below, value_below = np.cumsum(own), np.cumsum(own * x)
        from_all = x * (2 * below - below[-1]) - 2 * value_below + value_below[-1]
        sums[:, group] = np.bincount(code, p * from_all, minlength=k)
    return np.maximum((sums + sums.T) / 2, 0.0)


def group_tables(
    known: pl.DataFrame, has_subgroups: bool
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The parts of each year, its groups, and their pairs.

    known : year, unit, value, population, group, and subgroup; nothing missing
    """
    levels = ["group", "subgroup"] if has_subgroups else ["group"]
    parts, groups, pairs = Rows(), Rows(), Rows()
    for (year,), own in known.partition_by("year", as_dict=True, maintain_order=True).items():
        x, w = own["value"].to_numpy(), own["population"].to_numpy()
        split = dagum(x, own["group"].to_list(), w)
        parts.append({"year": year, **_gini_parts(split), **_theil_parts(own, levels)})
        groups += [{"year": year, **row} for row in _groups(own, split)]
        pairs += [{"year": year, **row} for row in _pairs(split)]
    by_part = ["year", "gini_index", "group"]
    return (
        nan_to_null(pl.DataFrame(parts, schema=PARTS)).drop([] if has_subgroups else SUBGROUPS),
        nan_to_null(pl.DataFrame(groups, schema=GROUPS)).sort(
            by_part, descending=[True, True, False], nulls_last=True
        ),
        nan_to_null(pl.DataFrame(pairs, schema=PAIRS)).sort(
            "year",
            "gini_share",
            "group",
            "other_group",
            descending=[True, True, False, False],
            nulls_last=True,
        ),
    )


def _gini_parts(split: DagumParts) -> dict[str, float]:
    parts = {
        "within": split.within,
        "between": split.net_between,
        "transvariation": split.transvariation,
    }
    whole = sum(parts.values())
    found = {"gini_index": whole}
    for name, part in parts.items():
        found[f"gini_{name}_index"] = part
        found[f"gini_{name}_share"] = part / whole if whole > 0 else np.nan
    return found


def _theil_parts(own: pl.DataFrame, levels: list[str]) -> dict[str, float]:
    x, w = own["value"].to_numpy(), own["population"].to_numpy()
    labels = [own[level].to_list() for level in levels]
    names = ["between", *(["subgroups"] if len(levels) > 1 else []), "within"]
    found = dict[str, float]()
    for kind, index in (("T", "theil"), ("L", "theil_l")):
        split = theil_levels(x, labels, w, kind)  # type: ignore[arg-type]
        found |= {
            f"{index}_{name}_index": float(part) for name, part in zip(names, split, strict=True)
        }
    whole = theil(x, w)
    between = found["theil_between_index"]
    return found | {
        "theil_index": whole,
        "theil_between_share": between / whole if whole > 0 else np.nan,
    }


def _groups(own: pl.DataFrame, split: DagumParts) -> Rows:
    rows = Rows()
    for at, group in enumerate(split.groups):
        there = own.filter(group=group)
        x, w = there["value"].to_numpy(), there["population"].to_numpy()
        t = theil(x, w)
        rows.append(
            {
                "group": group,
                "units_count": len(x),
                "mean_value": split.means[at],
                "weight_share": split.shares[at],
                "value_share": split.value_shares[at],
                "gini_index": gini(x, w),
                "gini_within_index": split.within_parts[at],
                "theil_index": t,
                "theil_within_index": split.value_shares[at] * t,
            }
        )
    return rows


def _pairs(split: DagumParts) -> Rows:
    """A row for each pair, the group with the higher mean first."""
    whole = split.within + split.net_between + split.transvariation
    rows = Rows()
    for one, other in zip(*np.triu_indices(len(split.groups), 1), strict=True):
        high, low = (one, other) if split.means[one] >= split.means[other] else (other, one)
        net = 2 * split.net_parts[high, low]
        rest = 2 * split.transvariation_parts[high, low]
        rows.append(
            {
                "group": split.groups[high],
                "other_group": split.groups[low],
                "mean_ratio": split.means[high] / split.means[low]
                if split.means[low] > 0
                else np.nan,
                "gini_index": split.ginis[high, low],
                "affluence_index": split.affluence[high, low],
                "gini_between_index": net,
                "gini_transvariation_index": rest,
                "gini_share": (net + rest) / whole if whole > 0 else np.nan,
            }
        )
    return rows
