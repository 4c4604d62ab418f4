"""What a reader must know before comparing years: what changed in the record itself."""

from __future__ import annotations

import datetime

import polars as pl

from firstlight.instruments.emergence.survey import LEAST_DOCUMENTS, Survey

Warnings = list[dict[str, str]]
FEWEST_IN_CATEGORY = 20  # documents of six years, before a category can be said to join
BY_YEAR_ONLY = (
    0.9  # of a year's documents on its first day, before dates count as given by year alone
)
LISTED = 8  # categories named in one warning


def last_complete_year(dates: pl.Series) -> int:
    """The last year that the documents cover in full.

    A year is complete when documents lie in its last half-month, when dates are given by month alone and reach December,
    or when they are given by year alone (nine tenths on its first day); otherwise the year before is returned.

    >>> last_complete_year(pl.Series([datetime.date(2015, 12, 20), datetime.date(2016, 6, 30)]))
    2015
    """
    latest = dates.max()
    if not isinstance(latest, datetime.date):
        raise TypeError("dates must be a column of dates with at least one value")
    own = dates.filter(dates.dt.year() == latest.year)
    by_year_only = len(own) > 1 and (own == datetime.date(latest.year, 1, 1)).mean() > BY_YEAR_ONLY  # type: ignore[operator]
    by_month_only = bool((own.dt.day() == 1).all()) and latest.month == 12
    if by_year_only or by_month_only or latest >= datetime.date(latest.year, 12, 16):
        return latest.year
    return latest.year - 1


def warning(code: str, text_en: str, text_zh: str, severity: str = "warning") -> dict[str, str]:
    """One row of the table of warnings."""
    return {"code": code, "severity": severity, "text_en": text_en, "text_zh": text_zh}


def on_years(years: pl.DataFrame, as_of: int) -> Warnings:
    """Partial last year and growth of the record itself. years : year, documents_count, is_complete."""
    found: Warnings = []
    for row in years.filter(~pl.col("is_complete")).iter_rows(named=True):
        found.append(
            warning(
                "partial_year",
                f"{row['year']} is incomplete ({row['documents_count']:,} documents so far) and is left out of every figure.",
                f"{row['year']} 年尚不完整（目前 {row['documents_count']:,} 篇文献），所有数字均不计入该年。",
            )
        )
    recent = years.filter(pl.col("year").is_in([as_of - 5, as_of]))["documents_count"].to_list()
    if len(recent) == 2 and recent[0] > 0:
        growth = (recent[1] / recent[0]) ** 0.2 - 1
        if abs(growth) > 0.05:
            found.append(
                warning(
                    "record_growth",
                    f"The record itself changed by {growth:+.0%} a year over the five years to {as_of}; growth is therefore "
                    "measured in shares of all documents, never in numbers.",
                    f"截至 {as_of} 年的五年里，记录本身每年变化 {growth:+.0%}；因此增长一律按占全部文献的份额衡量，而不是按篇数。",
                    "note",
                )
            )
    return found


def on_categories(category_years: pl.DataFrame, years: pl.DataFrame, as_of: int) -> Warnings:
    """Categories that join the record late: absent or nearly so until six years before ``as_of``, then 1% of it.

    category_years : name, year, documents_count; documents after ``as_of`` are read too, since outcomes stand on them.
    """
    if category_years.is_empty():
        return []
    joined = category_years.join(
        years.select("year", pl.col("documents_count").alias("total")), on="year"
    )
    late = (
        joined.group_by("name")
        .agg(
            pl.col("documents_count").filter(pl.col("year") <= as_of - 6).sum().alias("before"),
            pl.col("documents_count").filter(pl.col("year") > as_of - 6).sum().alias("after"),
            pl.col("total").filter(pl.col("year") > as_of - 6).sum().alias("whole"),
            pl.col("year")
            .filter(pl.col("documents_count") / pl.col("total") > 0.005)
            .min()
            .alias("first"),
        )
        .filter(
            (pl.col("after") > pl.max_horizontal(0.01 * pl.col("whole"), FEWEST_IN_CATEGORY))
            & (pl.col("before") < 0.05 * pl.col("after"))
        )
        .filter(pl.col("first") > as_of - 6)
        .sort("first", "name")
    )
    if late.is_empty():
        return []
    named = [f"{name} ({first})" for name, first in late.select("name", "first").iter_rows()]
    listed = ", ".join(named[:LISTED]) + (
        f" + {len(named) - LISTED}" if len(named) > LISTED else ""
    )
    return [
        warning(
            "late_category",
            f"Categories that join the record late: {listed}. Technologies in them seem to grow because they were not "
            "collected before.",
            f"较晚进入记录的类别：{listed}。其中技术的增长有一部分只是因为此前未被收录。",
        )
    ]


