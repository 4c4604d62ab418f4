"""The parts of production functions: derivatives, weights, moments, resampling, and input that
can't be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.firms import made_up_firms
from invented_plants import invented_plants
from linearmodels.iv import IV2SLS, IVGMM
from scipy import optimize, stats

from firstlight.errors import InputError
from firstlight.instruments.productivity.production_functions.conditional_demand import (
    conditional_demand,
)
from firstlight.instruments.productivity.production_functions.control_functions import (
    control_function,
    probit,
)
from firstlight.instruments.productivity.production_functions.estimators import (
    ackerberg_caves_frazer,
    levinsohn_petrin,
    olley_pakes,
    wooldridge,
)
from firstlight.instruments.productivity.production_functions.firm_bootstrap import (
    firm_weights,
    replicate,
)
from firstlight.instruments.productivity.production_functions.firm_panel import firm_panel
from firstlight.instruments.productivity.production_functions.law_of_motion import LAWS, Motion
from firstlight.instruments.productivity.production_functions.production_functions import firms
from firstlight.instruments.productivity.production_functions.stacked_moments import (
    one_step,
    system,
    two_step,
)
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.texts import List, Value

MADE: dict[str, Any] = {"output": "y", "free": ["l"], "state": ["k"], "log": False}
FIRMS = made_up_firms(60, 6, seed=2)


# --- derivatives


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("chances", [0, 1])
def test_derivative_of_the_second_stage(law: str, chances: int) -> None:
    rng = np.random.default_rng(4)
    n = 200
    motion = Motion(
        *rng.normal(size=(3, n)) + 5,
        rng.normal(size=(n, 2)),
        rng.normal(size=(n, 2)),
        rng.uniform(size=(n, chances)),
        np.sqrt(rng.integers(1, 4, n)),
        3,
        law,
    )
    beta = np.array([0.3, 0.7])
    _, slope = motion.residual(beta)
    step = 1e-6
    for place in range(2):
        move = step * np.eye(2)[place]
        numeric = (motion.residual(beta + move)[0] - motion.residual(beta - move)[0]) / (2 * step)
        assert slope[:, place] == pytest.approx(numeric, abs=1e-7)


def test_derivative_of_wooldridges_system() -> None:
    found = system(firm_panel(FIRMS, **MADE, proxy=["m"]), degree=2, proxy_function="shared")
    _, slope = found.predict(found.starts[0])
    for place in range(found.starts.shape[1]):
        move = 1e-6 * np.eye(found.starts.shape[1])[place]
        numeric = (
            found.predict(found.starts[0] + move)[0] - found.predict(found.starts[0] - move)[0]
        ) / 2e-6
        assert slope[:, place] == pytest.approx(numeric, abs=1e-6)


# --- weights are copies of firms


@pytest.mark.parametrize("kind", ["olley_pakes", "exit", "gross", "acf", "translog"])
@pytest.mark.slow
def test_a_firm_counted_twice_is_a_firm_that_stands_twice(kind: str) -> None:
    some = FIRMS.filter((pl.col("year") < 2004) | (pl.col("unit") > "firm 20"))  # some leave
    panel = firm_panel(some, **MADE, proxy=["m"])
    counts = firm_weights(panel.firm, 3, 0)

    def prepared(data: pl.DataFrame) -> Any:
        panel = firm_panel(data, **MADE, proxy=["m"])
        if kind in ("acf", "translog"):
            return conditional_demand(panel, degree=2, is_translog=kind == "translog")
        exits = panel.stays if kind == "exit" else None
        return control_function(panel, degree=2, exits=exits, is_gross=kind == "gross")

    whole = prepared(some)
    # The middle of a translog's copies differs from that of all firms: both searches start from the
    # same coefficients.
    begin = whole.fit().coefficients if kind == "translog" else None
    keys = some.sort("unit", "year").with_columns(pl.Series("count", counts))
    copies = [
        keys.filter(pl.col("count") > c).with_columns(unit=pl.col("unit") + f" copy {c}")
        for c in range(9)
    ]
    one = whole.fit(counts, begin)
    other = prepared(pl.concat(copies)).fit(start=begin)
    assert one.mean == pytest.approx(other.mean, rel=1e-5, abs=1e-6)


# --- Wooldridge's linear system against linearmodels


@pytest.fixture(scope="module")
def stacked() -> tuple[Any, ...]:
    data = FIRMS.sort("unit", "year")
    unit, year = data["unit"].to_numpy(), data["year"].to_numpy()
    now = np.flatnonzero((unit[1:] == unit[:-1]) & (year[1:] == year[:-1] + 1)) + 1
    y, l, k, m = (data[name].to_numpy() for name in "ylkm")
    h = np.column_stack([np.ones(y.size), k, m, k**2, k * m, m**2])
    n, o = now.size, np.zeros((now.size, 1))
    first = np.hstack([l[now, None], o, h[now], np.zeros((n, 6))])
    second = np.hstack([l[now, None], k[now, None], np.zeros((n, 6)), h[now - 1]])
    z1 = np.column_stack([l[now], h[now]])
    z2 = np.column_stack([l[now - 1], k[now], h[now - 1]])
    z = np.block([[z1, np.zeros((n, z2.shape[1]))], [np.zeros((n, z1.shape[1])), z2]])
    clusters = np.tile(np.unique(unit, return_inverse=True)[1][now], 2)
    return np.concatenate([y[now], y[now]]), np.vstack([first, second]), z, clusters


def test_one_step_is_two_stage_least_squares_with_clustered_errors(
    stacked: tuple[Any, ...],
) -> None:
    y, x, z, clusters = stacked
    theirs = IV2SLS(y, None, x, z).fit(cov_type="clustered", clusters=clusters)
    ours = one_step(
        system(firm_panel(FIRMS, **MADE, proxy=["m"]), degree=2, proxy_function="separate")
    )
    assert ours.theta[:2] == pytest.approx(theirs.params.to_numpy()[:2], rel=1e-6)
    firms = np.unique(clusters).size
    adjusted = np.diag(ours.covariance) * (firms - 1) / firms
    assert np.sqrt(adjusted)[:2] == pytest.approx(theirs.std_errors.to_numpy()[:2], rel=1e-6)


def test_two_step_is_efficient_gmm(stacked: tuple[Any, ...]) -> None:
    y, x, z, clusters = stacked
    theirs = IVGMM(y, None, x, z, weight_type="clustered", clusters=clusters).fit(iter_limit=2)
    ours = two_step(
        system(firm_panel(FIRMS, **MADE, proxy=["m"]), degree=2, proxy_function="separate")
    )
    assert ours.theta[:2] == pytest.approx(theirs.params.to_numpy()[:2], rel=1e-5)
    firms = np.unique(clusters).size
    assert ours.j * firms / (firms - 1) == pytest.approx(theirs.j_stat.stat, rel=1e-4)
    assert ours.j_p == pytest.approx(stats.chi2.sf(ours.j, ours.j_df))


# --- the probit


def test_probit_is_the_maximum_of_its_likelihood() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(300), rng.normal(size=(300, 2))])
    y = (x @ [0.5, 1.0, -0.5] + rng.normal(size=300) > 0).astype(float)
    weight = rng.integers(0, 4, 300).astype(float)

    def loss(d: np.ndarray) -> float:
        return -float(weight @ stats.norm.logcdf((2 * y - 1) * (x @ d)))

    best = optimize.minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-8})
    assert probit(x, y, weight) == pytest.approx(best.x, abs=1e-4)
    assert loss(probit(x, y, weight)) <= best.fun + 1e-9


# --- resampling


@pytest.mark.slow
def test_errors_come_again_under_a_seed_and_no_other() -> None:
    options: dict[str, Any] = {**MADE, "proxy": ["m"], "replications": 12}
    one, again = (
        levinsohn_petrin(FIRMS, **options, seed=1),
        levinsohn_petrin(FIRMS, **options, seed=1),
    )
    other = levinsohn_petrin(FIRMS, **options, seed=2)
    assert one.table.equals(again.table)
    assert one.replicates.shape == (12, 2)
    assert (one.standard_error != other.standard_error).all()
    assert one.elasticity.tolist() == other.elasticity.tolist()
    more = levinsohn_petrin(FIRMS, **{**options, "replications": 15}, seed=1)
    assert more.replicates[:12].tolist() == one.replicates.tolist()


def test_bootstrap_errors_are_those_of_the_mean() -> None:
    """Of a mean over firms of equal size the bootstrap's error is known: s / sqrt(firms)."""
    rng = np.random.default_rng(1)
    firm = np.repeat(np.arange(200), 3)
    y = rng.normal(size=200)[firm]
    found = replicate(lambda w: np.array([w @ y / w.sum()]), firm, 2000, 0)
    assert found.values.std() == pytest.approx(y.std() / np.sqrt(200), rel=0.05)


