"""Which factors a variable's map follows: the geographical detector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import InputError, check_enough, constant, too_many
from firstlight.instruments.disparity.space.factor_detectors.class_means import (
    Classes,
    class_tables,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.distributions import f_tail, noncentral_f_tail
from firstlight.numerics.powers_of_two import near_one
from firstlight.result import Result
from firstlight.texts import Code, Count, Figure, Message, Name, Share, message

Array = NDArray[np.float64]
FEWEST = 2  # rows of a stratum, on average
THIN = 3  # rows of a class on average, below which the q of a pair is mostly chance
TOLERANCE = 1e-9  # differences of q below this are rounding
DEALS = 999  # of the years of a place, to say what chance does


@dataclass(frozen=True)
class FactorPower:
    """How far strata explain where values are high.

    q : 1 - sum N_h var_h / (N var), 0 where strata say nothing, 1 where they say all
    f_statistic : (N - L) / (L - 1) · q / (1 - q), which is not centred at 1
    p_value : of the F distribution, were all strata alike; nan where q is 1
    noncentral_p_value : of the non-central F distribution with the shift that Wang, Zhang and Fu
        give, which depends on where the outcome has its zero; nan where q is 1
    strata_count : L
    within : sum N_h var_h
    """

    q: float
    f_statistic: float
    p_value: float
    noncentral_p_value: float
    strata_count: int
    within: float


def factor_power(values: ArrayLike, strata: ArrayLike) -> FactorPower:
    """The geographical detector's q of a factor.

    Parameters
    ----------
    values
        (n,), not all the same.
    strata
        (n,) whole numbers, two strata or more, and fewer than rows.

    Returns
    -------
    FactorPower.

    References
    ----------
    Wang, Zhang and Fu (2016), Ecological Indicators 67, 250-256, eq. 1, 4 and 5.

    Examples
    --------
    >>> found = factor_power([1.0, 2, 5, 6], [0, 0, 1, 1])
    >>> round(found.q, 4), found.strata_count
    (0.9412, 2)
    """
    y = np.asarray(values, dtype=float)
    _, at = np.unique(np.asarray(strata), return_inverse=True)
    counts = np.bincount(at).astype(float)
    means = np.bincount(at, y) / counts
    n, count = y.size, counts.size
    within = float(((y - means[at]) ** 2).sum())
    q = 1 - within / float(((y - y.mean()) ** 2).sum())
    if within <= TOLERANCE**2 * float((y**2).sum()):
        return FactorPower(1.0, np.nan, np.nan, np.nan, count, 0.0)
    f_statistic = (n - count) / (count - 1) * q / (1 - q)
    roots = float((np.sqrt(counts) * means).sum())
    shift = (float((means**2).sum()) - roots**2 / n) / float(y.var(ddof=1))
    degrees = (count - 1, n - count)
    p_value = float(f_tail(f_statistic, *degrees))
    noncentral = noncentral_f_tail(f_statistic, *degrees, max(shift, 0.0))
    return FactorPower(q, f_statistic, p_value, noncentral, count, within)


def dealt_p_value(values: Array, strata: NDArray[np.intp], places: pl.Series) -> float:
    """The share of deals in which strata explain as much, the given one among them: the strata of
    each place's rows are dealt to another place, so that years of a place are no places.

    places : (n,) of each row, those of a place in the order of years; where two have other numbers
             of rows, strata begin anew or are cut
    Returns 1 / (DEALS + 1) to 1.
    """
    _, of_row, sizes = np.unique(places.to_numpy(), return_inverse=True, return_counts=True)
    order, random = np.argsort(of_row, kind="stable"), np.random.default_rng(0)
    y, most = values[order] - values.mean(), int(sizes.max())
    own = np.split(strata[order], np.cumsum(sizes)[:-1])
    grid = np.stack([np.resize(of_place, most) for of_place in own])
    is_there = np.arange(most) < sizes[:, None]

    def between(dealt: Any) -> float:
        at = grid[dealt][is_there]
        return float((np.bincount(at, y) ** 2 / np.maximum(np.bincount(at), 1)).sum())

    found = between(np.arange(sizes.size)) * (1 - TOLERANCE)
    hits = sum(between(random.permutation(sizes.size)) >= found for _ in range(DEALS))
    return (1 + hits) / (1 + DEALS)


def geodetector(
    frame: Any,
    outcome: Annotated[str, roles.Number()],
    factors: Annotated[Sequence[str], roles.Columns(1, roles.Label())],
    *,
    place: Annotated[str | None, roles.Key(is_row=True)] = "place",
    year: Annotated[str | None, roles.Year()] = "year",
    strata: Literal["as_given", "quantiles"] = "as_given",
    classes: Annotated[int, roles.Bounds(2, 50)] = 5,
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
) -> Result:
    """Which factors explain where an outcome is high, alone and in pairs: the geographical
    detector.

    Parameters
    ----------
    frame
        A row for each place, or for each place and year.
    outcome
        Column of what is explained.
    factors
        Columns of the factors: names or numbers of classes, or measures to be cut into classes.
    place
        Column of the places; where there is none, each row is one.
    year
        Column of the years, which are put together.
    strata
        Whether the factors hold classes already, or are cut at their quantiles.
    classes
        How many classes a factor is cut into.
    level
        Level from which factors are said to matter.

    Returns
    -------
    Result with the tables ``factors`` (the strongest first), ``interactions`` of each pair,
    ``factor_differences``, the F-test of whether two factors differ, ``class_means`` of the outcome
    (where it is high), and ``class_differences``, whether two of these differ.

    Raises
    ------
    InputError
        For an outcome that does not vary, a factor of one class, or with a class for nearly each
        row, and names of classes that are to be cut at quantiles.

    References
    ----------
    Wang and others 2010, International Journal of Geographical Information Science 24(1), 107-127;
    Wang, Zhang and Fu 2016, Ecological Indicators 67, 250-256.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"y": [1.0, 2, 5, 6, 5, 7], "soil": [1, 1, 2, 2, 2, 2]})
    >>> geodetector(rows, "y", ["soil"]).table["q_share"].round(4).to_list()
    [0.8811]
    """
    arguments = locals()
    data = GEODETECTOR.read(arguments)
    numbers = pl.concat(
        [data.frame.select("place", "year", "outcome"), data.several["factors"]], how="horizontal"
    )
    numbers.columns = ["place", "year", "outcome", *(f"factor {name}" for name in factors)]
    known = numbers.sort("place", "year").drop_nulls(pl.selectors.exclude("place", "year"))
    outcomes = known["outcome"].to_numpy()
    y = near_one(outcomes)
    check_enough("complete_rows", y.size, 4, "outcome")
    if not np.ptp(y) > TOLERANCE * float(np.abs(y).max()):
        raise constant("outcome")
    cut = {name: _strata(name, known[f"factor {name}"], arguments) for name in factors}
    classes_of = {name: Classes(known[f"factor {name}"], own) for name, own in cut.items()}
    powers = {name: factor_power(y, own) for name, own in cut.items()}
    has_years = known["place"].n_unique() < known.height
    if has_years:
        powers = {
            name: replace(own, p_value=dealt_p_value(y, cut[name], known["place"]))
            for name, own in powers.items()
        }
    tables = {
        "factors": _ranked(powers),
        "interactions": _interactions(y, cut, powers),
        "factor_differences": _differences(powers, y.size, level),
        **class_tables(outcomes, classes_of, level),
    }
    said = _said(tables, level, y.size)
    if lost := numbers.height - known.height:
        said.append(message("left_out", count=Count(lost)))
    convention = message("strata_as_given")
    if strata == "quantiles":
        convention = message("strata_quantiles", count=Count(classes))
    bars = Chart("by_rank", "factors", "", (Mark("q_share", "bars"),), line="factor_name")
    return Result(
        tables,
        tuple(said),
        GEODETECTOR.texts,
        conventions=(
            convention,
            message("p_of_years" if has_years else "p_of_places"),
            message("p_convention"),
        ),
        charts=(bars,),
        given=data.given,
    )


def _strata(name: str, given: pl.Series, arguments: Mapping[str, Any]) -> NDArray[np.intp]:
    """The stratum of each row; of equal values always the same one."""
    values = given.to_numpy()
    if arguments["strata"] == "quantiles":
        if given.dtype == pl.String:
            wrong = message("no_measure", factor=Name(name), value=Name(str(given[0])))
            raise GEODETECTOR.error(wrong)
        inner = np.linspace(0, 1, arguments["classes"] + 1)[1:-1]
        values = np.searchsorted(np.unique(np.quantile(values, inner)), values).astype(float)
    known, at = np.unique(values, return_inverse=True)
    if known.size < 2:
        raise constant(name)
    if known.size * FEWEST > values.size:
        raise InputError(too_many("classes", known.size, values.size // FEWEST, name))
    return at


def _ranked(powers: Mapping[str, FactorPower]) -> pl.DataFrame:
    rows = [
        {
            "factor_name": name,
            "q_share": own.q,
            "f_statistic": own.f_statistic,
            "p_value": own.p_value,
            "noncentral_p_value": own.noncentral_p_value,
            "classes_count": own.strata_count,
        }
        for name, own in powers.items()
    ]
    table = pl.DataFrame(rows).with_columns(pl.selectors.float().fill_nan(None))
    return table.sort(pl.col("q_share").round(12), "factor_name", descending=[True, False])


def _interactions(
    y: Array, cut: Mapping[str, NDArray[np.intp]], powers: Mapping[str, FactorPower]
) -> pl.DataFrame:
    """q of each pair of factors laid over each other, and how it compares with those of the two."""
    rows = []
    for one, other in combinations(sorted(cut), 2):
        both = cut[one] * (cut[other].max() + 1) + cut[other]
        together = factor_power(y, both)
        kind = interaction(powers[one].q, powers[other].q, together.q)
        rows.append((one, other, together.q, kind, together.strata_count))
    schema: dict[str, Any] = {"factor_name": pl.String, "other_factor_name": pl.String}
    schema["q_share"] = pl.Float64
    last = {"interaction": pl.String, "classes_count": pl.Int64}
    table = pl.DataFrame(rows, schema=schema | last, orient="row")
    order = [pl.col("q_share").round(12), pl.col("factor_name"), pl.col("other_factor_name")]
    return table.sort(*order, descending=[True, False, False])


def interaction(first: float, second: float, both: float) -> str:
    """How the q of two factors together compares with the q of each.

    >>> interaction(0.2, 0.3, 0.6), interaction(0.2, 0.3, 0.4), interaction(0.2, 0.3, 0.3)
    ('more_than_sum', 'more_than_each', 'as_stronger')
    """
    if both > first + second + TOLERANCE:
        return "more_than_sum"
    if both >= first + second - TOLERANCE:
        return "sum"
    if both > max(first, second) + TOLERANCE:
        return "more_than_each"
    if both >= max(first, second) - TOLERANCE:
        return "as_stronger"
    return "one_weaker" if both > min(first, second) + TOLERANCE else "weaker"


def _differences(powers: Mapping[str, FactorPower], n: int, level: float) -> pl.DataFrame:
    """Whether the stronger factor of each pair leaves less unexplained: F of the sums within."""
    rows = []
    for pair in combinations(sorted(powers), 2):
        one, other = sorted(pair, key=lambda name: (-round(powers[name].q, 12), name))
        statistic = p_value = None
        if powers[one].within > 0:
            statistic = powers[other].within / powers[one].within
            p_value = float(f_tail(statistic, n - 1, n - 1))
        is_different = statistic is None and powers[other].within > 0
        if p_value is not None:
            is_different = p_value <= 1 - level
        rows.append((one, other, statistic, p_value, is_different))
    schema: dict[str, Any] = {"factor_name": pl.String, "other_factor_name": pl.String}
    numbers = {"f_statistic": pl.Float64, "p_value": pl.Float64, "is_different": pl.Boolean}
    return pl.DataFrame(rows, schema=schema | numbers, orient="row")


def _said(tables: Mapping[str, pl.DataFrame], level: float, n: int) -> list[Message]:
    """The strongest factor and its classes, the strongest pair, and which factors don't matter."""
    first = tables["factors"].row(0, named=True)
    said = [message("strongest", factor=Name(first["factor_name"]), q=Share(first["q_share"]))]
    means = tables["class_means"].filter(factor_name=first["factor_name"])
    high, low = means.row(0, named=True), means.row(-1, named=True)
    ends: dict[str, Any] = {
        "high": Name(high["class_name"]),
        "low": Name(low["class_name"]),
        "high_mean": Figure(high["mean_outcome"]),
        "low_mean": Figure(low["mean_outcome"]),
    }
    said.append(message("highest_class", factor=Name(first["factor_name"]), **ends))
    pairs = tables["interactions"]
    if pairs.height:
        pair = pairs.row(0, named=True)
        kind = Code(f"codes.interaction.{pair['interaction']}")
        both = {"one": Name(pair["factor_name"]), "other": Name(pair["other_factor_name"])}
        said.append(message("strongest_pair", q=Share(pair["q_share"]), kind=kind, **both))
        if pair["classes_count"] * THIN > n:
            counts = {"classes": Count(pair["classes_count"]), "count": Count(n)}
            said.append(message("thin_pair", **counts))
    weak = tables["factors"].filter(pl.col("p_value") > 1 - level)
    for name in weak["factor_name"].head(3):
        said.append(message("not_sure", factor=Name(name)))
    return said


GEODETECTOR = Measurement(
    geodetector,
    citation=(
        "Wang and others 2010, International Journal of Geographical Information Science 24(1); "
        "Wang, Zhang and Fu 2016, Ecological Indicators 67"
    ),
    sample=Sample(
        {
            "outcome": "innovation",
            "factors": ["research", "openness", "rail"],
            "strata": "quantiles",
            "classes": 4,
        }
    ),
)
