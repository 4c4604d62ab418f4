"""The record on a file of documents at three granularities, and without categories that join late, as Markdown.

    python benchmarks/record.py arxiv_tech.parquet [docs/explanation/record_on_arxiv.md]

Each line is one whole observation: ours beside the best baseline, for both targets, with the base rate.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl

from firstlight.observe import Sky, observe

GRANULARITIES = (1.0, 0.5, 2.0)
HEAD = (
    "record", "target", "forecasts", "base rate", "CSI", "best baseline's CSI", "ETS", "best baseline's ETS", "AUC",
    "best baseline's AUC", "top 20", "best baseline's top 20", "Brier skill",
)  # fmt: skip


def main(path: Path, target: Path | None) -> None:
    """Run every observation and print (or write) the table."""
    rows = []
    for granularity in GRANULARITIES:
        rows += _rows(f"granularity {granularity:g}", _observe(path, granularity))
    with tempfile.TemporaryDirectory() as folder:
        rows += _rows("without late categories", _observe(_without_late(path, Path(folder)), 1.0))
    lines = ["| " + " | ".join(row) + " |" for row in (HEAD, ("---",) * len(HEAD), *rows)]
    text = "\n".join(["<!-- Written by benchmarks/record.py: change nothing here. -->", "", *lines, ""])
    if target is None:
        print(text)
    else:
        target.write_text(text, encoding="utf-8")


def _observe(path: Path, granularity: float) -> Sky:
    with tempfile.TemporaryDirectory() as project:
        return observe(path, project=project, granularity=granularity)


def _without_late(path: Path, folder: Path) -> Path:
    """A copy without documents whose first category has none before 2017."""
    documents = pl.read_parquet(path)
    first = pl.col("categories").str.split(",").list.first()
    late = documents.group_by(first.alias("name")).agg(pl.col("date").dt.year().quantile(0.01).alias("since"))
    names = late.filter(pl.col("since") >= 2016)["name"].to_list()
    target = folder / "without_late.parquet"
    documents.filter(~first.is_in(names)).write_parquet(target)
    return target


def _rows(name: str, sky: Sky) -> list[tuple[str, ...]]:
    pooled = sky.tables["record"].filter(pl.col("forecast_year").is_null())
    years = sky.tables["record"].filter(pl.col("is_pooled"))["forecast_year"].drop_nulls()
    rows = []
    for target in ("B", "A"):
        own = pooled.filter((pl.col("target") == target) & pl.col("is_ours")).row(0, named=True)
        others = pooled.filter((pl.col("target") == target) & ~pl.col("is_ours"))
        cells = [f"{name}, {years.min()}-{years.max()}", target, f"{own['n']:,}", f"{own['base_rate']:.3f}"]
        for score in ("csi", "ets", "auc"):
            cells += [f"{own[score]:.2f} [{own[score + '_low']:.2f}, {own[score + '_high']:.2f}]", _best(others, score)]
        cells += [f"{own['precision_20']:.2f}", _best(others, "precision_20"), f"{own['brier_skill']:.3f}"]
        rows.append(tuple(cells))
    return rows


def _best(others: pl.DataFrame, score: str) -> str:
    best = others.sort(-pl.col(score), "method").row(0, named=True)
    return f"{best[score]:.2f} {best['title_en'].lower()}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