def test_an_interrupt_keeps_what_is_done() -> None:
    told: list[tuple[int, int]] = []

    def stop(done: int, of: int) -> None:
        told.append((done, of))
        if len(told) == 4:
            raise KeyboardInterrupt

    found = olley_pakes(FIRMS, **MADE, proxy=["i"], replications=50, progress=stop)
    assert len(found.replicates) == 20 and found.is_cut_short
    assert found.draws is not None and found.draws.asked == 50
    assert told[0] == (5, 50)

    def at_once(weight: np.ndarray) -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replicate(at_once, np.array([0, 1]), 5, 0)


def test_draws_that_fail_are_counted() -> None:
    calls = iter(range(100))

    def sometimes(weight: np.ndarray) -> np.ndarray:
        if next(calls) % 3 == 0:
            raise np.linalg.LinAlgError
        return weight[:1]

    found = replicate(sometimes, np.arange(5), 9, 0)
    assert (found.failed, len(found.values)) == (3, 6)


# --- rows and bad input


def test_rows_are_left_out_for_a_reason() -> None:
    levels = FIRMS.with_columns(*(pl.col(name).exp() for name in "ylkim")).sort("unit", "year")
    row = pl.int_range(pl.len())
    holed = levels.with_columns(
        i=pl.when(row == 0).then(0.0).when(row == 1).then(-2.0).otherwise("i"),
        l=pl.when(row == 7).then(None).otherwise("l"),
    ).filter(row != 14)
    found = olley_pakes(holed, **{**MADE, "log": True}, proxy=["i"], replications=0)
    # Firm 0 starts in its third year; firm 1 loses its second, firm 2 its third: each leaves a gap
    # behind.
    assert found.left_out.rows() == [
        ("missing", "l", 1),
        ("not_positive", "i", 2),
        ("first_year", None, 60),
        ("gap", None, 2),
    ]
    assert found.firm_years.height == holed.height
    lost = found.firm_years.filter(pl.col("log_tfp").is_null())
    assert lost.select("reason", "column").rows() == [
        ("not_positive", "i"),
        ("not_positive", "i"),
        ("missing", "l"),
    ]
    result = firms(holed, "y", ["l"], ["k"], ["i"], method="op", replications=0)
    (said,) = [one for one in result.said if one.code == "left_out"]
    assert plain(said.values) == {"count": 3, "all": 359}
    assert result.tables["firm_years"].equals(found.firm_years)


