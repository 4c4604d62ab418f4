"""What robustness says: whether the ranking survives, what moves it, and what lifts a unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.indicator_table import in_first_year
from firstlight.instruments.composites.rank_robustness.index_structure import Judged
from firstlight.instruments.composites.rank_robustness.robustness_tables import third_of
from firstlight.instruments.composites.rank_robustness.varied_choices import Levels
from firstlight.texts import (
    Code,
    Count,
    Figure,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Remark,
    Share,
    Value,
    message,
)

SURVIVES = 0.9
FAILS = 0.5  # shares from which a ranking survives, and below which it does not
TOLD_APART = 0.75  # of the draws, from which one neighbour is held to be above the other
ALIKE = 0.92  # correlation from which two indicators say nearly the same (JRC)
AGAINST = -0.2  # mean correlation below which an indicator runs against its dimension
NAMED = 3
TINY = 1e-9  # gains nearer than this are the same


def answer(
    judged: Judged, levels: Levels, tables: Mapping[str, pl.DataFrame], draws: int
) -> tuple[Message, ...]:
    """The sentences, whether the ranking survives first."""
    ranks = tables["ranks"].drop_nulls("rank")
    if ranks.height == 1:
        index = _titled(judged.declaration)
        only = Name(ranks["unit"][0])
        return (message("alone", index=index, unit=only, when=in_first_year(ranks)),)
    return (
        _verdict(judged.declaration, ranks, tables["sobol"], draws),
        *_shifts(ranks, levels),
        *_without(tables["redundancy"]),
        *_lifts(tables["lift"]),
        *_alike(tables["redundancy"]),
        *_clashing(levels),
        *_unranked(judged.declaration, tables["ranks"]),
    )


def nobody(declaration: Declaration) -> Message:
    """That nobody has a score, and so no rank."""
    least = Share(declaration.choices.least_weight)
    return message("nobody", index=_titled(declaration), least=least)


def _titled(declaration: Declaration) -> Remark:
    return Remark(declaration.title)


def _kept(ranks: pl.DataFrame) -> int:
    """Units whose interval lies within their third."""
    low, share, high = (
        third_of(ranks[name].to_numpy(), ranks.height) for name in ("low_rank", "rank", "high_rank")
    )
    return int(((low == share) & (high == share)).sum())


def _verdict(
    declaration: Declaration, ranks: pl.DataFrame, sobol: pl.DataFrame, draws: int
) -> Message:
    """Whether the ranking survives its choices, and which of them moves it most."""
    first = ranks["first_share"][0]
    kept = _kept(ranks)
    count = ranks.height
    values: dict[str, Value[Any]] = {
        "index": _titled(declaration),
        "when": in_first_year(ranks),
        "first": Name(ranks["unit"][0]),
        "draws": Count(draws),
        "count": Count(count),
    }
    known = sobol.drop_nulls("total_share")
    if known.is_empty():
        return message("same", **values)
    top = known.row(0, named=True)
    values |= {
        "share": Share(first),
        "kept": Count(kept),
        "choice": Code(f"codes.choice.{top['choice']}"),
        "part": Share(min(max(top["total_share"], 0.0), 1.0)),
    }
    if first >= SURVIVES and kept >= SURVIVES * count:
        return message("survives", **values)
    if first < FAILS or kept < FAILS * count:
        return message("does_not_survive", **values)
    return message("survives_in_part", **values)


def _shifts(ranks: pl.DataFrame, levels: Levels) -> list[Message]:
    """How far ranks shift, whose is least sure, and which neighbours are not told apart."""
    if not levels.varied:
        return []
    width = (ranks["high_rank"] - ranks["low_rank"]).to_numpy()
    row = ranks.row(int(np.argmax(width)), named=True)
    about: dict[str, Value[Any]] = {
        "shift": Number(float(ranks["mean_shift"].to_numpy().mean()), 1),
        "unit": Name(row["unit"]),
        "low": Count(row["low_rank"]),
        "high": Count(row["high_rank"]),
    }
    said = [message("shift", **about)] if width.max() else []
    units = ranks["unit"].to_list()
    share = ranks["above_next_share"].to_list()
    close = [at for at, each in enumerate(share) if each is not None and each < TOLD_APART]
    if close:
        pairs = tuple(
            Phrase(
                message(
                    "phrases.pair",
                    one=Name(units[at]),
                    other=Name(units[at + 1]),
                    share=Share(share[at]),
                )
            )
            for at in close[:NAMED]
        )
        counts = {"count": Count(len(close)), "all": Count(ranks.height - 1)}
        said.append(message("close", pairs=List(pairs), least=Share(TOLD_APART), **counts))
    return said


def _without(redundancy: pl.DataFrame) -> list[Message]:
    """Which indicator the ranking rests on most."""
    known = redundancy.drop_nulls("kendall_tau")
    if known.is_empty():
        return []
    row = known.row(0, named=True)
    if row["kendall_tau"] > 1 - TINY:
        return [message("without_any")]
    tau = Number(row["kendall_tau"])
    shift = Number(row["mean_shift"], 1)
    return [message("without", item=Remark.of(row, "indicator"), tau=tau, shift=shift)]


def _lifts(lift: pl.DataFrame) -> list[Message]:
    """What lifts the unit fastest."""
    known = lift.filter(pl.col("gain_index") > TINY)
    if known.is_empty():
        return []
    row = known.row(0, named=True)
    gain = row["gain_index"]
    equal = known.filter(
        pl.col("gain_index") > gain - TINY, pl.col("rank_gain") == row["rank_gain"]
    ).to_dicts()
    about: dict[str, Value[Any]] = {
        "unit": Name(row["unit"]),
        "items": List(tuple(Remark.of(each, "indicator") for each in equal[:NAMED])),
        "which": Code(f"codes.which.{_which(len(equal))}"),
        "gain": _points(gain),
    }
    if not row["rank_gain"]:
        return [message("lifts_score", **about)]
    return [message("lifts", count=Count(row["rank_gain"]), **about)]


def _points(gain: float) -> Number:
    """A gain with as many decimals as its size can bear."""
    if gain < 0.01:
        return Figure(gain)
    return Number(gain, 1 if gain >= 1 else 2)


def _which(count: int) -> str:
    """Whether one thing is named, all that are equal, or some of them."""
    if count == 1:
        return "alone"
    return "all" if count <= NAMED else "some"


def _alike(redundancy: pl.DataFrame) -> list[Message]:
    """Indicators that say nearly the same, and those that run against their dimension."""
    said = list[Message]()
    seen = set[frozenset[str]]()
    pairs = list[Phrase]()
    close = redundancy.filter(pl.col("highest_correlation") >= ALIKE)
    for row in close.sort("highest_correlation", descending=True, maintain_order=True).to_dicts():
        both = frozenset((row["indicator"], row["closest"]))
        if both not in seen:
            seen.add(both)
            share = Number(row["highest_correlation"])
            named = {"one": Remark.of(row, "indicator"), "other": Remark.of(row, "closest")}
            pairs.append(Phrase(message("phrases.alike_pair", correlation=share, **named)))
    if pairs:
        count = Count(len(pairs))
        said.append(message("nearly_same", count=count, pairs=List(tuple(pairs[:NAMED]))))
    against = redundancy.filter(pl.col("mean_correlation") < AGAINST).to_dicts()
    if against:
        items = List(tuple(Remark.of(row, "indicator") for row in against))
        said.append(message("against", count=Count(len(against)), items=items))
    return said


def _clashing(levels: Levels) -> list[Message]:
    """What was not drawn because it does not go together with the rest."""
    lost = [each for each in levels.levels if each.reason == "clash"]
    if not lost:
        return []
    items = List(tuple(Code(f"codes.level.{each.level}") for each in lost))
    return [message("clashing", count=Count(len(lost)), items=items)]


def _unranked(declaration: Declaration, ranks: pl.DataFrame) -> list[Message]:
    count = ranks["rank"].null_count()
    if not count:
        return []
    return [message("unranked", count=Count(count), least=Share(declaration.choices.least_weight))]


def conventions(levels: Levels, draws: int) -> tuple[Message, ...]:
    """How draws are made, and what is called what."""
    said = [message("drawn", draws=Count(draws)), message("going_together")]
    if levels.weight_change:
        said.append(message("weights_changed", change=Share(levels.weight_change)))
    if levels.left_out:
        said.append(message("left_out", count=Count(len(levels.left_out))))
    if levels.declaration.choices.lowest > 0 and "geometric" in levels.drawn("aggregation"):
        said.append(message("above_zero", lowest=Figure(levels.declaration.choices.lowest)))
    return (
        *said,
        message("intervals"),
        message("verdicts", survives=Share(SURVIVES), fails=Share(FAILS)),
        message("ties"),
        message("sobol"),
        message("structure", alike=Number(ALIKE), against=Number(AGAINST)),
        message("lifting"),
    )


def charts(tables: Mapping[str, pl.DataFrame]) -> tuple[Chart | Drawing, ...]:
    """Rank intervals, Sobol indices of the choices, and the matrix of pairs."""
    if "sobol" not in tables:
        return ()
    median = Mark("median_rank", "points", "low_rank", "high_rank")
    intervals = Chart("intervals", "ranks", "", (median,), line="unit", is_smallest_first=True)
    total = Mark("total_share", "bars", "total_low", "total_high")
    alone = Mark("first_order_share", "bars", "first_order_low", "first_order_high")
    drawn: list[Chart | Drawing] = [
        intervals,
        Chart("total", "sobol", "", (total,), line="choice"),
        Chart("first_order", "sobol", "", (alone,), line="choice"),
        Chart("lift", "lift", "", (Mark("gain_index", "bars"),), line="indicator"),
    ]
    if "pairs" in tables:
        pairs = Drawing(
            "pairs", "matrix", "pairs", node="unit", x="other", y="unit", size="above_share"
        )
        drawn.append(pairs)
    return tuple(drawn)
