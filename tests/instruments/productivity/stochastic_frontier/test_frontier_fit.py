"""Fitted frontiers: FRONTIER's own example, independent maximisation, invariance, and an honest
word on what went wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from firstlight.errors import InputError
from firstlight.instruments.productivity.stochastic_frontier.frontier_design import functional_form
from firstlight.instruments.productivity.stochastic_frontier.frontier_fit import (
    FrontierFit,
    fit_frontier,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import FrontierModel

PUBLISHED = json.loads(
    (Path(__file__).parents[3] / "reference" / "frontier_41.json").read_text(encoding="utf-8")
)
NAMES = ["capital", "labour"]
TRUNCATED = FrontierModel(distribution="truncated_normal")


@pytest.fixture(scope="module")
def firms(reference: Path) -> np.ndarray:
    """(60, 3), logs of output, capital and labour of FRONTIER's example."""
    path = reference / "data" / "productivity" / "front41.txt"
    table = pl.read_csv(path, separator=" ", skip_rows=1, has_header=False)
    return np.log(table[:, 2:].to_numpy().astype(float))


def drawn(
    n: int, seed: int, *, noise: float = 0.2, size: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return 1 + x @ [0.4, 0.5] + noise * rng.normal(size=n) - size * np.abs(rng.normal(size=n)), x


def panel(units: int, years: int, seed: int) -> dict[str, np.ndarray]:
    """An unbalanced panel with intercepts of its own and half-normal inefficiency in each row."""
    rng = np.random.default_rng(seed)
    unit, year = np.repeat(np.arange(units), years), np.tile(np.arange(years), units)
    kept = rng.normal(size=units)[unit] * 0.5
    x = rng.normal(size=(units * years, 2))
    y = (
        1
        + kept
        + x @ [0.4, 0.5]
        + 0.2 * rng.normal(size=len(unit))
        - 0.5 * np.abs(rng.normal(size=len(unit)))
    )
    stays = rng.random(len(unit)) > 0.15
    return {"y": y[stays], "x": x[stays], "unit": unit[stays], "time": year[stays]}


def test_frontiers_example_half_normal(firms: np.ndarray) -> None:
    published = PUBLISHED["half_normal"]
    found = fit_frontier(firms[:, 0], firms[:, 1:], NAMES)
    assert found.state == "converged"
    for term in ("constant", *NAMES, "sigma2", "gamma"):
        assert found.value(term) == pytest.approx(published[term], abs=1e-5)
    assert found.log_likelihood == pytest.approx(published["log_likelihood"], abs=1e-5)
    assert found.log_likelihood_without == pytest.approx(
        published["log_likelihood_without"], abs=1e-5
    )
    assert found.likelihood_ratio == pytest.approx(published["likelihood_ratio"], abs=2e-5)
    assert found.mean_efficiency == pytest.approx(published["mean_efficiency"], abs=1e-5)
    assert found.efficiency == pytest.approx(published["efficiency"], abs=1e-5)
    # At the published estimates the likelihood is no higher than where the ascent ended.
    at = dict(
        zip(
            ("constant", *NAMES, "sigma2", "gamma"),
            map(published.get, ("constant", *NAMES, "sigma2", "gamma")),
            strict=True,
        )
    )
    error = firms[:, 0] - at["constant"] - firms[:, 1:] @ [at["capital"], at["labour"]]
    sigma, ratio = np.sqrt(at["sigma2"]), np.sqrt(at["gamma"] / (1 - at["gamma"]))
    there = (
        np.log(2 / sigma)
        + stats.norm.logpdf(error / sigma)
        + stats.norm.logcdf(-error * ratio / sigma)
    )
    assert there.sum() == pytest.approx(found.log_likelihood, abs=1e-6)
    assert there.sum() <= found.log_likelihood


def test_frontiers_example_translog(firms: np.ndarray) -> None:
    published, x = PUBLISHED["translog"], firms[:, 1:]
    as_published = np.column_stack([x, x**2, x[:, 0] * x[:, 1]])
    found = fit_frontier(firms[:, 0], as_published, [*NAMES, "capital2", "labour2", "product"])
    for term in ("constant", *found.terms[1:6], "sigma2", "gamma"):
        assert found.value(term) == pytest.approx(published[term], abs=1e-5)
    assert found.log_likelihood == pytest.approx(published["log_likelihood"], abs=1e-5)
    assert found.likelihood_ratio == pytest.approx(published["likelihood_ratio"], abs=2e-5)
    assert found.mean_efficiency == pytest.approx(published["mean_efficiency"], abs=1e-5)
    centred = functional_form(x, NAMES, form="translog")
    same = fit_frontier(firms[:, 0], centred.values, centred.names)
    assert same.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-9)
    assert same.value("capital^2/2") == pytest.approx(2 * found.value("capital2"), abs=1e-7)
    assert same.efficiency == pytest.approx(found.efficiency, abs=1e-7)


