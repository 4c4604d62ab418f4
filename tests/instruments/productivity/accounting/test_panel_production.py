"""Production functions on panels: the published fixed effects of US states, planted elasticities,
gaps and bad input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.panel_production import panel_production
from firstlight.texts import Count, Name, Value


def states() -> pl.DataFrame:
    munnell = pytest.importorskip(
        "linearmodels.datasets.munnell", reason="linearmodels is not installed"
    )
    return pl.from_pandas(munnell.load())


def us(**more: str) -> object:
    return panel_production(
        states(), "GSP", ["P_CAP", "PC", "EMP"], others=["UNEMP"], unit="ST_ABB", year="YR", **more
    )


def test_the_published_fixed_effects_of_48_states_come_out() -> None:
    found = us(errors="unadjusted")
    # R's plm (Croissant and Millo 2008, Journal of Statistical Software 27(2)), within model, as
    # its documentation prints it.
    assert found.table["coefficient"].to_list() == pytest.approx(  # type: ignore[attr-defined]
        [-0.02614965, 0.29200693, 0.76815947, -0.00529774], abs=5e-9
    )
    assert found.table["standard_error"].to_list() == pytest.approx(  # type: ignore[attr-defined]
        [0.02900158, 0.02511967, 0.03009174, 0.00098873], abs=5e-9
    )
    assert (found.row_count, found.unit_count) == (816, 48)  # type: ignore[attr-defined]


def test_within_is_least_squares_on_deviations_from_means() -> None:
    rows = states().select(
        "ST_ABB", "YR", *(pl.col(name).log() for name in ("GSP", "P_CAP", "PC", "EMP")), "UNEMP"
    )
    x = rows.select(
        pl.col("GSP", "P_CAP", "PC", "EMP", "UNEMP")
        - pl.col("GSP", "P_CAP", "PC", "EMP", "UNEMP").mean().over("ST_ABB")
    )
    dense = np.linalg.lstsq(x.drop("GSP").to_numpy(), x["GSP"].to_numpy(), rcond=None)[0]
    found = us()
    assert found.table["coefficient"].to_numpy() == pytest.approx(dense, rel=1e-8)  # type: ignore[attr-defined]
    assert found.returns_to_scale == pytest.approx(dense[:3].sum(), rel=1e-8)  # type: ignore[attr-defined]


def planted(seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    n, years = 8, 6
    unit, year = np.repeat(np.arange(n), years), np.tile(np.arange(2000, 2000 + years), n)
    k, h = rng.normal(5, 1, n * years), rng.normal(3, 1, n * years)
    y = 0.3 * k + 0.6 * h + 0.5 * unit + 0.02 * (year - 2000) ** 2
    return pl.DataFrame(
        {
            "unit": [f"u{i}" for i in unit],
            "year": year,
            "k": np.exp(k),
            "h": np.exp(h),
            "y": np.exp(y),
            "still": 1.0 + unit,
        }
    )


@pytest.mark.parametrize("errors", ["clustered", "robust", "unadjusted"])
@pytest.mark.slow
def test_planted_elasticities_and_productivity_come_back(errors: str) -> None:
    rows = planted()
    found = panel_production(rows, "y", ["k", "h"], effects="unit_year", errors=errors)
    assert found.table["coefficient"].to_list() == pytest.approx([0.3, 0.6], abs=1e-9)
    truth = 0.5 * np.repeat(np.arange(8), 6) + 0.02 * np.tile(np.arange(6), 8) ** 2
    assert found.tfp["tfp_log"].to_numpy() == pytest.approx(truth, abs=1e-8)
    scaled = panel_production(
        rows.sample(fraction=1, shuffle=True, seed=3).with_columns(
            y=1e9 * pl.col("y"), k=1e-9 * pl.col("k")
        ),
        "y",
        ["k", "h"],
        effects="unit_year",
    )
    assert scaled.returns_to_scale == pytest.approx(0.9, abs=1e-8)


def test_rows_left_out_are_counted() -> None:
    rows = planted().with_columns(
        k=pl.when(pl.col("year") == 2003).then(None).otherwise(pl.col("k"))
    )
    found = panel_production(rows, "y", ["k", "h"])
    assert found.row_count == 40
    assert found.tfp.height == 40 and 2003 not in found.tfp["year"].to_list()


@pytest.mark.parametrize(
    ("call", "code", "values"),
    [
        (lambda: panel_production(planted(), "y", ["k", "still"]), "terms_alike", {}),
        (
            lambda: panel_production(planted(), "y", ["k"], effects="random"),
            "no_choice",
            {"parameter": Name("effects"), "value": Name("random")},
        ),
        (
            lambda: panel_production(planted().head(3), "y", ["k", "h"]),
            "few_whole_rows",
            {"count": Count(3), "terms": Count(2)},
        ),
        (
            lambda: panel_production(planted().with_columns(k=0.0), "y", ["k"]),
            "not_above_zero",
            {"column": Name("k")},
        ),
    ],
)
def test_bad_input_is_named(
    call: Callable[[], object], code: str, values: dict[str, Value[Any]]
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert {name: caught.value.values[name] for name in values} == values


def test_without_linearmodels_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "linearmodels.panel", None)
    with pytest.raises(InputError) as caught:
        panel_production(planted(), "y", ["k", "h"])
    assert caught.value.code == "no_linearmodels"
