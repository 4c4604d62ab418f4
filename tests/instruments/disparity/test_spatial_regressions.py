"""Spatial lag, error and Durbin: published values, likelihoods written out, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.linalg import null_space
from scipy.optimize import minimize_scalar

from firstlight.disparity import spatial_spillovers
from firstlight.errors import InputError
from firstlight.instruments.disparity.neighbours import link_weights, standardised
from firstlight.instruments.disparity.space.spatial_regressions import spatial_models
from firstlight.instruments.disparity.space.spatial_regressions.spatial_models import (
    Design,
    Effects,
    error_fit,
    impacts,
    lag_fit,
    lagrange_multipliers,
    least_squares_fit,
)

DATA = Path(__file__).parents[2] / "reference" / "data" / "places"
COLUMBUS = pl.read_csv(DATA / "columbus_crime.csv", schema_overrides={"place": pl.String})
LINKS = pl.read_csv(DATA / "columbus_pairs.csv", infer_schema=False)
ROWS = standardised(link_weights(COLUMBUS["place"].to_list(), *LINKS.get_columns()))
X = COLUMBUS.select(pl.lit(1.0), "income", "housing").to_numpy()
DESIGN = Design(COLUMBUS["crime"].to_numpy()[None], X[None], ROWS)


def test_the_durbin_model_of_columbus() -> None:
    """spatialreg, lagsarlm(type = "mixed") and impacts; its digits are all that it prints."""
    durbin = DESIGN.durbin([1, 2])
    fit = lag_fit(durbin)
    assert fit.spatial == pytest.approx(0.38250623, abs=5e-9)
    assert fit.log_likelihood == pytest.approx(-182.01612, abs=5e-6)
    found = impacts(fit, durbin, 1, 3)
    effects = [part[0] for part in (found.direct, found.indirect, found.total)]
    np.testing.assert_allclose(effects, [-1.04180798, -1.48042458, -2.52223256], atol=1e-8)


def test_lag_and_error_of_columbus() -> None:
    """spreg 1.9, ML_Lag and ML_Error; the standard errors of rho and lambda as spatialreg's."""
    lag, error = lag_fit(DESIGN), error_fit(DESIGN)
    assert lag.spatial == pytest.approx(0.4038897, abs=1e-7)
    np.testing.assert_allclose(lag.beta, [46.851431, -1.073533, -0.269997], atol=1e-6)
    assert lag.log_likelihood == pytest.approx(-183.16828003635, abs=1e-9)
    assert error.spatial == pytest.approx(0.5208876, abs=1e-7)
    np.testing.assert_allclose(error.beta, [61.053618, -0.995473, -0.307979], atol=1e-6)
    assert error.log_likelihood == pytest.approx(-184.15520467, abs=1e-8)
    errors = [fit.covariance[-1, -1] ** 0.5 for fit in (lag, error)]
    np.testing.assert_allclose(errors, [0.12071, 0.14129], atol=5e-6)


def test_the_durbin_error_model_of_columbus() -> None:
    """spreg 1.9, ML_Error with slx_lags = 1; total effects by its covariance."""
    pairs = LINKS.rename(dict(zip(LINKS.columns, ("place", "neighbour"), strict=True)))
    found = spatial_spillovers(
        COLUMBUS, "crime", ["income", "housing"], neighbour_table=pairs, model="durbin_error"
    )
    income = found.table.filter(driver_name="income")
    direct, indirect = -1.0695300642429355, -1.1967735803591806
    effects = [direct, indirect, direct + indirect]
    np.testing.assert_allclose(income["effect"], effects, atol=1e-6)
    errors = [0.3247185348671773, 0.5689676028537027, 0.6209447900787174]
    np.testing.assert_allclose(income["standard_error"], errors, atol=1e-6)
    last = found.tables["coefficients"].row(-1, named=True)
    assert last["term"] == "spatial_error"
    assert last["coefficient"] == pytest.approx(0.37612914398767927, abs=1e-6)
    model = found.tables["models"].filter(model="durbin_error").row(0, named=True)
    assert model["log_likelihood"] == pytest.approx(-182.23288973685607, abs=1e-9)
    tests = dict(found.tables["choice_tests"].select("test", "statistic").iter_rows())
    assert tests["durbin_error_to_error"] == pytest.approx(3.8446298700847, abs=1e-8)


def test_the_tests_of_columbus() -> None:
    """spreg 1.9, OLS with spatial diagnostics."""
    found = lagrange_multipliers(DESIGN)
    values = {"lm_lag": 7.8556754071, "lm_error": 4.6111258443}
    values |= {"robust_lm_lag": 3.2780636698, "robust_lm_error": 0.0335141071}
    assert found == {code: pytest.approx(value, abs=1e-9) for code, value in values.items()}
    assert least_squares_fit(DESIGN).log_likelihood == pytest.approx(-187.377238812149)


