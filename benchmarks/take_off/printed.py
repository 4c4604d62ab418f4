"""The record of a corpus as lines on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from benchmarks.take_off.protocol import Plan

SHOWN = {
    "precision_20": "P@20",
    "precision_50": "P@50",
    "recall_100": "R@100",
    "average_precision": "AP",
    "auc": "AUC",
}
COMPARED = {"precision_20": "P@20", "precision_50": "P@50", "average_precision": "AP"}
WIDTH = 20


def printed(title: str, plan: Plan, horizon: int, tables: Mapping[str, pl.DataFrame]) -> str:
    """The record of one corpus and horizon."""
    pooled = tables["record"].filter(pl.col("year").is_null())
    used = pooled.filter("is_used").row(0, named=True)
    about = tables["corpora"].row(0, named=True)
    lines = [
        f"{title}, {horizon} years ahead, {plan.use} years {about['scored_from']}-{about['scored_to']}",
        f"  {used['scored_count']:,} scored, {used['take_off_count']:,} took off in {used['group_count']:,} groups; "
        f"base rate {figure(used['base_rate'])}; {used['expected_by_chance']:.1f} by chance; "
        f"at most P@20 {figure(used['ceiling_20'])}, P@50 {figure(used['ceiling_50'])}",
        *_rankings(pooled, tables["gains"]),
        *_chances(used, tables),
        *_leads(tables["leads"]),
    ]
    return "\n".join(lines) + "\n"


def _rankings(pooled: pl.DataFrame, gains: pl.DataFrame) -> list[str]:
    head = "".join(f"{short:>7}" for short in SHOWN.values())
    lines = [
        f"  {'ranking':{WIDTH}}{head}    gain of the chosen one over it: {', '.join(COMPARED.values())}"
    ]
    for row in pooled.iter_rows(named=True):
        figures = "".join(f"{figure(row[name]):>7}" for name in SHOWN)
        of_row = gains.filter(pl.col("against") == row["ranking"])
        lines.append(f"  {row['ranking']:{WIDTH}}{figures}    {_gains(of_row)}")
    return lines


def _gains(rows: pl.DataFrame) -> str:
    found = {row["measure"]: row for row in rows.iter_rows(named=True)}
    parts = [
        f"{signed(found[name]['gain'])} ({signed(found[name]['low'])} to {signed(found[name]['high'])})"
        for name in COMPARED
        if name in found
    ]
    return "  ".join(parts)


def _chances(used: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> list[str]:
    bands = tables["bands"].filter(pl.col("year").is_null())
    parts = [f"{row['group']} {figure(row['coverage'])}" for row in bands.iter_rows(named=True)]
    whole = tables["calibration"].row(0, named=True)
    slope = (
        f"{figure(whole['slope'])} ({figure(whole['slope_low'])} to {figure(whole['slope_high'])})"
    )
    return [
        f"  Brier {figure(used['brier'], 4)}, skill {figure(used['brier_skill'])}, calibration slope {slope}, "
        f"mean chance {figure(whole['mean_chance'], 3)} where {figure(whole['share_that_took_off'], 3)} took off",
        f"  80% bands held: {', '.join(parts)}",
    ]


def _leads(leads: pl.DataFrame) -> list[str]:
    lines = []
    for _, rows in leads.group_by("group", maintain_order=True):
        parts = [f"{row['measure']} {figure(row['value'])}" for row in rows.iter_rows(named=True)]
        count = rows.select(pl.col("universe_count").max()).item()
        lines.append(f"  {rows['group'][0]} ({count}): {', '.join(parts)}")
    return lines


def figure(value: float | None, decimals: int = 2) -> str:
    """A figure without its leading zero; a dash where there is none.

    >>> figure(0.123), figure(-0.5), figure(1.0), figure(None)
    ('.12', '-.50', '1.00', '-')
    """
    if value is None or value != value:
        return "-"
    text = f"{round(value, decimals) + 0.0:.{decimals}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def signed(value: float | None) -> str:
    """A figure with its sign.

    >>> signed(0.1), signed(-0.1), signed(None)
    ('+.10', '-.10', '-')
    """
    text = figure(value)
    return text if text.startswith("-") else f"+{text}"