def test_frontiers_example_with_a_determinant_and_truncated(firms: np.ndarray) -> None:
    published = PUBLISHED["effects"]
    number = np.arange(1.0, 61.0)[:, None]
    found = fit_frontier(
        firms[:, 0],
        firms[:, 1:],
        NAMES,
        TRUNCATED,
        determinants=number,
        determinant_names=["number"],
    )
    for term in (
        "constant",
        *NAMES,
        "inefficiency: constant",
        "inefficiency: number",
        "sigma2",
        "gamma",
    ):
        assert found.value(term) == pytest.approx(published[term], abs=2e-5)
    assert found.log_likelihood == pytest.approx(published["log_likelihood"], abs=5e-4)
    assert found.likelihood_ratio == pytest.approx(published["likelihood_ratio"], abs=5e-3)
    assert found.mean_efficiency == pytest.approx(published["mean_efficiency"], abs=1e-5)
    assert found.efficiency[:10] == pytest.approx(published["efficiency"], abs=1e-5)
    truncated, published = (
        fit_frontier(firms[:, 0], firms[:, 1:], NAMES, TRUNCATED),
        PUBLISHED["truncated_normal"],
    )
    for term in ("constant", *NAMES, "mu"):
        assert truncated.value(term) == pytest.approx(published[term], abs=5e-5)
    sigmas = [np.sqrt(truncated.value(term)) for term in ("sigma2_v", "sigma2_u")]
    assert sigmas == pytest.approx([published["sigma_v"], published["sigma_u"]], abs=1e-5)


def test_frontiers_example_as_cost_has_the_wrong_skewness(firms: np.ndarray) -> None:
    production = fit_frontier(firms[:, 0], firms[:, 1:], NAMES)
    assert production.skewness is not None and not production.skewness.is_wrong
    assert production.skewness.skewness == pytest.approx(PUBLISHED["r"]["skewness"], abs=5e-6)
    assert production.p_value == pytest.approx(PUBLISHED["r"]["p_value"], abs=5e-4)
    cost = fit_frontier(firms[:, 0], firms[:, 1:], NAMES, FrontierModel(cost=True))
    assert cost.skewness is not None and cost.skewness.is_wrong
    assert cost.state == "no_inefficiency"
    assert cost.log_likelihood == pytest.approx(PUBLISHED["r"]["cost_log_likelihood"], abs=5e-6)
    assert np.isnan(cost.efficiency).all()
    assert cost.value("sigma2_u") == 0 and cost.p_value == 1
    slopes = np.linalg.lstsq(np.column_stack([np.ones(60), firms[:, 1:]]), firms[:, 0])[0]
    assert cost.estimate[:3] == pytest.approx(slopes, rel=1e-9)


