"""What an index says: who stands where, what lifts and holds back, and how much rests on what is
missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from firstlight.chart import Chart, Drawing, Mark, by_rank_and_year
from firstlight.instruments.composites.aggregations import MEANS
from firstlight.instruments.composites.composite_index.index_tables import (
    CONSISTENT,
    gaps_to_average,
)
from firstlight.instruments.composites.declaration_file import made_of
from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.index_scores import IndexScores
from firstlight.instruments.composites.indicator_table import IndicatorTable, in_first_year
from firstlight.numerics.long_frames import last_year
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
    counted,
    message,
    names,
)

FOLLOWERS = 2  # units named after the first
TOLD = 3  # indicators named as lifting or holding back
TINY = 1e-9  # scores nearer than this are the same, shares nearer to all are all


def answer(
    table: IndicatorTable,
    declaration: Declaration,
    computed: IndexScores,
    tables: Mapping[str, pl.DataFrame],
) -> tuple[Message, ...]:
    """The sentences, the answer first."""
    scores = tables["scores"]
    return (
        *_places(declaration, scores),
        *_reasons(table, declaration, computed, scores),
        *_data(table, declaration, computed, scores),
        *_steps(declaration, computed),
        *_agreement(tables),
        *_zeros(declaration, computed, scores),
    )


def _title(declaration: Declaration, code: str) -> Remark:
    return Remark(declaration.title_of[code])


def _last(scores: pl.DataFrame) -> pl.DataFrame:
    """The units with a score in the last year that has any, the highest first."""
    return last_year(scores.drop_nulls("score_index"))


def _placed(row: Mapping[str, Any]) -> Phrase:
    return Phrase(message("phrases.placed", unit=Name(row["unit"]), score=_score(row)))


def _score(row: Mapping[str, Any]) -> Number:
    """A score with three figures or so."""
    return Number(row["score_index"], 1 if abs(row["score_index"]) >= 10 else 2)


def _places(declaration: Declaration, scores: pl.DataFrame) -> list[Message]:
    """Who stands first, who follows, and who is last."""
    known = _last(scores)
    values: dict[str, Value[Any]] = {"index": _title(declaration, "")}
    if known.is_empty():
        return [message("nobody", least=Share(declaration.choices.least_weight), **values)]
    first, *others = known.iter_rows(named=True)
    choices = declaration.choices
    scale = Phrase(message("phrases.no_ends"))
    if choices.has_ends and choices.aggregation in MEANS:
        ends = {"low": Figure(choices.lowest), "high": Figure(choices.highest)}
        means = (choices.aggregation, choices.above)
        beyond = "penalised" if "mazziotta_pareto" in means else "ends"
        scale = Phrase(message(f"phrases.{beyond}", **ends))
    values |= {"when": in_first_year(known), "first": _placed(first), "scale": scale}
    if not others:
        return [message("alone", **values)]
    values["count"] = Count(known.height)
    if abs(first["score_index"] - others[-1]["score_index"]) < TINY:
        return [message("all_alike", **values)]
    values["last"] = _placed(others[-1])
    equal = [each for each in others if each["rank"] == first["rank"]]
    if equal:
        units = names([first["unit"], *(each["unit"] for each in equal)])
        return [message("tied", units=units, score=_score(first), **values)]
    if len(others) == 1:
        return [message("two", **values)]
    then = tuple(_placed(row) for row in others[: min(FOLLOWERS, len(others) - 1)])
    return [message("places", followers=List(then), **values)]


def _reasons(
    table: IndicatorTable, declaration: Declaration, computed: IndexScores, scores: pl.DataFrame
) -> list[Message]:
    """What lifts the first and holds it back, and what holds back the last."""
    known = _last(scores)
    if known.height < 2:
        return []
    gap = gaps_to_average(table, computed)
    said = []
    for place, sign in ((0, 1), (0, -1), (-1, -1)):
        row = known.row(place, named=True)
        lacking = gap[_row_of(table, row)]
        size = np.where(np.isnan(lacking), 0.0, sign * lacking)
        order = np.argsort(-np.round(size, 12), kind="stable")[:TOLD]
        codes = [declaration.indicators[int(j)].code for j in order if size[j] > TINY]
        if codes:
            items = List(tuple(_title(declaration, code) for code in codes))
            code = "lifts" if sign > 0 else "holds_back"
            said.append(message(code, unit=Name(row["unit"]), items=items))
    return said


def _row_of(table: IndicatorTable, row: Mapping[str, Any]) -> int:
    same = table.keys["unit"] == row["unit"]
    if table.years is not None:
        same &= table.keys["year"] == row["year"]
    return int(np.flatnonzero(same.to_numpy())[0])


def _data(
    table: IndicatorTable, declaration: Declaration, computed: IndexScores, scores: pl.DataFrame
) -> list[Message]:
    """How much of the weight rests on values of the table, what has none, and who has no score."""
    said = []
    share = float(computed.known[-1].mean())
    if share > 1 - TINY:
        said.append(message("all_there"))
    else:
        code = "rests_on_filled" if computed.is_filled.any() else "rests_on"
        said.append(message(code, share=Share(share, 1), missing=Share(1 - share, 1)))
    absent = np.flatnonzero(np.isnan(computed.values).all(axis=0))
    if len(absent):
        titles = tuple(_title(declaration, declaration.indicators[int(j)].code) for j in absent)
        count = {"count": Count(len(absent)), "all": Count(len(declaration.indicators))}
        said.append(message("absent", items=List(titles), **count))
    said += _ratios(table, declaration, computed, absent.tolist())
    without = scores.filter(pl.col("reason") == "little_known")
    if without.height and without.height < scores.height:
        units = names(without["unit"].unique().sort())
        least = Share(declaration.choices.least_weight)
        said.append(message("no_score", count=Count(without.height), units=units, least=least))
    if table.unused:
        said.append(
            message("unused", count=Count(len(table.unused)), items=names(sorted(table.unused)))
        )
    return said


def _ratios(
    table: IndicatorTable, declaration: Declaration, scores: IndexScores, absent: Sequence[int]
) -> list[Message]:
    """Which indicators have values but nothing to divide them by, and which are ratios already."""
    lost = [
        declaration.indicators[j]
        for j in absent
        if (scores.why_missing[:, j] == "denominator_missing").any()
    ]
    said = []
    if lost:
        by = dict.fromkeys(each.denominator for each in lost if each.denominator)
        items = List(tuple(_title(declaration, each.code) for each in lost))
        lacking = List(tuple(_title(declaration, code) for code in by))
        said.append(message("undivided", count=Count(len(lost)), items=items, lacking=lacking))
    if table.ready:
        items = List(tuple(_title(declaration, code) for code in table.ready))
        said.append(message("ready", count=Count(len(table.ready)), items=items))
    return said


def _steps(declaration: Declaration, scores: IndexScores) -> list[Message]:
    """What was filled in, moved and taken as logarithms."""
    said = []
    if scores.is_filled.any():
        how = Code(f"codes.step.filled_{declaration.choices.missing}")
        said.append(message("filled", count=Count(int(scores.is_filled.sum())), how=how))
    moved = scores.is_winsorised.any(axis=0)
    if moved.any():
        about = {"count": Count(int(scores.is_winsorised.sum())), "of": Count(int(moved.sum()))}
        said.append(message("winsorised", items=_listed(declaration, moved), **about))
    for code, which in (("logged", scores.is_logged), ("still_skewed", scores.is_still_skewed)):
        if which.any():
            count = Count(int(which.sum()))
            said.append(message(code, count=count, items=_listed(declaration, which)))
    constant = scores.is_constant.all(axis=0)
    if constant.any():
        count = Count(int(constant.sum()))
        said.append(message("constant", count=count, items=_listed(declaration, constant)))
    said += counted("beyond", int(scores.is_beyond.sum()))
    return said


def _listed(declaration: Declaration, which: Any) -> List:
    codes = [declaration.indicators[int(j)].code for j in np.flatnonzero(which)]
    return List(tuple(_title(declaration, code) for code in codes))


def _agreement(tables: Mapping[str, pl.DataFrame]) -> list[Message]:
    """Whether the pairwise judgements agree."""
    if "judgements" not in tables:
        return []
    worst = tables["judgements"].sort("consistency_ratio", descending=True).row(0, named=True)
    about: dict[str, Value[Any]] = {
        "of": Remark.of(worst, "of"),
        "ratio": Number(worst["consistency_ratio"], 3),
        "limit": Number(CONSISTENT, 1),
        "table": Code(f"codes.random_index.{worst['random_index']}"),
    }
    return [message(worst["verdict"], **about)]


def _zeros(declaration: Declaration, computed: IndexScores, scores: pl.DataFrame) -> list[Message]:
    """A single 0 makes a geometric or harmonic mean 0, which has to be known."""
    means = {declaration.choices.aggregation, declaration.choices.above}
    if not means & {"geometric", "harmonic"}:
        return []
    zeros = scores.filter(pl.col("score_index") == 0)
    if zeros.is_empty():
        return []
    units = names(zeros["unit"].unique().sort())
    return [message("zeros", count=Count(zeros.height), units=units)]


def conventions(declaration: Declaration) -> tuple[Message, ...]:
    """Every choice of the declaration."""
    choices = declaration.choices
    said = [
        made_of(declaration),
        message("missing", how=Code(f"codes.missing.{choices.missing}")),
        _outliers(declaration),
        _scale(declaration),
        *_weighing(declaration),
        *_aggregating(declaration),
        message("least", share=Share(choices.least_weight)),
        message("gap"),
    ]
    if any(each.denominator for each in declaration.indicators):
        said.insert(1, message("divided"))
    return (*said, *_aimed(declaration))


def _aimed(declaration: Declaration) -> list[Message]:
    """The indicators that count by their distance from a target, with their targets."""
    items = list[Phrase]()
    for each in declaration.indicators:
        if each.target is not None:
            low, high = (Figure(end) for end in each.target)
            title = _title(declaration, each.code)
            items.append(Phrase(message("phrases.aimed_at", title=title, low=low, high=high)))
    if not items:
        return []
    return [message("aimed", items=List(tuple(items)))]


def _outliers(declaration: Declaration) -> Message:
    choices = declaration.choices
    if choices.outliers == "keep":
        return message("outliers_kept")
    return message(
        "outliers_winsorised",
        most=Count(choices.most_winsorised),
        skew=Number(choices.skew_limit, 1),
        kurtosis=Number(choices.kurtosis_limit, 1),
        then=Code(f"codes.skewed.{choices.skewed}"),
    )


def _scale(declaration: Declaration) -> Message:
    choices = declaration.choices
    ends = {"low": Figure(choices.lowest), "high": Figure(choices.highest)}
    if choices.normalisation == "z":
        ends = {"low": Figure(choices.centre), "high": Figure(choices.spread)}
    how = Phrase(message(f"scales.{choices.normalisation}", **ends))
    return message("scale", how=how, over=Code(f"codes.over.{choices.over}"))


def _weighing(declaration: Declaration) -> list[Message]:
    choices = declaration.choices
    said = [message("weighed", how=Code(f"codes.weighting.{choices.weights}"))]
    if choices.weights == "combination":
        parts = List(tuple(Code(f"codes.weighting.{each}") for each in choices.combine))
        said.append(
            message("combined", parts=parts, by=Code(f"codes.combined.{choices.combine_by}"))
        )
    declared = {"equal", "given", "ahp", "benefit_of_the_doubt"}
    if set(choices.weightings) - declared:
        said.append(
            message("weights_over", over=Code(f"codes.weights_over.{choices.weights_over}"))
        )
    if choices.weights == "benefit_of_the_doubt" and choices.doubt_least_share:
        said.append(message("doubt_least", share=Share(choices.doubt_least_share, 1)))
    if "ahp" in choices.weightings:
        said.append(
            message("random_index", table=Code(f"codes.random_index.{choices.random_index}"))
        )
    return said


def _aggregating(declaration: Declaration) -> list[Message]:
    choices = declaration.choices
    said = [message("aggregated", how=Code(f"codes.aggregation.{choices.aggregation}"))]
    if choices.above is not None and choices.above != choices.aggregation:
        said.append(message("above", how=Code(f"codes.aggregation.{choices.above}")))
    if choices.aggregation == "grey_relational":
        said.append(message("distinguishing", value=Number(choices.distinguishing)))
    if choices.aggregation == "vikor":
        said.append(message("compromise", value=Number(choices.compromise)))
    if "mazziotta_pareto" in (choices.aggregation, choices.above):
        said.append(message("penalty", how=Code(f"codes.penalty.{choices.penalty}")))
    if choices.normalisation == "z" or "mazziotta_pareto" in (choices.aggregation, choices.above):
        said.append(message("deviations", by=Code(f"codes.deviations.{choices.deviations}")))
    return said


def charts(tables: Mapping[str, pl.DataFrame]) -> tuple[Chart | Drawing, ...]:
    """The ranking, its course, and the same of each dimension."""
    scores = tables["scores"]
    mark = Mark("score_index", "bars")
    by_rank = Chart("by_rank", "scores", "", (mark,), line="unit")
    by_year = Chart("by_year", "scores", "year", (Mark("score_index"),), panel="unit")
    by_dimension = Chart("by_dimension", "dimensions", "", (mark,), panel="dimension", line="unit")
    ranking, *course = by_rank_and_year(scores, by_rank, by_year)
    return (ranking, by_dimension, *course)