def on_record(survey: Survey, record: pl.DataFrame) -> Warnings:
    """How many were tested, how much of the year they cover, and how long the record is."""
    scored, year = len(survey.labels), survey.forecast_year
    if not scored:
        count = int(survey.totals[survey.years == year].sum())
        return [
            warning(
                "none_scored",
                f"None of the {survey.tested:,} candidates found in {year} has the {LEAST_DOCUMENTS} documents in that year "
                f"that it takes to be scored; the year has {count:,} documents in all.",
                f"{year} 年发现的 {survey.tested:,} 个候选中，没有一个在当年达到评分所需的 {LEAST_DOCUMENTS} 篇文献；"
                f"该年共有 {count:,} 篇文献。",
            )
        ]
    found = [
        warning(
            "tested",
            f"{survey.tested:,} candidates were found in {year}; the {scored:,} with at least 20 documents in that year "
            "are scored. In a list this long some forecasts come true by luck: read the record first.",
            f"{year} 年共发现 {survey.tested:,} 个候选，其中当年至少有 20 篇文献的 {scored:,} 个参与评分。"
            "名单如此之长，总有一些预测会碰巧成真：请先看历史预测记录。",
            "note",
        )
    ]
    if survey.coverage < 0.6:
        found.append(
            warning(
                "coverage",
                f"The technologies hold only {survey.coverage:.0%} of the year's documents; a fair score wants 60%.",
                f"这些技术只覆盖当年文献的 {survey.coverage:.0%}；公平的评分需要达到 60%。",
            )
        )
    ours = record.filter(
        pl.col("is_ours") & (pl.col("target") == "B") & pl.col("forecast_year").is_not_null()
    )
    years = ours.filter("is_pooled").height
    alone = ours.filter(~pl.col("is_pooled")).sort("forecast_year")
    if alone.height:
        listed = ", ".join(str(own) for own in alone["forecast_year"])
        aucs = ", ".join("-" if own is None else f"{own:.2f}" for own in alone["auc"])
        found.append(
            warning(
                "by_trend_alone",
                f"For want of outcomes to learn from, {listed} were forecast by the trend alone. They are listed by year but "
                f"not pooled in the record; their AUC was {aucs}, where .50 is no skill.",
                f"由于可供学习的结果太少，{listed} 年仅凭趋势预测。它们逐年列出，但不计入合并记录；其 AUC 为 {aucs}，0.50 表示没有预测能力。",
            )
        )
    if years < 5:
        found.append(
            warning(
                "short_record",
                f"Only {years} earlier years could be forecast again; five are wanted before a record says much.",
                f"只有 {years} 个更早的年份可以重新预测；至少需要五年，历史记录才有足够说服力。",
            )
        )
    return found


def warnings_table(found: Warnings) -> pl.DataFrame:
    """code, severity, text_en, text_zh; warnings before notes."""
    schema = dict.fromkeys(("code", "severity", "text_en", "text_zh"), pl.String)
    rows = sorted(found, key=lambda row: row["severity"] != "warning")
    return pl.DataFrame(rows, schema=schema)