def test_no_search_finds_a_higher_likelihood() -> None:
    rng = np.random.default_rng(4)
    x, z = rng.normal(size=(200, 2)), rng.normal(size=200)
    means = 0.3 + 0.5 * z
    u = stats.truncnorm.rvs(-means / 0.4, np.inf, loc=means, scale=0.4, random_state=rng)
    y = 1 + x @ [0.4, 0.5] + 0.2 * rng.normal(size=200) - u

    def falling(
        p: np.ndarray,
    ) -> float:  # Battese and Coelli (1995), written out with SciPy's distributions
        e, mu = y - p[0] - x @ p[1:3], p[3] + p[4] * z
        v2, u2 = np.exp(p[5:7])
        star = (mu * v2 - e * u2) / (v2 + u2) / np.sqrt(v2 * u2 / (v2 + u2))
        rows = (
            stats.norm.logpdf(e + mu, scale=np.sqrt(v2 + u2))
            + stats.norm.logcdf(star)
            - stats.norm.logcdf(mu / np.sqrt(u2))
        )
        return -float(rows.sum())

    found = fit_frontier(y, x, NAMES, TRUNCATED, determinants=z[:, None], determinant_names=["z"])
    assert found.state == "converged"
    start = np.array(
        [*found.estimate[:5], np.log(found.value("sigma2_v")), np.log(found.value("sigma2_u"))]
    )
    assert -falling(start) == pytest.approx(found.log_likelihood, abs=1e-9)
    search = minimize(falling, start + 0.05, method="BFGS", options={"gtol": 1e-7})
    assert -search.fun <= found.log_likelihood + 1e-7
    assert search.x == pytest.approx(start, abs=2e-3)
    variances = np.diag(np.linalg.inv(numerical_hessian(falling, start)))[:5]
    assert found.standard_error[:5] == pytest.approx(np.sqrt(variances), rel=1e-3)