def test_multipliers_of_panels_alarm_as_seldom_as_is_said() -> None:
    """Of white noise with effects of places and years 5%: 12 of 240 panels; 26 or more, or none,
    has a chance of 1 in 1,000. With the expected score left out it was one in six."""
    random = np.random.default_rng(5)
    alarms = dict.fromkeys(("lm_lag", "lm_error"), 0)
    for _ in range(240):
        y, x = random.normal(size=(2, 20, 49))
        found = lagrange_multipliers(Design(y, x[:, :, None], ROWS, "place_year"))
        for code in alarms:
            alarms[code] += found[code] > 3.8415
    assert min(alarms.values()) >= 1 and max(alarms.values()) <= 25, alarms


def panel(effects: Effects, years: int = 4) -> Design:
    random = np.random.default_rng(3)
    x = random.normal(size=(years, 49, 2))
    near = np.linalg.inv(np.eye(49) - 0.4 * ROWS.toarray())
    own, of_year = random.normal(size=49), random.normal(size=(years, 1))
    noise = random.normal(size=(years, 49))
    y = np.stack([near @ row for row in x @ [1, -0.5] + own + of_year + noise])
    return Design(y, x, ROWS, effects)


@pytest.mark.parametrize("effects", ["place", "place_year"])
def test_a_panel_is_the_likelihood_of_transformed_data(effects: Effects) -> None:
    """The definition written out: data times orthonormal bases of what fixed effects leave, a full
    determinant, and the least of the concentrated likelihood (Lee and Yu 2010)."""
    design = panel(effects)
    of_years = null_space(np.ones((1, 4)))
    of_places = null_space(np.ones((1, 49))) if effects == "place_year" else np.eye(49)
    w = of_places.T @ ROWS.toarray() @ of_places
    y = of_years.T @ design.y @ of_places
    x = np.einsum("ts,tnk,nm->smk", of_years, design.x, of_places)
    m, columns = y.size, x.reshape(-1, 2)

    def variance(rho: float) -> float:
        target = (y - rho * y @ w.T).ravel()
        return float(np.linalg.lstsq(columns, target, rcond=None)[1][0]) / m

    def loss(rho: float) -> float:
        determinant = np.linalg.slogdet(np.eye(len(w)) - rho * w)[1]
        return m / 2 * np.log(variance(rho)) - 3 * float(determinant)

    best = minimize_scalar(loss, bounds=(0, 0.9), method="bounded", options={"xatol": 1e-9}).x
    fit = lag_fit(design)
    assert fit.spatial == pytest.approx(best, abs=1e-6)
    assert fit.variance == pytest.approx(variance(best), rel=1e-6)
    # the standard error of rho: curvature of the likelihood by differences, near the information's
    h = 1e-3
    bend = (loss(best + h) - 2 * loss(best) + loss(best - h)) / h**2
    assert fit.covariance[-1, -1] ** 0.5 == pytest.approx(bend**-0.5, rel=0.1)


def test_effects_are_those_of_the_full_inverse_and_their_errors_those_of_draws() -> None:
    durbin = DESIGN.durbin([1, 2])
    fit = lag_fit(durbin)
    w = ROWS.toarray()

    def effects(rho: float, beta: float, theta: float) -> tuple[float, float]:
        full = np.linalg.solve(np.eye(49) - rho * w, beta * np.eye(49) + theta * w)
        return float(np.trace(full)) / 49, float(full.sum()) / 49

    found = impacts(fit, durbin, 1, 3)
    own = effects(fit.spatial, fit.beta[1], fit.beta[3])
    assert (found.direct[0], found.total[0]) == (pytest.approx(own[0]), pytest.approx(own[1]))
    at, h = np.array([fit.beta[1], fit.beta[3], fit.spatial]), 1e-6
    slopes = []
    for k in range(3):
        up, down = at + h * (np.arange(3) == k), at - h * (np.arange(3) == k)
        pair = [np.array(effects(each[2], each[0], each[1])) for each in (up, down)]
        slopes.append((pair[0] - pair[1]) / (2 * h))
    covariance = fit.covariance[np.ix_([1, 3, 5], [1, 3, 5])]
    errors = np.sqrt(np.diag(np.array(slopes).T @ covariance @ np.array(slopes)))
    np.testing.assert_allclose([found.direct[1], found.total[1]], errors, rtol=1e-5)


def test_factors_and_eigenvalues_give_the_same_determinant(monkeypatch: pytest.MonkeyPatch) -> None:
    for effects in ("none", "place_year"):
        by_values = Design(DESIGN.y, DESIGN.x, ROWS, effects).log_determinant(0.6)
        with monkeypatch.context() as changed:
            changed.setattr(spatial_models, "MOST_EIGENVALUES", 1)
            by_factors = Design(DESIGN.y, DESIGN.x, ROWS, effects).log_determinant(0.6)
        assert by_factors == pytest.approx(by_values, abs=1e-10)


