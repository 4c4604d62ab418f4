"""Stochastic frontiers beside R's frontier, and what their tests and intervals hold on planted
truth, as Markdown.

    pip download --no-deps --no-binary :all: panelbox==1.0.2 -d PEERS
    pip download --no-deps pystoned==0.7.5 -d PEERS
    python -m benchmarks.productivity.panel_frontiers PEERS [docs/replications/panel_frontiers.md]

PEERS is a folder with these two files; nothing of them is installed or run. panelbox brings tables
and what R's frontier made of them, pystoned the rice farms of the Philippines. It takes some ten
minutes, most of them for true fixed and random effects.
"""

from __future__ import annotations

import argparse
import io
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.productivity.page_tables import table
from benchmarks.productivity.panels import fitted_frontier
from numpy.typing import NDArray
from scipy import stats

from firstlight.instruments.productivity.stochastic_frontier.frontier_fit import (
    FrontierFit,
    fit_frontier,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import FrontierModel

Floats = NDArray[np.float64]
Rng = np.random.Generator
HEAD = "<!-- Written by benchmarks/productivity/panel_frontiers.py: change nothing here. -->"
PANELBOX, PYSTONED = "panelbox-1.0.2.tar.gz", "pystoned-0.7.5-py3-none-any.whl"
EXAMPLES = "panelbox-1.0.2/examples/frontier/"
BANKS: dict[str, Any] = {"unit": "bank_id", "year": "year", "log": False}
BANK_INPUTS = ["log_labor", "log_capital", "log_deposits"]
DETERMINANTS = ["log_assets", "public_ownership", "npl_ratio"]
HOSPITAL_INPUTS = ["log_doctors", "log_nurses", "log_beds", "teaching", "urban"]
TRUNCATED = FrontierModel(distribution="truncated_normal")
OURS = {
    "(Intercept)": "constant",
    "sigmaSq": "sigma2",
    "time": "eta",
    "Z_(Intercept)": "inefficiency: constant",
}
OURS |= {f"Z_{name}": f"inefficiency: {name}" for name in DETERMINANTS}
OURS |= {f"log({name})": name for name in ("AREA", "LABOR", "NPK")}
TESTS = 300  # samples without inefficiency


def main() -> None:
    """Compute every figure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("peers", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    absent = [name for name in (PANELBOX, PYSTONED) if not (asked.peers / name).is_file()]
    if absent:
        sys.exit(f"no {', '.join(absent)} in {asked.peers}")
    text = "\n".join([HEAD, "", *beside_r(asked.peers), *sizes(), *coverage()])
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


def _within(peers: Path, name: str) -> pl.DataFrame:
    """A table of panelbox's examples."""
    with tarfile.open(peers / PANELBOX) as packed:
        member = packed.extractfile(EXAMPLES + name)
        if member is None:
            sys.exit(f"no {name} in {PANELBOX}")
        return pl.read_csv(member.read(), infer_schema_length=None)


def _rice(peers: Path) -> pl.DataFrame:
    with zipfile.ZipFile(peers / PYSTONED) as packed:
        rice = pl.read_csv(
            io.BytesIO(packed.read("pystoned/data/riceProduction.csv")), infer_schema_length=None
        )
    return rice.with_columns(pl.col("YEARDUM") + 1989)  # 1 to 8 stand for 1990 to 1997


def beside_r(peers: Path) -> list[str]:
    """Six frontiers that R's frontier has fitted, fitted again."""
    banks, hospitals, rice = (
        _within(peers, "data/bank_panel.csv"),
        _within(peers, "data/hospital_data.csv"),
        _rice(peers),
    )
    across: dict[str, Any] = {"unit": "hospital_id", "log": False}
    fits = {
        "pitt_lee": ("time-invariant (Pitt and Lee 1981), banks", fitted_frontier(banks, "log_loans", BANK_INPUTS, model="time_invariant", **BANKS)),
        "bc92": ("time decay (Battese and Coelli 1992), banks", fitted_frontier(banks, "log_loans", BANK_INPUTS, model="time_decay", **BANKS)),
        "bc95": ("determinants (Battese and Coelli 1995), banks", fitted_frontier(banks, "log_loans", BANK_INPUTS, distribution="truncated_normal", determinants=DETERMINANTS, **BANKS)),
        "sfa_half_normal": ("half-normal, hospitals", fitted_frontier(hospitals, "log_cases", HOSPITAL_INPUTS, **across)),
        "sfa_truncated_normal": ("truncated normal, hospitals", fitted_frontier(hospitals, "log_cases", HOSPITAL_INPUTS, distribution="truncated_normal", **across)),
        "sfa_ricefarm_hn": ("half-normal, rice farms", fitted_frontier(rice, "PROD", ["AREA", "LABOR", "NPK"], unit="FMERCODE", year="YEARDUM")),
    }  # fmt: skip
    theirs = pl.concat(
        _within(peers, f"R/results_sfa_{kind}.csv").select(
            "model_name", "variable", "coefficient", "std_error", "log_likelihood", "mean_te"
        )
        for kind in ("panel", "cross_section")
    )
    rows = []
    for name, (label, found) in fits.items():
        of = theirs.filter(pl.col("model_name") == name)
        rows.append((label, found.table.height, *_differences(found.fit, of)))
    return [
        "# Stochastic frontiers, beside R's frontier and on planted truth",
        "",
        "## Six frontiers fitted again",
        "",
        "What R's frontier (FRONTIER 4.1's code in R) made of three tables: made-up banks and hospitals that come with the Python package",
        "panelbox, and 43 rice farms of the Philippines over 8 years. Largest differences over all parameters:",
        "",
        *table(
            (
                "model",
                "rows",
                "parameters",
                "largest difference, in standard errors",
                "mean efficiency, R",
                "here",
                "log likelihood, R",
                "here",
                "difference per row",
                "standard errors, here over R's",
            ),
            rows,
        ),
        "R's log likelihood is larger by the same 2.4e-08 a row in each, which is ln(3.14159265 / 3.14159250) / 2: 3.1415926 in single precision is 3.14159250.",
        "What is left is",
        "where R's search stopped. Its standard errors are those of the search; here they are the Hessian's.",
        "",
    ]  # fmt: skip


def _differences(fit: FrontierFit, theirs: pl.DataFrame) -> tuple[str, ...]:
    places = [fit.terms.index(OURS.get(name, name)) for name in theirs["variable"]]
    away = (
        np.abs(fit.estimate[places] - theirs["coefficient"].to_numpy()) / fit.standard_error[places]
    )
    ratio = fit.standard_error[places] / theirs["std_error"].to_numpy()
    value = theirs["log_likelihood"][0]
    rows = len(fit.efficiency)
    return (
        str(len(places)),
        f"{away.max():.1e}",
        f"{theirs['mean_te'][0]:.6f}",
        f"{fit.mean_efficiency:.6f}",
        f"{value:.6f}",
        f"{fit.log_likelihood:.6f}",
        f"{(value - fit.log_likelihood) / rows:.1e}",
        f"{ratio.min():.2f} to {ratio.max():.2f}",
    )


def _as_r(ratio: float, restrictions: int) -> float:
    """The p value of R's frontier: weights 1/4, 1/2, 1/4 on chi-square with q - 2, q - 1, q degrees
    of freedom if q > 1."""
    if restrictions == 1:
        return float(stats.chi2.sf(ratio, 1)) / 2 if ratio > 0 else 1.0
    tails = [float(stats.chi2.sf(ratio, q)) if q else float(ratio <= 0) for q in range(restrictions - 2, restrictions + 1)]  # fmt: skip
    return tails[0] / 4 + tails[1] / 2 + tails[2] / 4


def sizes() -> list[str]:
    """How often tests find inefficiency where there is none."""
    rows = []
    unit, time = np.repeat(np.arange(40), 5), np.tile(np.arange(5), 40)
    for label, which, has_z in (
        ("half-normal", FrontierModel(), False),
        ("truncated normal", TRUNCATED, False),
        ("truncated normal with a determinant", TRUNCATED, True),
        ("half-normal, time-invariant", FrontierModel("time_invariant"), False),
        (
            "truncated normal, time-invariant",
            FrontierModel("time_invariant", "truncated_normal"),
            False,
        ),
        ("half-normal, time decay", FrontierModel("time_decay"), False),
        ("truncated normal, time decay", FrontierModel("time_decay", "truncated_normal"), False),
    ):
        found = []
        for seed in range(TESTS):
            rng = np.random.default_rng(seed)
            x, z = rng.normal(size=(200, 1)), rng.normal(size=(200, 1))
            more: dict[str, Any] = {"determinants": z, "determinant_names": ["z"]} if has_z else {}
            more |= {} if which.model == "pooled" else {"unit": unit, "time": time}
            found.append(fit_frontier(1 + x[:, 0] + rng.normal(size=200), x, ["x"], which, **more))
        here = np.mean([fit.p_value < 0.05 for fit in found])
        there = np.mean([_as_r(fit.likelihood_ratio, fit.restrictions) < 0.05 for fit in found])
        skewed = [fit.skewness.p_value < 0.05 for fit in found if fit.skewness is not None]
        m3t = f"{np.mean(skewed):.1%}" if skewed else ""
        rows.append((label, found[0].restrictions, f"{here:.1%}", f"{there:.1%}", m3t))
    return [
        "## Tests where there is no inefficiency",
        "",
        f"{TESTS} samples of 200 rows of normal noise alone: how often a test at 5% finds inefficiency. The likelihood ratio is held here against Kodde and",
        "Palm's (1986) mixture of q - 1 and q degrees of freedom, as FRONTIER's guide has it (critical values 2.706, 5.138, 7.045); R's frontier puts",
        "weights 1/4, 1/2, 1/4 on q - 2, q - 1 and q where q is above 1, which rejects more often. Neither is exact there, since the parameters",
        "of the mean can't be known where there is no inefficiency: on rows of their own both reject too often. In panels (40 units, 5 years) the mixture",
        "doesn't, and often rejects too seldom. The skewness test is for rows of their own.",
        "",
        *table(("distribution", "q", "likelihood ratio", "with the weights of R's frontier", "skewness (M3T)"), rows),
    ]  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A model, the truth planted in it, how inefficiency is drawn (from unit, time, determinant),
    and its panel."""

    label: str
    which: FrontierModel
    truth: dict[str, float]
    draw: Callable[[Rng, NDArray[np.int64], NDArray[np.int64], Floats], Floats]
    units: int = 120
    runs: int = 200

    def fit(self, seed: int) -> tuple[FrontierFit, Floats]:
        """One unbalanced panel, fitted, and its true inefficiencies."""
        rng = np.random.default_rng([11, seed])
        unit, time = np.repeat(np.arange(self.units), 6), np.tile(np.arange(6), self.units)
        stays = rng.random(unit.size) > 0.15
        unit, time = unit[stays], time[stays]
        x, z, v = (
            rng.normal(size=(unit.size, 1)),
            rng.normal(size=unit.size),
            0.2 * rng.normal(size=unit.size),
        )
        kept = (
            0.5 * rng.normal(size=self.units)[unit] if self.which.model.startswith("true") else 0.0
        )
        u = self.draw(rng, unit, time, z)
        more: dict[str, Any] = {}
        if "inefficiency: z" in self.truth:
            more = {"determinants": z[:, None], "determinant_names": ["z"]}
        return fit_frontier(
            1 + 0.5 * x[:, 0] + v - u + kept, x, ["x"], self.which, unit=unit, time=time, **more
        ), u


def _above_zero(rng: Rng, mean: Floats, sd: float) -> Floats:
    return np.asarray(stats.truncnorm.rvs(-mean / sd, np.inf, loc=mean, scale=sd, random_state=rng))


def _half(rng: Rng, unit: NDArray[np.int64], time: NDArray[np.int64], z: Floats) -> Floats:
    return np.asarray(0.5 * np.abs(rng.normal(size=unit.size)))


def _decaying(rng: Rng, unit: NDArray[np.int64], time: NDArray[np.int64], z: Floats) -> Floats:
    drawn = _above_zero(rng, np.full(int(unit.max()) + 1, 0.5), 0.4)
    return np.asarray(drawn[unit] * np.exp(-0.1 * (time - 5)))


FRONTIER = {"constant": 1.0, "x": 0.5, "sigma2_v": 0.04}
PLANTED = (
    Planted("half-normal", FrontierModel(), {**FRONTIER, "sigma2_u": 0.25}, _half),
    Planted("exponential", FrontierModel(distribution="exponential"), {**FRONTIER, "sigma2_u": 0.16}, lambda rng, unit, time, z: rng.exponential(0.4, unit.size)),
    Planted("determinants (Battese and Coelli 1995)", TRUNCATED, {**FRONTIER, "inefficiency: constant": 0.3, "inefficiency: z": 0.5, "sigma2_u": 0.16}, lambda rng, unit, time, z: _above_zero(rng, 0.3 + 0.5 * z, 0.4)),
    Planted("time-invariant", FrontierModel("time_invariant"), {**FRONTIER, "sigma2_u": 0.25}, lambda rng, unit, time, z: _half(rng, np.arange(unit.max() + 1), time, z)[unit]),
    Planted("time decay, truncated normal (Battese and Coelli 1992)", FrontierModel("time_decay", "truncated_normal"), {**FRONTIER, "mu": 0.5, "eta": 0.1, "sigma2_u": 0.16}, _decaying),
    Planted("true fixed effects", FrontierModel("true_fixed"), {"x": 0.5, "sigma2_v": 0.04, "sigma2_u": 0.25}, _half, 60, 40),
    Planted("true random effects", FrontierModel("true_random"), {**FRONTIER, "sigma2_unit": 0.25, "sigma2_u": 0.25}, _half, 60, 40),
)  # fmt: skip


def coverage() -> list[str]:
    """Bias of the estimates and how often 95% intervals hold what was planted."""
    rows = []
    for case in PLANTED:
        truth = np.array(list(case.truth.values()))
        held, scores, away = [], [], []
        for seed in range(case.runs):
            found, u = case.fit(seed)
            if found.state != "converged":
                continue
            at = [found.terms.index(name) for name in case.truth]
            held.append((found.low[at] <= truth) & (truth <= found.high[at]))
            scores.append(
                np.nanmean(
                    (found.efficiency_low <= np.exp(-u)) & (np.exp(-u) <= found.efficiency_high)
                )
            )
            away.append((found.estimate[at] - truth) / found.standard_error[at])
        each = np.mean(held, axis=0)
        rows.append(
            (
                case.label,
                f"{len(held)} of {case.runs}",
                f"{np.mean(each):.1%}",
                f"{each.min():.1%} ({list(case.truth)[int(each.argmin())]})",
                f"{np.abs(np.mean(away, axis=0)).max():.2f}",
                f"{np.mean(scores):.1%}",
            )
        )
    return [
        "## Planted truth: how often 95% intervals hold it",
        "",
        "Unbalanced panels of up to 6 years, 120 units (60 with true effects), one input, noise .2. Intervals of efficiencies (Horrace and",
        "Schmidt 1996) take the parameters as known: where the frontier's height is known least, as with a mean that is estimated and one",
        "inefficiency a unit, they hold the truth less often than they say.",
        "",
        *table(
            (
                "model",
                "samples with a maximum",
                "intervals of parameters hold",
                "least of them",
                "largest bias, in standard errors",
                "intervals of efficiencies hold",
            ),
            rows,
        ),
    ]


if __name__ == "__main__":
    main()