def numerical_hessian(function: object, at: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """Second differences of the function's values alone."""
    assert callable(function)
    p, steps = len(at), step * np.eye(len(at))
    found = np.empty((p, p))
    for i in range(p):
        for j in range(p):
            signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
            found[i, j] = sum(
                a * b * function(at + a * steps[i] + b * steps[j]) for a, b in signs
            ) / (4 * step**2)
    return found


def test_delta_method_against_derivatives() -> None:
    found = fit_frontier(*drawn(300, 5), NAMES)
    v2, u2 = found.value("sigma2_v"), found.value("sigma2_u")
    place = [found.terms.index(name) for name in ("sigma2_v", "sigma2_u")]
    spread = found.covariance[np.ix_(place, place)]
    for name, slope in (
        ("sigma2", [1, 1]),
        ("gamma", [-u2 / (u2 + v2) ** 2, v2 / (u2 + v2) ** 2]),
        ("lambda", [-np.sqrt(u2) / (2 * v2**1.5), 1 / (2 * np.sqrt(u2 * v2))]),
    ):
        where = found.terms.index(name)
        assert found.standard_error[where] == pytest.approx(
            np.sqrt(slope @ spread @ slope), rel=1e-9
        )
        assert found.low[where] < found.estimate[where] < found.high[where]
    gamma = found.terms.index("gamma")
    assert found.low[gamma] > 0 and found.high[gamma] < 1


@settings(max_examples=12, deadline=None)
@given(st.floats(-9, 12), st.floats(-9, 12), st.integers(0, 5))
def test_units_of_measure_move_the_constant_only(output: float, inputs: float, seed: int) -> None:
    y, x = drawn(120, seed)
    tens = np.log(10) * np.array([output, inputs])
    plain, moved = (
        fit_frontier(y, x, NAMES),
        fit_frontier(y + tens[0], x + np.array([tens[1], 0]), NAMES),
    )
    assert plain.state == moved.state == "converged"
    assert moved.estimate[1:] == pytest.approx(plain.estimate[1:], rel=1e-5, abs=1e-7)
    shift = tens[0] - tens[1] * plain.value("capital")
    assert moved.value("constant") == pytest.approx(plain.value("constant") + shift, abs=1e-4)
    assert moved.efficiency == pytest.approx(plain.efficiency, abs=1e-6)


@pytest.mark.parametrize(
    "model", ["pooled", "time_invariant", "time_decay", "true_random", "true_fixed"]
)
@pytest.mark.slow
def test_a_change_of_scale_scales(model: str) -> None:
    rows = panel(25, 5, 1)
    plain = fit_frontier(
        rows["y"], rows["x"], NAMES, FrontierModel(model), unit=rows["unit"], time=rows["time"]
    )
    scaled = fit_frontier(
        1e6 * rows["y"],
        rows["x"] * [1e9, 1e-9],
        NAMES,
        FrontierModel(model),
        unit=rows["unit"],
        time=rows["time"],
    )
    assert plain.state == scaled.state == "converged"
    assert scaled.value("capital") == pytest.approx(plain.value("capital") * 1e-3, rel=1e-6)
    assert scaled.value("sigma2_u") == pytest.approx(plain.value("sigma2_u") * 1e12, rel=1e-5)
    free = len(rows["y"]) - len(np.unique(rows["unit"])) * (model == "true_fixed")
    assert scaled.log_likelihood == pytest.approx(
        plain.log_likelihood - free * np.log(1e6), rel=1e-8
    )
    assert scaled.inefficiency == pytest.approx(plain.inefficiency * 1e6, rel=1e-4)


def test_cost_is_production_with_the_signs_turned() -> None:
    y, x = drawn(200, 7)
    production = fit_frontier(y, x, NAMES)
    cost = fit_frontier(-y, -x, NAMES, FrontierModel(cost=True))
    assert cost.log_likelihood == pytest.approx(production.log_likelihood, rel=1e-12)
    assert cost.estimate[1:3] == pytest.approx(production.estimate[1:3], rel=1e-7)
    assert cost.value("constant") == pytest.approx(-production.value("constant"), rel=1e-7)
    assert cost.efficiency == pytest.approx(production.efficiency, rel=1e-7)


@pytest.mark.slow
def test_rows_in_any_order_give_the_same_bytes() -> None:
    rows = panel(10, 5, 2)
    shuffle = np.random.default_rng(0).permutation(len(rows["y"]))

    def fitted(order: np.ndarray) -> FrontierFit:
        moved = {name: part[order] for name, part in rows.items()}
        return fit_frontier(
            moved["y"],
            moved["x"],
            NAMES,
            FrontierModel("true_random"),
            unit=moved["unit"],
            time=moved["time"],
        )

    plain, shuffled = fitted(np.arange(len(shuffle))), fitted(shuffle)
    assert plain.estimate.tobytes() == shuffled.estimate.tobytes()
    assert plain.efficiency[shuffle].tobytes() == shuffled.efficiency.tobytes()


def test_a_unit_keeps_an_inefficiency_that_does_not_decay() -> None:
    rows = panel(30, 6, 4)
    found = fit_frontier(
        rows["y"],
        rows["x"],
        NAMES,
        FrontierModel("time_invariant"),
        unit=rows["unit"],
        time=rows["time"],
    )
    assert all(np.ptp(found.efficiency[rows["unit"] == unit]) == 0 for unit in range(30))
    decay = fit_frontier(
        rows["y"],
        rows["x"],
        NAMES,
        FrontierModel("time_decay"),
        unit=rows["unit"],
        time=rows["time"],
    )
    assert decay.log_likelihood >= found.log_likelihood
    assert decay.restrictions == 2 and found.restrictions == 1


def test_the_last_year_is_the_panels_or_the_units() -> None:
    rows = panel(30, 6, 4)
    late = rows["time"] < np.where(rows["unit"] % 2, 6, 4)
    rows = {name: part[late] for name, part in rows.items()}
    fits = {
        last: fit_frontier(
            rows["y"],
            rows["x"],
            NAMES,
            FrontierModel("time_decay", last_year=last),
            unit=rows["unit"],
            time=rows["time"],
        )
        for last in ("panel", "unit")
    }
    assert fits["panel"].state == fits["unit"].state == "converged"
    assert abs(fits["panel"].log_likelihood - fits["unit"].log_likelihood) > 1e-6
    # With decay, exp(-eta (t - T)) is 1 in the last year: there u_it has the untouched scale of
    # u_i.
    eta = fits["unit"].value("eta")
    mine = (rows["unit"] == 2).nonzero()[0]
    ratio = fits["unit"].inefficiency[mine][:-1] / fits["unit"].inefficiency[mine][-1]
    assert ratio == pytest.approx(
        np.exp(-eta * (rows["time"][mine][:-1] - rows["time"][mine][-1])), rel=1e-9
    )


@pytest.mark.slow
def test_what_went_wrong_is_named() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 1))
    y = 1 + x[:, 0] + 0.2 * rng.normal(size=400) - rng.exponential(0.6, size=400)
    drift = fit_frontier(y, x, ["x"], TRUNCATED)
    assert drift.state == "exponential_limit"
    exponential = fit_frontier(y, x, ["x"], FrontierModel(distribution="exponential"))
    assert exponential.state == "converged"
    assert exponential.log_likelihood - 0.01 < drift.log_likelihood < exponential.log_likelihood
    deterministic = fit_frontier(1 + x[:, 0] - np.abs(rng.normal(size=400)), x, ["x"])
    assert deterministic.state == "no_noise" and np.isnan(deterministic.standard_error).all()
    unit, rows = np.repeat(np.arange(40), 5), slice(0, 200)
    pooled = fit_frontier(
        y[rows], x[rows], ["x"], FrontierModel("true_random", "exponential"), unit=unit
    )
    assert pooled.state in ("no_unit_variance", "converged")
    for found in (deterministic, drift):
        assert np.isnan(found.efficiency).all()


