"""The tables of an index: scores, dimensions, what each indicator adds, weights, and every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.index_scores import IndexScores
from firstlight.instruments.composites.index_weights import declared_weights
from firstlight.instruments.composites.indicator_table import IndicatorTable
from firstlight.instruments.composites.normalisations import within_groups
from firstlight.instruments.composites.pairwise_judgements import pairwise_weights
from firstlight.numerics.known_values import known_means
from firstlight.numerics.ranks import rank_from_highest
from firstlight.texts import by_columns, language_columns

Floats = NDArray[np.float64]
DIGITS = 10  # beyond which scores differ by rounding alone
CONSISTENT = 0.1  # consistency ratio up to which judgements are held to agree


def index_tables(
    table: IndicatorTable, declaration: Declaration, scores: IndexScores
) -> dict[str, pl.DataFrame]:
    """The tables by name, the main one first."""
    tables = {
        "scores": _scores(table, declaration, scores),
        "dimensions": _dimensions(table, declaration, scores),
        "contributions": _contributions(table, declaration, scores),
        "weights": _weights(table, declaration, scores.weights),
    }
    if scores.alone:
        alone = [
            _weights(table, declaration, each).select(pl.lit(name).alias("weighting"), pl.all())
            for name, each in scores.alone.items()
        ]
        tables["weightings"] = pl.concat(alone, how="diagonal")
    if "ahp" in declaration.choices.weightings:
        tables["judgements"] = _judgements(declaration)
    tables["treatment"] = _treatment(table, declaration, scores)
    tables["declared"] = _declared(declaration, scores)
    return tables


def gaps_to_average(table: IndicatorTable, scores: IndexScores) -> Floats:
    """(n, k), the weight of each indicator times its distance from the mean of the year's units;
    nan where there is none."""
    u = scores.normalised
    mean = within_groups(_column_means, u, table.years)
    return np.asarray(scores.weights * (u - mean))


def _column_means(u: Floats) -> Floats:
    """The mean of each column beside every row; nan where it has no value."""
    return np.broadcast_to(known_means(u, axis=0), u.shape)


def _ranked(frame: pl.DataFrame, within: list[str]) -> pl.DataFrame:
    """With ranks, the highest score first, equal ones with equal rank; and nulls for nans."""
    frame = frame.with_columns(pl.selectors.float().fill_nan(None))
    score = pl.col("score_index").round(DIGITS)
    return frame.with_columns(rank=rank_from_highest(score, within))


def _reason(score: Floats, weights: Floats) -> list[str | None]:
    """Why there is no score: nothing has a weight, being constant, or too little is known."""
    has_weight = weights.sum(axis=1) > 0
    codes = np.where(has_weight, "little_known", "no_spread").astype(object)
    codes[~np.isnan(score)] = None
    return list(codes)


def _scores(table: IndicatorTable, declaration: Declaration, scores: IndexScores) -> pl.DataFrame:
    """The main table: the last year first, the highest score first."""
    score = scores.score(declaration.choices.least_weight)
    gap = gaps_to_average(table, scores)
    codes = [each.code for each in declaration.indicators]
    best = _extreme(gap, codes, 1)
    worst = _extreme(gap, codes, -1)
    columns = [
        *table.keys.get_columns(),
        pl.Series("score_index", score),
        *declaration.titled(best, "lifted_by"),
        *declaration.titled(worst, "held_back_by"),
        pl.Series("known_share", scores.known[-1]),
        pl.Series("reason", _reason(score, scores.weights), pl.String),
    ]
    years = ["year"] if table.years is not None else []
    frame = _ranked(pl.DataFrame(columns), years)
    frame = frame.select("rank", pl.exclude("rank"))
    return frame.sort(
        *years,
        pl.col("score_index").round(DIGITS),
        "unit",
        descending=[*(True for _ in years), True, False],
        nulls_last=True,
    )


def _extreme(gap: Floats, codes: list[str], sign: int) -> list[str | None]:
    """The indicator with the highest gap, or the lowest, of each row; None where none is above, or
    below, the average."""
    signed = np.where(np.isnan(gap), -np.inf, sign * gap)
    at = np.argmax(np.round(signed, DIGITS), axis=1)
    is_told = signed[np.arange(len(signed)), at] > 10.0**-DIGITS
    named: NDArray[np.object_] = np.array(codes, object)[at]
    named[~is_told] = None
    return list(named)


def _dimensions(
    table: IndicatorTable, declaration: Declaration, scores: IndexScores
) -> pl.DataFrame:
    """The scores of each dimension; none where too little of its weight is known."""
    least = declaration.choices.least_weight
    within = [name for name in ("year",) if name in table.keys.columns]
    parts = []
    order = [each.code for each in declaration.dimensions]
    nodes = list(declaration.tree.nodes)
    for code in order:
        at = nodes.index(code)
        known = scores.known[at]
        leaves = declaration.tree.leaves[at]
        score = scores.score(least, at)
        columns = [
            *table.keys.get_columns(),
            *declaration.titled([code] * table.keys.height, "dimension"),
            pl.Series("score_index", score),
            pl.Series("known_share", known),
            pl.Series("reason", _reason(score, scores.weights[:, list(leaves)]), pl.String),
        ]
        parts.append(_ranked(pl.DataFrame(columns), within))
    order_of = (*language_columns("dimension"), *within, "rank", "unit")
    frame = pl.concat(parts).select(*order_of, pl.exclude(order_of))
    place = pl.col("dimension").replace_strict(
        {declaration.title_of[code]["en"]: at for at, code in enumerate(order)}
    )
    descending = [*(True for _ in within), False, True, False]
    return frame.sort(
        *within,
        place,
        pl.col("score_index").round(DIGITS),
        "unit",
        descending=descending,
        nulls_last=True,
    )


def _contributions(
    table: IndicatorTable, declaration: Declaration, scores: IndexScores
) -> pl.DataFrame:
    """What each indicator adds to each unit."""
    indicators = declaration.indicators
    k = len(indicators)
    n = table.keys.height
    keys = table.keys[np.repeat(np.arange(n), k)]
    codes = [each.code for each in indicators] * n
    dimensions = [each.dimension for each in indicators] * n
    is_known = ~np.isnan(scores.normalised)
    why = np.where(scores.is_constant, "constant", scores.why_missing)
    why = np.where(is_known | (why == ""), "", why)
    flat = {
        "value": scores.values,
        "treated_value": scores.treated,
        "normalised_index": scores.normalised,
        "weight_share": scores.weights,
        "contribution_index": scores.contributions,
        "gap_index": gaps_to_average(table, scores),
    }
    columns = [
        *keys.get_columns(),
        *declaration.titled(codes, "indicator"),
        *declaration.titled(dimensions, "dimension"),
        *(pl.Series(name, own.ravel()) for name, own in flat.items()),
        pl.Series("reason", why.ravel(), pl.String),
    ]
    frame = pl.DataFrame(columns).with_columns(
        pl.selectors.float().fill_nan(None),
        reason=pl.when(pl.col("reason") != "").then("reason"),
    )
    if "year" in frame.columns:
        frame = frame.sort("year", descending=True, maintain_order=True)
    return frame


def _weights(table: IndicatorTable, declaration: Declaration, weights: Floats) -> pl.DataFrame:
    """The weights of the indicators: one for all rows where all are the same, else the mean of each
    year."""
    codes = [each.code for each in declaration.indicators]
    dimensions = [each.dimension for each in declaration.indicators]
    head = [
        *declaration.titled(codes, "indicator"),
        *declaration.titled(dimensions, "dimension"),
    ]
    # weights that every year shares are listed once
    if table.years is None or np.abs(weights - weights[:1]).max() < 1e-15:
        rows = pl.DataFrame([*head, pl.Series("weight_share", weights.mean(axis=0))])
        return rows.sort("weight_share", descending=True, maintain_order=True)
    parts = []
    for year in np.unique(table.years)[::-1]:
        mean = weights[table.years == year].mean(axis=0)
        rows = pl.DataFrame([*head, pl.Series("weight_share", mean)])
        rows = rows.insert_column(0, pl.Series("year", [int(year)] * len(codes), pl.Int32))
        parts.append(rows.sort("weight_share", descending=True, maintain_order=True))
    return pl.concat(parts)


def _judgements(declaration: Declaration) -> pl.DataFrame:
    """How far the pairwise judgements agree."""
    table = declaration.choices.random_index
    rows = []
    for each in declaration.judgements:
        judged = pairwise_weights(each.matrix, table)
        is_fine = judged.consistency_ratio <= CONSISTENT
        title = declaration.title_of[each.of]
        rows.append(
            {
                **by_columns("of", title),
                "compared_count": len(each.order),
                "eigenvalue": judged.eigenvalue,
                "consistency_index": judged.consistency_index,
                "consistency_ratio": judged.consistency_ratio,
                "random_index": table,
                "verdict": "consistent" if is_fine else "inconsistent",
            }
        )
    return pl.DataFrame(rows)


def _treatment(
    table: IndicatorTable, declaration: Declaration, scores: IndexScores
) -> pl.DataFrame:
    """Every value that is missing, was filled in or was moved, and what was done with whole
    indicators."""
    rows = list[dict[str, Any]]()
    keys = table.keys.rows(named=True)
    choices = declaration.choices
    is_absent = np.asarray(np.isnan(scores.values).all(axis=0))
    for j, each in enumerate(declaration.indicators):
        head: dict[str, Any] = by_columns("indicator", each.title)
        whole = {
            "absent": is_absent[j],
            "logged": scores.is_logged[j],
            "still_skewed": scores.is_still_skewed[j],
            "constant_indicator": bool(scores.is_constant[:, j].all()),
        }
        rows += [{**head, "step": step} for step, is_so in whole.items() if is_so]
        if is_absent[j]:
            continue
        for row in range(len(keys)):
            cell = {**head, **keys[row]}
            value = scores.values[row, j]
            after = scores.treated[row, j]
            if scores.is_filled[row, j]:
                rows.append({**cell, "step": f"filled_{choices.missing}", "after": after})
            elif np.isnan(value):
                rows.append({**cell, "step": str(scores.why_missing[row, j])})
            if scores.is_winsorised[row, j]:
                rows.append({**cell, "step": "winsorised", "before": value, "after": after})
            if scores.is_beyond[row, j]:
                rows.append({**cell, "step": "beyond_goalposts", "before": value})
    schema: dict[str, Any] = {
        "step": pl.String,
        **dict.fromkeys(language_columns("indicator"), pl.String),
        "unit": pl.String,
        "year": pl.Int32,
        "before": pl.Float64,
        "after": pl.Float64,
    }
    frame = pl.DataFrame(rows, schema=schema)
    return frame if table.years is not None else frame.drop("year")


def _declared(declaration: Declaration, scores: IndexScores) -> pl.DataFrame:
    """The declaration itself, with how much of each indicator the table has."""
    names = ("publisher", "source", "note")
    equal = declared_weights(declaration, "equal")
    rows = []
    for j, each in enumerate(declaration.indicators):
        row: dict[str, Any] = {"code": each.code}
        texts = {
            "indicator": each.title,
            "dimension": declaration.title_of[each.dimension],
            "measured_unit": each.unit,
            **{name: getattr(each, name) or {} for name in names},
            "denominator": declaration.title_of[each.denominator] if each.denominator else {},
        }
        for name, text in texts.items():
            row |= by_columns(name, text)
        row |= {
            "direction": each.direction,
            "measured_by": each.measured_by,
            "equal_share": equal[j],
            "found_share": float((~np.isnan(scores.values[:, j])).mean()),
        }
        rows.append(row)
    titles = (*language_columns("indicator"), *language_columns("dimension"))
    order = [*titles, "code", "direction"]
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col(pl.Null).cast(pl.String)
    )
    return frame.select(*order, pl.exclude(order))
