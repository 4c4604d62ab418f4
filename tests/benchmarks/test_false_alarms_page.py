"""False alarms: the pages hold what was counted, of every case, in both languages."""

from __future__ import annotations

import polars as pl
import pytest
from benchmarks.false_alarms.cases import every_case
from benchmarks.false_alarms.pages import PAGES, RESULTS, page, verdict

TABLE = pl.read_csv(RESULTS, schema_overrides={"size": pl.String})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_what_was_counted(lang: str) -> None:
    assert PAGES[lang].read_text(encoding="utf-8") == page(TABLE, lang).rstrip() + "\n"


def test_every_case_was_counted() -> None:
    keys = [(case.test, case.null, case.size) for case in every_case()]
    assert TABLE.select("test", "null", "size").rows() == keys
    assert (
        TABLE["measured_share"] - TABLE["alarms_count"] / TABLE["runs_count"]
    ).abs().max() < 1e-4


def test_breaks_and_what_was_mended_alarm_as_is_said() -> None:
    """Breaks, jumps, thresholds, clubs, Moran and the rest; where years or places depend on one
    another and a test takes them as independent, there are more, and the result says so."""
    more = {row["test"] for row in TABLE.iter_rows(named=True) if verdict(row) == "more"}
    assert more <= {
        "mean_growth",
        "cost_falls",
        "log_t",
        "mobility",
        "factor",
        "spillover_lag",
        "spillover_multiplier",
        "spillover_driver",
        "sigma",
        "beta_unit_effects",
    }
    assert "breaks" not in more and "moran" not in more and "threshold" not in more