@pytest.mark.slow
def test_units_of_one_row_have_no_efficiency_under_true_fixed_effects() -> None:
    rows = panel(30, 5, 6)
    rows["unit"][0] = 99
    found = fit_frontier(
        rows["y"],
        rows["x"],
        NAMES,
        FrontierModel("true_fixed"),
        unit=rows["unit"],
        time=rows["time"],
    )
    assert found.state == "converged"
    assert np.isnan(found.efficiency[0]) and not found.is_identified[0]
    assert np.isfinite(found.efficiency[1:]).all()
    left = {name: part[1:] for name, part in rows.items()}
    without = fit_frontier(
        left["y"],
        left["x"],
        NAMES,
        FrontierModel("true_fixed"),
        unit=left["unit"],
        time=left["time"],
    )
    assert without.estimate == pytest.approx(found.estimate, rel=1e-5)


Y, X = drawn(40, 0)
UNITS = np.repeat(np.arange(10), 4)


@pytest.mark.parametrize(
    ("y", "x", "which", "more", "code"),
    [
        (Y, np.column_stack([X[:, 0], 2 * X[:, 0] + 3]), FrontierModel(), {}, "follows"),
        (Y, np.column_stack([X[:, 0], np.full(40, 7.0)]), FrontierModel(), {}, "flat"),
        (
            Y,
            np.column_stack([X[:, 0], UNITS]),
            FrontierModel("true_fixed"),
            {"unit": UNITS},
            "flat_within",
        ),
        (Y[:5], X[:5], FrontierModel(), {}, "few_rows"),
        (1 + X @ [1, 2], X, FrontierModel(), {}, "no_noise"),
        (np.where(np.arange(40) == 3, np.nan, Y), X, FrontierModel(), {}, "number_not_finite"),
        (Y, X, FrontierModel("true_random"), {}, "no_units"),
        (Y, X, FrontierModel("time_decay"), {"unit": UNITS}, "no_years"),
        (Y, X, FrontierModel("true_random"), {"unit": np.arange(40)}, "one_row_each"),
        (
            Y,
            X,
            FrontierModel(),
            {"determinants": X[:, :1], "determinant_names": ["z"]},
            "determinants_of",
        ),
        (Y, X, TRUNCATED, {"determinants": np.ones((40, 1)), "determinant_names": ["z"]}, "flat"),
        (Y, X, FrontierModel(), {"level": 95}, "not_between"),
        (Y, X[:, :1], FrontierModel(), {}, "shapes"),
    ],
)
def test_bad_input_is_named(
    y: np.ndarray, x: np.ndarray, which: FrontierModel, more: dict[str, object], code: str
) -> None:
    with pytest.raises(InputError) as caught:
        fit_frontier(y, x, NAMES, which, **more)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "words",
    [
        {"model": "fixed"},
        {"distribution": "gamma"},
        {"last_year": "2000"},
        {"nodes": 7},
        {"model": "true_fixed", "distribution": "truncated_normal"},
        {"model": "time_decay", "distribution": "exponential"},
    ],
)
def test_options_that_do_not_go_together(words: dict[str, object]) -> None:
    with pytest.raises(InputError):
        FrontierModel(**words)