def test_a_gap_gives_no_lag() -> None:
    panel = firm_panel(FIRMS.filter(pl.col("year") != 2003), **MADE, proxy=["m"])
    years = panel.year[panel.now]
    assert 2003 not in years
    assert 2004 not in years
    assert (panel.year[panel.previous[panel.now]] == years - 1).all()
    assert (panel.firm[panel.previous[panel.now]] == panel.firm[panel.now]).all()


def changed(**columns: Any) -> pl.DataFrame:
    return FIRMS.with_columns(**columns)


def coded(code: str, **values: Any) -> tuple[str, dict[str, Any]]:
    return code, values


def plain(values: Mapping[str, Value[Any]]) -> dict[str, Any]:
    """The values of a message without their types."""
    return {
        name: [item.value for item in value.value] if isinstance(value, List) else value.value
        for name, value in values.items()
    }


LEVELS = changed(**{name: pl.col(name).exp() for name in "ylkm"})
ONE = pl.int_range(pl.len()) == 3
LP: dict[str, Any] = {**MADE, "proxy": ["m"], "replications": 0}


@pytest.mark.parametrize(
    ("data", "options", "told"),
    [
        (pl.concat([FIRMS, FIRMS[:1]]), {}, coded("repeated_key", key=["firm 00", "2001"])),
        (FIRMS.filter(pl.col("unit") == "firm 00"), {}, coded("few_firms", count=1, all=1)),
        (FIRMS.filter(pl.col("year") % 2 == 0), {}, coded("no_lag")),
        (changed(m=pl.lit(2.0)), {}, coded("flat", column="m")),
        (
            LEVELS.with_columns(l=pl.when(ONE).then(-1.0).otherwise("l")),
            {"log": True},
            coded("no_logarithm", value=-1, key=unit_in_year("firm 03", 2001).value, column="l"),
        ),
        (FIRMS, {"log": True}, coded("no_logarithm")),
        (LEVELS.with_columns(m=1000 * pl.col("m")), {}, coded("level", column="m")),
        (
            LEVELS.rename({"m": "log_m"}),
            {"log": True, "proxy": ["log_m"]},
            coded("named_log", column="log_m"),
        ),
        (
            changed(n=2 * pl.col("l") + 1),
            {"free": ["l", "n"]},
            coded("collinear", columns=["l", "n"]),
        ),
        (
            changed(n=pl.col("l") + pl.col("k")),
            {"free": ["l", "n"]},
            coded("collinear", columns=["l", "n", "k"]),
        ),
        (changed(m=3 - pl.col("k")), {}, coded("collinear", columns=["k", "m"])),
        (
            made_up_firms(60, 6, labour="planned"),
            {},
            coded("dependent", column="l"),
        ),
        (FIRMS, {"free": []}, coded("not_given", parameter="free")),
        (FIRMS, {"free": ["l", "k"]}, coded("column_twice", column="k")),
        (FIRMS, {"free": ["labour"]}, coded("no_column", column="labour")),
        (FIRMS, {"degree": 9}, coded("out_of_bounds", parameter="degree", value="9")),
        (FIRMS, {"law": "innovation"}, coded("no_choice", parameter="law")),
        (FIRMS, {"replications": 1}, coded("one_replication")),
        (FIRMS, {"level": 1.5}, coded("not_between", parameter="level")),
        (FIRMS, {"output_is": "sales"}, coded("no_choice", value="sales")),
        (FIRMS, {"exit": True}, coded("all_stay")),
        (changed(gone=pl.lit(2.0)), {"exit": "gone"}, coded("not_an_exit", value=2, column="gone")),
        (FIRMS.filter(pl.col("unit") < "firm 04"), {"degree": 6}, coded("few_rows", count=24)),
    ],
)
def test_bad_input_is_named(
    data: pl.DataFrame, options: dict[str, Any], told: tuple[str, dict[str, Any]]
) -> None:
    with pytest.raises(InputError) as caught:
        levinsohn_petrin(data, **{**LP, **options})
    values = plain(caught.value.values)
    code, expected = told
    assert caught.value.code == code
    assert {name: values[name] for name in expected} == expected
    assert caught.value.where
    assert caught.value.try_next