def columbus(**options: Any) -> Any:
    given = {"frame": COLUMBUS, "outcome": "crime", "drivers": ["income", "housing"]}
    return spatial_spillovers(**{**given, "neighbour_table": LINKS, **options})


def test_the_measurement_says_what_the_models_do() -> None:
    found = columbus()
    assert found.table["effect"][2] == pytest.approx(-2.52223256, abs=1e-8)
    assert [given.code for given in found.said][:3] == [
        "effects",
        "spills_over",
        "neighbours_count",
    ]
    assert found.said[-1].values["other"].value == "codes.model.lag"
    error = columbus(model="error")
    assert set(error.table["effect_kind"]) == {"direct"} and error.said[0].code == "only_direct"
    lag = columbus(model="lag").table
    direct, indirect, total = lag["effect"][:3]
    assert direct + indirect == pytest.approx(total)


def test_units_change_effects_in_proportion() -> None:
    scaled = COLUMBUS.with_columns(pl.col("income") * 1000)
    one, other = columbus().table, columbus(frame=scaled).table
    np.testing.assert_allclose(one["effect"][:3], other["effect"][:3] * 1000)
    np.testing.assert_allclose(one["p_value"], other["p_value"], rtol=1e-6)


CONSTANT = COLUMBUS.with_columns(income=pl.lit(3.0))
TWICE = COLUMBUS.with_columns(housing=pl.col("income") * 2 + 1)


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("too_few", {"frame": COLUMBUS.head(6)}),
        ("driver_constant", {"frame": CONSTANT}),
        ("driver_repeats", {"frame": TWICE}),
        ("outcome_constant", {"frame": COLUMBUS.with_columns(crime=pl.lit(1.0))}),
        ("too_large", {"frame": COLUMBUS.with_columns(pl.col("income") * 1e200)}),
        ("exact_fit", {"frame": COLUMBUS.with_columns(crime=pl.col("income") * 3)}),
    ],
)
def test_errors(code: str, options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        columbus(**options)
    assert caught.value.code == code


def test_a_gap_leaves_its_place_out_and_says_so() -> None:
    gap = COLUMBUS.with_columns(pl.when(pl.col("place") != "05").then("income").alias("income"))
    found = columbus(frame=gap)
    said = {given.code: given.values for given in found.said}
    assert [place.value for place in said["left_out"]["names"].value] == ["05"]


def test_what_does_not_change_in_a_place_is_taken_up_by_its_effect() -> None:
    years = [
        COLUMBUS.with_columns(
            year=pl.lit(year), crime=pl.col("crime") + year % 7 * pl.col("income")
        )
        for year in (2000, 2001, 2002)
    ]
    with pytest.raises(InputError) as caught:
        columbus(frame=pl.concat(years), drivers=["income"])
    assert caught.value.code in ("driver_constant", "constant")


def test_too_many_places() -> None:
    n = 5001
    place = [f"p{k:04}" for k in range(n)]
    frame = pl.DataFrame({"place": place, "x": np.arange(n) * 1.0, "y": np.arange(n) * 2.0})
    links = pl.DataFrame({"place": place[:-1], "neighbour": place[1:]})
    with pytest.raises(InputError) as caught:
        spatial_spillovers(frame, "y", ["x"], neighbour_table=links)
    assert caught.value.code == "too_many"


def test_an_outcome_that_repeats_its_neighbours_is_at_the_edge() -> None:
    n, random = 40, np.random.default_rng(0)
    place = [f"p{k:02}" for k in range(n)]
    steps = np.repeat([0.0, 1.0], n // 2) + 1e-4 * random.normal(size=n)
    frame = pl.DataFrame({"place": place, "x": random.normal(size=n), "y": steps})
    half = place[: n // 2], place[n // 2 :]
    pairs = [(a, b) for own in half for a in own for b in own if a < b]
    links = pl.DataFrame(pairs, schema=["place", "neighbour"], orient="row")
    with pytest.raises(InputError) as caught:
        spatial_spillovers(frame, "y", ["x"], neighbour_table=links, model="lag")
    assert caught.value.code == "at_edge"


def test_the_multipliers_choose_between_lag_and_error() -> None:
    """Planted: data made by each model are told as that model's."""
    random, n = np.random.default_rng(5), 49
    x = random.normal(size=n)
    near = np.linalg.inv(np.eye(n) - 0.7 * ROWS.toarray())
    noise = 0.5 * random.normal(size=n)
    for model, y in (("lag", near @ (3 * x + noise)), ("error", 3 * x + near @ noise)):
        frame = COLUMBUS.select("place", x=pl.Series(x), y=pl.Series(y))
        found = spatial_spillovers(frame, "y", ["x"], neighbour_table=LINKS, model=model)  # type: ignore[arg-type]
        assert found.said[-1].code == "model_favoured"
