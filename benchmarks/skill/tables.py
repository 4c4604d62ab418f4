"""Scores as Markdown: ours against the best baseline, probabilities, granularities, year by year, and every method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from benchmarks.skill.protocol import FAIR_COVERAGE, Plan, protocol_hash

Row = dict[str, Any]
HEAD = "<!-- Written by `make skill`: change nothing here. -->"
SHORT = {
    "everything": "everything", "past growth": "growth", "stage": "stage", "vitality": "vitality",
    "vitality and stage": "vitality and stage", "emergence score": "emergence score",
}  # fmt: skip
MEASURES = (("csi", "CSI"), ("ets", "ETS"), ("auc", "AUC"), ("precision_20", "top 20"))
HEADLINE = 3  # years: the horizon of what is shown year by year and by granularity


def headline(pooled: pl.DataFrame) -> str:
    """Ours against the best baseline: test years first, every record, granularity 1."""
    parts = [
        "Each cell: the figure with its interval; below it, ours less the best baseline's, its interval, and which baseline "
        "that is. Bold where the interval leaves 0 out."
    ]
    rows = pooled.filter(pl.col("is_ours") & (pl.col("granularity") == 1))
    for record, period, own in _groups(rows.sort("period", maintain_order=True)):
        parts += [f"**{record}, {period} years.** {_covered(own)}", _gains(own)]
    return "\n\n".join(parts)


def _groups(rows: pl.DataFrame) -> Iterable[tuple[str, str, list[Row]]]:
    for (record, period), own in rows.group_by("record", "period", maintain_order=True):
        yield str(record), str(period), own.sort("horizon", pl.col("target") == "A").to_dicts()


def _covered(rows: Sequence[Row]) -> str:
    covered = min(row["lowest_coverage"] for row in rows)
    thin = "" if covered >= FAIR_COVERAGE else f", under the {figure(FAIR_COVERAGE)} of a fair score"
    return f"The technologies scored hold at least {figure(covered)} of a year's documents{thin}."


def _gains(rows: Sequence[Row]) -> str:
    head = ["ahead, target", "forecast years", "forecasts", "base rate", *(title for _, title in MEASURES)]
    body = [
        [
            f"{row['horizon']}, {row['target']}", _span(row), f"{row['n']:,}", figure(row["base_rate"]),
            *(f"{_with_interval(row, name)}<br>{_gain(row, name)}" for name, _ in MEASURES),
        ]
        for row in rows
    ]  # fmt: skip
    return table(head, body)


def _span(row: Row) -> str:
    span = f"{row['first_year']}–{row['last_year']}"
    return span if row["years"] == row["last_year"] - row["first_year"] + 1 else f"{span} ({row['years']})"


def _with_interval(row: Row, name: str) -> str:
    if row.get(f"{name}_low") is None:
        return figure(row[name])
    return f"{figure(row[name])} ({span_of(row[f'{name}_low'], row[f'{name}_high'])})"


def _gain(row: Row, name: str) -> str:
    """Bold where the interval of the difference leaves 0 out."""
    if row.get(f"diff_{name}") is None:
        return "–"
    low, high = row[f"diff_{name}_low"], row[f"diff_{name}_high"]
    gain = signed(row[f"diff_{name}"])
    told = f"**{gain}**" if excludes_0(row, name) else gain
    return f"{told} ({signed(low)} to {signed(high)}) {SHORT[row[f'diff_{name}_from']]}"


def excludes_0(row: Row, name: str) -> bool:
    """Whether the interval of the difference lies on one side of 0."""
    low, high = row[f"diff_{name}_low"], row[f"diff_{name}_high"]
    return low is not None and high is not None and (low > 0 or high < 0)


def records(read: Sequence[tuple[Plan, str]]) -> str:
    """What each record is: its years, what is left out, the years scored, and the hash of its bytes."""
    return "\n".join(
        f"- **{plan.name}**: {plan.title}; {plan.first}–{plan.last}"
        + (f", without {plan.left_out}" if plan.left_out else "")
        + (
            f". Validation years {plan.validation[0]}–{plan.validation[1]}"
            if plan.validation
            else ". No validation years"
        )
        + f", test years {plan.test[0]}–{plan.test[1]}, as far as outcomes are complete; granularity "
        + f"{', '.join(f'{g:g}' for g in plan.granularities)}. SHA-256 {digest[:12]}."
        for plan, digest in read
    )


def probabilities(pooled: pl.DataFrame) -> str:
    """Probabilities against what happened: granularity 1."""
    head = [
        "record", "years", "target", "forecasts", "came true", "base rate", "base rate known", "mean probability", "Brier",
        "skill", "skill against the known", "log loss", "slope", "intercept", "top 50",
    ]  # fmt: skip
    rows = pooled.filter(pl.col("is_ours") & (pl.col("granularity") == 1)).sort("period", maintain_order=True)
    body = [
        [
            f"{record}, {period}", str(row["horizon"]), row["target"], f"{row['n']:,}", f"{row['positives']:,}",
            *(figure(row[name], digits) for name, digits in _OF_PROBABILITIES),
        ]
        for record, period, own in _groups(rows)
        for row in own
    ]  # fmt: skip
    return table(head, body)


_OF_PROBABILITIES = (
    ("base_rate", 3), ("known_rate", 3), ("mean_probability", 3), ("brier", 4), ("brier_skill", 3),
    ("brier_skill_known", 3), ("log_loss", 3), ("calibration_slope", 2), ("calibration_intercept", 2),
    ("precision_50", 2),
)  # fmt: skip


def granularities(pooled: pl.DataFrame) -> str:
    """Ours against the best baseline at half and double the granularity, at the headline horizon."""
    head = ["record", "target", "granularity", "forecasts", "base rate", *(title for _, title in MEASURES)]
    rows = pooled.filter(pl.col("is_ours") & (pl.col("horizon") == HEADLINE))
    several = rows.filter(pl.col("granularity").n_unique().over("record") > 1)
    body = [
        [
            f"{row['record']}, {row['period']}", row["target"], f"{row['granularity']:g}", f"{row['n']:,}",
            figure(row["base_rate"]), *(f"{figure(row[name])}<br>{_gain(row, name)}" for name, _ in MEASURES),
        ]
        for row in several.sort("period", "record", pl.col("target") == "A", "granularity").to_dicts()
    ]  # fmt: skip
    return table(head, body)


def years(pooled: pl.DataFrame, by_year: pl.DataFrame) -> str:
    """Each forecast year at the headline horizon, granularity 1: ours beside the baseline that is best over the period."""
    at = (pl.col("granularity") == 1) & (pl.col("horizon") == HEADLINE)
    parts = []
    for best in pooled.filter(at & pl.col("is_ours")).sort(pl.col("target") == "A", maintain_order=True).to_dicts():
        key = {name: best[name] for name in ("record", "period", "target")}
        own = by_year.filter(at, *(pl.col(name) == value for name, value in key.items()))
        by_method = {str(method[0]): rows for method, rows in own.group_by("method")}
        ours = by_method["firstlight"].sort("forecast_year").to_dicts()
        auc, csi = best["diff_auc_from"], best["diff_csi_from"]
        body = [
            [
                str(row["forecast_year"]), f"{row['n']:,}", figure(row["base_rate"]), figure(row["known_rate"]),
                figure(row["mean_probability"]), figure(row["auc"]), _of_year(by_method, auc, row, "auc"),
                figure(row["csi"]), _of_year(by_method, csi, row, "csi"),
            ]
            for row in ours
        ]  # fmt: skip
        head = [
            "forecast year", "forecasts", "base rate", "base rate known", "mean probability", "AUC",
            f"AUC of {SHORT.get(auc, '–')}", "CSI", f"CSI of {SHORT.get(csi, '–')}",
        ]  # fmt: skip
        parts += [f"**{key['record']}, {key['period']}, target {key['target']}**", table(head, body)]
    return "\n\n".join(parts)


def _of_year(by_method: dict[str, pl.DataFrame], method: str | None, row: Row, name: str) -> str:
    if method is None:
        return "–"
    own = by_method[method].filter(pl.col("forecast_year") == row["forecast_year"])
    return figure(own[name][0])


def methods(pooled: pl.DataFrame) -> str:
    """Every method, record, granularity, horizon, period and target."""
    head = ["method", "CSI", "ETS", "AUC", "top 20", "top 50", "Brier skill"]
    parts = [HEAD, "# Every method on every record", _under()]
    keys = ["record", "granularity", "period", "horizon", "target"]
    section = None
    for key, rows in pooled.group_by(keys, maintain_order=True):
        record, granularity, period, horizon, target = key
        if section != (record, granularity):
            section = (record, granularity)
            parts.append(f"## {record}, granularity {granularity:g}")
        first = rows.row(0, named=True)
        parts.append(
            f"**Target {target}, {horizon} year{'s' if horizon != 1 else ''}, {period}**: forecast years {_span(first)}, "
            f"{first['n']:,} forecasts of {first['lineages']:,} technologies, base rate {figure(first['base_rate'], 3)} "
            f"(known before: {figure(first['known_rate'], 3)}), coverage {figure(first['coverage'])}, "
            f"{first['unknown']} outcomes not known."
        )
        body = [
            [
                f"**{row['title_en']}**" if row["is_ours"] else row["title_en"],
                *(_with_interval(row, name) for name in ("csi", "ets", "auc", "precision_20", "precision_50")),
                figure(row["brier_skill"], 3),
            ]
            for row in rows.to_dicts()
        ]
        parts.append(table(head, body))
    return "\n\n".join(parts) + "\n"


def _under() -> str:
    return f"Protocol `{protocol_hash()}`; see [Forecast skill](skill.md). 90% intervals over lineages in brackets."


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Rows of cells as Markdown.

    >>> print(table(["a"], [["1"]]))
    | a |
    |---|
    | 1 |
    """
    lines = ["| " + " | ".join(row) + " |" for row in (head, *body)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def figure(value: Any, digits: int = 2) -> str:
    """A figure without its leading 0; a dash where there is none.

    >>> figure(0.2345), figure(-0.001), figure(None), figure(1.25)
    ('.23', '.00', '–', '1.25')
    """
    if value is None or value != value:
        return "–"
    text = f"{value:.{digits}f}"
    sign = "−" if text.startswith("-") and float(text) != 0 else ""
    text = text.lstrip("-")
    return sign + (text[1:] if text.startswith("0.") else text)


def span_of(low: Any, high: Any) -> str:
    """Bounds with a dash between, or a word where the lower one has a sign.

    >>> span_of(0.1, 0.25), span_of(-0.01, 0.12)
    ('.10–.25', '−.01 to .12')
    """
    return f"{figure(low)}{' to ' if figure(low).startswith('−') else '–'}{figure(high)}"


def signed(value: Any) -> str:
    """A difference with its sign.

    >>> signed(0.051), signed(-0.2), signed(0.0)
    ('+.05', '−.20', '.00')
    """
    text = figure(value)
    if text in ("–", ".00"):
        return text
    return text if text.startswith("−") else f"+{text}"
