"""The tables of a chain: its inputs, the weakest first; what removals do; how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array

from firstlight.instruments.chains.choke_points.need_graph import NeedGraph, articulation_points
from firstlight.instruments.chains.choke_points.removals import TINY, Effects, Removals
from firstlight.numerics.graph_layout import layout

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
CONCENTRATED = 2500.0  # from here, in the guidelines of 2010 on horizontal mergers
MOST_DRAWN = 150  # nodes, beyond which a drawing shows nothing
MOST_ROWS = 1000
DIGITS = 12  # of shares, so that the order of sums changes nothing
COLUMNS = (
    "rank",
    "input",
    "standing",
    "exposure_share",
    "home_low_share",
    "home_high_share",
    "home_providers",
    "steps_stopped_count",
    "finals_stopped_share",
    "top_country",
    "top_country_low_share",
    "top_country_high_share",
    "top_provider",
    "top_provider_low_share",
    "top_provider_high_share",
    "country_hhi_low",
    "country_hhi_high",
    "provider_hhi_low",
    "provider_hhi_high",
    "countries_count",
    "providers_count",
    "minor_count",
    "substitute_depth",
    "months_until",
    "is_articulation",
    "reason",
)


@dataclass(frozen=True)
class Single:
    """What one removal does, for each of them.

    finals : places of the final products that are looked at
    """

    removals: Removals
    effects: Effects
    finals: Ints
    stocks_known: bool

    @cached_property
    def steps_stopped(self) -> Bools:
        """(removals, names), products that stop besides what was removed."""
        return self.removals.steps_stopped(self.effects)

    def months(self, time: Floats) -> Floats:
        """When the first of the final products stops; nan for never, and without stocks."""
        first = time[:, self.finals].min(axis=1)
        return np.where(np.isfinite(first) & self.stocks_known, first, np.nan)


def input_table(single: Single, by: Literal["country", "provider"]) -> pl.DataFrame:
    """A row for each input that is no final product, the weakest first."""
    graph = single.removals.graph
    what = single.removals.what
    places = np.flatnonzero(what.inputs >= 0)
    inputs = what.inputs[places]
    stops = single.steps_stopped[places]
    final_stops = single.effects.stops[places][:, single.finals]
    is_cut = articulation_points(len(graph.names), graph.links)
    columns: dict[str, Any] = {
        "input": [what.names[k] for k in places],
        "steps_stopped_count": stops.sum(axis=1),
        "finals_stopped_share": final_stops.mean(axis=1),
    }
    for kind in ("country", "provider"):
        largest = _surely_largest(single, kind, inputs)
        columns[f"top_{kind}"] = pl.Series(largest, dtype=pl.String)
    columns |= _concentration(single, inputs)
    if single.removals.providers.home:
        columns |= _made_at_home(single, inputs)
    held = columns[f"top_{by}_low_share"].to_numpy()
    columns["exposure_share"] = _exposure(graph, inputs, held, single.finals)
    columns |= {
        "substitute_depth": _depths(single, places, held),
        "months_until": single.months(single.effects.time[places]),
        "is_articulation": is_cut[inputs],
    }
    table = pl.DataFrame(columns, strict=False).with_columns(pl.selectors.float().fill_nan(None))
    return _ranked(_described(table, single.removals.stop_share))


def _surely_largest(single: Single, kind: str, inputs: Ints) -> list[str | None]:
    """The provider or the country that holds most of each input; None where another may."""
    kinds = np.array(single.removals.what.kinds)
    rows = np.flatnonzero(kinds == kind)
    names: list[str | None] = []
    of_one = _part_matrix(single)  # who holds none of an input is no holder that may be largest
    for at in inputs.tolist():
        holders = rows[of_one[rows, at] > 0]
        least, most = (
            each[holders, at].round(DIGITS)
            for each in (single.effects.own_low, single.effects.own_high)
        )
        sure = [
            k
            for k in range(len(holders))
            if least[k] > 0 and all(least[k] > most[j] for j in range(len(holders)) if j != k)
        ]
        names.append(single.removals.what.names[holders[sure[0]]] if sure else None)
    return names


def _made_at_home(single: Single, inputs: Ints) -> dict[str, Any]:
    """The least and the most of each input that is made at home, nan without providers; and by
    whom, home itself where no firm is named."""
    providers = single.removals.providers
    has_some = np.isin(inputs, [part.at for part in providers.parts])
    columns: dict[str, Any] = {
        f"home_{end}_share": np.where(has_some, share[inputs].round(DIGITS), np.nan)
        for end, share in zip(("low", "high"), providers.at_home(), strict=True)
    }
    makers: dict[int, set[str]] = {}
    for part in providers.parts:
        if not providers.is_abroad(part):
            makers.setdefault(part.at, set()).add(part.provider or str(part.country))
    firms = {
        at: sorted(makers_of - {*providers.home}) or sorted(makers_of)
        for at, makers_of in makers.items()
    }
    listed = ["; ".join(firms.get(at, ())) or None for at in inputs.tolist()]
    return {**columns, "home_providers": pl.Series(listed, dtype=pl.String)}


def _part_matrix(single: Single) -> NDArray[np.float64]:
    """(removable, names), how many parts of a name go with each."""
    parts = single.removals.providers.parts
    at = [part.at for part in parts]
    shape = (len(parts), len(single.removals.graph.names))
    of_input = coo_array((np.ones(len(parts)), (np.arange(len(parts)), at)), shape).tocsr()
    return np.asarray((single.removals.what.gone @ of_input).toarray())


def _exposure(graph: NeedGraph, inputs: Ints, held: Any, finals: Ints) -> Floats:
    """What is lost of the final products if each input alone loses so much; nan where that is not
    known."""
    own = np.ones((len(graph.names), len(inputs)))
    own[inputs, np.arange(len(inputs))] = 1.0 - np.nan_to_num(held)
    lost = 1.0 - graph.capacity(own)[finals].mean(axis=0)
    return np.where(np.isnan(held), np.nan, lost.round(DIGITS))


def _concentration(single: Single, inputs: Ints) -> dict[str, pl.Series]:
    """Concentration by country and by provider, what the largest holds, and how many there are."""
    providers = single.removals.providers
    shares = [
        name.format(kind)
        for kind in ("country", "provider")
        for name in ("{}_hhi_low", "{}_hhi_high", "top_{}_low_share", "top_{}_high_share")
    ]
    rows: dict[int, list[float | int | None]] = {}
    for at, parts in providers.of_input():
        abroad = [part for part in parts if providers.is_abroad(part)]
        named = {part.provider for part in abroad if part.provider is not None}
        minor = {part.provider for part in abroad if part.provider is not None and part.is_minor}
        countries = {part.country for part in abroad if part.country is not None}
        row: list[float | int | None] = []
        counts = list[int | None]()
        for bounds, own in (
            (providers.by_country(parts), (countries,)),
            (providers.by_provider(parts), (named, minor)),
        ):
            row += [None] * 4 if bounds is None else [round(each, DIGITS) for each in bounds]
            counts += [None] * len(own) if bounds is None else map(len, own)
        rows[at] = [*row, *counts]
    columns = [*shares, "countries_count", "providers_count", "minor_count"]
    nothing: list[float | int | None] = [None] * len(columns)
    listed = [rows.get(at, nothing) for at in inputs.tolist()]
    kinds = [pl.Float64] * len(shares) + [pl.Int64] * 3
    return {
        name: pl.Series([row[k] for row in listed], dtype=kinds[k])
        for k, name in enumerate(columns)
    }


def _depths(single: Single, places: Ints, held: Any) -> list[int | None]:
    """How many links down the chain there is a substitute: 0 where the input has another source, 1
    where what it goes into can use another input; None for nowhere."""
    removals = single.removals
    graph = removals.graph
    is_alone = ~(np.nan_to_num(held, nan=1.0) < removals.stop_share)
    down: dict[int, list[tuple[int, bool]]] = {}
    for product, inputs in graph.groups:
        for each in inputs:
            down.setdefault(each, []).append((product, len(inputs) > 1))
    depths = list[int | None]()
    for k, place in enumerate(places.tolist()):
        stops = single.effects.stops[place]
        start = int(removals.what.inputs[place])
        depths.append(_depth(down, stops, start) if is_alone[k] else 0)
    return depths


def _depth(down: dict[int, list[tuple[int, bool]]], stops: Bools, start: int) -> int | None:
    """The links from a node to the first product that goes on without it."""
    seen = {start}
    level = [start]
    depth = 0
    while level:
        depth += 1
        after = list[int]()
        for node in level:
            for product, has_others in down.get(node, []):
                if has_others and not stops[product]:
                    return depth
                if product not in seen:
                    seen.add(product)
                    after.append(product)
        level = after
    return None


def _described(table: pl.DataFrame, stop_share: float) -> pl.DataFrame:
    """What each input is, in a word, and why it has no exposure."""
    is_of_one = {
        kind: pl.col(f"top_{kind}_low_share") >= stop_share - TINY
        for kind in ("provider", "country")
    }
    # by country where countries are known: firms of one country may go together
    low, high = (
        pl.coalesce(f"country_hhi_{end}", f"provider_hhi_{end}") for end in ("low", "high")
    )
    standing = (
        pl.when(pl.col("finals_stopped_share") == 0)
        .then(pl.lit("replaceable"))
        .when(low.is_null())
        .then(pl.lit("unknown"))
        .when(is_of_one["provider"])
        .then(pl.lit("one_provider"))
        .when(is_of_one["country"])
        .then(pl.lit("one_country"))
        .when(low >= CONCENTRATED)
        .then(pl.lit("concentrated"))
        .when(high < CONCENTRATED)
        .then(pl.lit("spread"))
        .otherwise(pl.lit("unclear"))
    )
    if "home_low_share" in table:
        is_own = pl.col("home_low_share") >= stop_share - TINY
        is_open = ~standing.is_in(["replaceable", "unknown"])
        standing = pl.when(is_own & is_open).then(pl.lit("home")).otherwise(standing)
    nobody = pl.when(low.is_null()).then(pl.lit("no_providers")).otherwise(pl.lit("no_source"))
    reason = pl.when(pl.col("exposure_share").is_null()).then(nobody)
    return table.with_columns(standing=standing, reason=reason)


def _ranked(table: pl.DataFrame) -> pl.DataFrame:
    """The most exposed first; of these the one that nobody makes at home, then the one with the
    fewest providers, then the one that stops most. What is not known has no rank."""
    is_made = []
    if "home_providers" in table:
        is_made = [pl.col("home_providers").is_not_null()]
    ordered = table.sort(
        pl.col("exposure_share").neg(),
        *is_made,
        pl.col("providers_count").is_null(),
        "providers_count",
        pl.col("steps_stopped_count").neg(),
        "input",
        nulls_last=True,
    )
    rank = pl.when(pl.col("exposure_share").is_not_null()).then(pl.int_range(1, pl.len() + 1))
    columns = [name for name in COLUMNS if name in {"rank", *ordered.columns}]
    return ordered.with_columns(rank=rank).select(columns)


def removal_table(single: Single) -> pl.DataFrame:
    """What the removal of each country and provider does, that of most first; that of inputs stands
    in their own table."""
    what = single.removals.what
    table = pl.DataFrame(
        {
            "kind": what.kinds,
            "name": what.names,
            **effect_columns(single, single.effects),
        }
    )
    return (
        table.filter(pl.col("kind") != "input")
        .sort(
            "kind",
            "lost_low_share",
            "steps_stopped_count",
            "lost_high_share",
            "name",
            descending=[False, True, True, True, False],
        )
        .with_columns(pl.selectors.float().fill_nan(None))
    )


def effect_columns(single: Single, effects: Effects) -> dict[str, Any]:
    """What removals do to steps and final products."""
    finals = single.finals
    return {
        "steps_stopped_count": single.removals.steps_stopped(effects).sum(axis=1),
        "finals_stopped_count": effects.stops[:, finals].sum(axis=1),
        "lost_low_share": effects.low[:, finals].mean(axis=1).round(DIGITS),
        "lost_high_share": effects.high[:, finals].mean(axis=1).round(DIGITS),
        "months_until": single.months(effects.time),
    }


class Pairs:
    """The pairs that stop more than their members do alone, gathered while all are tried."""

    def __init__(self, single: Single) -> None:
        self.single = single
        self.one: list[Ints] = []
        self.other: list[Ints] = []
        self.columns: list[dict[str, Any]] = []
        self.cuts: list[NDArray[np.intp]] = []

    def visit(self, one: Ints, other: Ints, effects: Effects) -> None:
        """A block of pairs."""
        alone = self.single.steps_stopped
        single = self.single
        steps = single.removals.steps_stopped(effects)
        more = steps.sum(axis=1) - (steps & (alone[one] | alone[other])).sum(axis=1)
        finals = effects.stops[:, single.finals]
        was = single.effects.stops[:, single.finals]
        is_cut = finals & ~was[one] & ~was[other]
        kept = np.flatnonzero((more > 0) | is_cut.any(axis=1))
        some = effect_columns(single, effects.rows(kept))
        self.one.append(one[kept])
        self.other.append(other[kept])
        self.columns.append({"more_stopped_count": more[kept], **some})
        rows, final = np.nonzero(is_cut)
        self.cuts.append(np.column_stack([final, one[rows], other[rows]]))


def pair_tables(single: Single, pairs: Pairs) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Pairs that do more together, those that stop most first, at most a thousand; the sets of one
    or two without which a final product stops, none of which holds another; and all such pairs."""
    what = single.removals.what
    kinds, names = (np.array(each, object) for each in (what.kinds, what.names))
    one, other = (
        np.concatenate([*each, np.zeros(0, np.intp)]) for each in (pairs.one, pairs.other)
    )
    measured = list(pairs.columns[0]) if pairs.columns else []
    columns = {name: np.concatenate([block[name] for block in pairs.columns]) for name in measured}
    table = pl.DataFrame(
        {
            "kind": pl.Series(kinds[one].tolist(), dtype=pl.String),
            "name": pl.Series(names[one].tolist(), dtype=pl.String),
            "other_kind": pl.Series(kinds[other].tolist(), dtype=pl.String),
            "other_name": pl.Series(names[other].tolist(), dtype=pl.String),
            **columns,
        }
    ).with_columns(pl.selectors.float().fill_nan(None))
    if columns:
        table = table.sort(
            "finals_stopped_count",
            "more_stopped_count",
            "lost_low_share",
            *("name", "other_name", "kind", "other_kind"),
            descending=[True, True, True, *[False] * 4],
        )
    stops = single.effects.stops[:, single.finals]
    alone = [(final, k, -1) for k, final in np.argwhere(stops).tolist()]
    both = np.concatenate([*pairs.cuts, np.zeros((0, 3), np.intp)]).astype(np.intp).tolist()
    listed = [*sorted(alone), *sorted(tuple(cut) for cut in both)]
    rows = [_cut(single, *cut) for cut in listed]
    schema = {
        "final": pl.String,
        "members_count": pl.Int64,
        "kind": pl.String,
        "name": pl.String,
        "other_kind": pl.String,
        "other_name": pl.String,
    }
    cuts = pl.DataFrame(rows, schema, orient="row").sort(
        "final", "members_count", maintain_order=True
    )
    return table.head(MOST_ROWS), cuts.head(MOST_ROWS), table.height


