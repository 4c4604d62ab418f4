"""The measurement of thresholds: whether, and from where on, a driver acts differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import excludes
from firstlight.instruments.disparity.threshold_regressions.threshold_search import (
    Array,
    Errors,
    Panel,
    RegimeFit,
    Search,
    SearchChoices,
    ThresholdTest,
    critical_ratio,
    p_values,
    panel_of,
    regime_fit,
    threshold_search,
    threshold_test,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.distributions import critical_t
from firstlight.numerics.long_frames import nan_to_null
from firstlight.phrases import p_phrase
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Count, Figure, Message, Name, Phrase, Share, message, names

REGIMES = {1: ("all",), 2: ("low", "high"), 3: ("low", "middle", "high")}
EFFECT = ("effect", "effect_low", "effect_high")
COEFFICIENT = ("coefficient", "coefficient_low", "coefficient_high")
ORDER = ("first", "second")
WIDE = 0.5  # share of the observations within an interval, from which it says little
FEW = 30  # units


def panel_threshold(
    frame: Any,
    outcome: Annotated[str, roles.Number()],
    driver: Annotated[str, roles.Number()],
    *,
    divided_by: Annotated[str | None, roles.Number()] = None,
    controls: Annotated[Sequence[str] | None, roles.Columns()] = None,
    thresholds: Annotated[int | None, roles.Bounds(0, 2)] = None,
    fixed: Literal["unit", "unit_year"] = "unit",
    errors: Errors = "clustered",
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
    **choices: Unpack[SearchChoices],
) -> Result:
    """Whether a driver acts differently below and above a threshold, where that lies, and by how
    much.

    Hansen's threshold regression for balanced panels with fixed effects, with one threshold or two.

    Parameters
    ----------
    frame
        A row for each unit and year.
    outcome
        Column of what is explained.
    driver
        Column of what acts differently on it by regime.
    divided_by
        Column by which observations fall into regimes; the driver itself where left out.
    controls
        Columns that act alike in all regimes.
    thresholds
        How many there are; where left out, as many as the tests find, two at most.
    fixed
        The fixed effects: of units, or of units and years.
    errors
        Standard errors clustered by unit, robust against unequal variances (White), or classical.
    level
        Level of intervals; a threshold is there where the p-value is at most 1 less this level.
    **choices
        Columns of the panel, and how its thresholds are searched: `SearchChoices`.

    Returns
    -------
    Result with the tables ``regimes`` (bounds, observations, and the effect of the driver with its
    interval), ``thresholds`` with their intervals, ``threshold_tests`` (of one against none, of two
    against one), ``coefficients`` of the controls and, for all candidates, ``course`` (the effect
    there) and ``ratios``.

    Raises
    ------
    InputError
        For too few units or years without gaps, a threshold variable that hardly varies, and
        regressors that repeat each other.

    References
    ----------
    Hansen 1999, Journal of Econometrics 93(2), 345-368.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [(f"u{k}", 2000 + t, (7 * k + 3 * t) % 11, (5 * k + t * t) % 13)
    ...         for k in range(8) for t in range(8)]
    >>> frame = pl.DataFrame(rows, ["unit", "year", "x", "q"], orient="row").with_columns(
    ...     y=pl.when(pl.col("q") <= 6).then(1).otherwise(3) * pl.col("x") + pl.col("year") % 2)
    >>> panel_threshold(frame, "y", "x", divided_by="q").tables["thresholds"]["threshold"].to_list()
    [6.0]
    """
    asked = PANEL_THRESHOLD.arguments(locals())
    data = PANEL_THRESHOLD.read(asked)
    panel, left_out = _panel(data, asked)
    straight = _fitted(panel, (), errors)
    searches = {1: threshold_search(panel, 1), 2: threshold_search(panel)}
    tests: dict[int, ThresholdTest] = {
        k: threshold_test(panel, searches[k], resamples=asked["resamples"], seed=asked["seed"])
        for k in (1, 2)
        if len(searches[k].at) == k
    }
    count = _found(tests, level) if thresholds is None else min(thresholds, len(searches[2].at))
    search = searches[max(count, 1)]
    fit = _fitted(panel, search.thresholds, errors) if count else straight
    regimes = _regimes(fit, search.thresholds[:count], level)
    tables = {
        "regimes": regimes,
        "thresholds": _thresholds(panel, search, count, level),
        "threshold_tests": _tests(tests),
        "coefficients": _coefficients(fit, data, count, level),
        "course": _course(panel, search.thresholds[:count], regimes),
        "ratios": _ratios(panel, search, level),
    }
    spoken = {
        "outcome": outcome,
        "driver": driver,
        "divided_by": divided_by or driver,
        "asked": thresholds is not None,
        "level": level,
    }
    return Result(
        {name: nan_to_null(table) for name, table in tables.items()},
        (*answer(tables, panel, spoken), *left_out),
        PANEL_THRESHOLD.texts,
        conventions=_conventions(panel, asked),
        charts=_charts(tables),
        given=data.given,
    )


def _panel(data: Data, asked: Mapping[str, Any]) -> tuple[Panel, list[Message]]:
    """The units that have every number in every year, and who was left out."""
    frame, by = data.frame, "divided_by" if data.has("divided_by") else "driver"
    numbers = [frame["outcome"], frame["driver"], frame[by].alias("by")]
    further = data.several.get("controls")
    if further is not None:
        numbers += [own.alias(f"control {k}") for k, own in enumerate(further)]
    rows = pl.DataFrame([frame["unit"], frame["year"], *numbers])
    years = rows["year"].n_unique()
    full = rows.drop_nulls().filter(pl.len().over("unit") == years).sort("unit", "year")
    kept = full["unit"].n_unique()
    if years < 2 or kept < 3:
        raise PANEL_THRESHOLD.error(message("small_panel", count=Count(kept), years=Count(years)))
    values = full.drop("unit", "year").to_numpy().reshape(kept, years, -1)
    lost = sorted(set(rows["unit"]) - set(full["unit"]))
    said = []
    if lost:
        said.append(message("left_out", count=Count(len(lost)), names=names(lost)))
    y, x, q = (values[:, :, k] for k in range(3))
    how = {"effects": asked["fixed"], "trim": asked["trim"], "grid": asked["candidates"]}
    return panel_of(y, x, q, values[:, :, 3:], **how), said


def _fitted(panel: Panel, thresholds: Array | tuple[()], errors: Errors) -> RegimeFit:
    """The fit; an outcome without a rest is refused, since nothing could be tested."""
    fit = regime_fit(panel, thresholds, errors)
    total = float((panel.within(panel.y) ** 2).sum())
    # an outcome that regressors give to the last digit leaves nothing to test
    if not total > 0 or (not len(thresholds) and fit.squares < 1e-12 * total):
        raise PANEL_THRESHOLD.error(message("no_rest"))
    return fit


def _found(tests: dict[int, ThresholdTest], level: float) -> int:
    """How many thresholds the tests find, one after the other."""
    count = 0
    for k, test in tests.items():
        if test.p_value > 1 - level:
            break
        count = k
    return count


def _estimates(fit: RegimeFit, level: float, columns: Sequence[str]) -> pl.DataFrame:
    """A row for each coefficient; columns : of its value and the ends of its interval."""
    reach = critical_t(level, fit.freedom) * fit.errors
    value, low, high = columns
    return pl.DataFrame(
        {
            value: fit.coefficients,
            "standard_error": fit.errors,
            "p_value": p_values(fit),
            low: fit.coefficients - reach,
            high: fit.coefficients + reach,
        }
    )


def _regimes(fit: RegimeFit, thresholds: Array, level: float) -> pl.DataFrame:
    codes = REGIMES[len(thresholds) + 1]
    bounds = [None, *thresholds.tolist(), None]
    numbers = dict.fromkeys(("low_bound", "high_bound"), pl.Float64)
    own = pl.DataFrame(
        {
            "regime": codes,
            "low_bound": bounds[:-1],
            "high_bound": bounds[1:],
            "observations_count": fit.counts,
        },
        schema_overrides=numbers,
    )
    return pl.concat([own, _estimates(fit, level, EFFECT)[: len(codes)]], how="horizontal")


def _thresholds(panel: Panel, search: Search, count: int, level: float) -> pl.DataFrame:
    """A row for each threshold with what the likelihood ratio does not reject."""
    rows = []
    for k in range(count):
        region = search.ratios[k] <= critical_ratio(level)
        inside = panel.candidates[region]
        low, high = float(inside.min()), float(inside.max())
        covered = ((panel.q >= low) & (panel.q <= high)).mean()
        at_edge = bool(region[0] or region[-1])
        rows.append((ORDER[k], float(search.thresholds[k]), low, high, float(covered), at_edge))
    schema = {
        "threshold_order": pl.String,
        "threshold": pl.Float64,
        "threshold_low": pl.Float64,
        "threshold_high": pl.Float64,
        "covered_share": pl.Float64,
        "is_at_edge": pl.Boolean,
    }
    return pl.DataFrame(rows, schema, orient="row")


def _tests(tests: dict[int, ThresholdTest]) -> pl.DataFrame:
    schema = {
        "tested": pl.String,
        "f_statistic": pl.Float64,
        "p_value": pl.Float64,
        "critical_10": pl.Float64,
        "critical_5": pl.Float64,
        "critical_1": pl.Float64,
    }
    rows = [
        (ORDER[k - 1], test.f_statistic, test.p_value, *test.critical) for k, test in tests.items()
    ]
    return pl.DataFrame(rows, schema, orient="row")


def _coefficients(fit: RegimeFit, data: Data, count: int, level: float) -> pl.DataFrame:
    controls = data.several.get("controls")
    columns = [] if controls is None else controls.columns
    named = pl.DataFrame({"control": columns}, schema={"control": pl.String})
    return pl.concat([named, _estimates(fit, level, COEFFICIENT)[count + 1 :]], how="horizontal")


def _course(panel: Panel, thresholds: Array, regimes: pl.DataFrame) -> pl.DataFrame:
    """The effect at each value of the threshold variable that was tried."""
    at = np.searchsorted(thresholds, panel.candidates)
    effects = regimes.select(EFFECT)[at]
    return effects.select(pl.Series("candidate", panel.candidates), pl.all())


def _ratios(panel: Panel, search: Search, level: float) -> pl.DataFrame:
    """The likelihood ratio of every candidate, and what it may be at most."""
    critical = pl.lit(critical_ratio(level)).alias("critical_ratio")
    return pl.concat(
        pl.DataFrame({"candidate": panel.candidates, "ratio": own}).select(
            pl.lit(ORDER[k]).alias("threshold_order"), pl.all(), critical
        )
        for k, own in enumerate(search.ratios)
    ).filter(pl.col("ratio").is_not_nan())


def _conventions(panel: Panel, asked: Mapping[str, Any]) -> tuple[Message, ...]:
    units, years = panel.y.shape
    level = asked["level"]
    return (
        message(f"effects_{panel.effects}", count=Count(units), years=Count(years)),
        message("tried", count=Count(panel.candidates.size), trim=Share(asked["trim"])),
        message("region", level=Share(level), ratio=Figure(critical_ratio(level))),
        message("bootstrap", count=Count(asked["resamples"])),
        message(f"errors_{asked['errors']}", level=Share(level)),
        message("level_of_variable"),
    )


def _charts(tables: dict[str, pl.DataFrame]) -> tuple[Chart, ...]:
    """The effect over the threshold variable, and the ratios, lowest at the threshold."""
    effects = Mark("effect", "step", "effect_low", "effect_high")
    ratios = (Mark("ratio"), Mark("critical_ratio", "dash"))
    return (
        Chart("effects", "course", "candidate", (effects,)),
        Chart("ratios", "ratios", "candidate", ratios, panel="threshold_order"),
    )


def _check(arguments: Any) -> Message | None:
    """What does not go together."""
    if arguments["divided_by"] == arguments["driver"]:
        return excludes("driver", "divided_by")
    return None


def answer(
    tables: Mapping[str, pl.DataFrame], panel: Panel, spoken: Mapping[str, Any]
) -> list[Message]:
    """The threshold, the effects on both sides and the tests; then what makes them unsure.

    spoken : outcome, driver and divided_by, names; asked, whether the number was; level
    """
    found, regimes = tables["thresholds"], tables["regimes"]
    tests = {row["tested"]: row for row in tables["threshold_tests"].iter_rows(named=True)}
    named = {key: Name(spoken[key]) for key in ("outcome", "driver", "divided_by")}
    effects = [Figure(value) for value in regimes["effect"]]
    first = p_phrase(tests["first"]["p_value"])
    said = []
    if not found.height:
        code = "as_one" if spoken["asked"] else "no_threshold"
        said.append(message(code, effect=effects[0], p=first, **named))
        return said
    places = [_place(row) for row in found.iter_rows(named=True)]
    if found.height == 1:
        sides = {"below": effects[0], "above": effects[1]}
        said.append(message("one_threshold", place=places[0], **sides, p=first, **named))
    else:
        sides = {"below": effects[0], "between": effects[1], "above": effects[2]}
        ends = {"place": places[0], "other": places[1]}
        second = p_phrase(tests["second"]["p_value"])
        said.append(message("two_thresholds", **ends, **sides, p=second, **named))
    said += _doubts(tables, tests, panel, spoken)
    return said


def _doubts(
    tables: Mapping[str, pl.DataFrame],
    tests: Mapping[str, Mapping[str, Any]],
    panel: Panel,
    spoken: Mapping[str, Any],
) -> list[Message]:
    found, regimes, chance = tables["thresholds"], tables["regimes"], 1 - spoken["level"]
    last = tests["first" if found.height == 1 else "second"]
    said = []
    if last["p_value"] > chance:
        said.append(message("asked_but_unsure", p=p_phrase(last["p_value"])))
    elif found.height == 1 and "second" in tests:
        code = "second_too" if tests["second"]["p_value"] <= chance else "no_second"
        said.append(message(code, p=p_phrase(tests["second"]["p_value"])))
    if (regimes["p_value"] > chance).any():
        said.append(message("no_effect_in_some"))
    widest = max(found["covered_share"].to_list())
    if widest > WIDE:
        said.append(message("wide", share=Share(widest)))
    if found["is_at_edge"].any():
        said.append(message("at_edge"))
    if panel.y.shape[0] < FEW:
        said.append(message("few_units", count=Count(panel.y.shape[0])))
    return said


def _place(row: Mapping[str, Any]) -> Phrase:
    ends = {"low": Figure(row["threshold_low"]), "high": Figure(row["threshold_high"])}
    return Phrase(message("phrases.place", at=Figure(row["threshold"]), **ends))


PANEL_THRESHOLD = Measurement(
    panel_threshold,
    citation="Hansen 1999, Journal of Econometrics 93(2), 345-368",
    sample=Sample(
        {
            "outcome": "productivity",
            "driver": "digital",
            "divided_by": "schooling",
            "controls": ["openness"],
        }
    ),
    check=_check,
    brief=("regime", "low_bound", "high_bound", "observations_count", "effect", "p_value"),
)