@pytest.mark.parametrize("model", ["time_invariant", "time_decay"])
def test_a_mean_that_the_constant_takes_up_gives_no_efficiencies(model: str) -> None:
    # A tail on the side of more output: the likelihood rises towards normal effects, flat along
    # constant and mu together.
    rng = np.random.default_rng(2)
    unit, x = np.repeat(np.arange(200), 4), rng.normal(size=(800, 1))
    y = 1 + x[:, 0] + 0.3 * rng.exponential(size=200)[unit] + 0.1 * rng.normal(size=800)
    which = FrontierModel(model, "truncated_normal")
    found = fit_frontier(y, x, ["x"], which, unit=unit, time=np.tile(np.arange(4), 200))
    assert found.state == "normal_limit"
    assert np.isnan(found.efficiency).all() and np.isnan(found.standard_error).all()


def test_a_decay_that_is_sure_tells_a_normal_mean_from_the_constant() -> None:
    rng = np.random.default_rng(0)
    unit, time, x = (
        np.repeat(np.arange(200), 4),
        np.tile(np.arange(4), 200),
        rng.normal(size=(800, 1)),
    )
    y = (
        1
        + x[:, 0]
        - (1 + 0.2 * rng.normal(size=200))[unit] * np.exp(-0.1 * (time - 3))
        + 0.1 * rng.normal(size=800)
    )
    found = fit_frontier(
        y, x, ["x"], FrontierModel("time_decay", "truncated_normal"), unit=unit, time=time
    )
    assert found.state == "converged" and found.value("mu") > 4 * np.sqrt(found.value("sigma2_u"))
    for term, truth in {"constant": 1, "mu": 1, "eta": 0.1}.items():
        place = found.terms.index(term)
        assert found.low[place] <= truth <= found.high[place]


def test_inefficiency_that_only_moves_with_the_years_is_named() -> None:
    rng = np.random.default_rng(3)
    unit, time, x = (
        np.repeat(np.arange(100), 4),
        np.tile(np.arange(4), 100),
        rng.normal(size=(400, 1)),
    )
    y = 1 + x[:, 0] - 0.5 * np.exp(-0.4 * (time - 3)) + 0.1 * rng.normal(size=400)
    found = fit_frontier(
        y, x, ["x"], FrontierModel("time_decay", "truncated_normal"), unit=unit, time=time
    )
    assert found.state == "no_spread"


def test_inefficiency_that_hangs_on_the_determinants_alone_is_named() -> None:
    rng = np.random.default_rng(7)
    x, z = rng.normal(size=(300, 1)), rng.uniform(-1, 1, size=(300, 1))
    y = 1 + x[:, 0] - np.maximum(0, z[:, 0]) + 0.1 * rng.normal(size=300)
    found = fit_frontier(y, x, ["x"], TRUNCATED, determinants=z, determinant_names=["z"])
    assert found.state == "no_spread"
    assert np.isnan(found.efficiency).all()