def _cut(single: Single, final: int, first: int, second: int) -> tuple[Any, ...]:
    """A row of the table of cuts; a second of -1 is none."""
    what = single.removals.what
    name = single.removals.graph.names[single.finals[final]]
    if second < 0:
        return (name, 1, what.kinds[first], what.names[first], None, None)
    other = (what.kinds[second], what.names[second])
    return (name, 2, what.kinds[first], what.names[first], *other)


def network(single: Single, inputs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The chain as it is drawn: nodes and links, the first by rank where there are many."""
    graph = single.removals.graph
    standing = dict(inputs.select("input", "standing").iter_rows())
    counts = dict(inputs.select("input", "steps_stopped_count").iter_rows())
    finals = [graph.names[k] for k in single.finals]
    first = [*finals, *(name for name in inputs["input"].to_list() if name not in finals)]
    shown = sorted(graph.at[name] for name in first[:MOST_DRAWN])
    new = {old: k for k, old in enumerate(shown)}
    links = [(new[one], new[other]) for one, other in graph.links if one in new and other in new]
    links = [pair for pair in links if pair[0] != pair[1]]
    spots = layout(_symmetric(len(shown), links))
    names = [graph.names[k] for k in shown]
    nodes = pl.DataFrame(
        {
            "node": names,
            "x": spots[:, 0],
            "y": spots[:, 1],
            "stopped": [float(counts.get(name, 0)) + 1.0 for name in names],
            "standing": [standing.get(name, "final") for name in names],
        }
    )
    rows = [(names[one], names[other], 1.0) for one, other in links]
    schema = {"one": pl.String, "other": pl.String, "weight": pl.Float64}
    return nodes, pl.DataFrame(rows, schema, orient="row")


def _symmetric(size: int, links: Sequence[tuple[int, int]]) -> Any:
    pairs = sorted({(min(pair), max(pair)) for pair in links})
    one, other = (np.array([pair[side] for pair in pairs], np.intp) for side in (0, 1))
    half = coo_array((np.ones(len(pairs)), (one, other)), (size, size)).tocsr()
    return half + half.T