@pytest.mark.parametrize(
    ("call", "code", "values"),
    [
        (
            lambda: ackerberg_caves_frazer(FIRMS, **LP, form="ces"),
            "no_choice",
            {"parameter": "form"},
        ),
        (
            lambda: ackerberg_caves_frazer(FIRMS, **LP, start=[0.5]),
            "start_of",
            {"count": 1, "coefficients": 2},
        ),
        (
            lambda: wooldridge(FIRMS, **MADE, proxy=["m"], equations="third"),
            "no_choice",
            {"parameter": "equations"},
        ),
        (
            lambda: wooldridge(FIRMS, **MADE, proxy=["m"], weights="best"),
            "no_choice",
            {"parameter": "weights"},
        ),
        (
            lambda: wooldridge(
                FIRMS.filter(pl.col("unit") < "firm 10"),
                **MADE,
                proxy=["m"],
                degree=4,
                weights="two_step",
            ),
            "many_moments",
            {"count": 10},
        ),
        (lambda: made_up_firms(labour="none"), "no_choice", {"parameter": "labour"}),
    ],
)
def test_bad_options_are_named(call: Any, code: str, values: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    found = plain(caught.value.values)
    assert caught.value.code == code
    assert {name: found[name] for name in values} == values
    assert caught.value.try_next


def test_functional_dependence_is_named() -> None:
    """Labour as an exact function of capital and productivity: nothing is left of it beside capital
    and the proxy."""
    with pytest.raises(InputError) as caught:
        olley_pakes(made_up_firms(60, 6, labour="planned"), **MADE, proxy=["i"], replications=0)
    assert caught.value.code == "dependent"


def test_each_draw_of_firms_finds_its_lowest_sum_of_squares() -> None:
    """Draws that stand as firms of their own, the polynomials written out, every elasticity of
    capital tried.

    The sum of squares of a draw may have several minima, and the one nearest to the estimate need
    not be the lowest.
    """
    plants = invented_plants(120, 5, seed=2).sort("id", "year")
    names: dict[str, Any] = {
        "free": ["log_lab1", "log_lab2"],
        "state": ["log_k"],
        "proxy": ["log_investment"],
    }
    found = olley_pakes(plants, output="log_y", unit="id", **names, log=False, replications=8)
    firm = np.unique(plants["id"].to_numpy(), return_inverse=True)[1]
    for draw in range(8):
        times = firm_weights(firm, 0, draw).astype(int)
        copies = pl.concat(
            [plants.filter(times > k).with_columns(copy=k) for k in range(times.max())]
        )
        expected = _olley_pakes_by_trying(copies, np.arange(-0.2, 1.0, 0.01))
        assert found.replicates[draw, :2] == pytest.approx(expected[:2], rel=1e-9)
        assert found.replicates[draw, 2] == pytest.approx(expected[2], abs=0.0101)


def _olley_pakes_by_trying(rows: pl.DataFrame, tried: np.ndarray) -> np.ndarray:
    y, k, i = (rows[name].to_numpy() for name in ("log_y", "log_k", "log_investment"))
    k, labour, i = k - k.mean(), rows.select("log_lab1", "log_lab2").to_numpy(), i - i.mean()
    h = np.column_stack([k**a * i**b for a in range(4) for b in range(4 - a)])
    b = np.linalg.lstsq(np.column_stack([labour, h]), y, rcond=None)[0]
    phi, net = h @ b[2:], y - labour @ b[:2]
    place = {key: row for row, key in enumerate(rows.select("id", "copy", "year").iter_rows())}
    pairs = [(row, place.get((unit, copy, year - 1))) for (unit, copy, year), row in place.items()]
    now, before = np.array([pair for pair in pairs if pair[1] is not None]).T

    def left(b_k: float) -> float:
        omega = phi[before] - b_k * k[before]
        powers = np.vander(omega - omega.mean(), 4)
        target = net[now] - b_k * k[now]
        return float(
            np.sum((target - powers @ np.linalg.lstsq(powers, target, rcond=None)[0]) ** 2)
        )

    return np.append(b[:2], tried[int(np.argmin([left(b_k) for b_k in tried]))])
