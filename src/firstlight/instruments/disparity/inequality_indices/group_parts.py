"""Tables of what of an index lies within groups and what between them, year by year."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.disparity.inequality_indices.dagum import DagumParts, dagum
from firstlight.instruments.disparity.inequality_indices.inequality_measures import (
    gini,
    theil,
    theil_levels,
)
from firstlight.numerics.divisors import positive_or_nan
from firstlight.numerics.long_frames import nan_to_null

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


def group_tables(
    known: pl.DataFrame, has_subgroups: bool
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The parts of each year, its groups, and their pairs.

    known : year, unit, value, population, group, and subgroup; nothing missing
    """
    levels, absent = ["group"], [*SUBGROUPS]
    if has_subgroups:
        levels, absent = ["group", "subgroup"], []
    parts, groups, pairs = Rows(), Rows(), Rows()
    for (year,), own in known.partition_by("year", as_dict=True, maintain_order=True).items():
        x, w = own["value"].to_numpy(), own["population"].to_numpy()
        split = dagum(x, own["group"].to_list(), w)
        parts.append({"year": year, **_gini_parts(split), **_theil_parts(own, levels)})
        groups += [{"year": year, **row} for row in _groups(own, split)]
        pairs += [{"year": year, **row} for row in _pairs(split)]
    by_part = ["year", "gini_index", "group"]
    return (
        nan_to_null(pl.DataFrame(parts, schema=PARTS)).drop(absent),
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
        found[f"gini_{name}_share"] = part / positive_or_nan(whole)
    return found


def _theil_parts(own: pl.DataFrame, levels: list[str]) -> dict[str, float]:
    x, w = own["value"].to_numpy(), own["population"].to_numpy()
    labels = [own[level].to_list() for level in levels]
    names = ["between", "subgroups", "within"]
    if len(levels) == 1:
        names.remove("subgroups")
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
        "theil_between_share": between / positive_or_nan(whole),
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
                "mean_ratio": split.means[high] / positive_or_nan(split.means[low]),
                "gini_index": split.ginis[high, low],
                "affluence_index": split.affluence[high, low],
                "gini_between_index": net,
                "gini_transvariation_index": rest,
                "gini_share": (net + rest) / positive_or_nan(whole),
            }
        )
    return rows
