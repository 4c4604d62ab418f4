"""The page on stochastic frontiers: R's p values as its tests print them, planted draws, the page's
figures, absent tables."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.productivity import panel_frontiers

ROOT = Path(__file__).resolve().parents[2]


PAGE = (
    (ROOT / "docs" / "replications" / "panel_frontiers.md").read_text(encoding="utf-8").splitlines()
)


def test_the_p_values_of_rs_frontier_are_those_that_its_tests_print() -> None:
    assert panel_frontiers._as_r(2.8392, 1) == pytest.approx(0.046, abs=5e-4)
    assert panel_frontiers._as_r(4.1824, 3) == pytest.approx(0.13, abs=5e-3)
    assert panel_frontiers._as_r(0.0, 1) == 1


def test_pi_in_single_precision_is_the_difference_that_the_page_shows() -> None:
    added = np.log(np.pi / float(np.float32(3.1415926))) / 2
    rows = [line for line in PAGE if any(place in line for place in (", banks |", ", hospitals |"))]
    assert f"{added:.1e}" == "2.4e-08" and len(rows) == 5
    assert all(f"| {added:.1e} |" in line for line in rows)


def test_planted_draws_are_what_is_planted() -> None:
    for case in panel_frontiers.PLANTED:
        rng = np.random.default_rng(1)
        unit, time = np.repeat(np.arange(20_000), 2), np.tile([4, 5], 20_000)
        u, z = case.draw(rng, unit, time, np.zeros(unit.size)), case.truth
        last = u[time == 5]
        if case.which.distribution == "truncated_normal":
            mean = z.get("mu", z.get("inefficiency: constant", 0.0))
            ratio = mean / np.sqrt(z["sigma2_u"])
            h = np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi) / panel_frontiers.stats.norm.cdf(ratio)
            expected = mean + np.sqrt(z["sigma2_u"]) * h
        else:
            expected = np.sqrt(
                z["sigma2_u"] * (1.0 if case.which.distribution == "exponential" else 2 / np.pi)
            )
        assert last.mean() == pytest.approx(expected, rel=0.03), case.label
        assert (u >= 0).all()
        if "eta" in z:
            assert u[time == 4] == pytest.approx(last * np.exp(z["eta"]))


def test_a_sample_of_the_page_comes_again() -> None:
    case = panel_frontiers.PLANTED[0]
    (one, u), (two, _) = case.fit(3), case.fit(3)
    assert one.state == "converged" and one.estimate.tolist() == two.estimate.tolist()
    assert len(u) == len(one.efficiency)
    assert any(line.startswith(f"| {case.label} | {case.runs} of {case.runs} |") for line in PAGE)


def test_absent_tables_end_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "argv", ["panel_frontiers.py", str(tmp_path), str(tmp_path / "page.md")]
    )
    with pytest.raises(SystemExit, match=r"no panelbox-1\.0\.2\.tar\.gz, pystoned"):
        panel_frontiers.main()
    assert not (tmp_path / "page.md").exists()
