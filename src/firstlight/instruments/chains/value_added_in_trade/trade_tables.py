"""The tables of value added in trade, for one year."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.value_added_in_trade.trade_indicators import (
    chain_trade,
    smile_curve,
    value_added_exports,
    value_added_sources,
)
from firstlight.instruments.chains.world_table import WorldTable, country_pairs

Floats = NDArray[np.float64]
SMALL = 1e-9  # share of a good's value that is no contribution


def _share(part: Floats, whole: Floats) -> Floats:
    """Null, as nan, where there is no whole."""
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))


def _frame(columns: dict[str, Any], exports: Floats) -> pl.DataFrame:
    frame = pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))
    idle = pl.col("exported_value_added_share").is_null()
    reason = pl.when(pl.Series(~(exports > 0))).then(pl.lit("no_exports"))
    return frame.with_columns(reason=reason.when(idle).then(pl.lit("no_value_added")))


def by_country(table: WorldTable) -> pl.DataFrame:
    """A row for each country with industries: what it keeps of its exports, and what passes on."""
    sources = value_added_sources(table)
    ends = table.by_country(value_added_exports(table))
    exports = table.by_country(table.exports.sum(axis=1))
    domestic = np.diag(sources)
    added = table.by_country(table.value_added)
    abroad = ends.sum(axis=1) - np.diag(ends)
    chains = chain_trade(table)
    at_home = table.by_country(table.local_content * table.exports.sum(axis=1))
    back = table.by_country(chains.backward)
    forth = table.by_country(chains.forward)
    columns = {
        "country": table.countries,
        "exports": exports,
        "domestic_share": _share(domestic, exports),
        "foreign_share": _share(exports - domestic, exports),
        "returned_share": _share(at_home - abroad, exports),
        "value_added_exports": abroad,
        "vax_ratio": _share(abroad, exports),
        "gvc_share": _share(back + forth, exports),
        "backward_share": _share(back, exports),
        "forward_share": _share(forth, exports),
        "forward_oecd_share": _share(sources.sum(axis=1) - domestic, exports),
        "value_added": added,
        "exported_value_added_share": _share(abroad, added),
    }
    is_there = table.of_country.any(axis=0)
    return _frame(columns, exports).filter(pl.Series(is_there))


def by_industry(table: WorldTable) -> pl.DataFrame:
    """A row for each industry of each country; rows of one industry that a country has in several
    parts are added up."""
    ends = value_added_exports(table)
    at = np.arange(len(table.country))
    exports = table.exports.sum(axis=1)
    chains = chain_trade(table)
    parts = pl.DataFrame(
        {
            "country": table.places,
            "industry": table.industries,
            "exports": exports,
            "own": table.own_content() * exports,
            "back": chains.backward,
            "forth": chains.forward,
            "value_added": table.value_added,
            "value_added_exports": ends.sum(axis=1) - ends[at, table.country],
        }
    )
    sums = parts.group_by("country", "industry", maintain_order=True).sum()
    whole, home, back, forth, added, abroad = (sums[name].to_numpy() for name in sums.columns[2:])
    columns = {
        "country": sums["country"],
        "industry": sums["industry"],
        "exports": whole,
        "domestic_share": _share(home, whole),
        "foreign_share": _share(whole - home, whole),
        "gvc_share": _share(back + forth, whole),
        "backward_share": _share(back, whole),
        "forward_share": _share(forth, whole),
        "value_added": added,
        "value_added_exports": abroad,
        "exported_value_added_share": _share(abroad, added),
    }
    return _frame(columns, whole)


def by_source(table: WorldTable) -> pl.DataFrame:
    """A row for each exporter and each country whose value added its exports hold."""
    sources = value_added_sources(table).T
    exports = sources.sum(axis=1, keepdims=True)
    share = np.divide(sources, exports, out=np.full_like(sources, np.nan), where=exports > 0)
    frame = country_pairs(table, "source", value=sources, share=share)
    return frame.filter(pl.col("share").is_not_nan() & (pl.col("value") != 0))


def by_partner(table: WorldTable) -> pl.DataFrame:
    """A row for each country and partner: gross trade and trade in value added, and balances."""
    gross = table.by_country(table.exports)
    ends = table.by_country(value_added_exports(table))
    frame = country_pairs(
        table,
        "partner",
        exports=gross,
        balance=gross - gross.T,
        value_added_exports=ends,
        value_added_balance=ends - ends.T,
    )
    return frame.filter(pl.col("country") != pl.col("partner"))


def chain_of(table: WorldTable, country: str, industry: str) -> pl.DataFrame:
    """A row for each industry of the world that adds to a good's value, those that add most first;
    where a country has several rows of the industry, of a unit of all that they deliver to final
    users."""
    goods = [
        i
        for i, named in enumerate(zip(table.places, table.industries, strict=True))
        if named == (country, industry)
    ]
    curves = [smile_curve(table, good) for good in goods]
    size = np.maximum(table.final[goods].sum(axis=1), 0)
    weight = size / size.sum() if size.sum() > 0 else np.full(len(goods), 1 / len(goods))
    share = np.sum([own.share * w for own, w in zip(curves, weight, strict=True)], axis=0)
    passed = [
        np.nan_to_num(own.share * own.steps) * w for own, w in zip(curves, weight, strict=True)
    ]
    parts = pl.DataFrame(
        {
            "country": table.places,
            "industry": table.industries,
            "share": share,
            "passed": np.sum(passed, axis=0),
            "value_added": table.value_added,
            "output": table.output,
        }
    )
    sums = parts.group_by("country", "industry", maintain_order=True).sum()
    own = pl.when(pl.col("industry") == industry).then(pl.lit("industry")).otherwise(pl.lit("home"))
    place = pl.when(pl.col("country") == country).then(own).otherwise(pl.lit("abroad"))
    stages = (
        sums.filter(pl.col("share").abs() > SMALL)
        .select(
            "country",
            "industry",
            stage=pl.concat_str("country", "industry", separator=" "),
            place=place,
            steps=pl.col("passed") / pl.col("share"),
            value_added_per_output=pl.col("value_added") / pl.col("output"),
            share="share",
        )
        .filter(pl.col("value_added_per_output").is_finite())
    )
    return best_first(stages, "share")
