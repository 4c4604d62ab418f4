"""The page of replications of productivity says what the code computes, every reference case is
met, and absence is told."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from benchmarks.productivity import (
    industry_accounts,
    replication_cases,
    replications,
    world_accounts,
)

ROOT = Path(__file__).resolve().parents[2]


PAGE = (ROOT / "docs" / "replications" / "productivity.md").read_text(encoding="utf-8").splitlines()
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?")
ROUNDING = 1e-12  # what closes to rounding differs between machines


def unit_of_last_digit(number: str) -> float:
    """1 in the last digit that is written, 0.01 for 3.25 and 1e-8 for 3.1e-07."""
    mantissa, _, power = number.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(10.0 ** (int(power or 0) - decimals))


def says(lines: list[str], page: list[str]) -> bool:
    """Whether the page has these lines, counts exactly, other numbers to a unit of the last digit
    written."""
    width = len(lines)
    return any(
        all(
            alike(line, other)
            for line, other in zip(lines, page[start : start + width], strict=True)
        )
        for start in range(len(page) - width + 1)
    )


def alike(line: str, other: str) -> bool:
    if NUMBER.split(line) != NUMBER.split(other):
        return False
    for one, two in zip(NUMBER.findall(line), NUMBER.findall(other), strict=True):
        a, b = (float(number.replace(",", "")) for number in (one, two))
        is_count = one.replace(",", "").lstrip("-").isdigit()
        if abs(a - b) > max(0 if is_count else 1.001 * unit_of_last_digit(one), ROUNDING):
            return False
    return True


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


@pytest.mark.parametrize("name", sorted(replication_cases.COMPUTED))
@pytest.mark.slow
def test_every_figure_of_a_case_is_met_and_printed(name: str, data: Path) -> None:
    case = replication_cases.compare_one(name, data)
    assert dict(zip(case.names, case.met, strict=True)) == dict.fromkeys(case.names, True)
    lines = [line for line in replications.cases([case]) if line.startswith(f"| {case.title} | ")]
    assert len(lines) == 1 + len(case.names)
    assert all(says([line], PAGE) for line in lines)
    assert says(
        [line for line in replications.cases([case]) if line.startswith(f"- **{case.title}.**")],
        PAGE,
    )


def test_every_case_of_the_reference_is_computed_and_has_a_source() -> None:
    told = json.loads(replication_cases.REFERENCE.read_text(encoding="utf-8"))["cases"]
    assert told.keys() == replication_cases.COMPUTED.keys()
    assert all(case["source"] and case["figures"] for case in told.values())


def test_a_figure_that_is_off_is_not_met(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        replication_cases.COMPUTED, "tone_2001", (lambda _: [0.79798, 0.56818, 1, 0.6667, 1], "")
    )
    case = replication_cases.compare_one("tone_2001", reference / "data")
    assert case.met == (True, True, True, False, True)
    assert any("**not met**" in line for line in replications.cases([case]))
    assert "| 4 of 5 |" in "\n".join(replications.cases([case]))


def test_a_page_that_is_out_of_date_is_found() -> None:
    at = next(k for k, line in enumerate(PAGE) if line.startswith("| 1970 to 1979 |"))
    assert says(PAGE[at : at + 2], PAGE)
    cells = PAGE[at].split(" | ")
    moved = " | ".join([*cells[:3], f"{float(cells[3]) + 0.02:.2f}", *cells[4:]])
    assert not says([moved, PAGE[at + 1]], PAGE)
    assert not says([PAGE[at].replace("1970", "1971"), PAGE[at + 1]], PAGE)


def test_hours_completed_give_the_penn_world_tables_levels_and_growth_of_118_countries(
    reference: Path,
) -> None:
    rows = world_accounts.penn(reference / "data")
    levels = world_accounts.level_errors(rows)
    assert (levels.height, levels["unit"].n_unique()) == (6407, 118)
    assert levels["error"].median() < 5e-7  # type: ignore[operator]
    growth = world_accounts.growth_errors(rows)
    assert (growth.height, growth["unit"].n_unique()) == (6289, 118)
    assert growth["error"].median() < 5e-6  # type: ignore[operator]
    away = growth.filter(pl.col("error") > 1e-3).select("unit", "year").sort("unit", "year").rows()
    assert away == [
        ("NLD", 1969),
        ("NLD", 1970),
        ("TWN", 2014),
        ("TWN", 2015),
        ("ZAF", 2015),
        ("ZAF", 2016),
    ]
    assert says(world_accounts.matched(rows), PAGE)
    assert says(world_accounts.by_decade(rows), PAGE)


@pytest.mark.slow
def test_leaps_and_their_base_rate(reference: Path) -> None:
    series = world_accounts.growth_series(world_accounts.penn(reference / "data"))
    found = world_accounts.breaks(series)
    units, count = world_accounts.with_a_break(found)
    assert any(f"| {units} of 118 ({units / 118:.0%}) | {count} | " in line for line in PAGE)
    lines = [f"| {' | '.join(map(str, row))} |" for row in world_accounts.large_economies(found)]
    assert len({line.split(" | ")[0] for line in lines}) == len(world_accounts.LARGE)
    assert says(lines, PAGE)
    assert says(world_accounts.by_direction(found), PAGE)


def test_growth_without_a_break_keeps_its_years_and_has_the_correlation_asked_for() -> None:
    years = pl.int_range(1000, 3000, eager=True)
    series = pl.concat(
        [pl.DataFrame({"unit": [unit] * 2000, "year": years, "growth": 1.0}) for unit in "ab"]
    )
    made = world_accounts.without_a_break(series, 0.5)
    assert made.select("unit", "year").equals(series.select("unit", "year"))
    for (_,), own in made.group_by("unit"):
        y = own["growth"].to_numpy()
        assert np.corrcoef(y[1:], y[:-1])[0, 1] == pytest.approx(0.5, abs=0.07)
        assert y.std() == pytest.approx(1, abs=0.07)


def test_the_part_on_us_industries_is_what_the_code_computes(
    reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(industry_accounts, "FILE", f"{industry_accounts.FILE}.gz")
    data = reference / "data"
    rows = industry_accounts.klems(data)
    errors = industry_accounts.errors(rows)
    assert {name: error.max() < 6e-3 for name, error in errors.items()} == {
        "mfp": True,
        "composition": True,
        "capital": True,
        "added": False,
    }
    assert says(industry_accounts.section(data), PAGE)
    for real in (False, True):
        table = industry_accounts.drivers(
            rows, industry_accounts.EXAMPLE, real=real
        ).table.drop_nulls()
        added = table["new_contribution_pp"] + table["other_contribution_pp"]
        assert added.to_numpy() == pytest.approx(table["total_growth_pp"].to_numpy(), abs=1e-9)
    with_parts = industry_accounts.lowest(rows)["NAICS"].n_unique()
    assert with_parts == rows["NAICS"].n_unique() - len(industry_accounts.SUMS)


def test_the_parts_on_provinces_and_firms_are_what_the_code_computes(data: Path) -> None:
    assert says(replications.provinces(data), PAGE)
    assert says(replications.state_coefficients(data), PAGE)


@pytest.mark.slow
def test_the_part_on_hicks_moorsteen_is_what_the_code_computes(data: Path) -> None:
    assert says(replications.two_hicks_moorsteens(data), PAGE)


@pytest.mark.slow
def test_intervals_of_break_dates_hold_less_often_than_they_say_and_the_page_says_so() -> None:
    held = replications.break_coverage(1.0)
    assert 0.87 < held < 0.93  # of 95%; as the docstring of break_intervals has it
    assert replications.break_coverage(1.0, 300, 0.3) < held
    assert any(line.startswith(f"| 1.0 | {held:.0%} |") for line in PAGE)


@pytest.mark.slow
def test_intervals_of_order_m_need_many_times_m_and_the_page_says_so() -> None:
    few, many = (replications.order_m_coverage("output", "uniform", count) for count in (5, 500))
    assert few < 0.15 and 0.92 < many < 0.97
    (line,) = [line for line in PAGE if line.startswith("| output, uniform |")]
    assert line.startswith(f"| output, uniform | {few:.0%} |") and line.endswith(f"| {many:.0%} |")


def test_absent_data_end_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["replications.py", str(tmp_path), str(tmp_path / "page.md")])
    with pytest.raises(SystemExit, match=r"no productivity/PFT1981\.csv, "):
        replications.main()
    assert not (tmp_path / "page.md").exists()
